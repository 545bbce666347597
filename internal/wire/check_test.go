package wire

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Report)
		place  string // "" = accepted
	}{
		{"untouched", func(*Report) {}, ""},
		{"device id with a path", func(r *Report) { r.DeviceID = "../x" }, "device_id"},
		{"seq zero", func(r *Report) { r.Seq = 0 }, "seq"},
		{"time in seconds times a million", func(r *Report) { r.CollectedMS = 1 << 60 }, "collected_ms"},
		{"time before 1970", func(r *Report) { r.CollectedMS = -1 }, "collected_ms"},
		{"section of a newer agent in a note", func(r *Report) { r.Notes = []Note{{Section: "weather", State: NoData}} }, ""},
		{"note about no section", func(r *Report) { r.Notes = []Note{{Section: "a b", State: NoData}} }, "notes[0].section"},
		{"unknown state in a note", func(r *Report) { r.Notes = []Note{{Section: SecOS, State: "tired"}} }, "notes[0].state"},
		{"section of a newer agent in digests", func(r *Report) { r.Digests["weather"] = strings.Repeat("0", 64) }, ""},
		{"digest of no section", func(r *Report) { r.Digests["a b"] = strings.Repeat("0", 64) }, "digests.?"},
		{"bad digest of a newer agent's section", func(r *Report) { r.Digests["weather"] = "00" }, "digests.weather"},
		{"digest in capitals", func(r *Report) { r.Digests[SecOS] = strings.Repeat("A", 64) }, "digests.os"},
		{"digest too short", func(r *Report) { r.Digests[SecOS] = "00" }, "digests.os"},
		{"digest of another body", func(r *Report) { (*r.Sections.Packages)[0].Version = "6" }, "digests.packages"},
		{"digest missing", func(r *Report) { delete(r.Digests, SecPorts) }, "digests.ports"},
		{"port zero", func(r *Report) { (*r.Sections.Ports)[0].Number = 0; r.Seal() }, "sections.ports[0].number"},
		{"port above", func(r *Report) { (*r.Sections.Ports)[0].Number = 65536; r.Seal() }, "sections.ports[0].number"},
		{"port on a name", func(r *Report) { (*r.Sections.Ports)[0].Address = "localhost"; r.Seal() }, "sections.ports[0].address"},
		{"sctp", func(r *Report) { (*r.Sections.Ports)[0].Protocol = "sctp"; r.Seal() }, "sections.ports[0].protocol"},
		{"package without name", func(r *Report) { (*r.Sections.Packages)[0].Name = " "; r.Seal() }, "sections.packages[0].name"},
		{"package without kind", func(r *Report) { (*r.Sections.Packages)[0].Kind = ""; r.Seal() }, "sections.packages[0].kind"},
		{"package from no day", func(r *Report) { (*r.Sections.Packages)[0].InstalledOn = "2025-02-30"; r.Seal() }, "sections.packages[0].installed_on"},
		{"MAC with dashes", withInterface(Interface{Name: "eth0", MAC: "aa-bb-cc-dd-ee-ff"}), "sections.interfaces[0].mac"},
		{"MAC in capitals", withInterface(Interface{Name: "eth0", MAC: "AA:BB:CC:DD:EE:FF"}), "sections.interfaces[0].mac"},
		{"good interface", withInterface(Interface{Name: "eth0", MAC: "aa:bb:cc:dd:ee:ff", Addresses: []string{"192.0.2.7/24", "fe80::1/64"}, Gateway: "192.0.2.1", DNS: []string{"2001:db8::1"}}), ""},
		{"address without prefix", withInterface(Interface{Name: "eth0", Addresses: []string{"192.0.2.7"}}), "sections.interfaces[0].addresses[0]"},
		{"gateway not an address", withInterface(Interface{Name: "eth0", Gateway: "192.0.2.300"}), "sections.interfaces[0].gateway"},
		{"DNS by name", withInterface(Interface{Name: "eth0", DNS: []string{"192.0.2.1", "dns"}}), "sections.interfaces[0].dns[1]"},
		{"unknown kind of interface", withInterface(Interface{Name: "eth0", Kind: "token ring"}), "sections.interfaces[0].kind"},
		{"negative memory", func(r *Report) { r.Sections.Hardware = &Hardware{MemoryBytes: -1}; r.Seal() }, "sections.hardware.memory_bytes"},
		{"hardware MAC", func(r *Report) {
			r.Sections.Hardware = &Hardware{Identity: Identity{MACs: []string{"x"}}}
			r.Seal()
		}, "sections.hardware.macs[0]"},
		{"unknown OS", func(r *Report) { r.Sections.OS = &OS{Family: "plan9", Name: "Plan 9"}; r.Seal() }, "sections.os.family"},
		{"encryption perhaps", func(r *Report) { r.Sections.Volumes = &[]Volume{{Mount: "/", Encryption: "perhaps"}}; r.Seal() }, "sections.volumes[0].encryption"},
		{"login after 2100", func(r *Report) { r.Sections.Accounts = &[]Account{{Name: "a", LastLoginMS: maxTimeMS + 1}}; r.Seal() }, "sections.accounts[0].last_login_ms"},
		{"protection of a kind", func(r *Report) {
			r.Sections.Security = &Security{Protection: []Protection{{Product: "p", Kind: "magic"}}}
			r.Seal()
		}, "sections.security.protection[0].kind"},
		{"update without name", func(r *Report) { r.Sections.Updates = &Updates{Pending: []Pending{{}}}; r.Seal() }, "sections.updates.pending[0].name"},
		{"service start", func(r *Report) { r.Sections.Services = &[]Service{{Name: "s", Start: "never"}}; r.Seal() }, "sections.services[0].start"},
		{"disk kind", func(r *Report) { r.Sections.Disks = &[]Disk{{Name: "sda", Kind: "tape"}}; r.Seal() }, "sections.disks[0].kind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := sample()
			tt.change(r)
			err := r.Check()
			var refusal *Refusal
			errors.As(err, &refusal)
			switch {
			case tt.place == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.place != "" && (refusal == nil || refusal.Code != CodeBadValue || refusal.Place != tt.place):
				t.Errorf("error = %v, want bad_value at %s", err, tt.place)
			}
		})
	}
}

