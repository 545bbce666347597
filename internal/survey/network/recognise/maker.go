package recognise

import (
	_ "embed" // the table of spellings
	"regexp"
	"strings"
	"sync"
)

// makerTable says how makers are written: the name that is shown, a colon, spellings
// that mean the same, with semicolons between.
//
//go:embed makers.txt
var makerTable string

// companyWords are words that makers add and drop at will.
var companyWords = map[string]bool{"inc": true, "incorporated": true, "corp": true, "corporation": true, "co": true, "company": true,
	"ltd": true, "limited": true, "llc": true, "gmbh": true, "ag": true, "kg": true, "kk": true, "plc": true, "bv": true, "b": true, "v": true,
	"sa": true, "s": true, "a": true, "as": true, "ab": true, "oy": true, "spa": true, "srl": true, "pte": true, "pty": true, "the": true,
	"holdings": true, "group": true, "株式会社": true}

var wordEnd = regexp.MustCompile(`[\s.,、・･&_/()\[\]「」'"’-]+`)

// bare leaves what stays the same in the spellings of a name: lower case, no signs, no
// company words.
func bare(name string) string {
	name = strings.ToLower(name)
	var most, all strings.Builder
	for _, w := range wordEnd.Split(name, -1) {
		w = strings.TrimPrefix(strings.TrimSuffix(w, "株式会社"), "株式会社")
		all.WriteString(w)
		if !companyWords[w] {
			most.WriteString(w)
		}
	}
	if most.Len() == 0 {
		return all.String()
	}
	return most.String()
}

// makerNames maps bare spellings to shown names.
var makerNames = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(makerTable) {
		line = strings.TrimSpace(line)
		name, rest, found := strings.Cut(line, ":")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		out[bare(name)] = strings.TrimSpace(name)
		for s := range strings.SplitSeq(rest, ";") {
			if b := bare(s); b != "" {
				out[b] = strings.TrimSpace(name)
			}
		}
	}
	return out
})

// MakerName gives the one name of a maker for any of its spellings: "CISCO SYSTEMS,
// INC." and "Cisco" are Cisco. A name that nobody listed comes back as it was.
func MakerName(spelling string) string {
	if name := makerNames()[bare(spelling)]; name != "" {
		return name
	}
	return spelling
}
