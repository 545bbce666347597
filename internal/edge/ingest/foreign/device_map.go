package foreign

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

// Device is one device that a result tells of.
type Device struct {
	Label     string // what people call it by: name, else address
	Inventory Inventory
	Problem   *wire.Refusal // why it cannot be read; nil = it can
	Failed    string        // why the program that asked it got no answer; empty = it did
}

// Devices are what a result tells of: each one in XML, the one of a message in JSON.
// Messages that only tell how far the program is hold none.
func (m *Message) Devices() []Device {
	list := m.devices
	if m.JSON && (m.content.has(secDevice) || m.content.has(secError)) {
		list = []device{{content: m.content}}
	}
	out := make([]Device, 0, len(list))
	for _, d := range list {
		r := d.content.first(secDevice)
		one := Device{Label: clip(cmp.Or(deviceName(r), r.get("IP", "IPS", "MAC"), "?")), Problem: d.problem, Failed: clip(d.content.first(secError).get("MESSAGE"))}
		if one.Problem == nil && one.Failed == "" {
			one.Inventory = d.content.inventory(m.itemType)
		}
		out = append(out, one)
	}
	return out
}

// deviceName is the name a device gives itself, else the one it has in DNS; addresses,
// which programs write there when there is none, are no names.
func deviceName(r row) string {
	for _, field := range []string{"NAME", "SNMPHOSTNAME", "DNSHOSTNAME", "NETBIOSNAME"} {
		name := r.get(field)
		if _, err := netip.ParseAddr(name); err != nil && name != "" {
			return name
		}
	}
	return ""
}

// deviceKinds are the words of TYPE and of GLPI's itemtype, in capitals. COMPUTER says
// neither PC nor server.
var deviceKinds = map[string]asset.Kind{
	"NETWORKING": asset.KindNetwork, "NETWORKEQUIPMENT": asset.KindNetwork, "PRINTER": asset.KindPrinter, "STORAGE": asset.KindStorage,
	"POWER": asset.KindOther, "PHONE": asset.KindOther, "VIDEO": asset.KindOther, "KVM": asset.KindOther,
}

// unset are what devices have for place and contact until somebody fills them in: words
// for none, and the examples of net-snmp's configuration.
var unset = map[string]bool{
	"unknown": true, "not set": true, "none": true, "n/a": true, "-": true, "sitting on the dock of the bay": true, "me <me@example.org>": true,
	"root": true, "root@localhost": true, "root <root@localhost> (configure /etc/snmp/snmp.local.conf)": true, "unknown (edit /etc/snmp/snmpd.conf)": true,
}

func filledIn(text string) string {
	text = squeeze(text)
	if unset[strings.ToLower(text)] {
		return ""
	}
	return text
}

// inventory maps a device. What the two programs leave out, they do not deny: the
// observation is a partial one.
func (c content) inventory(itemType string) Inventory {
	r := c.first(secDevice)
	in := Inventory{Kind: deviceKinds[strings.ToUpper(cmp.Or(r.get("TYPE"), itemType))]}
	in.Identity = asset.Identity{Maker: r.get("MANUFACTURER"), Model: r.get("MODEL"), Serial: r.get("SERIAL"), HostName: deviceName(r)}
	if mac, ok := asset.ParseMAC(r.get("MAC")); ok {
		in.Identity.MACs = append(in.Identity.MACs, mac)
	}
	hardware := asset.Values{asset.FieldHostName: in.Identity.HostName, asset.FieldRoom: filledIn(r.get("LOCATION")), asset.FieldCustodian: filledIn(r.get("CONTACT"))}
	if n := size(r.get("RAM"), mebibyte); n > 0 {
		hardware[asset.FieldMemoryBytes] = strconv.FormatInt(n, 10)
	}
	firmware := r.get("FIRMWARE")
	if c.has(secFirmwares) {
		in.Programs = firmwares(c[secFirmwares])
		if len(*in.Programs) > 0 {
			firmware = cmp.Or(firmware, (*in.Programs)[0].Version)
		}
	}
	in.Groups = map[string]asset.Values{
		secBIOS:     {asset.FieldMaker: in.Identity.Maker, asset.FieldModel: in.Identity.Model, asset.FieldSerial: in.Identity.Serial, asset.FieldFirmwareVersion: firmware},
		secHardware: hardware,
	}
	if c.has(secPorts) {
		in.ports(c[secPorts])
	}
	in.Groups[SecInterfaces] = in.where(r)
	for _, values := range in.Groups {
		for f, v := range values {
			if v == "" {
				delete(values, f)
			}
		}
	}
	return in
}

