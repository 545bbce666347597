package discover

import (
	"net/netip"
	"time"

	"sonae/internal/survey/network"
)

// ObservationJSON is an observation as `sonae discover --json` prints it.
type ObservationJSON struct {
	At       string      `json:"at"` // RFC 3339, UTC
	How      network.How `json:"how"`
	VLAN     int         `json:"vlan,omitempty"`
	Seer     *PartyJSON  `json:"seer,omitempty"`
	SeerPort string      `json:"seer_port,omitempty"`
	Seen     PartyJSON   `json:"seen"`
	SeenPort string      `json:"seen_port,omitempty"`
	Traits   []TraitJSON `json:"traits,omitempty"`
}

// PartyJSON is one end of an observation.
type PartyJSON struct {
	ChassisID string `json:"chassis_id,omitempty"`
	MAC       string `json:"mac,omitempty"` // 00:11:22:33:44:55
	Address   string `json:"address,omitempty"`
	Name      string `json:"name,omitempty"`
	EngineID  string `json:"engine_id,omitempty"` // of SNMP
}

// TraitJSON is one thing that a device showed.
type TraitJSON struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// DeviceJSON is a device as `sonae discover --json` prints it.
type DeviceJSON struct {
	Key       string        `json:"key"`
	Addresses []string      `json:"addresses"`
	MACs      []string      `json:"macs"`
	Names     []string      `json:"names"`
	Chassis   []string      `json:"chassis_ids,omitempty"`
	VLANs     []int         `json:"vlans,omitempty"`
	How       []network.How `json:"how"`
	FirstSeen string        `json:"first_seen"`
	LastSeen  string        `json:"last_seen"`
	Traits    []TraitJSON   `json:"traits,omitempty"`
}

// JSON gives the form that is printed.
func (d Device) JSON() DeviceJSON {
	out := DeviceJSON{Key: d.Key, Addresses: []string{}, MACs: []string{}, Names: append([]string{}, d.Names...), Chassis: d.Chassis, VLANs: d.VLANs, How: d.How,
		FirstSeen: stamp(d.FirstMS), LastSeen: stamp(d.LastMS), Traits: TraitsOf(d.Traits)}
	for _, a := range d.Addrs {
		out.Addresses = append(out.Addresses, a.String())
	}
	for _, m := range d.MACs {
		out.MACs = append(out.MACs, MACText(m))
	}
	return out
}

// JSONOf gives the form of an observation that is printed.
func JSONOf(o network.Observation) ObservationJSON {
	out := ObservationJSON{At: stamp(o.AtMS), How: o.How, VLAN: o.VLAN, SeerPort: o.SeerPort, Seen: PartyOf(o.Seen), SeenPort: o.SeenPort, Traits: TraitsOf(o.Traits)}
	if !o.Seer.Empty() {
		seer := PartyOf(o.Seer)
		out.Seer = &seer
	}
	return out
}

// PartyOf gives the form of a party that is printed.
func PartyOf(p network.Party) PartyJSON {
	out := PartyJSON{ChassisID: p.ChassisID, MAC: MACText(p.MAC), Name: p.Name, EngineID: p.EngineID}
	if p.Address != (netip.Addr{}) {
		out.Address = p.Address.String()
	}
	return out
}

// TraitsOf gives the form of traits that is printed; nil when there are none.
func TraitsOf(list []network.Trait) []TraitJSON {
	var out []TraitJSON
	for _, t := range list {
		out = append(out, TraitJSON(t))
	}
	return out
}

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// MACText writes a hardware address of MACKey form with colons.
func MACText(mac string) string {
	if len(mac) != 12 {
		return mac
	}
	b := make([]byte, 0, 17)
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, mac[i], mac[i+1])
	}
	return string(b)
}
