package winreg

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

const sample = `Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Clinic]
; written 2026-04-01T09:00:00Z
@="既定"
"Name"="電子カルテ \"はな\" C:\\Karte"
"Count"=dword:0000002a
"Many"=hex(7):61,00,00,00,42,30,00,00,00,00
"When"=hex(b):00,80,a5,4d,c5,36,da,01
"NoEnd"=hex(1):61,00,62,00
"Odd"=hex(1):61,00,62
"Long"=hex:01,02,\
  03,04
"Two"="first
second"

[HKEY_LOCAL_MACHINE\SOFTWARE\Clinic\A\B]
"Decimal"="1200"
`

func wide(text string) []byte {
	body := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(text, "\n", "\r\n"))) {
		body = append(body, byte(u), byte(u>>8))
	}
	return body
}

func TestFile(t *testing.T) {
	for name, body := range map[string][]byte{"UTF-8": []byte(sample), "UTF-16": wide(sample)} {
		f, err := Parse(body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v, err := f.Values(`hklm\software\CLINIC`)
		if err != nil {
			t.Fatal(err)
		}
		two := strings.ReplaceAll(v.Text("two"), "\r", "")
		for what, ok := range map[string]bool{
			"default":   v.Text("") == "既定",
			"quotes":    v.Text("NAME") == `電子カルテ "はな" C:\Karte`,
			"dword":     v.Is("count", 42) && v.Int("Count") == 42,
			"strings":   strings.Join(v.Texts("Many"), "|") == "a|あ",
			"no zero":   v.Text("NoEnd") == "ab",
			"odd bytes": v.Text("Odd") == "a",
			"bytes":     v["long"].String() == "01020304",
			"two lines": two == "first\nsecond",
			"missing":   v.Text("x") == "" && !v.Has("x") && v.Int("x") == 0 && v.Time("x").IsZero(),
			"no time":   v.Time("Count").IsZero(),
		} {
			if !ok {
				t.Errorf("%s: %s is wrong: %v", name, what, v)
			}
		}
		if at := v.Time("When"); at.Year() < 1990 || at.Year() > 2100 {
			t.Errorf("When = %v", at)
		}
		if names, _ := f.Subkeys(`HKLM\SOFTWARE\Clinic`); len(names) != 1 || names[0] != "A" {
			t.Errorf("subkeys = %q", names)
		}
		if when, _ := f.Written(`HKLM\SOFTWARE\Clinic`); !when.Equal(time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)) {
			t.Errorf("written = %v", when)
		}
		b, _ := f.Values(`HKLM\SOFTWARE\Clinic\A\B`)
		if n, ok := b.Number("decimal"); !ok || n != 1200 {
			t.Errorf("decimal = %d, %v", n, ok)
		}
		if _, err := f.Values(`HKLM\SOFTWARE\Gone`); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("missing key: %v", err)
		}
		if f.Len() != 2 {
			t.Errorf("%d keys, want 2", f.Len())
		}
	}
}

func TestFileRefusals(t *testing.T) {
	const head = "Windows Registry Editor Version 5.00\n"
	for name, text := range map[string]string{
		"no head": "[HKEY_LOCAL_MACHINE\\X]\n", "empty": "", "value before key": head + "\"a\"=\"b\"\n",
		"no value": head + "[HKEY_LOCAL_MACHINE\\X]\n\"a\"\n", "bad dword": head + "[HKEY_LOCAL_MACHINE\\X]\n\"a\"=dword:zz\n",
		"bad hex": head + "[HKEY_LOCAL_MACHINE\\X]\n\"a\"=hex:0,g\n", "open quote": head + "[HKEY_LOCAL_MACHINE\\X]\n\"a\"=\"b\n",
		"long path": head + "[HKEY_LOCAL_MACHINE\\" + strings.Repeat("x", MaxPathBytes) + "]\n", "noise": head + "hello\n",
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFileTime(t *testing.T) {
	for in, want := range map[uint64]string{
		133479360000000000: "2023-12-24T", 0: "", filetimeUnix: "", 1<<63 - 1: "", 1<<64 - 1: "",
	} {
		got := ""
		if when := FileTime(in); !when.IsZero() {
			got = when.Format(time.RFC3339)
		}
		if want == "" && got != "" || !strings.HasPrefix(got, want[:min(4, len(want))]) {
			t.Errorf("FileTime(%d) = %q, want %q", in, got, want)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(sample))
	f.Add(wide(sample))
	f.Add([]byte("REGEDIT4\n[HKEY_USERS\\S-1]\n\"a\"=hex(2):41,42\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		file, err := Parse(body)
		if err != nil {
			return
		}
		for path, key := range file.keys {
			for name, value := range key.values {
				_, _ = value.Number()
				_ = key.values.Time(name)
				if len(value.Texts()) > len(value.Data)+1 || len(value.Text()) > 3*MaxValueBytes {
					t.Errorf("%s %s: %d bytes of text", path, name, len(value.Text()))
				}
			}
		}
	})
}
