package network

import (
	"strings"

	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

// Words writes the findings of one map in a language, the same for pages and programs.
type Words struct {
	tr       text.Translator
	segments map[string]string // names, by ID
}

// NewWords makes the words of a map.
func NewWords(tr text.Translator, g Graph) Words {
	w := Words{tr: tr, segments: make(map[string]string, len(g.Segments))}
	for _, s := range g.Segments {
		w.segments[s.ID] = s.Name
	}
	return w
}

// Segments names segments by their IDs.
func (w Words) Segments(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = w.segments[id]
	}
	return out
}

// Kind says what is wrong.
func (w Words) Kind(f Finding) string {
	if clash := f.Clash(); clash != "" {
		return w.tr.T("network.clash." + string(clash))
	}
	return w.tr.T("network.finding." + string(f.Kind))
}

// Why says why a finding matters and what to do.
func (w Words) Why(f Finding) string {
	if clash := f.Clash(); clash != "" {
		return w.tr.T("network.clash." + string(clash) + ".why")
	}
	return w.tr.T("network.finding." + string(f.Kind) + ".why")
}

// Value says what a finding is about.
func (w Words) Value(f Finding) string {
	switch {
	case w.segments[f.Value] != "":
		return w.segments[f.Value]
	case f.Clash() == ClashMAC:
		return MACText(f.Value)
	case f.Clash() == ClashTraits:
		return w.Trait(f.Value)
	case f.Clash() == ClashAsset:
		_, key, _ := strings.Cut(f.Value, ":")
		return MACText(key)
	case f.Kind == FindOwner:
		return w.Basis(f)
	}
	return f.Value
}

// Trait puts the name of a trait ("key: value") into words.
func (w Words) Trait(text string) string {
	key, value, ok := strings.Cut(text, ": ")
	if !ok {
		return text
	}
	return w.known("network.trait.", key) + ": " + value
}

// Basis says on what a finding rests; empty when it is the sighting alone.
func (w Words) Basis(f Finding) string {
	words := make([]string, len(f.Basis))
	for i, b := range f.Basis {
		switch f.Kind {
		case FindSegment:
			words[i] = w.known("asset.kind.", b)
		case FindOwner:
			words[i] = w.tr.T("asset.field." + b)
		default:
			words[i] = w.Trait(b)
		}
	}
	all := strings.Join(words, w.tr.T("map.comma"))
	switch {
	case all == "":
		return ""
	case f.Kind == FindSegment:
		return w.tr.T("finding.basis.segment", "Segment", w.segments[f.Value], "Kinds", all)
	case f.Kind == FindOwner:
		return w.tr.T("finding.basis.owner", "Fields", all)
	}
	return all
}

// known is the text of a word from outside, or the word itself.
func (w Words) known(prefix, word string) string {
	if w.tr.Has(prefix + word) {
		return w.tr.T(prefix + word)
	}
	return word
}

// Title is what a device is called in lists: its own name, else an address.
func (n Node) Title() string {
	switch {
	case n.Name != "":
		return n.Name
	case len(n.Addrs) > 0:
		return n.Addrs[0]
	case len(n.MACs) > 0:
		return MACText(n.MACs[0])
	}
	_, name, _ := strings.Cut(n.Key, ":")
	return name
}

// MACText writes a hardware address (MACKey) as people read it; what is none stays.
func MACText(key string) string {
	if mac, ok := asset.ParseMAC(key); ok {
		return mac
	}
	return key
}
