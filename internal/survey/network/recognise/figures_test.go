package recognise

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"sonae/internal/survey/network"
)

// eachFile reads a tar.gz of the test data.
func eachFile(t testing.TB, name string, fn func(name string, data []byte)) {
	t.Helper()
	root := os.Getenv("SONAE_TESTDATA")
	if root == "" {
		t.Skip("SONAE_TESTDATA is not set: no recordings of real devices to read")
	}
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			fn(filepath.Base(h.Name), b)
		}
	}
}

// recording is what a device answered: OID without leading dot → text.
type recording struct {
	values map[string]string
	order  []string // as in the file
}

func readRecording(data []byte) recording {
	r := recording{values: map[string]string{}}
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		oid, rest, _ := strings.Cut(s.Text(), "|")
		kind, value, ok := strings.Cut(rest, "|")
		if !ok {
			continue
		}
		if strings.HasSuffix(kind, "x") {
			if b, err := hex.DecodeString(value); err == nil {
				value = string(b)
			}
		}
		oid = strings.TrimPrefix(oid, ".")
		if _, had := r.values[oid]; !had {
			r.order = append(r.order, oid)
		}
		r.values[oid] = value
	}
	return r
}

// next is the first value below a column that says something, in the order of instances.
func (r recording) next(column string) string {
	column = strings.TrimPrefix(column, ".") + "."
	best := ""
	for _, oid := range r.order {
		if strings.HasPrefix(oid, column) && (best == "" || lessOID(oid, best)) {
			best = oid
		}
	}
	return r.values[best]
}

func lessOID(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		if c := cmp.Or(cmp.Compare(len(as[i]), len(bs[i])), cmp.Compare(as[i], bs[i])); c != 0 {
			return c < 0
		}
	}
	return len(as) < len(bs)
}

const entity = "1.3.6.1.2.1.47.1.1.1.1."

// chassis is the index of the chassis in ENTITY-MIB (entPhysicalClass 3), else of what
// holds it (11, stack), else of what nothing holds; the lowest that has a model or serial.
func (r recording) chassis() string {
	for _, class := range []string{"3", "11", ""} {
		best := ""
		for _, column := range []string{"13.", "11."} {
			for _, oid := range r.order {
				i, ok := strings.CutPrefix(oid, entity+column)
				if !ok || r.values[oid] == "" || class != "" && r.values[entity+"5."+i] != class || class == "" && strings.Trim(r.values[entity+"4."+i], "0") != "" {
					continue
				}
				if best == "" || lessOID(i, best) {
					best = i
				}
			}
		}
		if best != "" {
			return best
		}
	}
	return ""
}

// loneSerial is the only serial number among all parts.
func (r recording) loneSerial() string {
	found := ""
	for _, oid := range r.order {
		if v := r.values[oid]; strings.HasPrefix(oid, entity+"11.") && strings.TrimSpace(v) != "" && v != found {
			if found != "" {
				return ""
			}
			found = v
		}
	}
	return found
}

// traits are those that a walker makes of the device.
func (r recording) traits() []network.Trait {
	var out []network.Trait
	put := func(key, value string) {
		if value != "" {
			out = append(out, network.Trait{Key: key, Value: value})
		}
	}
	object := r.values["1.3.6.1.2.1.1.2.0"]
	if object != "" && !strings.HasPrefix(object, ".") {
		object = "." + object
	}
	put(network.TraitSysDescr, r.values["1.3.6.1.2.1.1.1.0"])
	put(network.TraitSysObjectID, object)
	put(network.TraitSysName, r.values["1.3.6.1.2.1.1.5.0"])
	put(network.TraitSysContact, r.values["1.3.6.1.2.1.1.4.0"])
	if i := r.chassis(); i != "" {
		put(network.TraitEntityModel, r.values[entity+"13."+i])
		put(network.TraitEntitySerial, cmp.Or(r.values[entity+"11."+i], r.loneSerial()))
		put(network.TraitEntityMaker, r.values[entity+"12."+i])
		put(network.TraitEntityFW, r.values[entity+"10."+i])
	}
	for _, x := range ExtraOIDs(object) {
		if x.Next {
			put(x.TraitKey, r.next(x.OID))
		} else {
			put(x.TraitKey, r.values[strings.TrimPrefix(x.OID, ".")])
		}
	}
	return out
}

// expected is LibreNMS' own result for a device.
type expected struct {
	OS       string `json:"os"`
	Hardware string `json:"hardware"`
	Version  string `json:"version"`
	Serial   string `json:"serial"`
}

func readExpected(data []byte) (expected, bool) {
	var file struct {
		OS map[string]json.RawMessage `json:"os"`
	}
	if json.Unmarshal(data, &file) != nil || file.OS == nil {
		return expected{}, false
	}
	for _, part := range []string{"poller", "discovery"} {
		var p struct {
			Devices []expected `json:"devices"`
		}
		if json.Unmarshal(file.OS[part], &p) == nil && len(p.Devices) > 0 {
			return p.Devices[0], true
		}
	}
	return expected{}, false
}

// macs are the hardware addresses of the interfaces (IF-MIB, ifPhysAddress).
func (r recording) macs() []string {
	var out []string
	for _, oid := range r.order {
		if v := r.values[oid]; strings.HasPrefix(oid, "1.3.6.1.2.1.2.2.1.6.") && len(v) == 6 {
			out = append(out, hex.EncodeToString([]byte(v)))
		}
	}
	return out
}

