package asset

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// goingRound is how many assets may hold an address before it is nobody's: a dock on
// a shared desk, an adapter from the drawer.
const goingRound = 3

// minNumber is how long a serial without its maker must be to find a machine, in
// signs: short numbers are counted by every maker.
const minNumber = 6

// weighed is a candidate with what speaks for and against it.
type weighed struct {
	candidate
	agree  []string  // keys both have, strongest kind first
	kinds  []KeyKind // kinds of agree that count, each once
	differ []KeyKind // kinds both know with nothing in common

	apart    bool // both know addresses, none in common
	partly   bool // addresses in common, and each side has others
	virtual  bool // both know addresses that a hypervisor gave, and no others
	twoTags  bool // both carry a tag, and not the same one
	twoNames bool // both carry a name of the same source, and not the same one
	more     bool // it holds keys, beside device names, that were not seen
	less     bool // keys, beside device names, were seen that it lacks
	bare     bool // one side has nothing but its name: no number, UUID or address
	makers   bool // both have a maker of the table, and not the same one
	weight   int  // of agree
}

// weigh compares an observation with every candidate. Addresses that go round are left
// out, and candidates that share nothing else.
func weigh(k keySet, candidates []candidate) []*weighed {
	mine := byKind(k.all())
	if len(mine[KeyMAC])+len(mine[KeyVirtual]) < len(k.all()) { // else nothing would be left to go by
		for _, kind := range []KeyKind{KeyMAC, KeyVirtual} {
			mine[kind] = slices.DeleteFunc(mine[kind], func(key string) bool { return holders(candidates, key) >= goingRound })
		}
	}
	out := make([]*weighed, 0, len(candidates))
	for _, c := range candidates {
		if w := compare(mine, c); len(w.agree) > 0 {
			out = append(out, w)
		}
	}
	return out
}

func byKind(keys []string) map[KeyKind][]string {
	out := make(map[KeyKind][]string, len(keyKinds))
	for _, key := range keys {
		out[kindOf(key)] = append(out[kindOf(key)], key)
	}
	return out
}

func holders(candidates []candidate, key string) (n int) {
	for _, c := range candidates {
		if slices.Contains(c.keys, key) {
			n++
		}
	}
	return n
}

func compare(mine map[KeyKind][]string, c candidate) *weighed {
	w := &weighed{candidate: c}
	theirs := byKind(c.keys)
	addresses, beyondMine, beyondTheirs := 0, 0, 0
	for _, kind := range keyKinds {
		a, b := mine[kind], theirs[kind]
		shared := common(a, b)
		w.agree = append(w.agree, shared...)
		if kind != KeyNumber || !w.has(KeySerial) {
			w.weight += len(shared)
		}
		if kind == KeyMAC || kind == KeyVirtual {
			addresses += len(shared)
			beyondMine += len(b) - len(shared)
			beyondTheirs += len(a) - len(shared)
		}
		w.more = w.more || kind != KeyDevice && len(b) > len(shared)
		w.less = w.less || kind != KeyDevice && len(a) > len(shared)
		switch {
		case len(shared) > 0:
			if kind != KeyNumber || len(mine[KeySerial]) == 0 || len(theirs[KeySerial]) == 0 {
				w.kinds = append(w.kinds, kind)
			}
		case len(a) == 0 || len(b) == 0:
		case kind == KeyTag:
			w.twoTags = true
		case kind == KeyDevice:
			w.twoNames = slices.ContainsFunc(a, func(x string) bool {
				return slices.ContainsFunc(b, func(y string) bool { return sourceOf(x) == sourceOf(y) })
			})
		case kind == KeySerial && len(common(mine[KeyNumber], theirs[KeyNumber])) > 0:
			// The same number under two makers' names: a spelling that the table lacks, or
			// two machines. It speaks neither for nor against.
		case kind == KeyNumber && len(mine[KeySerial]) > 0 && len(theirs[KeySerial]) > 0:
			// Said by the serials already.
		case kind == KeySerial, kind == KeyUUID, kind == KeyMAC, kind == KeyNumber:
			// Another device name, tag or host name is not a contradiction: machines are
			// set up anew, stickers are replaced.
			w.differ = append(w.differ, kind)
		}
	}
	known := func(set map[KeyKind][]string) int { return len(set[KeyMAC]) + len(set[KeyVirtual]) }
	w.apart = addresses == 0 && known(mine) > 0 && known(theirs) > 0
	w.partly = addresses > 0 && beyondMine > 0 && beyondTheirs > 0
	w.virtual = len(mine[KeyMAC])+len(theirs[KeyMAC]) == 0 && known(mine) > 0 && known(theirs) > 0
	w.makers = otherMaker(mine[KeySerial], theirs[KeySerial])
	w.bare = !hardware(mine) || !hardware(theirs)
	if addresses > 0 { // one of several cards was changed
		w.differ = slices.DeleteFunc(w.differ, func(kind KeyKind) bool { return kind == KeyMAC })
	}
	return w
}

