package asset

import "slices"

// Cause is why an identity needs a person. Shown by "asset.cause." + word.
type Cause string

// Causes of conflicts.
const (
	CauseTwoAssets  Cause = "two_assets"  // keys of one machine point to different assets
	CauseHardware   Cause = "hardware"    // one key agrees while the hardware differs
	CauseCopy       Cause = "copy"        // numbers agree while every address differs
	CauseFacility   Cause = "facility"    // the same machine stands in another facility's ledger
	CauseDeviceMove Cause = "device_move" // the source's device turned up on other hardware
	CauseDisposed   Cause = "disposed"    // a machine recorded as disposed was seen
	CauseTwoDevices Cause = "two_devices" // two agents report by turns as the same machine
	CauseLookalike  Cause = "lookalike"   // nothing but the name and the like agree
)

// candidate is an asset that holds at least one key of the observation.
type candidate struct {
	id       string
	facility string
	disposed bool
	asked    bool     // a line is open about whose its name in the domain is
	keys     []string // all keys it holds
}

// verdict is where an observation goes. asset is empty for a new machine.
type verdict struct {
	asset       string
	clashes     []clash
	deviceMoved bool
	byName      bool // nothing but the name in the domain found it
}

// clash becomes an entry in the queue of conflicts.
type clash struct {
	other string // the candidate that was not taken, or was taken in spite of doubt
	cause Cause
	key   string
}

// decide finds the asset an observation is about. A wrong merge is worse than a
// duplicate: wherever something speaks against, the machine becomes an asset of its
// own, and a person finds both sides in the queue. The rules, with their cases in
// resolve_test.go:
//
//  1. The source's own device name is trusted unless more kinds of hardware keys
//     differ than agree: then the disk or the agent's files moved to other hardware,
//     and the hardware decides. A virtual machine whose addresses are all others is
//     taken for a copy.
//  2. Otherwise an asset of the same facility is the one when more kinds of keys
//     agree than differ and nothing of weighed.doubt holds. Serial, tag and UUID go
//     before MAC addresses, then the serial without its maker, the name in the domain,
//     host name with a chance address; of several assets the one with strictly more
//     keys in common is taken, or the one that knows nothing beyond.
//  3. A tie is never guessed: the machine becomes a new asset. A name in the domain
//     that several hold says nothing: which of them the directory means, nobody knows.
//
// Every candidate that shares a key and is not taken leaves a clash, unless it is
// plainly another machine (weighed.other).
func decide(k keySet, facility string, candidates []candidate) verdict {
	all := weigh(k, candidates)
	v := verdict{}
	for _, w := range all {
		if !w.has(KeyDevice) {
			continue
		}
		if len(w.differ) <= len(w.kinds) && !w.copied() {
			return v.take(w, all, facility)
		}
		v.deviceMoved = true
	}
	contested := claimed(all, facility) > 1
	for _, kinds := range [][]KeyKind{{KeySerial, KeyTag, KeyUUID}, {KeyMAC}, {KeyNumber}, {KeyDomain}, {KeyName}, {KeyVirtual}} {
		fits := all
		if contested && kinds[0] == KeyDomain {
			fits = slices.DeleteFunc(slices.Clone(all), func(w *weighed) bool { return w.more || w.less })
		}
		top, tie := best(fits, facility, kinds...)
		tie = tie || contested && kinds[0] == KeyDomain
		if top != nil || tie {
			v.byName = top != nil && kinds[0] == KeyDomain
			return v.take(top, all, facility)
		}
	}
	return v.take(nil, all, facility)
}

// claimed counts the assets of a facility that hold the name in the domain, and those
// that a person is asked about.
func claimed(all []*weighed, facility string) (n int) {
	for _, w := range all {
		if w.facility == facility && w.has(KeyDomain) {
			n++
			if w.asked {
				n++
			}
		}
	}
	return n
}

// best gives the acceptable candidate with most keys in common among those that
// agree on one of kinds; nil when there is none, and tie when several are as good.
// Among those, the one that knows nothing but what was seen goes first: it was made
// by the same doubt before.
func best(all []*weighed, facility string, kinds ...KeyKind) (top *weighed, tie bool) {
	var same []*weighed
	for _, w := range all {
		if w.facility != facility || !w.has(kinds...) || w.doubt() {
			continue
		}
		switch {
		case len(same) == 0 || w.weight > same[0].weight:
			same = []*weighed{w}
		case w.weight == same[0].weight:
			same = append(same, w)
		}
	}
	if len(same) > 1 {
		bare := slices.DeleteFunc(slices.Clone(same), func(w *weighed) bool { return w.more })
		if len(bare) != 1 {
			return nil, true
		}
		same = bare
	}
	if len(same) == 0 {
		return nil, false
	}
	return same[0], false
}

// take settles on w (nil: a new machine) and notes a clash for all the others.
func (v verdict) take(w *weighed, all []*weighed, facility string) verdict {
	if w != nil {
		v.asset = w.id
	}
	for _, o := range all {
		if o == w {
			if o.disposed {
				v.clashes = append(v.clashes, clash{o.id, CauseDisposed, o.agree[0]})
			}
			// A new network card alone is everyday life and stands in the history.
			if slices.Contains(o.differ, KeySerial) || slices.Contains(o.differ, KeyUUID) {
				v.clashes = append(v.clashes, clash{o.id, CauseHardware, o.agree[0]})
			}
			continue
		}
		// With a row found, the same number of another maker is no question either.
		if !o.other() && (w == nil || len(o.kinds) > 0) {
			v.clashes = append(v.clashes, clash{o.id, o.cause(facility), o.agree[0]})
		}
	}
	return v
}
