package agent

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Status is what "sonae-agent status" shows. Its JSON is for scripts: fields are added,
// never renamed. Times are Unix ms; 0 = never, or not known.
type Status struct {
	Enrolled         bool     `json:"enrolled"`
	DeviceID         string   `json:"device_id"` // "" = not enrolled
	Server           string   `json:"server"`
	CertificateEndMS int64    `json:"certificate_end_ms"`
	Seq              int64    `json:"seq"`
	LastTryMS        int64    `json:"last_try_ms"`
	LastDoneMS       int64    `json:"last_done_ms"`
	LastError        string   `json:"last_error,omitempty"`
	NextMS           int64    `json:"next_ms"`        // when the next report is planned
	PolicyVersion    int64    `json:"policy_version"` // 0 = none
	PolicyEndMS      int64    `json:"policy_end_ms"`
	Stopped          bool     `json:"stopped"`            // by the server's policy
	LeftOut          []string `json:"left_out,omitempty"` // collectors that took too much
	Waiting          bool     `json:"waiting"`            // a report is not yet sent
}

// ReadStatus reads a state folder without changing it. It fails when there is
// none, or when it may not be read.
func ReadStatus(dir string) (Status, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return Status{}, err
	}
	s := &store{dir: dir}
	if err := errors.Join(s.read("device", &s.device), s.read("state", &s.state)); err != nil {
		return Status{}, err
	}
	if _, err := os.Lstat(filepath.Join(dir, "key")); err == nil { // without one, openKey would make it
		if _, err := s.openKey(); err != nil {
			return Status{}, err
		}
		if err := errors.Join(s.readTrust(), s.readPolicy()); err != nil {
			return Status{}, err
		}
	}
	_, err := os.Stat(filepath.Join(spoolDir(dir), "report"))
	status := Status{
		Enrolled: s.device.ID != "", DeviceID: s.device.ID, Server: s.device.Server, Seq: s.state.Seq, LastTryMS: s.state.LastTryMS,
		LastDoneMS: s.state.LastDoneMS, LastError: s.state.LastError, NextMS: s.state.NextMS,
		PolicyVersion: s.policy.Version, PolicyEndMS: s.policy.ExpiresMS, Waiting: err == nil,
		LeftOut: slices.Sorted(maps.Keys(s.state.LeftOut)),
	}
	if end := s.trust.ends(); !end.IsZero() {
		status.CertificateEndMS = end.UnixMilli()
	}
	status.Stopped = s.policy.Stop && s.policy.ExpiresMS > time.Now().UnixMilli()+s.state.OffsetMS
	return status, nil
}

// Line is the status in one line, for somebody on the telephone.
func (s Status) Line(now time.Time) string {
	if !s.Enrolled {
		return "not enrolled"
	}
	ago := func(ms int64) string {
		if ms == 0 {
			return "never"
		}
		return now.Sub(time.UnixMilli(ms)).Round(time.Minute).String() + " ago"
	}
	var parts []string
	switch {
	case s.Stopped:
		parts = append(parts, "STOPPED by the server's policy")
	case s.LastError != "":
		parts = append(parts, "NOT REPORTING: "+s.LastError)
	default:
		parts = append(parts, "reporting")
	}
	parts = append(parts, "last report "+ago(s.LastDoneMS))
	if s.NextMS > now.UnixMilli() {
		parts = append(parts, "next in "+time.UnixMilli(s.NextMS).Sub(now).Round(time.Minute).String())
	}
	if s.CertificateEndMS != 0 {
		parts = append(parts, "certificate until "+time.UnixMilli(s.CertificateEndMS).Format(time.DateOnly))
	}
	return fmt.Sprintf("%s; device %s at %s", strings.Join(parts, ", "), s.DeviceID, s.Server)
}