func common(a, b []string) (out []string) {
	for _, key := range a {
		if slices.Contains(b, key) {
			out = append(out, key)
		}
	}
	return out
}

// otherMaker reports whether two serials name makers that are known to be two: not
// spellings that the table lacks.
func otherMaker(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	x, y := makerIn(a[0]), makerIn(b[0])
	return x != y && makerOf[x] != "" && makerOf[y] != ""
}

// makerIn gives the maker of a serial key.
func makerIn(key string) string {
	maker, _, _ := strings.Cut(strings.TrimPrefix(key, string(KeySerial)+":"), "|")
	return maker
}

// hardware reports whether a set holds anything that belongs to a machine itself.
func hardware(set map[KeyKind][]string) bool {
	return len(set[KeySerial])+len(set[KeyNumber])+len(set[KeyUUID])+len(set[KeyMAC])+len(set[KeyVirtual])+len(set[KeyTag]) > 0
}

func (w *weighed) has(kinds ...KeyKind) bool {
	return slices.ContainsFunc(kinds, func(k KeyKind) bool { return slices.Contains(w.kinds, k) })
}

// only reports whether nothing but keys of kinds agrees.
func (w *weighed) only(kinds ...KeyKind) bool {
	return !slices.ContainsFunc(w.agree, func(key string) bool { return !slices.Contains(kinds, kindOf(key)) })
}

// copied reports whether a device's name and its numbers are those of a virtual machine
// that has other addresses: the first, or a copy that took the agent along.
func (w *weighed) copied() bool {
	return w.apart && w.virtual && w.has(KeyUUID, KeySerial)
}

// doubt reports what keeps a candidate from being taken when its device name does not
// speak for it.
func (w *weighed) doubt() bool {
	speaks := len(w.kinds)
	if w.has(KeyDevice) {
		speaks--
	}
	if w.has(KeyVirtual) && (w.less || w.more) && !w.has(KeyMAC, KeyUUID, KeySerial) {
		speaks--
	}
	switch {
	case !w.more && !w.less && !w.twoNames && speaks > 0: // it was made by the same doubt before
		return false
	case speaks <= len(w.differ):
		return true
	case w.apart: // the same numbers on another card: a copy, or a board from the same batch
		return true
	case slices.Contains(w.differ, KeySerial), slices.Contains(w.differ, KeyNumber):
		return true
	case w.only(KeyMAC, KeyVirtual, KeyDevice): // what goes round is on one of several cards
		return w.partly || w.twoNames && w.more && len(w.agree) < 2
	case w.only(KeyNumber, KeyDevice):
		return utf8.RuneCountInString(w.agree[len(w.agree)-1]) < len(KeyNumber)+1+minNumber
	case w.only(KeyDomain, KeyDevice): // two objects of a directory are two computers
		return !w.bare || w.twoNames
	}
	return false
}

// other reports whether a candidate is plainly another machine: only something that
// goes round agrees, each has an agent of its own, and the hardware differs. There is
// nothing to ask a person.
func (w *weighed) other() bool {
	if !w.only(KeyMAC, KeyVirtual, KeyNumber) {
		return false
	}
	if w.makers && w.only(KeyNumber) {
		return true
	}
	strong := 0
	for _, kind := range []KeyKind{KeySerial, KeyUUID} {
		if slices.Contains(w.differ, kind) {
			strong++
		}
	}
	return strong == 2 || strong == 1 && w.twoNames
}

// cause names why a candidate was not taken.
func (w *weighed) cause(facility string) Cause {
	switch {
	case slices.Contains(w.kinds, KeyDevice):
		return CauseDeviceMove
	case w.facility != facility:
		return CauseFacility
	case w.apart && w.has(KeySerial, KeyUUID) && !slices.Contains(w.differ, KeySerial) && !slices.Contains(w.differ, KeyUUID):
		return CauseCopy
	case w.doubt():
		return CauseHardware
	}
	return CauseTwoAssets
}

// claims reports whether a key that another asset holds, too, means that one of both
// is wrong. Makers number for themselves, and virtual addresses are copied.
func (k keySet) claims(key string, c candidate) bool {
	switch kindOf(key) {
	case KeyVirtual, KeyDomain, KeyName:
		return false
	case KeyNumber:
		return k.serial == "" || !slices.ContainsFunc(c.keys, func(key string) bool { return kindOf(key) == KeySerial })
	}
	return true
}
