package asset

// KeyKind is a kind of identity key, see identity.go. Shown by "asset.key." + word.
type KeyKind string

// Kinds of keys, strongest first.
const (
	KeyDevice KeyKind = "device" // source's own stable name of the machine
	KeySerial KeyKind = "serial" // maker and serial number
	KeyTag    KeyKind = "tag"    // asset tag inside a facility
	KeyUUID   KeyKind = "uuid"   // SMBIOS UUID
	KeyMAC    KeyKind = "mac"
)

// Cause is why an identity needs a person. Shown by "asset.cause." + word.
type Cause string

// Causes of conflicts.
const (
	CauseTwoAssets  Cause = "two_assets"  // keys of one machine point to different assets
	CauseHardware   Cause = "hardware"    // one key agrees while the hardware differs
	CauseFacility   Cause = "facility"    // the same machine stands in another facility's ledger
	CauseDeviceMove Cause = "device_move" // the source's device turned up on other hardware
	CauseDisposed   Cause = "disposed"    // a machine recorded as disposed was seen
)
