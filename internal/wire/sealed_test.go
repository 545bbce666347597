package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age"
)

// testKit is a kit with the server's half of its keys.
func testKit(t testing.TB) (k *Kit, identity string, signer ed25519.PublicKey) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	k = &Kit{Version: KitVersion, ID: "0192d3a0-0000-7000-8000-000000000001", Name: "stick 1", Facility: "本院", Recipient: id.Recipient().String(), Key: seed, CreatedMS: 1, ExpiresMS: 2}
	return k, id.String(), ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
}

func TestSealedRoundTrip(t *testing.T) {
	kit, identity, signer := testKit(t)
	file, err := SealReport(kit, *sample())
	if err != nil {
		t.Fatal(err)
	}
	if id, err := SealedKit(file); err != nil || id != kit.ID {
		t.Fatalf("SealedKit = %q, %v", id, err)
	}
	got, err := OpenSealed(file, identity, signer)
	if err != nil {
		t.Fatal(err)
	}
	if got.DeviceID != SealedDevice || len(*got.Sections.Packages) != 1 {
		t.Errorf("report came back as %+v", got)
	}
	if bytes.Contains(file, []byte("bash")) {
		t.Error("the report can be read in the file")
	}
}

func TestSealedRefuses(t *testing.T) {
	kit, identity, signer := testKit(t)
	file, err := SealReport(kit, *sample())
	if err != nil {
		t.Fatal(err)
	}
	_, otherIdentity, _ := testKit(t)
	otherSigner := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32)).Public().(ed25519.PublicKey)
	flipped := bytes.Clone(file)
	flipped[len(flipped)-3] ^= 1
	renamed := bytes.Replace(file, []byte("000000000001"), []byte("000000000002"), 1)
	for name, tt := range map[string]struct {
		file     []byte
		identity string
		signer   ed25519.PublicKey
		code     Code
	}{
		"other kind of file": {[]byte("PK\x03\x04"), identity, signer, CodeMalformed},
		"other version":      {[]byte("sonae-once/2 x\n"), identity, signer, CodeWrongVersion},
		"first line only":    {file[:len(sealedHead)+10], identity, signer, CodeTruncated},
		"no body":            {file[:bytes.IndexByte(file, '\n')+1], identity, signer, CodeEncoding},
		"cut by one byte":    {file[:len(file)-1], identity, signer, CodeEncoding},
		"changed":            {flipped, identity, signer, CodeEncoding},
		"other kit named":    {renamed, identity, signer, CodeSignature},
		"other signing key":  {file, identity, otherSigner, CodeSignature},
		"other server":       {file, otherIdentity, signer, CodeEncoding},
		"no kit":             {[]byte("sonae-once/1 \nabc"), identity, signer, CodeMalformed},
		"hostile kit":        {[]byte("sonae-once/1 ../../etc\nabc"), identity, signer, CodeMalformed},
		"too large":          {append(bytes.Clone(file), make([]byte, MaxWireBytes)...), identity, signer, CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenSealed(tt.file, tt.identity, tt.signer)
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Code != tt.code {
				t.Errorf("error = %v, want code %s", err, tt.code)
			}
		})
	}
}

// TestSealedSize holds the promise of 50 KB for a typical PC, with a list as long as
// that of a Debian server; see also the measurement in docs/collect-by-hand.md.
func TestSealedSize(t *testing.T) {
	kit, _, _ := testKit(t)
	r := sample()
	packages := make([]Package, 300)
	for i := range packages {
		n := uint32(i) * 2654435761 // no two alike, as version numbers and names are
		packages[i] = Package{Name: fmt.Sprintf("Product %x for Windows %d", n, i), Version: fmt.Sprintf("%d.%d.%d", n%30, n>>8%100, n>>16), Kind: "registry", Publisher: fmt.Sprintf("Maker %d K.K.", i%70), InstalledOn: "2024-03-11"}
	}
	r.Sections.Packages = &packages
	r.Seal()
	file, err := SealReport(kit, *r)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d programs: %d bytes", len(packages), len(file))
	if len(file) > 50_000 {
		t.Errorf("%d bytes, want at most 50,000", len(file))
	}
}

func TestParseKit(t *testing.T) {
	kit, _, _ := testKit(t)
	body, err := json.Marshal(kit)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseKit(body); err != nil || got.ID != kit.ID || got.Facility != kit.Facility {
		t.Fatalf("ParseKit = %+v, %v", got, err)
	}
	for name, change := range map[string]func(*Kit){
		"version":   func(k *Kit) { k.Version = 2 },
		"id":        func(k *Kit) { k.ID = "../x" },
		"key":       func(k *Kit) { k.Key = k.Key[:31] },
		"recipient": func(k *Kit) { k.Recipient = "age1x" },
		"time":      func(k *Kit) { k.ExpiresMS = -1 },
	} {
		broken := *kit
		change(&broken)
		body, _ := json.Marshal(broken)
		if _, err := ParseKit(body); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := ParseKit([]byte(strings.Repeat(" ", maxKitBytes+1))); err == nil {
		t.Error("a kit of any size is accepted")
	}
}

func TestSealedName(t *testing.T) {
	for host, want := range map[string]string{
		"pc-1":                   "pc-1_20261127.sonae",
		"放射線PC":                  "放射線PC_20261127.sonae",
		"../../etc/passwd":       "_.._etc_passwd_20261127.sonae",
		"":                       "unnamed_20261127.sonae",
		"a<script>":              "a_script__20261127.sonae",
		strings.Repeat("x", 100): strings.Repeat("x", 60) + "_20261127.sonae",
	} {
		if got := SealedName(host, "20261127"); got != want {
			t.Errorf("SealedName(%q) = %q, want %q", host, got, want)
		}
	}
}

func FuzzOpenSealed(f *testing.F) {
	kit, identity, signer := testKit(f)
	file, err := SealReport(kit, *sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("sonae-once/1 x\nage-encryption.org/v1\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := OpenSealed(file, identity, signer)
		var refusal *Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("error %v is not a refusal", err)
		}
	})
}
