package snmp

import "errors"

// Trouble is why a device, or a part of it, could not be read. Reading.Partial holds it
// behind the name of the group; shown by "snmp.trouble." + word.
type Trouble string //nolint:errname // a word that people read, and an error beside

// Troubles. The first kind ends the reading of a device before it begins, the second
// one group, the third what is left of the device.
const (
	ErrName       Trouble = "name"       // the host name cannot be resolved
	ErrOff        Trouble = "off"        // the address is there, nothing listens on the port
	ErrSilent     Trouble = "silent"     // no answer: not there, off, not allowed, or another community
	ErrUser       Trouble = "user"       // SNMPv3: the device does not know the user
	ErrCredential Trouble = "credential" // SNMPv3: wrong user, authentication key or protocol
	ErrEncryption Trouble = "encryption" // SNMPv3: wrong encryption key or protocol
	ErrLevel      Trouble = "level"      // SNMPv3: the user may not read at this security level
	ErrClock      Trouble = "clock"      // SNMPv3: the device's clock does not hold
	ErrEngine     Trouble = "engine"     // SNMPv3: the engine ID changes under way
	ErrProtected  Trouble = "protected"  // nothing was sent: the do-not-probe list, or a broadcast that a protected device would hear

	ErrTimeout   Trouble = "timeout"   // stopped answering
	ErrLoop      Trouble = "loop"      // names do not rise: the device repeats itself
	ErrRows      Trouble = "rows"      // more rows than Limits.Rows
	ErrContexts  Trouble = "contexts"  // more VLANs than are asked one by one
	ErrTooBig    Trouble = "too_big"   // cannot send an answer, however little is asked
	ErrMalformed Trouble = "malformed" // an answer that cannot be read
	ErrRefused   Trouble = "refused"   // the device answers with an error
	ErrShared    Trouble = "shared"    // the engine ID is that of another device, too

	ErrTime   Trouble = "time"   // Limits.Time is used up
	ErrVolume Trouble = "volume" // more data than Limits.Bytes or Limits.Values
)

// Error gives the word.
func (t Trouble) Error() string { return "snmp: " + string(t) }

// Troubles is every trouble, in the order above.
var Troubles = []Trouble{ErrName, ErrOff, ErrSilent, ErrUser, ErrCredential, ErrEncryption, ErrLevel, ErrClock, ErrEngine, ErrProtected,
	ErrTimeout, ErrLoop, ErrRows, ErrContexts, ErrTooBig, ErrMalformed, ErrRefused, ErrShared, ErrTime, ErrVolume}

// TroubleOf gives the trouble that an error means; ErrRefused for one that means
// none.
func TroubleOf(err error) Trouble {
	if t, ok := errors.AsType[Trouble](err); ok {
		return t
	}
	return ErrRefused
}

// noAnswer reports errors of a device that stays silent.
func noAnswer(err error) bool {
	t := TroubleOf(err)
	return t == ErrTimeout || t == ErrSilent || t == ErrOff
}