// words splits a value at what is no letter or digit, in lower case.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// mibName makes the names of CISCO-PRODUCTS-MIB ("cat29xxStack", "ciscoASR1002F")
// comparable with those that stand on devices.
var mibName = strings.NewReplacer("ciscoSB.", "", "cisco", "", "Cisco", "", "catalyst", "cat", "Catalyst", "cat")

// sameThing reports whether two values name the same: equal but for signs and case, or
// one is, word for word, a part of the other ("DGS-3000-28X" and "DGS-3000-28X Rev. B1")
// that has a digit or two words. What it says of parts is counted apart.
func sameThing(got, want string) (same, equal bool) {
	a, b := words(mibName.Replace(got)), words(mibName.Replace(want))
	if strings.Join(a, "") == strings.Join(b, "") {
		return len(a) > 0, true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if !strings.ContainsFunc(strings.Join(a, ""), unicode.IsDigit) && len(a) < 2 || len(strings.Join(a, "")) < 2 {
		return false, false
	}
	for i := 0; i+len(a) <= len(b); i++ {
		if slices.Equal(a, b[i:i+len(a)]) {
			return true, false
		}
	}
	// A number may be followed by its letters without a sign: "v6.4.0" and "6.4.0".
	strip := func(ws []string) string { return strings.Join(ws, " ") }
	return len(a) > 1 && strings.Contains(strip(b), strip(a)), false
}

// empty are values by which LibreNMS or who recorded says that there is none.
func nothingExpected(f Field, v string) bool {
	l := strings.ToLower(strings.TrimSpace(v))
	if l == "" || strings.Contains(l, "<private") || l == "unavailable" {
		return true
	}
	if f == FieldModel { // made of sysDescr's processor, not of the device
		return strings.HasPrefix(l, "generic ") || l == "amd x64" || l == "intel x64" || l == "amd64"
	}
	return f == FieldSerial && strings.Trim(l, "0fx") == ""
}

type share struct{ all, right, equal int }

func (s *share) count(same, equal bool) {
	s.all++
	if same {
		s.right++
	}
	if equal {
		s.equal++
	}
}

func (s share) percent() float64 { return 100 * float64(s.right) / float64(max(s.all, 1)) }

// reached are the shares that stand: a change may not fall below.
var reached = map[Field]float64{FieldFamily: 98, FieldModel: 90, FieldVersion: 96, FieldSerial: 95}

// TestFigures compares with what LibreNMS finds in the same recordings. The rules were
// written with them at hand, so the shares say how much is covered, not how well a
// device is recognised that nobody saw before.
func TestFigures(t *testing.T) {
	want := map[string]expected{}
	eachFile(t, "snmp-librenms/expected.tar.gz", func(name string, data []byte) {
		if e, ok := readExpected(data); ok {
			want[strings.TrimSuffix(name, ".json")] = e
		}
	})
	shares := map[Field]*share{FieldFamily: {}, FieldModel: {}, FieldVersion: {}, FieldSerial: {}}
	miss := map[string][]string{}
	seen := 0
	var slowest time.Duration
	eachFile(t, "snmp-librenms/snmprec.tar.gz", func(name string, data []byte) {
		rec := readRecording(data)
		traits := rec.traits()
		start := time.Now()
		r := Device(traits, rec.macs())
		if d := time.Since(start); seen > 0 {
			slowest = max(slowest, d)
		}
		seen++
		e, ok := want[strings.TrimSuffix(name, ".snmprec")]
		if !ok {
			return
		}
		say := func(f Field, got, want string, same bool) {
			if !same {
				miss[e.OS] = append(miss[e.OS], fmt.Sprintf("%s %s: got %q want %q", strings.TrimSuffix(name, ".snmprec"), f, got, want))
			}
		}
		same := slices.Contains(families(e.OS), r.Family.Value)
		shares[FieldFamily].count(same, same)
		say(FieldFamily, r.Family.Value, strings.Join(families(e.OS), "|"), same)
		for f, v := range map[Field]string{FieldModel: e.Hardware, FieldVersion: e.Version, FieldSerial: e.Serial} {
			if nothingExpected(f, v) {
				continue
			}
			same, equal := sameThing(r.Answer(f).Value, v)
			shares[f].count(same, equal)
			say(f, r.Answer(f).Value, v, same)
		}
	})
	if os.Getenv("SONAE_MISSES") != "" {
		for _, os := range slices.SortedFunc(maps.Keys(miss), func(a, b string) int { return cmp.Or(cmp.Compare(len(miss[b]), len(miss[a])), cmp.Compare(a, b)) }) {
			t.Logf("%s\n  %s", os, strings.Join(miss[os], "\n  "))
		}
	}
	wanted := map[Field]float64{FieldFamily: 95, FieldModel: 90, FieldVersion: 90, FieldSerial: 95}
	for _, f := range Fields {
		s := shares[f]
		if s == nil {
			continue
		}
		t.Logf("%-8s %5.1f %% of %d (%d to the letter); wanted %.0f %%", f, s.percent(), s.all, s.equal, wanted[f])
		if s.percent() < reached[f] {
			t.Errorf("%s: %.1f %%, was %.0f %%", f, s.percent(), reached[f])
		}
	}
	t.Logf("%d recordings, slowest %v", seen, slowest)
}
