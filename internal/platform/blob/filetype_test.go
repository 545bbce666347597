package blob

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"sonae/internal/platform/fault"
)

func packed(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDetect(t *testing.T) {
	tests := map[string]struct {
		name string
		body []byte
		want string // beginning of the media type; empty = refused
	}{
		"pdf":                {"契約.pdf", []byte("%PDF-1.7\n"), "application/pdf"},
		"png":                {"a.PNG", []byte("\x89PNG\r\n\x1a\n...."), "image/png"},
		"jpeg":               {"a.jpeg", []byte("\xff\xd8\xff\xe0...."), "image/jpeg"},
		"webp":               {"a.webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "image/webp"},
		"xlsx":               {"a.xlsx", packed(t, "[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml"},
		"csv in Shift_JIS":   {"a.csv", []byte("\x8b@\x8a\xed,\x8f\xea\x8f\x8a\r\n"), "text/csv; charset=shift_jis"},
		"csv in UTF-8":       {"a.csv", []byte("機器,場所\n"), "text/csv; charset=utf-8"},
		"web page as pdf":    {"a.pdf", []byte("<html><script>"), ""},
		"program as png":     {"a.png", []byte("MZ\x90\x00"), ""},
		"png named html":     {"a.html", []byte("\x89PNG\r\n\x1a\n"), ""},
		"macros":             {"a.xlsx", packed(t, "xl/workbook.xml", "xl/vbaProject.bin"), ""},
		"docx named xlsx":    {"a.xlsx", packed(t, "word/document.xml"), ""},
		"any zip":            {"a.zip", packed(t, "a.txt"), ""},
		"broken zip":         {"a.docx", []byte("PK\x03\x04rubbish"), ""},
		"binary named txt":   {"a.txt", []byte("text\x00\x01\x02"), ""},
		"empty":              {"a.txt", nil, ""},
		"svg":                {"a.svg", []byte("<svg onload=alert(1)>"), ""},
		"neither of the two": {"a.txt", []byte("\xff\xfe\xfd"), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := detect(tt.name, bytes.NewReader(tt.body), int64(len(tt.body)))
			if tt.want == "" {
				if !fault.Is(err, fault.CodeUnsupported) && !fault.Is(err, fault.CodeInvalid) {
					t.Errorf("got %q, %v, want it refused", got, err)
				}
			} else if err != nil || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"契約書 2026.PDF":                    "契約書 2026.pdf",
		`C:\fakepath\a.png`:               "a.png",
		"../../etc/passwd":                "passwd",
		"a\r\nSet-Cookie: x.txt":          "aSet-Cookie_ x.txt",
		"\u202egpj.exe.txt":               "gpj.exe.txt",
		"CON.txt":                         "CON_.txt",
		".htaccess":                       "_.htaccess",
		"...":                             "_.",
		"":                                "_",
		"か\u3099.csv":                     "が.csv",
		strings.Repeat("長", 200) + ".pdf": strings.Repeat("長", 76) + ".pdf",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("契約書\u202e.pdf")
	f.Add("a/../b\\c:.txt\xff")
	f.Fuzz(func(t *testing.T, in string) {
		got := cleanName(in)
		if got == "" || got == "." || got == ".." || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\"<>|?*\r\n\x00") || got[0] == '.' {
			t.Errorf("%q became %q", in, got)
		}
	})
}
