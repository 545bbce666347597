package wire

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Policy is what the server may tell an agent, and all that an agent takes from a
// server: when to report, what not to read, how fast to send, and to stop. There is no
// member that names a program, a file or an address, and none will be added.
type Policy struct {
	Version   int64  `json:"version"` // Unix ms of the last change of any policy; rises
	DeviceID  string `json:"device_id"`
	IssuedMS  int64  `json:"issued_ms"`
	ExpiresMS int64  `json:"expires_ms"` // after that nothing of it holds

	IntervalMin int       `json:"interval_min,omitempty"` // between reports; 0 = as the agent was installed
	Off         []Section `json:"off,omitempty"`          // sections not to be read
	UploadKBps  int       `json:"upload_kbps,omitempty"`  // 1000 bytes a second; 0 = as fast as it goes
	QuietFrom   string    `json:"quiet_from,omitempty"`   // "08:30", the device's own time: neither read nor send
	QuietTo     string    `json:"quiet_to,omitempty"`     // may be on the next day
	Stop        bool      `json:"stop,omitempty"`         // neither read nor report; only ask for the next policy
}

// SignedPolicy is a policy as it travels: the exact bytes and who stands for them.
type SignedPolicy struct {
	Body      []byte `json:"body"`      // JSON of Policy
	Signature []byte `json:"signature"` // Ed25519 over PolicyContext and Body, by the key from Trust
}

// PolicyRequest asks for the policy of a device; it is signed like a report, with
// PolicyRequestContext. Agents send it that may not report, or whose policy has ended.
//
//	POST /ingest/v1/policy   PolicyRequest → PolicyReply
type PolicyRequest struct {
	Version  int    `json:"version"`
	DeviceID string `json:"device_id"`
	Have     int64  `json:"have,omitempty"` // version it holds; 0 = none, or to be renewed
}

// PolicyReply brings a policy when there is one that the agent does not hold.
type PolicyReply struct {
	ServerMS int64         `json:"server_ms"`
	Policy   *SignedPolicy `json:"policy,omitempty"`
}

// Signature contexts and limits of policies.
const (
	PolicyContext        = "sonae policy v1\x00"
	PolicyRequestContext = "sonae policy request v1\x00"
	PolicyLife           = 30 * 24 * time.Hour
	maxPolicyBytes       = 8 << 10
	MinIntervalMin       = 15          // shorter is a load test, not an inventory
	MaxIntervalMin       = 7 * 24 * 60 // longer and the ledger is guesswork
	MinUploadKBps        = 8
	MaxUploadKBps        = 100_000
	maxQuiet             = 20 * time.Hour // some time of the day is left to report
)

// errPolicy says that a policy is not one to follow; the reason is in its text.
var errPolicy = errors.New("policy refused")

// Check tells whether the values are within their limits, for both sides.
func (p Policy) Check() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", errPolicy, what) }
	switch {
	case p.IntervalMin != 0 && (p.IntervalMin < MinIntervalMin || p.IntervalMin > MaxIntervalMin):
		return bad("interval_min")
	case p.UploadKBps != 0 && (p.UploadKBps < MinUploadKBps || p.UploadKBps > MaxUploadKBps):
		return bad("upload_kbps")
	case len(p.Off) >= len(AllSections) || slices.ContainsFunc(p.Off, func(s Section) bool { return !slices.Contains(neverUnread, s) && !slices.Contains(AllSections, s) }):
		return bad("off")
	case slices.ContainsFunc(p.Off, func(s Section) bool { return slices.Contains(neverUnread, s) }):
		return bad("off: a machine has to be known")
	}
	if (p.QuietFrom == "") != (p.QuietTo == "") {
		return bad("quiet_from and quiet_to go together")
	}
	if p.QuietFrom == "" {
		return nil
	}
	from, err1 := time.Parse("15:04", p.QuietFrom)
	to, err2 := time.Parse("15:04", p.QuietTo)
	if err1 != nil || err2 != nil || from.Equal(to) || (to.Sub(from)+24*time.Hour)%(24*time.Hour) > maxQuiet {
		return bad("quiet hours")
	}
	return nil
}

// neverUnread are the sections that say which machine it is.
var neverUnread = []Section{SecHardware, SecOS}

// Quiet tells how long the quiet hours last on from now; 0 = they are not now.
func (p Policy) Quiet(now time.Time) time.Duration {
	from, err1 := time.Parse("15:04", p.QuietFrom)
	to, err2 := time.Parse("15:04", p.QuietTo)
	if err1 != nil || err2 != nil {
		return 0
	}
	const day = 24 * time.Hour
	clock := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second
	at := func(t time.Time) time.Duration {
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	since, length := (clock-at(from)+day)%day, (at(to)-at(from)+day)%day
	if since >= length {
		return 0
	}
	return length - since
}

// Sign makes the signed form. key must be a full Ed25519 private key.
func (p Policy) Sign(key ed25519.PrivateKey) (SignedPolicy, error) {
	if err := p.Check(); err != nil {
		return SignedPolicy{}, err
	}
	body, err := json.Marshal(p)
	if err != nil {
		return SignedPolicy{}, fmt.Errorf("encode policy: %w", err)
	}
	return SignedPolicy{Body: body, Signature: ed25519.Sign(key, append([]byte(PolicyContext), body...))}, nil
}

// Open gives the policy when it is signed by key, for this device, and within its
// limits. Members it does not know make it refuse the whole: what an agent does not
// understand it does not half-follow. Time and version are for the caller.
func (s SignedPolicy) Open(key ed25519.PublicKey, deviceID string) (Policy, error) {
	var p Policy
	if len(s.Body) > maxPolicyBytes || len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, append([]byte(PolicyContext), s.Body...), s.Signature) {
		return p, fmt.Errorf("%w: not signed by this server's policy key", errPolicy)
	}
	d := json.NewDecoder(strings.NewReader(string(s.Body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || d.More() {
		return Policy{}, fmt.Errorf("%w: not in a form that this version understands", errPolicy)
	}
	if p.DeviceID != deviceID || p.Version <= 0 {
		return Policy{}, fmt.Errorf("%w: for another device", errPolicy)
	}
	return p, p.Check()
}

// DecodePolicyRequest reads a policy request, with the checks of Decode. Errors are
// *Refusal, or the error of r.
func DecodePolicyRequest(r io.Reader, encoding string, limits Limits) (*PolicyRequest, error) {
	var request PolicyRequest
	if err := decodeInto(r, encoding, limits, &request); err != nil {
		return nil, err
	}
	var c checker
	c.that(request.Version == Version, "version", "this server speaks version %d", Version)
	c.token("device_id", request.DeviceID)
	c.count("have", request.Have)
	if c.refusal != nil {
		return nil, c.refusal
	}
	return &request, nil
}
