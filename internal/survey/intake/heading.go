package intake

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/document"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

//go:embed headings.txt
var headingFile string

// known maps a plain heading to its field: the words of headings.txt, and the names
// that Sonae itself gives its fields in both languages, so that its exports come back.
var known = sync.OnceValue(func() map[string]asset.Field {
	m := map[string]asset.Field{}
	for field, words := range readWords(headingFile, 2) {
		for _, w := range words {
			m[plain(w)] = asset.Field(field)
		}
	}
	for _, f := range asset.Fields {
		for _, w := range append(labels("asset.field."+string(f.Name)), string(f.Name)) {
			if _, taken := m[plain(w)]; !taken {
				m[plain(w)] = f.Name
			}
		}
	}
	return m
})

var loadTexts = sync.OnceValues(text.Load)

// labels gives a text in every language.
func labels(key string) []string {
	texts, err := loadTexts()
	if err != nil { // the files are embedded; tests of the room text read them
		return nil
	}
	var out []string
	for _, lang := range text.Languages() {
		if tr := texts.For(lang); tr.Has(key) {
			out = append(out, tr.T(key))
		}
	}
	return out
}

// readWords reads a file of words: parts divided by tabs, the last of them a list.
// The key is what stands before the list.
func readWords(file string, parts int) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(file) {
		cells := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cells) != parts {
			continue
		}
		key := strings.Join(cells[:parts-1], "\t")
		out[key] = append(out[key], strings.Split(cells[parts-1], "|")...)
	}
	return out
}

// plain makes headings and words comparable: width and case unified, without blanks,
// line ends, brackets with what they hold excepted, and signs.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("()[]{}「」『』【】<>._-*・:;'\"※#/\\、。", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}

// maxHeadingRow is how far down the headings are looked for: lists begin with a
// title, a date, a name.
const maxHeadingRow = 20

// headingAt finds the row of headings: of the first rows the one in which most cells
// are known headings, at least two; else the first with two cells.
func headingAt(rows []document.GridRow) int {
	best, most, first := -1, 1, -1
	for i, row := range rows {
		if i >= maxHeadingRow {
			break
		}
		n, filled := 0, 0
		for _, c := range row.Cells {
			if strings.TrimSpace(c) != "" {
				filled++
			}
			if _, ok := known()[plain(c)]; ok {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
		if filled >= 2 && first < 0 {
			first = i
		}
	}
	switch {
	case best >= 0:
		return best
	case first >= 0:
		return first
	}
	return 0
}

// Propose gives each heading the field it means; two columns never get the same
// field, the first one has it. A heading with an addition in brackets is looked up
// with and without it. Unknown headings get none.
func Propose(headings []string) []asset.Field {
	out := make([]asset.Field, len(headings))
	taken := map[asset.Field]bool{}
	for i, h := range headings {
		f, ok := known()[plain(h)]
		if !ok {
			f, ok = known()[plain(beforeBracket(h))]
		}
		if ok && !taken[f] && importable(f) {
			out[i], taken[f] = f, true
		}
	}
	return out
}

func beforeBracket(h string) string {
	head, _, _ := strings.Cut(norm.NFKC.String(h), "(")
	head, _, _ = strings.Cut(head, "[")
	return head
}

// importable are the fields that a list may set: all but files.
func importable(f asset.Field) bool {
	info, ok := asset.Info(f)
	return ok && info.Type != asset.TypeFile
}

// Importable lists the fields that a column may mean, in the order of pages.
func Importable() []asset.Field {
	var out []asset.Field
	for _, f := range asset.Fields {
		if importable(f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}

// headingsKey names a set of headings, so that what a person chose for it is found
// again when the next list of the same form comes.
func headingsKey(headings []string) string {
	h := sha256.New()
	for _, s := range headings {
		h.Write([]byte(plain(s) + "\x1f"))
	}
	return hex.EncodeToString(h.Sum(nil))
}
