package asset

import (
	"regexp"
	"slices"
	"strings"
)

// KeyKind is a kind of identity key. Shown by "asset.key." + word.
type KeyKind string

// Kinds of keys, strongest first. A host name alone is never a key: it is typed by
// people and copied with disk images. docs/identity.md says what each kind proves.
const (
	KeyDevice KeyKind = "device" // source's own stable name: enrolment, directory GUID, SNMP engine
	KeySerial KeyKind = "serial" // maker and serial number
	KeyTag    KeyKind = "tag"    // asset tag inside a facility
	KeyUUID   KeyKind = "uuid"   // SMBIOS UUID
	KeyMAC    KeyKind = "mac"
	// KeyNumber is the serial number without its maker. It counts only where one side
	// does not know the maker.
	KeyNumber KeyKind = "number"
	// KeyVirtual is an address that a hypervisor gave. It never finds a machine, but
	// tells a copy from the first.
	KeyVirtual KeyKind = "virtual"
	// KeyDomain is the name of a computer in a domain. It joins a computer that a
	// directory tells of to the machine that says it is joined under that name.
	KeyDomain KeyKind = "domain"
	// KeyName is host name and a locally administered address together, in a facility.
	// It is offered only by a machine that has no other key of its hardware (virtual
	// machines without firmware tables), and never weighs against one.
	KeyName KeyKind = "name"
	// keyHost is a name alone: never a key, only what a line of the queue is about.
	keyHost KeyKind = "host"
)

// keyKinds lists them all, in the order in which they speak.
var keyKinds = []KeyKind{KeyDevice, KeySerial, KeyTag, KeyUUID, KeyMAC, KeyNumber, KeyVirtual, KeyDomain, KeyName}

// maxMACs bounds the addresses of one machine that are used as keys.
const maxMACs = 32

// keySet holds what an observation offers to match by, each as "kind:value".
type keySet struct {
	device, serial, number, tag, uuid, domain string
	macs                                      []string
	virtual                                   []string
	names                                     []string
}

// all lists the keys, sorted so that transactions claim them in one order.
func (k keySet) all() []string {
	var out []string
	for _, v := range slices.Concat([]string{k.device, k.serial, k.number, k.tag, k.uuid, k.domain}, k.macs, k.virtual, k.names) {
		if v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keysOf reads the keys out of an observation and leaves placeholders away.
func keysOf(o Observation) keySet {
	id := o.Identity
	k := keySet{tag: tagKey(o.FacilityID, id.AssetTag), uuid: uuidKey(id.SMBIOSUUID), device: deviceKey(o.Source, o.DeviceID), domain: domainKey(o.FacilityID, id.DomainName)}
	if !sameNumber(id.Serial, id.Model) { // boards that carry the model's name as their number
		k.serial, k.number = serialKey(id.Maker, id.Serial), numberKey(id.Serial)
	}
	for _, m := range id.MACs {
		k.macs = addKey(k.macs, macKey(m))
		k.virtual = addKey(k.virtual, virtualKey(m))
	}
	if k.number == "" && k.uuid == "" && len(k.macs) == 0 {
		k.names = nameKeys(o)
	}
	return k
}

// Recognisable tells whether an observation holds anything that a machine is told from
// others by; without, each one would be a new row.
func Recognisable(o Observation) bool { return len(keysOf(o).all()) > 0 }

func addKey(list []string, key string) []string {
	if key == "" || len(list) == maxMACs || slices.Contains(list, key) {
		return list
	}
	return append(list, key)
}

// nameKeys joins the host name with addresses that are unique only by chance.
// Fixed addresses of drivers, docks and hypervisors stay out.
func nameKeys(o Observation) []string {
	name, _, _ := strings.Cut(strings.TrimSpace(fold(o.Identity.HostName)), ".")
	if name == "" || name == "localhost" {
		return nil
	}
	var out []string
	for _, m := range o.Identity.MACs {
		if mac, ok := ParseMAC(m); ok && localMAC(mac) && !sharedByPrefix(mac) {
			out = addKey(out, string(KeyName)+":"+o.FacilityID+"|"+name+"|"+mac)
		}
	}
	return out
}

func kindOf(key string) KeyKind {
	kind, _, _ := strings.Cut(key, ":")
	return KeyKind(kind)
}

// deviceKey keeps the names of different sources apart, except that the agent
// and the file it wrote for carrying by hand are the same device.
func deviceKey(s Source, id string) string {
	if id == "" {
		return ""
	}
	if s == SourceUSB {
		s = SourceAgent
	}
	return string(KeyDevice) + ":" + string(s) + "|" + id
}

// sourceOf gives the part of a device key that names the source.
func sourceOf(key string) string {
	source, _, _ := strings.Cut(strings.TrimPrefix(key, string(KeyDevice)+":"), "|")
	return source
}

// dashes are the signs that people type for a hyphen beside letters and digits.
var dashes = strings.NewReplacer("‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-", "ー", "-", "ｰ", "-", "─", "-", "﹣", "-")

// foldNumber makes a number comparable however it was typed: case, width, kinds of
// hyphens, runs of spaces. "ＰＣ－００１" and "pc-001" agree.
func foldNumber(s string) string {
	folded := strings.Join(strings.Fields(fold(s)), " ")
	if strings.ContainsAny(folded, "0123456789") {
		folded = dashes.Replace(folded)
	}
	return folded
}

// sameNumber reports whether two numbers are typed forms of one.
func sameNumber(a, b string) bool { return a != "" && foldNumber(a) == foldNumber(b) }

// serialKey is empty without a maker: makers number for themselves.
func serialKey(maker, serial string) string {
	s, m := foldNumber(serial), makerKey(maker)
	if placeholderSerial(s) || m == "" {
		return ""
	}
	return string(KeySerial) + ":" + m + "|" + s
}

func numberKey(serial string) string {
	s := foldNumber(serial)
	if placeholderSerial(s) {
		return ""
	}
	return string(KeyNumber) + ":" + s
}

func tagKey(facility, tag string) string {
	t := foldNumber(tag)
	if isPlaceholder(t) {
		return ""
	}
	return string(KeyTag) + ":" + facility + "|" + t
}

// domainKey wants a whole name: computer, dot, domain.
func domainKey(facility, name string) string {
	n := strings.Trim(strings.TrimSpace(fold(name)), ".")
	host, domain, _ := strings.Cut(n, ".")
	if host == "" || host == "localhost" || domain == "" || domain == "localdomain" || domain == "local" || domain == "lan" {
		return ""
	}
	return string(KeyDomain) + ":" + facility + "|" + n
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)

// uuidKey takes of the two byte orders the one that sorts first, so that tools that
// disagree about the order give one key.
func uuidKey(uuid string) string {
	u := strings.Trim(strings.ToLower(strings.TrimSpace(uuid)), "{}")
	if !uuidForm.MatchString(u) {
		return ""
	}
	u = strings.ReplaceAll(u, "-", "")
	if placeholderUUID(u) {
		return ""
	}
	return string(KeyUUID) + ":" + min(u, otherOrder(u))
}
