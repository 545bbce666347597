package recognise

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/survey/network"
)

func traits(pairs ...string) []network.Trait {
	var out []network.Trait
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, network.Trait{Key: pairs[i], Value: pairs[i+1]})
	}
	return out
}

func TestStrongestWinsAndContradictionsShow(t *testing.T) {
	r := Device(traits(
		network.TraitEntityModel, "WS-C2960X-24TS-L",
		network.TraitLLDPModel, "AP-505",
		network.TraitEntitySerial, "FOC1234X0YZ",
		network.TraitSysObjectID, ".1.3.6.1.4.1.9.1.1208",
		network.TraitSysDescr, "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(2)E6, RELEASE SOFTWARE (fc1)",
	), []string{"00:00:0C:12:34:56"})
	got := map[Field]string{}
	for _, f := range Fields {
		got[f] = r.Answer(f).Value
	}
	want := map[Field]string{FieldKind: "network", FieldMaker: "Cisco", FieldModel: "WS-C2960X-24TS-L", FieldFamily: "Cisco IOS", FieldVersion: "15.2(2)E6", FieldSerial: "FOC1234X0YZ"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	c := r.Model.Contradictions()
	if len(c) == 0 || c[0].Value != "AP-505" || c[0].Trait.Key != network.TraitLLDPModel {
		t.Errorf("contradictions %+v", c)
	}
	if len(r.Maker.Contradictions()) != 0 {
		t.Errorf("makers %+v", r.Maker.Contradictions())
	}
}

func TestUnknownStaysUnknown(t *testing.T) {
	for _, list := range [][]network.Trait{nil, traits("snmp.sys_descr", "hello"), traits("no.such.key", "Cisco"), traits(network.TraitSysObjectID, ".1.3.6.1.4.1"),
		traits(network.TraitSysObjectID, "0.0"), traits(network.TraitEntitySerial, "0000000"), traits(network.TraitEntitySerial, "N/A")} {
		r := Device(list, []string{"02:00:00:00:00:01", "01:00:5e:00:00:01", "zz"})
		for _, f := range Fields {
			if a := r.Answer(f); a.Value != "" {
				t.Errorf("%v: %s is %q by %s", list, f, a.Value, a.Rule)
			}
		}
	}
	r := Device(traits(network.TraitSysObjectID, ".1.3.6.1.4.1.9"), []string{"00:00:0C:00:00:01"})
	if r.Maker.Value != "Cisco" || r.Model.Value != "" || r.Version.Value != "" || r.Serial.Value != "" {
		t.Errorf("a maker became more: %+v", r)
	}
}

func TestVersionBelongsToFamily(t *testing.T) {
	r := Device(traits(network.TraitSysDescr, "Linux nas 3.10.77 #8451 SMP x86_64", network.TraitSysObjectID, ".1.3.6.1.4.1.8072.3.2.10",
		"snmp.oid.1.3.6.1.4.1.6574.1.5.1.0", "DS918+"), nil)
	if r.Family.Value != "DSM" || r.Model.Value != "DS918+" || r.Version.Value != "" || len(r.Version.Others) == 0 {
		t.Errorf("%+v", r)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	list := traits(network.TraitSysDescr, "ProCurve J9019A Switch 2510B-24, revision Q.11.17, ROM Q.10.02", network.TraitSysObjectID, ".1.3.6.1.4.1.11.2.3.7.11.50",
		network.TraitHTTPServer, "eHTTP v2.0", network.TraitHTTPServer, "Apache/2.4.6 (CentOS)", network.TraitSSHBanner, "SSH-2.0-Mocana SSH 5.3.1")
	want := Device(list, nil)
	for i := range list {
		turned := append(append([]network.Trait{}, list[i:]...), list[:i]...)
		if d := cmp.Diff(want, Device(turned, nil)); d != "" {
			t.Fatal(d)
		}
	}
}

func TestMakerOfAddress(t *testing.T) {
	for mac, want := range map[string]string{
		"00:00:0c:01:02:03": "Cisco", // MA-L
		"00-00-F4-01-02-03": "Allied Telesis",
		"0000.4c01.0203":    "NEC",
		"00:a0:de:01:02:03": "YAMAHA",
		"02:00:0c:01:02:03": "", // locally administered
		"01:00:0c:cc:cc:cc": "", // multicast
		"ff:ff:ff:ff:ff:ff": "",
		"":                  "",
	} {
		if got := Device(nil, []string{mac}).Maker.Value; got != want {
			t.Errorf("%s: %q, want %q", mac, got, want)
		}
	}
	if n := len(ouis()); n < 50000 {
		t.Errorf("%d blocks", n)
	}
}

// TestMakersAgree: spellings that the ledger unites are one maker here, too.
func TestMakersAgree(t *testing.T) {
	b, err := os.ReadFile("../../asset/makers.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(line, "#") || MakerName(name) == name {
			continue
		}
		for s := range strings.SplitSeq(rest, ",") {
			if got := MakerName(strings.TrimSpace(s)); got != MakerName(name) && got != strings.TrimSpace(s) {
				t.Errorf("%s: %q is %q here", name, s, got)
			}
		}
	}
}

// checkRecog answers every example of a database and counts those that an earlier
// fingerprint of the same file takes.
func checkRecog(t *testing.T, name string, db *database, every int) (all, earlier int) {
	t.Helper()
	for i, f := range db.Prints {
		if i%every != 0 {
			continue
		}
		for _, e := range f.Examples {
			text, err := e.input()
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			all++
			got := f.match(text, strings.ToLower(text))
			if got == nil {
				t.Errorf("%s: %q does not match %s", name, text, f.Pattern)
				continue
			}
			for _, a := range e.Attrs {
				if want := a.Value; !strings.HasPrefix(a.Name.Local, "_") && got[a.Name.Local] != want {
					t.Errorf("%s: %q: %s is %q, want %q", name, text, a.Name.Local, got[a.Name.Local], want)
				}
			}
			if first, _ := db.match(text); first != f {
				earlier++
			}
		}
	}
	return all, earlier
}

// TestRecogSample answers a tenth of the examples of every embedded database.
func TestRecogSample(t *testing.T) {
	n := 0
	for name, open := range databases() {
		all, _ := checkRecog(t, name, open(), 10)
		n += all
	}
	if len(databases()) < 15 || n < 300 {
		t.Errorf("%d examples of %d databases", n, len(databases()))
	}
	for _, f := range fits {
		if databases()[f.db] == nil {
			t.Errorf("no database %s", f.db)
		}
	}
}

// TestRecog answers all examples of all databases that Recog publishes.
func TestRecog(t *testing.T) {
	all, earlier := 0, 0
	eachFile(t, "recog/recog.tar.gz", func(name string, data []byte) {
		if !strings.HasSuffix(name, ".xml") {
			return
		}
		db, err := readDatabase(strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(name, err)
		}
		n, m := checkRecog(t, name, db, 1)
		all += n
		earlier += m
	})
	t.Logf("%d examples answered as written; %d of them are first taken by an earlier fingerprint, as in Recog", all, earlier)
}

func sampleDevices() [][]network.Trait {
	return [][]network.Trait{
		traits(network.TraitSysDescr, "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(2)E6, RELEASE SOFTWARE (fc1)", network.TraitSysObjectID, ".1.3.6.1.4.1.9.1.1208", network.TraitEntitySerial, "FOC1"),
		traits(network.TraitHTTPTitle, "Web Image Monitor", network.TraitHTTPServer, "Web-Server/3.0", network.TraitMDNSService, "_ipp._tcp", network.TraitSysDescr, "RICOH MP C3003 1.20 / RICOH Network Printer C model"),
		traits(network.TraitDHCPParams, "1,3,6,15,31,33,43,44,46,47,119,121,249,252", network.TraitDHCPVendor, "MSFT 5.0", network.TraitDHCPHost, "PC-001", network.TraitSMBSystem, "Windows 10 Pro 19045"),
		traits(network.TraitSSHBanner, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1", network.TraitHTTPServer, "nginx/1.18.0", network.TraitTLSSubject, "CN=pacs.example.jp"),
		traits(network.TraitDICOMTitle, "CT01", network.TraitDICOMImpl, "OFFIS_DCMTK_367"),
	}
}

// FuzzDevice: whatever a device says, the answer is clean, bounded and quick.
func FuzzDevice(f *testing.F) {
	for _, s := range []string{"<script>alert(1)</script>", strings.Repeat("a", 1<<16), "\xff\xfe\x00", strings.Repeat("((a+)+)+", 500), "SSH-2.0-" + strings.Repeat("-", 3000), "\u202eevil\u0007", ".1.3.6.1.4.1." + strings.Repeat("9.", 2000)} {
		for _, k := range []string{network.TraitSysDescr, network.TraitSysObjectID, network.TraitHTTPTitle, network.TraitEntityModel, network.TraitSSHBanner} {
			f.Add(k, s, s)
		}
	}
	f.Fuzz(func(t *testing.T, key, value, mac string) {
		start := time.Now()
		r := Device([]network.Trait{{Key: key, Value: value}, {Key: network.TraitSysDescr, Value: value}, {Key: network.TraitHTTPServer, Value: value}}, []string{mac})
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%v", d)
		}
		for _, field := range Fields {
			a := r.Answer(field)
			for _, c := range append([]Claim{a.Claim}, a.Others...) {
				if c.Value != tidy(c.Value) || len([]rune(c.Value)) > maxValue || c.Value != "" && (c.Rule == "" || c.Confidence < 1 || c.Confidence > 100 || len(c.Trait.Value) > network.TraitMax+8) {
					t.Errorf("%+v", c)
				}
			}
			a.Contradictions()
		}
		ExtraOIDs(value)
	})
}

// FuzzDatabase: a file that is no database of Recog is refused, never a crash.
func FuzzDatabase(f *testing.F) {
	f.Add(`<fingerprints><fingerprint pattern="^a(b)"><param pos="1" name="os.product"/><param pos="0" name="x" value="{os.product}{"/></fingerprint></fingerprints>`, "ab")
	f.Fuzz(func(t *testing.T, data, text string) {
		db, err := readDatabase(strings.NewReader(data))
		if err == nil {
			db.match(text)
		}
	})
}
