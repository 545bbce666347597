package document

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Characters that must not begin or end a line, on top of what the general rules
// (UAX #14, by uniseg) forbid. Sources: JIS X 4051:2004, line-start and line-end
// prohibition (行頭禁則, 行末禁則); W3C JLREQ 3.1.7 and 3.1.8 list the same classes.
const (
	notAtStart = "’”）〕］｝〉》」』】｠〙〗»〟)]}｣" + // closing brackets
		"‐〜゠–～" + // hyphens
		"！？‼⁇⁈⁉!?" + // dividing punctuation
		"・：；:;･" + // middle dots
		"。．.｡、，,､" + // full stops, commas
		"ヽヾゝゞ々〻ーｰ" + // iteration and prolonged sound marks
		"ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯﾞﾟ" // small kana, half-width sound marks
	notAtEnd = "‘“（〔［｛〈《「『【｟〘〖«〝([{｢"
)

// mayBreak reports whether a line may end with one character and go on with another.
func mayBreak(end, start rune) bool {
	return !strings.ContainsRune(notAtStart, start) && !strings.ContainsRune(notAtEnd, end)
}

// maxPullBack is how many clusters a line gives up so that a forbidden character
// does not begin the next one, when a long word has no other place to break.
const maxPullBack = 4

// softBreaks are the signs after which a word too long for a line is cut rather than
// anywhere: names, paths and addresses stay readable.
const softBreaks = "-_/.:\\@=&"

// breakLines cuts a text into lines no wider than max. width measures one piece of
// text. The pieces joined are the text again, newlines and blanks included: a
// newline ends its line, blanks at a line's end hang over the edge. A word too long
// for a line is cut between grapheme clusters; a single cluster wider than max stands
// alone. There is always at least one line.
func breakLines(text string, max float64, width func(string) float64) []string {
	if !strings.Contains(text, "\n") && width(text) <= max {
		return []string{text}
	}
	b := breaker{text: text, max: max, width: width}
	rest, state := text, -1
	for rest != "" {
		var cluster string
		var boundaries int
		cluster, rest, boundaries, state = uniseg.StepString(rest, state)
		b.add(cluster)
		switch {
		case strings.HasSuffix(cluster, "\n"):
			b.cut(b.at)
		case boundaries&uniseg.MaskLine != uniseg.LineDontBreak && rest != "" && mayBreak(lastRune(cluster), firstRune(rest)):
			b.chance, b.afterChance = b.at, 0
		}
	}
	if b.start < len(text) || len(b.lines) == 0 {
		b.lines = append(b.lines, text[b.start:])
	}
	return b.lines
}

// breaker is the state of breakLines: the open line and where it may be cut.
type breaker struct {
	text  string
	max   float64
	width func(string) float64
	lines []string

	start       int     // where the open line begins
	at          int     // how far it reaches
	chance      int     // last place where it may be cut; not after start: nowhere
	used        float64 // its width so far
	afterChance float64 // width of what follows chance
	clusters    []int   // beginnings of its clusters
}

// add puts a cluster on the open line, after cutting it when the cluster does not fit.
func (b *breaker) add(cluster string) {
	if w := b.width(cluster); strings.TrimSpace(cluster) == "" {
		b.used, b.afterChance = b.used+w, b.afterChance+w // hangs over the edge
	} else {
		for b.used+w > b.max && b.at > b.start {
			if b.chance > b.start {
				kept := b.afterChance
				b.cut(b.chance)
				b.used, b.afterChance = kept, kept
				continue
			}
			cut := b.emergency(firstRune(cluster))
			b.cut(cut)
			b.used = b.width(b.text[cut:b.at])
			b.afterChance = b.used
		}
		b.used, b.afterChance = b.used+w, b.afterChance+w
	}
	b.clusters = append(b.clusters, b.at)
	b.at += len(cluster)
}

// emergency finds where to cut a word: after a sign in its further part, else before
// next, or a little earlier when next must not begin a line.
func (b *breaker) emergency(next rune) int {
	for i := len(b.clusters) - 1; i > len(b.clusters)/3; i-- {
		here := b.clusters[i]
		if strings.ContainsRune(softBreaks, lastRune(b.text[:here])) && mayBreak(0, firstRune(b.text[here:])) {
			return here
		}
	}
	if mayBreak(lastRune(b.text[:b.at]), next) {
		return b.at
	}
	for i := len(b.clusters) - 1; i > 0 && i >= len(b.clusters)-maxPullBack; i-- {
		here := b.clusters[i]
		if mayBreak(lastRune(b.text[:here]), firstRune(b.text[here:])) {
			return here
		}
	}
	return b.at
}

// cut closes the open line at a place in the text.
func (b *breaker) cut(at int) {
	b.lines = append(b.lines, b.text[b.start:at])
	b.start, b.chance, b.used, b.afterChance = at, at, 0, 0
	kept := b.clusters[:0]
	for _, c := range b.clusters {
		if c >= at {
			kept = append(kept, c)
		}
	}
	b.clusters = kept
}

// widestPiece measures the widest part of a text that has no place to break inside.
func widestPiece(text string, width func(string) float64) float64 {
	widest, start, at, state := 0.0, 0, 0, -1
	for rest := text; rest != ""; {
		var cluster string
		var boundaries int
		cluster, rest, boundaries, state = uniseg.StepString(rest, state)
		at += len(cluster)
		free := boundaries&uniseg.MaskLine != uniseg.LineDontBreak
		if rest == "" || free && (cluster == "\n" || mayBreak(lastRune(cluster), firstRune(rest))) {
			widest = max(widest, width(strings.TrimRight(text[start:at], " \n")))
			start = at
		}
	}
	return widest
}

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func lastRune(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }

// BreakLines cuts a text into lines no wider than most, by the rules of Japanese line
// breaking that PDFs follow: see breakLines. width measures one piece of text in the
// caller's unit. For drawings, whose labels break as paper does.
func BreakLines(text string, most float64, width func(string) float64) []string {
	return breakLines(text, most, width)
}
