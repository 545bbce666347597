package network

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"

	"sonae/internal/platform/store"
)

// SegmentProposal is an address range or a VLAN that was seen and that no segment says
// anything about. A person decides whether it becomes one.
type SegmentProposal struct {
	Key      string   // "range:192.0.2.0/24" or "vlan:10"
	CIDR     string   // empty: of this VLAN nobody told the addresses
	VLAN     int64    // 0 = not told
	Name     string   // of the VLAN, as switches call it; empty = none does
	Machines int      // devices of the ledger that say that they are in the range; of a VLAN those that carry it
	Sources  []string // words of asset.Source that told of it, sorted
}

// seenAddress is an address of an interface with how long its network part is.
type seenAddress struct {
	asset, source, port, kind string
	prefix                    netip.Prefix
}

// SegmentProposals lists what may be a segment: ranges that devices of the facility say
// their addresses are in, those with most devices first, then VLANs of switches of which
// no addresses are known. Errors: of the database.
func SegmentProposals(ctx context.Context, q store.Querier, facilityID string) ([]SegmentProposal, error) {
	segments, err := Segments(ctx, q, facilityID, 0)
	if err != nil {
		return nil, err
	}
	seen, err := seenAddresses(ctx, q, facilityID)
	if err != nil {
		return nil, err
	}
	vlans, err := seenVLANs(ctx, q, facilityID)
	if err != nil {
		return nil, err
	}
	return proposeSegments(segments, seen, vlans), nil
}

func seenAddresses(ctx context.Context, q store.Querier, facilityID string) ([]seenAddress, error) {
	const query = `SELECT d.asset_id, d.source, d.interface, coalesce(n.kind, ''), d.address, d.prefix_len FROM network_address d JOIN asset_asset a ON a.id = d.asset_id
		LEFT JOIN network_interface n ON n.asset_id = d.asset_id AND n.source = d.source AND n.name = d.interface AND n.gone_ms IS NULL
		WHERE a.facility_id = $1 AND a.status <> 'disposed' AND d.gone_ms IS NULL`
	return read(ctx, q, "address ranges", query, []any{facilityID}, func(rows *sql.Rows) (s seenAddress, err error) {
		var address string
		var bits int
		err = rows.Scan(&s.asset, &s.source, &s.port, &s.kind, &address, &bits)
		if a, parseErr := netip.ParseAddr(address); parseErr == nil {
			s.prefix = netip.PrefixFrom(a, bits)
		}
		return s, err
	})
}

// seenVLAN is a VLAN that a switch carries.
type seenVLAN struct {
	asset, source, name string
	number              int64
}

func seenVLANs(ctx context.Context, q store.Querier, facilityID string) ([]seenVLAN, error) {
	const query = `SELECT v.asset_id, v.source, v.name, v.number FROM network_vlan v JOIN asset_asset a ON a.id = v.asset_id
		WHERE a.facility_id = $1 AND a.status <> 'disposed' AND v.gone_ms IS NULL ORDER BY v.number, v.name`
	return read(ctx, q, "VLANs", query, []any{facilityID}, func(rows *sql.Rows) (v seenVLAN, err error) {
		return v, rows.Scan(&v.asset, &v.source, &v.name, &v.number)
	})
}

// draft is a proposal while it is put together.
type draft struct {
	SegmentProposal
	assets, sources map[string]bool
	real            bool // an interface of hardware has an address in it
}

func (d *draft) add(asset, source string) {
	d.assets[asset], d.sources[source] = true, true
}

func (d *draft) done() SegmentProposal {
	d.Machines, d.Sources = len(d.assets), slices.Sorted(maps.Keys(d.sources))
	return d.SegmentProposal
}

func newDraft(p SegmentProposal) *draft {
	return &draft{SegmentProposal: p, assets: map[string]bool{}, sources: map[string]bool{}}
}

func proposeSegments(segments []Segment, seen []seenAddress, vlans []seenVLAN) []SegmentProposal {
	names, said := map[int64]string{}, map[int64]bool{}
	for _, v := range vlans {
		names[v.number] = cmp.Or(names[v.number], v.name)
	}
	for _, s := range segments {
		said[s.VLAN] = true
	}
	var out []SegmentProposal
	for _, d := range proposeRanges(NewPlan(segments), seen) {
		d.Name, said[d.VLAN] = names[d.VLAN], true
		out = append(out, d.done())
	}
	slices.SortFunc(out, func(a, b SegmentProposal) int {
		return cmp.Or(cmp.Compare(b.Machines, a.Machines), cmp.Compare(a.Key, b.Key))
	})
	byNumber := map[int64]*draft{}
	for _, v := range vlans {
		if said[v.number] || factoryVLAN(v.number) {
			continue
		}
		if byNumber[v.number] == nil {
			byNumber[v.number] = newDraft(SegmentProposal{Key: "vlan:" + strconv.FormatInt(v.number, 10), VLAN: v.number, Name: names[v.number]})
		}
		byNumber[v.number].add(v.asset, v.source)
	}
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		out = append(out, byNumber[n].done())
	}
	return out
}

// factoryVLAN tells the VLANs that switches have without anybody having made them: 1 is
// the default of IEEE 802.1Q (table 9-2), 1002 to 1005 stand on every Cisco switch for
// FDDI and token ring.
func factoryVLAN(n int64) bool { return n == 1 || n >= 1002 && n <= 1005 }

// proposeRanges groups the addresses that are in no segment by the range that their
// devices say. Ranges that only programs on one machine know (bridges of containers,
// tunnels) are none of the house.
func proposeRanges(plan *Plan, seen []seenAddress) []*draft {
	by := map[netip.Prefix]*draft{}
	for _, s := range seen {
		a := s.prefix.Addr()
		if !s.prefix.IsValid() || s.prefix.Bits() == 0 || s.prefix.Bits() >= a.BitLen()-1 || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || s.kind == "loopback" || s.kind == "tunnel" {
			continue
		}
		if _, known := plan.At(a.String()); known {
			continue
		}
		p := s.prefix.Masked()
		if by[p] == nil {
			by[p] = newDraft(SegmentProposal{Key: "range:" + p.String(), CIDR: p.String()})
		}
		vlan := vlanOf(s.port)
		by[p].add(s.asset, s.source)
		by[p].real = by[p].real || s.kind != "virtual" || vlan != 0
		by[p].VLAN = cmp.Or(by[p].VLAN, vlan)
	}
	var out []*draft
	for _, d := range by {
		if d.real {
			out = append(out, d)
		}
	}
	return out
}

// vlanPort are the names that makers give to the interface of a VLAN: Vlan10 and Vl10
// (Cisco), vlan.10 and irb.10 (Juniper), Vlanif10 (Huawei), Vlan-interface10 (HPE), ve 10
// (Brocade), eth0.10 (Linux).
var vlanPort = regexp.MustCompile(`(?i)^(?:vlan(?:if|-interface)?[ ._-]?|vl|irb\.|ve ?|[a-z]+[0-9/]+\.)0*([0-9]{1,4})$`)

// vlanOf is the VLAN that the name of an interface tells; 0 = none.
func vlanOf(port string) int64 {
	m := vlanPort.FindStringSubmatch(port)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n < 1 || n > 4094 {
		return 0
	}
	return n
}