func withInterface(n Interface) func(*Report) {
	return func(r *Report) {
		r.Sections.Interfaces = &[]Interface{n}
		r.Seal()
	}
}

// TestDigest fixes digests by hand-written canonical text, so that other
// implementations can be checked against the same pairs.
func TestDigest(t *testing.T) {
	up := true
	tests := []struct {
		name      string
		section   any
		canonical string
	}{
		{"no rows", &[]Port{}, `[]`},
		{"members sorted", &[]Port{{Protocol: "tcp", Address: "::", Number: 80}}, `[{"address":"::","number":80,"protocol":"tcp"}]`},
		{"no HTML escapes", &[]Package{{Name: "a<b>&c", Kind: "app"}}, `[{"kind":"app","name":"a<b>&c"}]`},
		{"line separators as they are", &[]Package{{Name: "a\u2028\\u2028", Kind: "app"}}, "[{\"kind\":\"app\",\"name\":\"a\u2028\\\\u2028\"}]"},
		{"control characters", &[]Package{{Name: "\b\f\n\r\t\x01\"\\", Kind: "app"}}, `[{"kind":"app","name":"\b\f\n\r\t\u0001\"\\"}]`},
		{"free space left out", &[]Volume{{Mount: "/", FreeBytes: 7, Encryption: "off"}}, `[{"encryption":"off","mount":"/"}]`},
		{"last login left out", &[]Account{{Name: "a", LastLoginMS: 7}}, `[{"enabled":false,"interactive":false,"locked":false,"name":"a","privileged":false}]`},
		{"zero that was said", &Hardening{PasswordPolicy: &PasswordPolicy{MinLength: new(0)}}, `{"password_policy":{"min_length":0}}`},
		{"nested", &Security{FirewallOn: &up, Protection: []Protection{{Product: "p", Kind: "edr"}}}, `{"firewall_on":true,"protection":[{"kind":"edr","product":"p","running":false}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := Digest(tt.section), hexSum(tt.canonical); got != want {
				t.Errorf("digest = %s, want %s, that of %s", got, want, tt.canonical)
			}
		})
	}
}

func TestSign(t *testing.T) {
	public, private, err := ed25519.GenerateKey(strings.NewReader(strings.Repeat("k", 64)))
	if err != nil {
		t.Fatal(err)
	}
	body := []byte("body")
	signature := Sign(private, body)
	tests := []struct {
		name      string
		key       ed25519.PublicKey
		body      string
		signature string
		want      bool
	}{
		{"right", public, "body", signature, true},
		{"other body", public, "bodY", signature, false},
		{"no signature", public, "body", "", false},
		{"not base64", public, "body", "%%%", false},
		{"short key", public[:31], "body", signature, false},
		{"signed without the context", public, "body", signPlain(private, body), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Verify(tt.key, []byte(tt.body), tt.signature); got != tt.want {
				t.Errorf("Verify = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCarriedAndOnly(t *testing.T) {
	s := Sections{Hardware: &Hardware{}, OS: &OS{}, Disks: &[]Disk{}, Volumes: &[]Volume{}, Interfaces: &[]Interface{}, Packages: &[]Package{}, Services: &[]Service{}, Ports: &[]Port{}, Accounts: &[]Account{}, Security: &Security{}, Updates: &Updates{},
		Peripherals: &Peripherals{}, Extensions: &[]Extension{}, Startup: &[]StartupItem{}, Groups: &[]Group{}, Hardening: &Hardening{}, SwitchedOff: &[]SwitchedOff{}, Backups: &[]Backup{}}
	if got := len(s.Carried()); got != len(AllSections) {
		t.Fatalf("%d bodies carried, want %d", got, len(AllSections))
	}
	for _, section := range AllSections {
		only := s.Only(section)
		carried := only.Carried()
		if len(carried) != 1 || carried[0].Section != section {
			t.Errorf("Only(%s) carries %v", section, carried)
		}
	}
}
