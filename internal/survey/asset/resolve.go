package asset

import "slices"

// Cause is why an identity needs a person. Shown by "asset.cause." + word.
type Cause string

// Causes of conflicts.
const (
	CauseTwoAssets  Cause = "two_assets"  // keys of one machine point to different assets
	CauseHardware   Cause = "hardware"    // one key agrees while the hardware differs
	CauseFacility   Cause = "facility"    // the same machine stands in another facility's ledger
	CauseDeviceMove Cause = "device_move" // the source's device turned up on other hardware
	CauseDisposed   Cause = "disposed"    // a machine recorded as disposed was seen
	CauseTwoDevices Cause = "two_devices" // two agents report by turns as the same machine
)

// candidate is an asset that holds at least one key of the observation.
type candidate struct {
	id       string
	facility string
	disposed bool
	keys     []string // all keys it holds
}

// verdict is where an observation goes. asset is empty for a new machine.
type verdict struct {
	asset       string
	clashes     []clash
	deviceMoved bool
}

// clash becomes an entry in the queue of conflicts.
type clash struct {
	other string // the candidate that was not taken, or was taken in spite of doubt
	cause Cause
	key   string
}

// weighed is a candidate with what speaks for and against it.
type weighed struct {
	candidate
	agree  []string  // keys both have
	kinds  []KeyKind // kinds of agree, each once
	differ []KeyKind // kinds both know with nothing in common
}

// decide finds the asset an observation is about. The rules:
//
//  1. The source's own device name is trusted unless more kinds of hardware keys
//     differ than agree: then the disk or the agent's files moved to other
//     hardware, and the hardware decides.
//  2. Otherwise an asset of the same facility is the one when more kinds of keys
//     agree than differ. Serial, tag and UUID go before MAC addresses; of several
//     assets the one with strictly more keys in common is taken.
//     Host name with a chance address comes last (see KeyName).
//  3. A tie is never guessed: the machine becomes a new asset.
//
// Every candidate that shares a key and is not taken leaves a clash.
func decide(k keySet, facility string, candidates []candidate) verdict {
	all := weigh(k, candidates)
	v := verdict{}
	for _, w := range all {
		if !slices.Contains(w.kinds, KeyDevice) {
			continue
		}
		if len(w.differ) <= len(w.kinds) {
			return v.take(w, all, facility)
		}
		v.deviceMoved = true
	}
	strong := best(all, facility, KeySerial, KeyTag, KeyUUID)
	if strong == nil {
		strong = best(all, facility, KeyMAC)
	}
	if strong == nil {
		strong = best(all, facility, KeyName)
	}
	if strong == nil || strong.id == "" {
		return v.take(weighed{}, all, facility)
	}
	return v.take(*strong, all, facility)
}

func weigh(k keySet, candidates []candidate) []weighed {
	mine := map[KeyKind][]string{}
	for _, key := range k.all() {
		mine[kindOf(key)] = append(mine[kindOf(key)], key)
	}
	out := make([]weighed, 0, len(candidates))
	for _, c := range candidates {
		w := weighed{candidate: c}
		for _, kind := range []KeyKind{KeyDevice, KeySerial, KeyTag, KeyUUID, KeyMAC, KeyName} {
			var shared []string
			known := false
			for _, key := range c.keys {
				if kindOf(key) != kind {
					continue
				}
				known = true
				if slices.Contains(mine[kind], key) {
					shared = append(shared, key)
				}
			}
			switch {
			case len(shared) > 0:
				w.agree = append(w.agree, shared...)
				w.kinds = append(w.kinds, kind)
			case known && len(mine[kind]) > 0 && kind != KeyDevice && kind != KeyTag && kind != KeyName:
				// Another device name, tag or host name is not a contradiction: machines
				// are set up anew, stickers are replaced.
				w.differ = append(w.differ, kind)
			}
		}
		out = append(out, w)
	}
	return out
}

// best gives the acceptable candidate with most keys in common among those that
// agree on one of kinds; nil when there is none, a zero one when several tie.
func best(all []weighed, facility string, kinds ...KeyKind) *weighed {
	var top *weighed
	tie := false
	for i, w := range all {
		if w.facility != facility || !sharesKind(w.kinds, kinds) || hardware(w.kinds) <= len(w.differ) {
			continue
		}
		switch {
		case top == nil || len(w.agree) > len(top.agree):
			top, tie = &all[i], false
		case len(w.agree) == len(top.agree):
			tie = true
		}
	}
	if tie {
		return &weighed{}
	}
	return top
}

// hardware counts the kinds that are not the source's own name.
func hardware(kinds []KeyKind) int {
	n := len(kinds)
	if slices.Contains(kinds, KeyDevice) {
		n--
	}
	return n
}

func sharesKind(have, want []KeyKind) bool {
	return slices.ContainsFunc(have, func(k KeyKind) bool { return slices.Contains(want, k) })
}

// take settles on w (zero: a new machine) and notes a clash for all the others.
func (v verdict) take(w weighed, all []weighed, facility string) verdict {
	v.asset = w.id
	for _, o := range all {
		switch {
		case o.id == w.id:
			if o.disposed {
				v.clashes = append(v.clashes, clash{o.id, CauseDisposed, o.agree[0]})
			}
			// A new network card alone is everyday life and stands in the history.
			if slices.Contains(o.differ, KeySerial) || slices.Contains(o.differ, KeyUUID) {
				v.clashes = append(v.clashes, clash{o.id, CauseHardware, o.agree[0]})
			}
		case slices.Contains(o.kinds, KeyDevice):
			v.clashes = append(v.clashes, clash{o.id, CauseDeviceMove, o.agree[0]})
		case o.facility != facility:
			v.clashes = append(v.clashes, clash{o.id, CauseFacility, o.agree[0]})
		case hardware(o.kinds) <= len(o.differ):
			v.clashes = append(v.clashes, clash{o.id, CauseHardware, o.agree[0]})
		default:
			v.clashes = append(v.clashes, clash{o.id, CauseTwoAssets, o.agree[0]})
		}
	}
	return v
}
