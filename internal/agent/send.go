package agent

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sonae/internal/wire"
)

// maxRounds bounds the messages of one report: enrol anew, raise the sequence
// number, send what the server asks for.
const maxRounds = 5

// errRounds says that a server asked for more than it can need.
var errRounds = errors.New("the server keeps asking for the same report; look into its log")

// send delivers one report: enrols when the server does not know the device,
// raises the sequence number when it was used before, and sends the sections
// that the server misses.
func (a *Agent) send(ctx context.Context, report wire.Report) (Result, error) {
	result := Result{Notes: report.Notes}
	daily := a.due()
	extra := daily
	certified := false // a certificate was asked for because the server wants one
	if a.store.device.ID != "" {
		a.renew(ctx, a.cfg.Now(), false)
	}
	for range maxRounds {
		if a.store.device.ID == "" {
			if err := a.enrol(ctx, report); err != nil {
				return result, err
			}
			result.Enrolled = true
		}
		reply, err := a.post(ctx, report, extra, &result)
		var problem *Problem
		switch {
		case err == nil && reply.Digests && !a.store.state.NoWhole:
			a.store.state.NoWhole = true // until tomorrow: the next round names every digest
		case err == nil && len(reply.Need) == 0:
			if len(extra) > 0 || result.Enrolled {
				a.store.state.RefreshedMS = a.cfg.Now().UnixMilli()
			}
			if len(daily) > 0 {
				a.store.state.NoWhole, a.store.state.NoSame = false, false
			}
			a.store.state.NotesDigest = wire.Digest(report.Notes)
			return result, a.store.acknowledge(report.Digests, nil)
		case err == nil:
			if err := a.store.acknowledge(report.Digests, reply.Need); err != nil {
				return result, err
			}
			extra = reply.Need
		case errors.As(err, &problem) && problem.unknownDevice() && !result.Enrolled:
			if err := a.store.forget(); err != nil {
				return result, err
			}
			a.server.rely(a.store.trust, a.store.key)
		case errors.As(err, &problem) && problem.wantsCertificate() && !certified:
			a.renew(ctx, a.cfg.Now(), true)
			certified = true
		case errors.As(err, &problem) && problem.replay() && problem.Seq >= a.store.state.Seq:
			a.store.state.Seq = problem.Seq
		default:
			return result, err
		}
	}
	return result, errRounds
}

// due lists sections to send although unchanged, once a day.
func (a *Agent) due() []wire.Section {
	if a.cfg.Now().UnixMilli()-a.store.state.RefreshedMS < refreshEvery.Milliseconds() {
		return nil
	}
	return []wire.Section{wire.SecVolumes, wire.SecAccounts}
}

// post sends the report with the bodies of changed sections and of extra ones.
func (a *Agent) post(ctx context.Context, report wire.Report, extra []wire.Section, result *Result) (wire.ReportReply, error) {
	seq, err := a.store.nextSeq()
	if err != nil {
		return wire.ReportReply{}, err
	}
	report.DeviceID, report.Seq = a.store.device.ID, seq
	report.Agent.Policy, report.Agent.CPUMS, report.Agent.PeakKB = a.policyHeld(), 0, 0
	report.Agent.Events = slices.Clone(a.store.state.Events)
	var send []wire.Section
	for _, body := range report.Sections.Carried() {
		if a.store.state.Digests[body.Section] != report.Digests[body.Section] || slices.Contains(extra, body.Section) {
			send = append(send, body.Section)
		}
	}
	report.Sections = report.Sections.Only(send...)
	if len(send) > 0 && !a.cfg.Shared { // an unchanged report stays as small as it can be
		report.Agent.CPUMS, report.Agent.PeakKB = a.store.state.CPUMS, peakKB()
	}
	if len(send) == 0 && len(report.Agent.Events) == 0 && a.asBefore(report) {
		whole := wire.Whole(report.Digests)
		if a.maySame(report) {
			result.DeviceID, result.Seq, result.Sent = report.DeviceID, seq, nil
			reply, err := a.same(ctx, wire.Unchanged{DeviceID: report.DeviceID, Whole: whole, Policy: report.Agent.Policy}, report, result)
			if !a.store.state.NoSame {
				return reply, err
			}
			return a.post(ctx, report, extra, result)
		}
		report.Whole, report.Digests, report.Notes = whole, nil, nil
	}
	plain, err := encode(report)
	if err != nil {
		return wire.ReportReply{}, fmt.Errorf("encode report: %w", err)
	}
	body, err := wire.Deflate(plain)
	if err != nil {
		return wire.ReportReply{}, fmt.Errorf("compress report: %w", err)
	}
	result.DeviceID, result.Seq, result.Sent = report.DeviceID, seq, send
	result.Bytes += len(body)
	a.server.kbps = a.rules().UploadKBps
	reply, err := a.server.report(ctx, report.DeviceID, wire.Sign(a.store.key, body), body)
	if err == nil {
		a.told(len(report.Agent.Events))
		a.store.state.PolicyTold = report.Agent.Policy
		a.heard(reply.ServerMS)
		a.follow(reply.Policy)
	}
	return reply, err
}

// asBefore tells that digests and notes are those that the server acknowledged, so
// that one digest can stand for all of them.
func (a *Agent) asBefore(report wire.Report) bool {
	return !a.store.state.NoWhole && len(report.Digests) > 0 && maps.Equal(report.Digests, a.store.state.Digests) &&
		wire.Digest(report.Notes) == a.store.state.NotesDigest
}

// ErrNoToken says that the device is not known to the server and there is no
// token to make it known.
var ErrNoToken = errors.New("this machine is not enrolled and no enrolment token is given; make one on the server with \"sonae token enroll --facility NAME\" and pass it with --token")

// enrol makes this device known to the server.
func (a *Agent) enrol(ctx context.Context, report wire.Report) error {
	token := cmp.Or(a.cfg.Token, a.store.token())
	if token == "" {
		return ErrNoToken
	}
	csr, err := a.store.signingRequest()
	if err != nil {
		return err
	}
	request := wire.EnrollRequest{Version: wire.Version, Token: token, PublicKey: a.store.key.Public().(ed25519.PublicKey), CSR: csr}
	if report.Sections.Hardware != nil {
		request.Identity = report.Sections.Hardware.Identity
	}
	if report.Sections.OS != nil {
		request.Identity.HostName, request.Identity.OSFamily = report.Sections.OS.HostName, report.Sections.OS.Family
	}
	reply, err := a.server.enrol(ctx, request)
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	a.heard(reply.ServerMS)
	a.store.state.AskedMS = a.cfg.Now().UnixMilli() // a server without certificates gave none: not again today
	return errors.Join(a.store.become(reply.DeviceID, a.cfg.ServerURL), a.rely(reply.Trust))
}

// encode writes a report as JSON.
func encode(report wire.Report) ([]byte, error) { return json.Marshal(report) }

// kept reads the report in the spool.
func (a *Agent) kept() (wire.Report, error) {
	var report wire.Report
	body, err := a.spool.Get()
	if err != nil {
		return report, err
	}
	if err := json.Unmarshal(body, &report); err != nil {
		return report, errors.Join(fmt.Errorf("read kept report: %w", err), a.spool.Drop())
	}
	return report, nil
}
