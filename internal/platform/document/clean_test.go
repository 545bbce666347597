package document

import (
	"errors"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"
)

func TestWithoutFonts(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"missing": {"font/.gitignore": {}},
	} {
		if _, err := openFace(files, regular); !errors.Is(err, ErrNoFont) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	broken := fstest.MapFS{fontFiles[bold]: {Data: []byte("no font")}}
	if _, err := openFace(broken, bold); err == nil {
		t.Error("a broken font file was accepted")
	}
}

func TestClean(t *testing.T) {
	f, err := openFace(fonts, regular)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                         "",
		"髙﨑㈱①Ⅱ○△×":                 "髙﨑㈱①Ⅱ○△×",
		"a\r\nb\rc\u2028d":         "a\nb\nc\nd",
		"a\tb":                     "a b",
		"\x00\x1b[31m\u200b\ufeff": "〓〔U+0000〕〓〔U+001B〕[31m〓〔U+200B〕〓〔U+FEFF〕",
		"か\u3099":                  "が",
		"\ufa19":                   "\ufa19", // a compatibility ideograph stays itself
		"葛\U000E0100城":             "葛〔U+E0100〕城",
		"☑\ufe0f":                  "☑", // as text or emoji: nothing on paper
		"\xe3\x81":                 "〓〔U+FFFD〕〓〔U+FFFD〕",
		"\xed\xa1\x82野":            "〓〔U+D842〕野",
		"\xed\xed\xa1\x82":         "〓〔U+FFFD〕〓〔U+D842〕",
		"😀":                        "〓〔U+1F600〕",
	} {
		if got := newCleaner(f.has).clean(text); got != want {
			t.Errorf("clean(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	face, err := openFace(fonts, regular)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"a\r\nか\u3099\u3099", "\u202e\x00😀葛\U000E0100", "\xff\xfe\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := newCleaner(face.has)
		clean := c.clean(text)
		for _, r := range clean {
			if r != '\n' && (!c.shows(r) || face.glyph(r).missing) {
				t.Fatalf("%q came through as %U", text, r)
			}
		}
		visible := 0
		for _, r := range text {
			if !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r) && r != utf8.RuneError {
				visible++
			}
		}
		for _, r := range clean {
			if !unicode.IsSpace(r) {
				visible--
			}
		}
		if visible > 0 {
			t.Fatalf("%q lost %d characters: %q", text, visible, clean)
		}
		if again := c.clean(clean); again != clean {
			t.Fatalf("clean is not stable: %q, %q", clean, again)
		}
	})
}
