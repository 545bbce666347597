package evidence

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/text"
)

// Title is the name of a check for people.
func (r Result) Title(t text.Translator) string { return t.T("evidence.check." + r.Check) }

// Sentence says how a check ended, in one sentence with its figures.
func (r Result) Sentence(t text.Translator) string {
	switch r.State {
	case Fail:
		args := []any{"Count", t.Number(r.FailingTotal)}
		for _, f := range r.Figures {
			args = append(args, camel(f.Name), f.Value(t))
		}
		return t.T("evidence.fail."+r.Check, args...)
	case Unknown:
		return t.T(r.Missing)
	default:
		return t.T("evidence.pass")
	}
}

// camel makes the name of a text's value from a figure's: last_on, LastOn.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// Title is the name of a figure for people.
func (f Figure) Title(t text.Translator) string { return t.T("evidence.figure." + f.Name) }

// Value writes a figure with its unit: 412, 97.5%, 30日, 2026年11月24日.
func (f Figure) Value(t text.Translator) string {
	switch f.Unit {
	case UnitShare:
		return t.T("evidence.unit.share", "N", percent(f.Number))
	case UnitDays:
		return t.T("evidence.unit.days", "N", f.Number)
	case UnitHours:
		return t.T("evidence.unit.hours", "N", f.Number)
	case UnitDay:
		return dayText(t, f.Text)
	case UnitText:
		return f.Text
	default:
		return t.Number(f.Number)
	}
}

// percent writes ten-thousandths as a percentage, with one decimal where there is
// one: never rounded up to 100.
func percent(share int64) string {
	whole, rest := share/100, share%100/10
	if rest == 0 {
		return strconv.FormatInt(whole, 10)
	}
	return strconv.FormatInt(whole, 10) + "." + strconv.FormatInt(rest, 10)
}

// dayText writes a day of the form 2006-01-02 in the reader's language.
func dayText(t text.Translator, on string) string {
	at, err := time.ParseInLocation(time.DateOnly, on, text.Tokyo())
	if err != nil {
		return t.T("evidence.never")
	}
	return t.In(text.Tokyo()).Date(at)
}

// Text says why a thing fails.
func (it Item) Text(t text.Translator) string {
	args := make([]any, 0, 2*len(it.Args))
	for name, a := range it.Args {
		args = append(args, name, a.value(t))
	}
	return t.T(it.Reason, args...)
}

func (a Arg) value(t text.Translator) string {
	switch {
	case a.Key != "" && t.Has(a.Key):
		return t.T(a.Key)
	case a.Key != "":
		return a.Key[strings.LastIndexByte(a.Key, '.')+1:]
	case a.Day != "":
		return dayText(t, a.Day)
	default:
		return a.Text
	}
}

// Name is what a failing thing is called; things without a name say so.
func (it Item) Name(t text.Translator) string {
	if it.Label == "" && it.AssetID != "" {
		return t.T("evidence.unnamed")
	}
	return it.Label
}

// SourceTitle is the name of a source for people; a word that no room knows (an old
// record) stands as it is.
func SourceTitle(t text.Translator, source string) string {
	for _, key := range []string{"asset.source." + source, "evidence.source." + source} {
		if t.Has(key) {
			return t.T(key)
		}
	}
	return source
}

// summaryMax bounds the sentences of a summary; all of them stand on the card.
const summaryMax = 2

// Summary says in a sentence or two why a record suggests what it does.
func (r Record) Summary(t text.Translator) string {
	if r.Suggestion == SuggestYes {
		return t.T("evidence.summary.yes")
	}
	said := r.Body.Deciding()
	if len(said) == 0 { // nothing decides: what was found is all there is to say
		said = r.Body.informing()
	}
	var sentences []string
	for _, c := range said {
		if len(sentences) == summaryMax || r.Suggestion == SuggestNo && c.State != Fail {
			break
		}
		if s := c.Sentence(t); !slices.Contains(sentences, s) {
			sentences = append(sentences, s)
		}
	}
	sep := ""
	if t.Lang() == text.English {
		sep = " "
	}
	return strings.Join(sentences, sep)
}
