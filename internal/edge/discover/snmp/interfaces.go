package snmp

import (
	"context"
	"strconv"
	"strings"

	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// IF-MIB (RFC 2863).
const (
	ifEntry  = ".1.3.6.1.2.1.2.2.1"
	ifXEntry = ".1.3.6.1.2.1.31.1.1.1"
)

var interfaceRoots = append(columnsOf(ifEntry, "1", "2", "3", "5", "6", "7", "8"), columnsOf(ifXEntry, "1", "15", "18")...)

// portsMost is how many interfaces of a device are read: a provider edge router with
// tens of thousands of subscriber sessions is not a map.
const portsMost = 20_000

// interfaces reads names, addresses, speed and state of the interfaces.
func (r *reader) interfaces(ctx context.Context) error {
	low := map[int]int64{}
	err := r.columns(ctx, ifEntry, []string{"2", "3", "5", "6", "7", "8"}, func(column int, index []uint32, v Value) {
		p := r.portAt(index)
		if p == nil {
			return
		}
		switch column {
		case 0:
			p.state.Text = v.Name()
		case 1:
			p.kind = v.Small()
			p.Kind = interfaceKind(p.kind)
		case 2:
			if n, ok := v.Int(); ok && n > 0 {
				low[int(index[0])] = n
			}
		case 3:
			p.MAC = v.MAC()
		case 4:
			p.state.Enabled = v.Small() == 1
		case 5:
			p.Up = v.Small() == 1
		}
	})
	names := r.columns(ctx, ifXEntry, []string{"1", "15", "18"}, func(column int, index []uint32, v Value) {
		p := r.portAt(index)
		if p == nil {
			return
		}
		switch column {
		case 0:
			p.Name = v.Name()
		case 1:
			if n := v.Small(); n > 0 {
				p.SpeedMbps = int64(n)
			}
		case 2:
			p.state.Alias = v.Name()
		}
	})
	r.nameInterfaces(low)
	if err == nil {
		err = names
	}
	return err
}

func (r *reader) portAt(index []uint32) *port {
	if len(index) != 1 {
		return nil
	}
	n := int(index[0])
	p := r.ports[n]
	if p == nil {
		if len(r.order) >= portsMost {
			return nil
		}
		p = &port{Interface: network.Interface{Source: string(asset.SourceSNMP)}}
		r.ports[n] = p
		r.order = append(r.order, n)
	}
	return p
}

// nameInterfaces gives every interface a name of its own: ifName, or ifDescr where the
// device has none, with the index behind it where two share one.
func (r *reader) nameInterfaces(low map[int]int64) {
	count := map[string]int{}
	for _, p := range r.ports {
		if p.Name == "" {
			p.Name = p.state.Text
		}
		count[p.Name]++
	}
	for index, p := range r.ports {
		switch {
		case p.Name == "":
			p.Name = strconv.Itoa(index)
		case count[p.Name] > 1:
			p.Name += " #" + strconv.Itoa(index)
		}
		// ifSpeed says 4,294,967,295 for "more than this", and 0 for "no speed".
		if n := low[index]; p.SpeedMbps == 0 && n > 0 && n < 1<<32-1 {
			p.SpeedMbps = n / 1_000_000
		}
		if p.Kind == "ethernet" && strings.HasPrefix(strings.ToLower(p.Name), "wlan") {
			p.Kind = "wifi"
		}
	}
}

// interfaceKind turns an ifType (IANAifType-MIB) into the word of network.Interface.
func interfaceKind(ifType int) string {
	switch ifType {
	case 0:
		return ""
	case 6, 7, 26, 62, 69, 117, 161: // ethernet and its old forms, link aggregation
		return "ethernet"
	case 71, 157, 188: // 802.11, propWirelessP2P, radioMAC
		return "wifi"
	case 24:
		return "loopback"
	case 53, 135, 136, 209: // propVirtual, layer 2 and 3 VLAN, bridge
		return "virtual"
	case 131, 150, 166: // tunnel, MPLS tunnel, MPLS
		return "tunnel"
	case 243, 244: // WWAN
		return "mobile"
	}
	return "other"
}
