package ingest

import (
	"bytes"
	"context"
	"net/http"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/wire"
)

// policy is POST /ingest/v1/policy: for agents that are told not to report, and for
// those whose policy ends.
func (s *Server) policy(w http.ResponseWriter, r *http.Request) {
	reply, err := s.givePolicy(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	answer(w, reply)
}

func (s *Server) givePolicy(w http.ResponseWriter, r *http.Request) (wire.PolicyReply, error) {
	var none wire.PolicyReply
	if err := s.admit(r); err != nil {
		return none, err
	}
	if err := checkHeaders(r, enrollType, wire.MaxEnrollBytes); err != nil {
		return none, err
	}
	device, err := s.sender(r)
	if err != nil {
		return none, err
	}
	if err := s.checkCertificate(r, device); err != nil {
		return none, err
	}
	body, err := readAll(w, r, wire.MaxEnrollBytes)
	if err != nil {
		return none, err
	}
	if !wire.VerifyAs(wire.PolicyRequestContext, device.PublicKey, body, r.Header.Get(wire.HeaderSignature)) {
		return none, s.stranger(r, "bad signature for device "+device.ID, badSignature())
	}
	request, err := wire.DecodePolicyRequest(bytes.NewReader(body), r.Header.Get("Content-Encoding"), wire.EnrollLimits())
	if err != nil {
		return none, err
	}
	if request.DeviceID != device.ID {
		return none, fault.Invalid("ingest.error.device_differs").WithHint("ingest.hint.key").At("device_id")
	}
	policy, err := s.policyFor(r.Context(), device, request.Have)
	return wire.PolicyReply{ServerMS: store.MS(s.now()), Policy: policy}, err
}

// policyFor gives the device's policy when it holds another version; nil when it holds
// this one, or when nobody ever made a policy.
func (s *Server) policyFor(ctx context.Context, d identity.Device, have int64) (*wire.SignedPolicy, error) {
	version, err := s.identity.PolicyVersion(ctx)
	if err != nil || version == 0 || version == have {
		return nil, err
	}
	department, err := asset.AgentDepartment(ctx, s.db, d.ID)
	if err != nil {
		return nil, err
	}
	rules, version, err := s.identity.PolicyOf(ctx, d, department)
	if err != nil {
		return nil, err
	}
	key, err := s.identity.PolicyKey(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	signed, err := policyOf(rules, d.ID, version, store.MS(now), store.MS(now.Add(wire.PolicyLife))).Sign(key)
	if err != nil { // stored before a limit was drawn closer: the agent goes on as it is
		s.log.Error("policy not sent", "device", d.ID, "err", err)
		return nil, nil //nolint:nilnil // none to send
	}
	return &signed, nil
}

func policyOf(r identity.PolicyRules, device string, version, nowMS, endMS int64) wire.Policy {
	p := wire.Policy{
		Version: version, DeviceID: device, IssuedMS: nowMS, ExpiresMS: endMS,
		IntervalMin: r.IntervalMin, UploadKBps: r.UploadKBps, QuietFrom: r.QuietFrom, QuietTo: r.QuietTo, Stop: r.Stop,
	}
	for _, section := range r.Off {
		p.Off = append(p.Off, wire.Section(section))
	}
	return p
}

// selfReport is what the agent says of itself, for the device's page.
func selfReport(r *wire.Report) identity.DeviceState {
	s := identity.DeviceState{Version: r.Agent.Version, Policy: r.Agent.Policy, CPUMS: r.Agent.CPUMS, PeakKB: r.Agent.PeakKB}
	for _, e := range r.Agent.Events {
		s.Events = append(s.Events, identity.DeviceEvent{Kind: e.Kind, AtMS: e.AtMS, Detail: e.Detail})
	}
	return s
}
