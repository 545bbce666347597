// Package foreign reads what inventory agents of other makers send: FusionInventory
// 2.x and OCS Inventory 2.x (XML), GLPI Agent (XML first, then JSON). It does no input
// or output and stores nothing: bytes in, a Message out, or a *wire.Refusal that says
// why not. What is answered stands in reply.go.
//
//	plain, packing, err := foreign.Unpack(body)
//	message, err := foreign.Parse(plain)
//	inventory := message.Inventory() // for asset, software, account, network
//
// The form of the messages was seen on the wire of fusioninventory-agent 2.6,
// ocsinventory-agent 2.10 and GLPI Agent 1.12; docs/other-agents.md lists what is
// read, and what is left away.
package foreign

import (
	"fmt"
	"strings"

	"sonae/internal/wire"
)

// Query is what a message asks for.
type Query string

// Queries that are understood; others are refused by the caller.
const (
	Prolog  Query = "PROLOG"    // may I send? (XML)
	Contact Query = "CONTACT"   // the same in JSON
	Report  Query = "INVENTORY" // here it is
	// Results of tasks that ask other devices over the network; see Devices.
	Discovered Query = "NETDISCOVERY"
	Asked      Query = "SNMPQUERY"
	AskedShort Query = "SNMP"         // the same
	AskedJSON  Query = "NETINVENTORY" // the same, in JSON
)

// Result tells whether a message brings what was found on the network.
func (m *Message) Result() bool {
	switch m.Query {
	case Discovered, Asked, AskedShort, AskedJSON:
		return true
	case Report:
		return m.content.has(secDevice) && !m.content.has("HARDWARE")
	}
	return false
}

// Limits of a message. Sizes are those of our own agent's reports.
const (
	maxDepth    = wire.MaxDepth
	maxText     = wire.MaxStringBytes
	maxName     = 64  // name of a section or field
	maxSections = 256 // different names of sections
	maxRows     = wire.MaxRows
	maxList     = wire.MaxPackages // software, accounts and groups
	maxValues   = wire.MaxValues
)

// Codes of refusals beside those of package wire; texts by "ingest.error." + code.
const (
	codePacking wire.Code = "packing"
	codeXML     wire.Code = "xml"
	codeDocType wire.Code = "doctype"
	codeAgentID wire.Code = "agent_id"
)

// Message is what an agent sent.
type Message struct {
	JSON     bool
	Query    Query
	DeviceID string // the agent's name for the machine, made at its first start
	Client   string // program and version as it writes them
	Partial  bool   // a section that is absent did not change
	content  content
	itemType string   // what GLPI Agent takes the device for
	devices  []device // of results in XML
}

// row holds the fields of one row that are read, by upper-case name; a field may
// stand more than once.
type row map[string][]string

// get is the first of the named fields that is not empty.
func (r row) get(names ...string) string {
	for _, name := range names {
		for _, v := range r[name] {
			if v != "" {
				return v
			}
		}
	}
	return ""
}

// content is the sections of an inventory that are read, by upper-case name. A section
// that is present and empty has no rows.
type content map[string][]row

// first is the only row of a section, empty when it has none.
func (c content) first(section string) row {
	if rows := c[section]; len(rows) > 0 {
		return rows[0]
	}
	return row{}
}

func (c content) has(section string) bool {
	_, ok := c[section]
	return ok
}

