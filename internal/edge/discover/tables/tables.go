// Package tables reads what DHCP servers and routers know of the network out of files:
// lease files (ISC dhcpd, dnsmasq, Kea, lists of a Windows server) and ARP or neighbour
// tables as people copy them from a terminal. What it is, is found in the content.
//
//	t, err := tables.Read(body, fileTime)
//
// Everything in such a file is text from outside: sizes are limited, names are cleaned,
// and lines that name a device but cannot be read are given back with their number.
package tables

import (
	"net/netip"
	"strings"
	"time"

	"sonae/internal/edge/discover"
	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/network"
)

// Form is the kind of a file; shown by the message "tables.form." + word.
type Form string

// Forms, in the order in which they are tried.
const (
	FormISC     Form = "isc"     // dhcpd.leases of ISC DHCP
	FormKea     Form = "kea"     // kea-leases4.csv, kea-leases6.csv (memfile)
	FormWindows Form = "windows" // Get-DhcpServerv4Lease | Export-Csv, or the list exported in the console
	FormDnsmasq Form = "dnsmasq" // dnsmasq.leases
	FormARP     Form = "arp"     // arp -a, ip neigh, show ip arp …: lines with an address and a hardware address
)

// Table is what a file says.
type Table struct {
	Form         Form
	Observations []network.Observation // in the order of the file; of a lease that stands there several times, the last
	Unread       []Line                // lines that should name a device and do not; at most unreadMax
	UnreadMore   int                   // further ones
}

// Line is a line that could not be read.
type Line struct {
	Number int // from 1
	Text   string
}

// Limits of a file: the leases of 100,000 devices.
const (
	SizeMax   = 64 << 20 // bytes
	RowsMax   = 200_000  // devices
	unreadMax = 20
)

// Read reads a file. at is when it was written: for tables whose lines have no time of
// their own. Faults: too_large beyond a limit, invalid when no form fits, with the first
// line as its place.
func Read(body []byte, at time.Time) (Table, error) {
	if len(body) > SizeMax {
		return Table{}, fault.TooLarge("tables.error.size", "Max", SizeMax>>20)
	}
	text, _, err := document.DecodeText(body)
	if err != nil {
		return Table{}, err
	}
	p := &parser{at: at.UnixMilli(), place: map[party]int{}}
	for _, form := range []struct {
		form Form
		fits func(string) bool
		read func(*parser, string) error
	}{
		{FormISC, isISC, (*parser).isc}, {FormKea, isKea, (*parser).kea}, {FormWindows, isWindows, (*parser).windows},
		{FormDnsmasq, isDnsmasq, (*parser).dnsmasq}, {FormARP, isARP, (*parser).arp},
	} {
		if !form.fits(text) {
			continue
		}
		p.Form = form.form
		if err := form.read(p, text); err != nil {
			return Table{}, err
		}
		return p.Table, nil
	}
	return Table{}, fault.Invalid("tables.error.unknown").At(discover.Clean(firstLine(text), 80)).WithHint("tables.error.unknown_hint")
}

// parser gathers the devices of a file.
type parser struct {
	Table
	at    int64
	place map[party]int // where the lease of an address stands
}

// party tells rows apart: a lease by its address, a line of an ARP table by both, because
// two devices with one address are worth knowing.
type party struct {
	address netip.Addr
	mac     string
}

// device is what one line says.
type device struct {
	address, mac, name, vendor string
	how                        network.How
	vlan                       int
	atMS                       int64
}

// add takes a device; a later line of the same address takes its place. False: the line
// names none.
func (p *parser) add(d device) (bool, error) {
	a, err := netip.ParseAddr(strings.Trim(d.address, "()[]"))
	mac := network.MACKey(d.mac)
	if err != nil || !oneHost(a) || len(mac) != 12 || !ownMAC(mac) {
		return false, nil
	}
	a = a.Unmap().WithZone("")
	o := network.Observation{How: d.how, VLAN: d.vlan, AtMS: d.atMS, Seen: network.Party{MAC: mac, Address: a, Name: discover.Clean(d.name, nameMax)}}
	if d.vendor != "" {
		o.Traits = append(o.Traits, network.Trait{Key: network.TraitDHCPVendor, Value: discover.Clean(d.vendor, network.TraitMax)})
	}
	if o.Seen.Name != "" && d.how == network.HowDHCP {
		o.Traits = append(o.Traits, network.Trait{Key: network.TraitDHCPHost, Value: o.Seen.Name})
	}
	k := party{address: a}
	if d.how != network.HowDHCP {
		k.mac = mac
	}
	if at, known := p.place[k]; known {
		if o.AtMS >= p.Observations[at].AtMS {
			p.Observations[at] = o
		}
		return true, nil
	}
	if len(p.Observations) >= RowsMax {
		return false, fault.TooLarge("tables.error.rows", "Max", RowsMax)
	}
	p.place[k] = len(p.Observations)
	p.Observations = append(p.Observations, o)
	return true, nil
}

// nameMax is the length in bytes of a name (see network.Party).
const nameMax = 255

func (p *parser) unread(number int, text string) {
	if len(p.Unread) >= unreadMax {
		p.UnreadMore++
		return
	}
	p.Unread = append(p.Unread, Line{number, discover.Clean(text, 120)})
}

// oneHost leaves out addresses that stand for several devices, or for none.
func oneHost(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// ownMAC leaves out addresses of groups (IEEE 802, the lowest bit of the first byte) and
// the one that stands for "none".
func ownMAC(mac string) bool {
	return strings.Trim(mac, "0") != "" && strings.ContainsRune("02468ace", rune(mac[1]))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}
