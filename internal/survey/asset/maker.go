package asset

import (
	_ "embed" // the table of spellings
	"regexp"
	"strings"
)

//go:embed makers.txt
var makerTable string

// makerNoise are words that makers add and drop at will.
var makerNoise = map[string]bool{"inc": true, "incorporated": true, "corp": true, "corporation": true, "co": true, "company": true,
	"ltd": true, "limited": true, "llc": true, "gmbh": true, "ag": true, "kk": true, "plc": true, "bv": true, "sa": true, "the": true,
	"computer": true, "computers": true, "technologies": true, "technology": true, "international": true}

// companyForms are written without a space before or after the name.
var companyForms = strings.NewReplacer("株式会社", " ", "有限会社", " ", "合同会社", " ", "(株)", " ", "(有)", " ", "(同)", " ", "㈱", " ",
	"(r)", " ", "(tm)", " ", "®", " ", "™", " ", "//", " // ")

var wordBreak = regexp.MustCompile(`[\s.,、・･&_/()\[\]「」'"’-]+`)

// makerOf maps bare spellings to the name that keys carry.
var makerOf = func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(makerTable) {
		line = strings.TrimSpace(line)
		name, rest, found := strings.Cut(line, ":")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		out[bareMaker(name)] = bareMaker(name)
		for s := range strings.SplitSeq(rest, ",") {
			if bare := bareMaker(s); bare != "" {
				out[bare] = bareMaker(name)
			}
		}
	}
	return out
}()

// bareMaker leaves what stays the same in all spellings of a name. A name that is
// noise alone ("Computer Co.") stays as it is.
func bareMaker(maker string) string {
	text := companyForms.Replace(fold(maker))
	text, _, _ = strings.Cut(text, " // ") // "FUJITSU // American Megatrends Inc."
	var bare, all strings.Builder
	for _, w := range wordBreak.Split(text, -1) {
		all.WriteString(w)
		if !makerNoise[w] {
			bare.WriteString(w)
		}
	}
	if bare.Len() == 0 {
		return all.String()
	}
	return bare.String()
}

// makerKey makes "Dell Inc.", "DELL" and "デル株式会社" the same; empty when nobody
// said who made it.
func makerKey(maker string) string {
	if isPlaceholder(fold(maker)) {
		return ""
	}
	bare := bareMaker(maker)
	if name, known := makerOf[bare]; known {
		return name
	}
	return bare
}

// sameMaker reports whether two spellings name one maker.
func sameMaker(a, b string) bool {
	key := makerKey(a)
	return key != "" && key == makerKey(b)
}