// kept are the sections and fields that are read. All else is dropped while it is
// parsed; ENVS and PROCESSES above all, which carry secrets in command lines and
// variables.
var kept = map[string][]string{
	"BIOS":            {"SMANUFACTURER", "SMODEL", "SSN", "BVERSION", "BDATE", "TYPE", "MMANUFACTURER", "MMODEL"},
	"HARDWARE":        {"NAME", "UUID", "MEMORY", "VMSYSTEM", "OSNAME", "OSVERSION", "LASTLOGGEDUSER", "USERID", "DEFAULTGATEWAY", "DNS", "PROCESSORT", "CHASSIS_TYPE"},
	"CPUS":            {"NAME", "TYPE"},
	"OPERATINGSYSTEM": {"FULL_NAME", "NAME", "VERSION", "KERNEL_NAME", "KERNEL_VERSION"},
	"NETWORKS":        {"DESCRIPTION", "TYPE", "TYPEMIB", "MACADDR", "MAC", "IPADDRESS", "IPMASK", "IPADDRESS6", "IPMASK6", "IPGATEWAY", "IPSUBNET", "IPDHCP", "STATUS", "SPEED", "VIRTUALDEV"},
	"STORAGES":        {"NAME", "MODEL", "MANUFACTURER", "SERIALNUMBER", "SERIAL", "DISKSIZE", "TYPE", "DESCRIPTION", "INTERFACE"},
	"DRIVES":          {"LETTER", "TYPE", "VOLUMN", "FILESYSTEM", "TOTAL", "FREE", "ENCRYPT_STATUS", "ENCRYPT_NAME"},
	"SOFTWARES":       {"NAME", "VERSION", "PUBLISHER", "ARCH", "ARCHITECTURE", "FROM", "INSTALLDATE", "INSTALL_DATE"},
	"LOCAL_USERS":     {"LOGIN", "NAME", "ID", "ID_USER", "GID", "SHELL"},
	"LOCAL_GROUPS":    {"NAME", "ID", "ID_GROUP", "MEMBER", "MEMBERS"},
	"FIREWALL":        {"STATUS", "PROFILE", "DESCRIPTION"},
	secDevice:         {"TYPE", "MANUFACTURER", "MODEL", "SERIAL", "FIRMWARE", "NAME", "SNMPHOSTNAME", "DNSHOSTNAME", "NETBIOSNAME", "MAC", "IP", "IPS", "LOCATION", "CONTACT", "RAM"},
	secPorts:          {"IFNAME", "IFDESCR", "IFNUMBER", "IFTYPE", "IFSTATUS", "IFSPEED", "MAC", "IP", "IPS"},
	secFirmwares:      {"NAME", "VERSION", "MANUFACTURER", "DATE"},
	secError:          {"MESSAGE"},
	"ANTIVIRUS":       {"NAME", "ENABLED", "UPTODATE", "VERSION", "BASE_CREATION", "BASE_VERSION"},
}

// sameSections are other names of the same section.
var sameSections = map[string]string{"FIREWALLS": "FIREWALL", "LOCAL_GROUP": "LOCAL_GROUPS", "LOCAL_USER": "LOCAL_USERS"}

// keptFields is kept as sets.
var keptFields = func() map[string]map[string]bool {
	out := make(map[string]map[string]bool, len(kept))
	for section, fields := range kept {
		out[section] = map[string]bool{}
		for _, f := range fields {
			out[section][f] = true
		}
	}
	return out
}()

// keeps tells whether a field of a section is read.
func keeps(section, field string) bool { return keptFields[section][field] }

func sectionName(name string) string {
	up := strings.ToUpper(name)
	if other, ok := sameSections[up]; ok {
		return other
	}
	return up
}

// rowLimit is how many rows a section may have.
func rowLimit(section string) int {
	switch section {
	case "SOFTWARES", "LOCAL_USERS", "LOCAL_GROUPS":
		return maxList
	}
	return maxRows
}

// Parse reads an unpacked message. Errors are *wire.Refusal.
func Parse(plain []byte) (*Message, error) {
	body := readable(plain)
	var m *Message
	var err error
	if strings.HasPrefix(body, "{") {
		m, err = parseJSON(body)
	} else {
		m, err = parseXML(body)
	}
	if err != nil {
		return nil, err
	}
	if m.DeviceID == "" || len(m.DeviceID) > 255 || strings.ContainsFunc(m.DeviceID, unreadable) {
		return nil, refuse(codeAgentID, "DEVICEID", "is missing, longer than 255 bytes or holds signs that no name has")
	}
	return m, nil
}

func refuse(code wire.Code, place, format string, args ...any) *wire.Refusal {
	return &wire.Refusal{Code: code, Place: place, Reason: fmt.Sprintf(format, args...)}
}

// add puts a value into a row of a section, or refuses it.
func (r row) add(section string, n int, field, value string) error {
	value = strings.TrimSpace(legible(value)) // \u0000 of JSON comes in here
	if len(value) > maxText {
		return refuse(wire.CodeTooLarge, fmt.Sprintf("%s[%d].%s", section, n, field), "longer than %d bytes", maxText)
	}
	if len(r[field]) >= maxList {
		return refuse(wire.CodeTooMany, fmt.Sprintf("%s[%d].%s", section, n, field), "more than %d values", maxList)
	}
	r[field] = append(r[field], value)
	return nil
}

// open adds a row to a section, or refuses it.
func (c content) open(section string) (row, int, error) {
	n := len(c[section])
	if n >= rowLimit(section) {
		return nil, n, refuse(wire.CodeTooMany, section, "more than %d rows", rowLimit(section))
	}
	r := row{}
	c[section] = append(c[section], r)
	return r, n, nil
}