// where is the address a device was asked at, else the first it has.
func (in *Inventory) where(r row) asset.Values {
	v := asset.Values{}
	if len(in.Identity.MACs) > 0 {
		v[asset.FieldMAC] = in.Identity.MACs[0]
	}
	for _, text := range append(append([]string{}, r["IP"]...), r["IPS"]...) {
		if a, err := netip.ParseAddr(text); err == nil && !a.IsLoopback() && !a.IsUnspecified() && !a.IsLinkLocalUnicast() {
			v[asset.FieldIP] = a.Unmap().WithZone("").String()
			break
		}
	}
	return v
}

func firmwares(rows []row) *[]software.Program {
	out := []software.Program{}
	for _, r := range rows {
		if name := r.get("NAME"); name != "" {
			out = append(out, software.Program{Kind: "firmware", Name: name, Version: r.get("VERSION"), Publisher: r.get("MANUFACTURER"), InstalledOn: ""})
		}
	}
	return &out
}

// ifTypes are numbers of IANA's ifType registry (IANAifType-MIB) in the words of
// network.Interface.
var ifTypes = map[string]string{
	"6": "ethernet", "62": "ethernet", "69": "ethernet", "117": "ethernet", "71": "wifi", "24": "loopback", "23": "tunnel", "131": "tunnel",
	"53": "virtual", "135": "virtual", "136": "virtual", "161": "virtual", "209": "virtual", "243": "mobile", "244": "mobile",
}

// ports takes the interfaces of a device; addresses of real ones tell it from others.
func (in *Inventory) ports(rows []row) {
	list, seen := []network.Interface{}, map[string]bool{}
	for i, r := range rows {
		number := cmp.Or(r.get("IFNUMBER"), strconv.Itoa(i+1))
		n := network.Interface{Name: cmp.Or(r.get("IFNAME", "IFDESCR"), "#"+number), Up: yes(r.get("IFSTATUS"))}
		if seen[n.Name] {
			n.Name += " #" + number
		}
		if seen[n.Name] {
			continue // the same row again
		}
		seen[n.Name] = true
		n.Kind = portKind(n.Name, r)
		if mac, ok := asset.ParseMAC(r.get("MAC")); ok && network.MACKey(mac) != "" {
			n.MAC = mac
		}
		if bits, err := strconv.ParseInt(r.get("IFSPEED"), 10, 64); err == nil && bits > 0 && n.Kind != "loopback" {
			n.SpeedMbps = bits / 1_000_000
		}
		for _, text := range append(append([]string{}, r["IP"]...), r["IPS"]...) {
			address(&n, row{"IPADDRESS": {text}})
		}
		if n.MAC != "" && (n.Kind == "ethernet" || n.Kind == "wifi" || n.Kind == "mobile") {
			in.Identity.MACs = append(in.Identity.MACs, n.MAC)
		}
		list = append(list, n)
	}
	in.Interfaces = &list
}

func portKind(name string, r row) string {
	kind, known := ifTypes[r.get("IFTYPE")]
	if !known {
		return interfaceKind(name, row{"TYPE": {r.get("IFTYPE")}}) // words, as GLPI Agent may write them
	}
	if by := interfaceKind(name, row{"TYPE": {"ethernet"}}); kind == "ethernet" {
		return by // docker0, tun0 … call themselves Ethernet
	}
	return kind
}
