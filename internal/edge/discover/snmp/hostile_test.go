package snmp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"sonae/internal/survey/network"
)

// scripted is an agent whose answers a test writes.
type scripted struct {
	get  func(oids []string) ([]Var, error)
	next func(oid string, repeat int) ([]Var, error)
}

func (s scripted) Get(_ context.Context, oids []string) ([]Var, error) { return s.get(oids) }

func (s scripted) Next(_ context.Context, oids []string, repeat int) ([]Var, error) {
	if len(oids) == 1 {
		return s.next(oids[0], repeat)
	}
	return nil, ErrTooBig // no probing: every walk is tried
}

func (s scripted) InContext(int) (Agent, error) { return nil, ErrSilent }
func (s scripted) Close() error                 { return nil }

// named answers the group system.
func named(oids []string) ([]Var, error) {
	out := make([]Var, len(oids))
	for i, o := range oids {
		out[i].OID = o
		if o == sysName {
			out[i].Value = Value{Kind: KindBytes, Bytes: []byte("switch")}
		}
	}
	return out, nil
}

func partial(r network.Reading, group, words string) bool {
	for _, line := range r.Partial {
		if strings.HasPrefix(line, group+": ") && strings.HasSuffix(line, words) {
			return true
		}
	}
	return false
}

func TestHostileAgents(t *testing.T) {
	limits := Limits{Rows: 1000, Values: 20_000, Bytes: 1 << 20}
	for name, c := range map[string]struct {
		next         func(oid string, repeat int) ([]Var, error)
		group, words string
	}{
		"same name again": {func(oid string, _ int) ([]Var, error) {
			return []Var{{OID: ifEntry + ".2.7", Value: Value{Kind: KindBytes, Bytes: []byte("x")}}}, nil
		}, "interfaces", "loop"},
		"falling names": {func(oid string, _ int) ([]Var, error) {
			return []Var{{OID: ifEntry + ".2.7"}, {OID: ifEntry + ".2.6"}}, nil
		}, "interfaces", "loop"},
		"endless table": {func(oid string, repeat int) ([]Var, error) { return endless(oid, repeat, []byte("x")), nil }, "interfaces", "rows"},
		"huge strings": {func(oid string, repeat int) ([]Var, error) {
			return endless(oid, repeat, bytes.Repeat([]byte("x"), 60_000)), nil
		}, "interfaces", "volume"},
		"names that are none": {func(oid string, _ int) ([]Var, error) {
			return []Var{{OID: oid + ".99999999999"}}, nil
		}, "interfaces", ""},
		"silence": {func(string, int) ([]Var, error) { return nil, ErrTimeout }, "interfaces", "timeout"},
		"errors":  {func(string, int) ([]Var, error) { return nil, errors.New("x") }, "interfaces", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read(t.Context(), scripted{named, c.next}, limits, testTime)
			if err != nil || r.Device.Name != "switch" {
				t.Fatalf("reading: %v %v", r.Device, err)
			}
			if !partial(r, c.group, c.words) {
				t.Errorf("lines: %q", r.Partial)
			}
			if len(r.Interfaces) > 1000 {
				t.Errorf("%d interfaces", len(r.Interfaces))
			}
		})
	}
}

// endless gives rows without end under any name.
func endless(oid string, repeat int, value []byte) []Var {
	root, last, n := oid, uint32(0), len(strings.Split(oid, "."))
	if n > 12 && strings.HasPrefix(oid, ifEntry) {
		list, _ := appendOID(nil, oid)
		last = list[len(list)-1]
		root = oid[:strings.LastIndex(oid, ".")]
	}
	var out []Var
	for i := range uint32(max(1, repeat)) {
		out = append(out, Var{OID: fmt.Sprintf("%s.%d", root, last+i+1), Value: Value{Kind: KindBytes, Bytes: value}})
	}
	return out
}

// TestWrongTypes: every value of a device has a type that its table does not allow.
func TestWrongTypes(t *testing.T) {
	for _, v := range []Value{{Kind: KindNumber, Number: -1}, {Kind: KindBytes, Bytes: bytes.Repeat([]byte{0xff}, 300)}, {Kind: KindOID, OID: ".1.3"}, {Kind: KindAddress, Bytes: []byte{0, 0, 0, 0}}, {}} {
		var rec Recording
		for _, g := range groups {
			for _, root := range g.roots {
				for _, index := range []string{".1", ".1.1", ".1.2.3", ".4294967295.4294967295.4294967295.4294967295.4294967295.4294967295.4294967295", ".1.1.4.300.1.1.1", ".0.1.2.1.1.5.1.1.1.1.1.1"} {
					rec.vars = append(rec.vars, Var{OID: root + index, Value: v})
				}
			}
		}
		sortVars(&rec)
		r, err := Read(t.Context(), &rec, Limits{}, testTime)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range r.Seen {
			if o.Seen.Empty() {
				t.Errorf("%v: saw nobody: %+v", v, o)
			}
		}
	}
}

