package snmp

import (
	"context"
	"regexp"
	"strings"

	"sonae/internal/survey/network"
)

// CISCO-CDP-MIB, cdpCacheTable.
const cdpCache = ".1.3.6.1.4.1.9.9.23.1.2.1.1"

var cdpRoots = []string{cdpCache + ".6"}

// cdp reads neighbours that speak Cisco's protocol.
func (r *reader) cdp(ctx context.Context) error {
	if r.absent[cdpRoots[0]] {
		return nil
	}
	type row struct {
		index                         int
		id, port, platform, name, fix string
		native                        int
		address                       Value
	}
	rows := map[string]*row{}
	var order []*row
	columns := []string{"6", "4", "5", "7", "8", "11", "17"}
	err := r.columns(ctx, cdpCache, columns, func(column int, index []uint32, v Value) {
		if len(index) != 2 { // ifIndex, number
			return
		}
		key := oidText(index)
		n := rows[key]
		if n == nil {
			if len(order) >= neighboursMost {
				return
			}
			n = &row{index: int(index[0])}
			rows[key] = n
			order = append(order, n)
		}
		switch columns[column] {
		case "6":
			n.id = cdpID(v)
		case "4":
			n.address = v
		case "5":
			n.fix = v.Text()
		case "7":
			n.port = v.Name()
		case "8":
			n.platform = v.Name()
		case "11":
			n.native = v.Small()
		case "17":
			n.name = v.Name()
		}
	})
	for _, n := range order {
		seen := network.Party{Name: n.id}
		if mac := textMAC(n.id); mac != "" { // phones and small switches call themselves by address
			seen = network.Party{MAC: mac, Name: n.name}
		}
		if a, ok := n.address.Address(); ok {
			seen.Address = a
		}
		if !validVLAN(n.native) {
			n.native = 0
		}
		o := network.Observation{How: network.HowCDP, SeerPort: r.portName(n.index), Seen: seen, SeenPort: n.port, VLAN: n.native}
		o.Traits = addTrait(o.Traits, network.TraitCDPPlatform, n.platform)
		o.Traits = addTrait(o.Traits, network.TraitCDPVersion, n.fix)
		r.observe(o)
	}
	return err
}

// serialBehind is a serial number that some systems put behind their name: NX-OS does.
var serialBehind = regexp.MustCompile(`\([0-9A-Z]{8,}\)$`)

// cdpID reads a device ID: a name, or a hardware address as bytes.
func cdpID(v Value) string {
	if len(v.Bytes) == 6 && !printable(v.Bytes) {
		return v.MAC()
	}
	return strings.TrimSpace(serialBehind.ReplaceAllString(v.Name(), ""))
}
