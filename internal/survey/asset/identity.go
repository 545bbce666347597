package asset

import (
	"encoding/hex"
	"net"
	"regexp"
	"slices"
	"strings"
)

// KeyKind is a kind of identity key. Shown by "asset.key." + word.
type KeyKind string

// Kinds of keys, strongest first. A host name is never a key: it is typed by
// people and copied with disk images.
const (
	KeyDevice KeyKind = "device" // source's own stable name of the machine
	KeySerial KeyKind = "serial" // maker and serial number
	KeyTag    KeyKind = "tag"    // asset tag inside a facility
	KeyUUID   KeyKind = "uuid"   // SMBIOS UUID
	KeyMAC    KeyKind = "mac"
	// KeyName is host name and a locally administered address together, in a facility.
	// It is offered only by a machine that has no other key of its hardware (virtual
	// machines without firmware tables), and never weighs against one.
	KeyName KeyKind = "name"
)

// maxMACs bounds the addresses of one machine that are used as keys.
const maxMACs = 32

// keySet holds what an observation offers to match by, each as "kind:value".
type keySet struct {
	device, serial, tag, uuid string
	macs                      []string
	names                     []string
}

// all lists the keys, sorted so that transactions claim them in one order.
func (k keySet) all() []string {
	var out []string
	for _, v := range slices.Concat([]string{k.device, k.serial, k.tag, k.uuid}, k.macs, k.names) {
		if v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keysOf reads the keys out of an observation and leaves placeholders away.
func keysOf(o Observation) keySet {
	k := keySet{
		serial: serialKey(o.Identity.Maker, o.Identity.Serial),
		tag:    tagKey(o.FacilityID, o.Identity.AssetTag),
		uuid:   uuidKey(o.Identity.SMBIOSUUID),
		device: deviceKey(o.Source, o.DeviceID),
	}
	for _, m := range o.Identity.MACs {
		if key := macKey(m); key != "" && !slices.Contains(k.macs, key) && len(k.macs) < maxMACs {
			k.macs = append(k.macs, key)
		}
	}
	if k.serial == "" && k.uuid == "" && len(k.macs) == 0 {
		k.names = nameKeys(o)
	}
	return k
}

// nameKeys joins the host name with addresses that are unique only by chance.
// Fixed addresses of drivers and docks (sharedPrefixes) stay out.
func nameKeys(o Observation) []string {
	name, _, _ := strings.Cut(strings.TrimSpace(fold(o.Identity.HostName)), ".")
	if name == "" || name == "localhost" {
		return nil
	}
	var out []string
	for _, m := range o.Identity.MACs {
		mac, ok := ParseMAC(m)
		if !ok || !localMAC(mac) || sharedByPrefix(mac) || len(out) == maxMACs {
			continue
		}
		if key := string(KeyName) + ":" + o.FacilityID + "|" + name + "|" + mac; !slices.Contains(out, key) {
			out = append(out, key)
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

func serialKey(maker, serial string) string {
	s := strings.Join(strings.Fields(fold(serial)), " ")
	if placeholderSerial(s) {
		return ""
	}
	return string(KeySerial) + ":" + makerKey(maker) + "|" + s
}

func tagKey(facility, tag string) string {
	t := strings.Join(strings.Fields(fold(tag)), " ")
	if t == "" {
		return ""
	}
	return string(KeyTag) + ":" + facility + "|" + t
}

// makerNoise are words that makers add and drop at will.
var makerNoise = map[string]bool{"inc": true, "incorporated": true, "corp": true, "corporation": true, "co": true, "company": true,
	"ltd": true, "limited": true, "gmbh": true, "ag": true, "kk": true, "computer": true, "computers": true, "technologies": true,
	"technology": true, "株式会社": true, "有限会社": true, "(株)": true}

// makerAlias joins names that one maker writes into its firmware.
var makerAlias = map[string]string{"hewlettpackard": "hp", "hewlettpackardenterprise": "hpe", "fujitsuclient": "fujitsu",
	"dynabook": "toshiba", "necpersonal": "nec"}

var wordBreak = regexp.MustCompile(`[\s.,、・&_/-]+`)

// makerKey makes "Dell Inc.", "DELL" and "Dell Computer Corporation" the same.
func makerKey(maker string) string {
	m := strings.NewReplacer("株式会社", " ", "有限会社", " ", "(株)", " ").Replace(fold(maker))
	var b strings.Builder
	for _, w := range wordBreak.Split(m, -1) {
		if !makerNoise[w] {
			b.WriteString(w)
		}
	}
	if alias, ok := makerAlias[b.String()]; ok {
		return alias
	}
	return b.String()
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)

func uuidKey(uuid string) string {
	u := strings.Trim(strings.ToLower(strings.TrimSpace(uuid)), "{}")
	if !uuidForm.MatchString(u) {
		return ""
	}
	u = strings.ReplaceAll(u, "-", "")
	if placeholderUUID(u) {
		return ""
	}
	return string(KeyUUID) + ":" + u
}

// ParseMAC reads an EUI-48 address in any usual notation and writes it as
// 00:00:5e:00:53:17; ok is false for anything else.
func ParseMAC(s string) (mac string, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) == 12 { // 00005E005317, as labels print it
		raw, err := hex.DecodeString(s)
		if err == nil {
			return net.HardwareAddr(raw).String(), true
		}
	}
	hw, err := net.ParseMAC(s)
	if err != nil || len(hw) != 6 {
		return "", false
	}
	return hw.String(), true
}

func macKey(s string) string {
	mac, ok := ParseMAC(s)
	if !ok || sharedMAC(mac) {
		return ""
	}
	return string(KeyMAC) + ":" + mac
}