// TestSlowAgent: a device that answers each request just before the timeout is left
// after the time of a device.
func TestSlowAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		slow := scripted{named, func(oid string, repeat int) ([]Var, error) {
			time.Sleep(2 * time.Second)
			return endless(oid, 1, []byte("x")), nil
		}}
		r, err := Read(t.Context(), slow, Limits{Time: time.Minute}, testTime)
		if took := time.Since(began); err != nil || took > 65*time.Second || !partial(r, "interfaces", "time") {
			t.Errorf("%v after %v: %q", err, took, r.Partial)
		}
	})
}

// TestJapanese: names and places typed in as Shift_JIS, EUC-JP, ISO-2022-JP and UTF-8.
func TestJapanese(t *testing.T) {
	for text, raw := range map[string][]byte{
		"薬剤部スイッチ":      []byte("\x96\xf2\x8d\xdc\x95\x94\x83\x58\x83\x43\x83\x62\x83\x60"),
		"３階 ナースステーション": []byte("\xa3\xb3\xb3\xac \xa5\xca\xa1\xbc\xa5\xb9\xa5\xb9\xa5\xc6\xa1\xbc\xa5\xb7\xa5\xe7\xa5\xf3"),
		"放射線科":         []byte("\xca\xfc\xbc\xcd\xc0\xfe\xb2\xca"),
		"手術室":          []byte("\x8e\xe8\x8f\x70\x8e\xba"),
		"ﾌﾟﾘﾝﾀ":        []byte("\xcc\xdf\xd8\xdd\xc0"),
		"検査室":          []byte("\x1b$B8!::<<\x1b(B"),
		"中央材料室":        []byte("中央材料室"),
		"Büro":         []byte("B\xfcro"),
		"Zürich":       []byte("Z\xfcrich"),
		"Gérard":       []byte("G\xe9rard"),
		"サーバ":          []byte("サーバ室")[:11], // cut in the middle of a sign
	} {
		if got := (Value{Kind: KindBytes, Bytes: raw}).Name(); got != text {
			t.Errorf("% x: %q, want %q", raw, got, text)
		}
	}
}

// TestMarkup: text of a device is kept as text, without control signs and signs that
// turn the direction of writing.
func TestMarkup(t *testing.T) {
	v := Value{Kind: KindBytes, Bytes: []byte("<script>\x1b[31m\x00\u202eevil\r\n</script>")}
	if got, want := v.Name(), "<script>[31mevil </script>"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzValue(f *testing.F) {
	f.Add([]byte("\x96\xf2\x8d\xdc"), "1.3.6.1", int64(-1))
	f.Add([]byte("00:11:22:33:44:55"), "4294967296", int64(1<<40))
	f.Fuzz(func(t *testing.T, raw []byte, oid string, number int64) {
		for _, v := range []Value{{Kind: KindBytes, Bytes: raw}, {Kind: KindAddress, Bytes: raw}, {Kind: KindOID, OID: oid}, {Kind: KindNumber, Number: number}} {
			for _, s := range []string{v.Name(), v.Text()} {
				if !utf8.ValidString(s) || len(s) > network.TraitMax || strings.ContainsRune(s, 0) {
					t.Errorf("text %q of % x", s, raw)
				}
			}
			if m := v.MAC(); m != "" && network.MACKey(m) != m {
				t.Errorf("address %q of % x", m, raw)
			}
			if a, ok := v.Address(); ok && (!a.IsValid() || a.IsUnspecified()) {
				t.Errorf("address %v of % x", a, raw)
			}
			if n := v.Index(); n < 0 {
				t.Errorf("index %d of %d", n, number)
			}
			_, _, _, _ = v.Small(), chassisID(v.Small(), v), prefixBits(v), dateMS(raw)
		}
		index, _ := appendOID(nil, oid)
		_, _, _ = inetIndex(index)
		if c := compareOID(oid, oid); c != 0 {
			t.Errorf("%q differs from itself: %d", oid, c)
		}
	})
}

// FuzzRecording: any file that is taken as a recording can be read to its end.
func FuzzRecording(f *testing.F) {
	f.Add([]byte("1.3.6.1.2.1.1.5.0|4|switch\n1.3.6.1.2.1.2.2.1.2.1|4x|41\n1.0.8802.1.1.2.1.4.1.1.5.0.1.1|4x|001122334455\n"))
	f.Add([]byte("1.3.6.1.2.1.17.7.1.2.2.1.2.1.0.17.34.51.68.85|2|1\n1.3.6.1.2.1.4.35.1.4.1.1.4.192.0.2.1|4x|001122334455\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		rec, err := OpenRecording(bytes.NewReader(body))
		if err != nil {
			return
		}
		if _, err := Read(t.Context(), rec, Limits{Rows: 1000}, testTime); err != nil {
			t.Error(err)
		}
	})
}
