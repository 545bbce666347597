package wire

import (
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"time"
)

func policyKeys(t testing.TB) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, key
}

func TestPolicyOpens(t *testing.T) {
	public, key := policyKeys(t)
	other, _ := policyKeys(t)
	p := Policy{Version: 5, DeviceID: "device-1", IssuedMS: 1, ExpiresMS: 2, IntervalMin: 60, Off: []Section{SecPorts}, QuietFrom: "22:00", QuietTo: "06:00", UploadKBps: 64, Stop: true}
	signed, err := p.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := signed.Open(public, "device-1")
	if err != nil || got.IntervalMin != 60 || !got.Stop || len(got.Off) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := signed.Open(other, "device-1"); err == nil {
		t.Error("another server's key opens it")
	}
	if _, err := signed.Open(public, "device-2"); err == nil {
		t.Error("another device follows it")
	}
	for i := range signed.Body {
		bad := SignedPolicy{Body: append([]byte(nil), signed.Body...), Signature: signed.Signature}
		bad.Body[i] ^= 1
		if _, err := bad.Open(public, "device-1"); err == nil {
			t.Fatalf("byte %d changed, and followed", i)
		}
	}
}

// A policy with anything this version does not know is not followed by half: a server
// that was taken over cannot slip in a command.
func TestPolicyKnowsNoCommand(t *testing.T) {
	public, key := policyKeys(t)
	for _, body := range []string{
		`{"version":5,"device_id":"d","run":"cmd.exe"}`, `{"version":5,"device_id":"d","update_url":"https://x"}`,
		`{"version":5,"device_id":"d","interval_min":1}`, `{"version":5,"device_id":"d","interval_min":99999}`,
		`{"version":5,"device_id":"d","upload_kbps":1}`, `{"version":5,"device_id":"d","off":["hardware"]}`,
		`{"version":5,"device_id":"d","off":["nonsense"]}`, `{"version":5,"device_id":"d","quiet_from":"00:00","quiet_to":"23:59"}`,
		`{"version":5,"device_id":"d","quiet_from":"00:00"}`, `{"version":0,"device_id":"d"}`, `{"version":5,"device_id":"d"} {}`, `[]`, ``, `null`,
	} {
		signed := SignedPolicy{Body: []byte(body), Signature: ed25519.Sign(key, append([]byte(PolicyContext), body...))}
		if p, err := signed.Open(public, "d"); err == nil {
			t.Errorf("%s: followed as %+v", body, p)
		}
	}
	// A signature of another kind is none: a report's, of whoever has the key.
	body, _ := json.Marshal(Policy{Version: 5, DeviceID: "d"})
	if _, err := (SignedPolicy{Body: body, Signature: ed25519.Sign(key, append([]byte(SignatureContext), body...))}).Open(public, "d"); err == nil {
		t.Error("a report's signature signs a policy")
	}
}

func TestQuiet(t *testing.T) {
	at := func(clock string) time.Time {
		c, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 11, 27, c.Hour(), c.Minute(), 0, 0, time.Local)
	}
	for _, c := range []struct {
		from, to, now string
		want          time.Duration
	}{
		{"08:30", "12:00", "08:29", 0}, {"08:30", "12:00", "08:30", 210 * time.Minute}, {"08:30", "12:00", "11:59", time.Minute}, {"08:30", "12:00", "12:00", 0},
		{"22:00", "06:00", "23:00", 7 * time.Hour}, {"22:00", "06:00", "05:00", time.Hour}, {"22:00", "06:00", "06:00", 0}, {"22:00", "06:00", "12:00", 0}, {"", "", "12:00", 0},
	} {
		if got := (Policy{QuietFrom: c.from, QuietTo: c.to}).Quiet(at(c.now)); got != c.want {
			t.Errorf("%s–%s at %s: %s, want %s", c.from, c.to, c.now, got, c.want)
		}
	}
}

func FuzzPolicyOpen(f *testing.F) {
	public, key := policyKeys(f)
	f.Add([]byte(`{"version":5,"device_id":"d","interval_min":60}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		signed := SignedPolicy{Body: body, Signature: ed25519.Sign(key, append([]byte(PolicyContext), body...))}
		if p, err := signed.Open(public, "d"); err == nil && (p.Check() != nil || p.DeviceID != "d") {
			t.Errorf("%q gave %+v", body, p)
		}
	})
}
