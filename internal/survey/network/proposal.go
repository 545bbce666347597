package network

import (
	"context"
	"database/sql"
	_ "embed" // the table of remote tools
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// ProposalKind says why something may be a way in. Shown by "external.proposal." + word.
type ProposalKind string

// Kinds of proposals.
const (
	ProposeBox     ProposalKind = "box"     // a VPN device, or a device that faces the internet
	ProposeAddress ProposalKind = "address" // a device with a public address
	ProposeControl ProposalKind = "control" // remote-control program
	ProposeTunnel  ProposalKind = "tunnel"  // VPN client or overlay network
	// ProposeMaintenance are devices of which the ledger says that somebody maintains
	// them from afar, while no way of that vendor is registered.
	ProposeMaintenance ProposalKind = "maintenance"
)

// ProposalKinds is every kind in the order of lists.
var ProposalKinds = []ProposalKind{ProposeBox, ProposeAddress, ProposeMaintenance, ProposeControl, ProposeTunnel}

// Proposal is something that was seen and may be a way in that nobody registered.
type Proposal struct {
	Key        string // stable: kind and what it is about
	Kind       ProposalKind
	FacilityID string
	AssetID    string // box: the device; programs: the first machine
	Name       string // device or product
	Machines   int    // on how many machines
	Proof      string // address, name and version of the program, or the first device
	VendorID   string // of the vendor register, where the ledger names one
	// Devices are the IDs of the devices it is about, sorted; of programs only a machine
	// that is the only one.
	Devices []string
	FirstMS int64 // since when it is there
}

//go:embed remotetools.txt
var remoteToolTable string

// remoteTool is a line of the table.
type remoteTool struct{ kind, begins, product string }

var remoteTools = readRemoteTools()

func readRemoteTools() (out []remoteTool) {
	for line := range strings.Lines(remoteToolTable) {
		if p := strings.Split(strings.TrimSpace(line), "\t"); len(p) == 3 && !strings.HasPrefix(line, "#") {
			out = append(out, remoteTool{p[0], p[1], p[2]})
		}
	}
	return out
}

// Proposals lists what may be a way into a facility and is neither registered nor said to
// be none, by kind and name.
func Proposals(ctx context.Context, q store.Querier, facilityID string, nowMS int64) ([]Proposal, error) {
	settled, err := settledProposals(ctx, q, facilityID, nowMS)
	if err != nil {
		return nil, err
	}
	var out []Proposal
	for _, find := range []func(context.Context, store.Querier, string) ([]Proposal, error){proposeBoxes, proposeAddresses, proposeMaintenance, proposeTools} {
		list, err := find(ctx, q, facilityID)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if !p.settledBy(settled) {
				p.FacilityID = facilityID
				if p.Machines == 1 && p.Devices == nil {
					p.Devices = []string{p.AssetID}
				}
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// settledBy reports whether a person answered it or what it is about is registered.
func (p Proposal) settledBy(settled map[string]bool) bool {
	switch p.Kind {
	case ProposeBox, ProposeAddress:
		return settled[p.Key] || settled["asset:"+p.AssetID]
	case ProposeMaintenance:
		return settled[p.Key] || p.VendorID != "" && settled["vendor:"+p.VendorID] || settled["party:"+p.Name] || len(p.Devices) == 1 && settled["asset:"+p.AssetID]
	}
	return settled[p.Key]
}

// settledProposals are those a person answered, and the boxes and vendors that are
// registered.
func settledProposals(ctx context.Context, q store.Querier, facilityID string, nowMS int64) (map[string]bool, error) {
	out := map[string]bool{}
	keys, err := read(ctx, q, "answered proposals", `SELECT proposal_key FROM network_external_no WHERE facility_id = $1`, []any{facilityID}, func(rows *sql.Rows) (k string, err error) { return k, rows.Scan(&k) })
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		out[k] = true
	}
	list, err := Externals(ctx, q, []string{facilityID}, nowMS)
	for _, e := range list {
		out["asset:"+e.AssetID], out["vendor:"+e.VendorID], out["party:"+e.Party] = true, true, true
		// A registered way over a program settles that program.
		for _, t := range remoteTools {
			if strings.Contains(strings.ToLower(e.Protocol+" "+e.Name), strings.ToLower(t.product)) {
				out[toolKey(t)] = true
			}
		}
	}
	return out, err
}

func proposeBoxes(ctx context.Context, q store.Querier, facilityID string) ([]Proposal, error) {
	const query = `SELECT id, label, maker, model, firmware_version, created_ms, vendor FROM asset_asset
		WHERE facility_id = $1 AND status <> 'disposed' AND (kind = 'vpn' OR internet_facing = 'yes') AND kind NOT IN ('system', 'cloud') ORDER BY label_key, id`
	return read(ctx, q, "boxes at the edge", query, []any{facilityID}, func(rows *sql.Rows) (Proposal, error) {
		p := Proposal{Kind: ProposeBox, Machines: 1}
		var maker, model, firmware, vendor string
		err := rows.Scan(&p.AssetID, &p.Name, &maker, &model, &firmware, &p.FirstMS, &vendor)
		if store.ValidID(vendor) {
			p.VendorID = vendor
		}
		p.Key, p.Proof = "box:"+p.AssetID, strings.Join(strings.Fields(maker+" "+model+" "+firmware), " ")
		return p, err
	})
}

// proposeAddresses finds devices with an address that the internet routes.
func proposeAddresses(ctx context.Context, q store.Querier, facilityID string) ([]Proposal, error) {
	const query = `SELECT d.asset_id, a.label, d.address, d.first_ms FROM network_address d JOIN asset_asset a ON a.id = d.asset_id
		WHERE a.facility_id = $1 AND d.gone_ms IS NULL AND a.status <> 'disposed' AND a.kind <> 'vpn' AND a.internet_facing <> 'yes' ORDER BY a.label_key, d.asset_id, d.address_key`
	all, err := read(ctx, q, "public addresses", query, []any{facilityID}, func(rows *sql.Rows) (p Proposal, err error) {
		err = rows.Scan(&p.AssetID, &p.Name, &p.Proof, &p.FirstMS)
		p.Kind, p.Machines, p.Key = ProposeAddress, 1, "address:"+p.AssetID
		return p, err
	})
	var out []Proposal
	for _, p := range all {
		if publicAddress(p.Proof) && !slices.ContainsFunc(out, func(o Proposal) bool { return o.AssetID == p.AssetID }) {
			out = append(out, p)
		}
	}
	return out, err
}

// notPublic are ranges beside the private ones that the internet does not route.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"),   // RFC 6598, carriers' NAT
	netip.MustParsePrefix("192.0.2.0/24"),    // RFC 5737, documentation
	netip.MustParsePrefix("198.51.100.0/24"), // RFC 5737
	netip.MustParsePrefix("203.0.113.0/24"),  // RFC 5737
	netip.MustParsePrefix("198.18.0.0/15"),   // RFC 2544, measurements
	netip.MustParsePrefix("2001:db8::/32"),   // RFC 3849, documentation
}

// publicAddress reports whether an IPv4 address is one that the internet routes. Global
// IPv6 addresses are usual inside, behind the provider's router, and prove nothing.
func publicAddress(text string) bool {
	a := addressOf(text)
	if !a.Is4() || !oneHost(a) || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

func toolKey(t remoteTool) string { return t.kind + ":" + t.product }

// toolTitle is a line of the software lists that is a program of the table.
type toolTitle struct {
	no    int64
	proof string // name and version
	tool  remoteTool
}

// proposeTools finds programs of the table in the software lists.
func proposeTools(ctx context.Context, q store.Querier, facilityID string) ([]Proposal, error) {
	titles, err := toolTitles(ctx, q)
	if err != nil || len(titles) == 0 {
		return nil, err
	}
	by, order, machines := map[string]*Proposal{}, []string{}, map[string]map[string]bool{}
	numbers := sortedKeys(titles)
	for part := range slices.Chunk(numbers, 400) {
		found, err := installsOf(ctx, q, facilityID, part)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			t := titles[f.no]
			k := toolKey(t.tool)
			p := by[k]
			if p == nil {
				p = &Proposal{Key: k, Name: t.tool.product, Kind: ProposalKind(t.tool.kind), FirstMS: f.first + 1}
				by[k], machines[k] = p, map[string]bool{}
				order = append(order, k)
			}
			if f.first < p.FirstMS || f.first == p.FirstMS && f.asset < p.AssetID { // the first machine stands for all
				p.AssetID, p.FirstMS, p.Proof = f.asset, f.first, t.proof
			}
			machines[k][f.asset] = true
			p.Machines = len(machines[k])
		}
	}
	slices.SortFunc(order, func(a, b string) int { return slices.Compare([]string{by[a].Name, a}, []string{by[b].Name, b}) })
	out := make([]Proposal, 0, len(order))
	for _, k := range order {
		out = append(out, *by[k])
	}
	return out, nil
}

// toolTitles reads the titles once and finds those of the table: a query a line of the
// table would read them sixty times.
func toolTitles(ctx context.Context, q store.Querier) (map[int64]toolTitle, error) {
	out := map[int64]toolTitle{}
	_, err := read(ctx, q, "programs", `SELECT no, name, version, name_key FROM software_title`, nil, func(rows *sql.Rows) (none struct{}, err error) {
		var t toolTitle
		var name, version, key string
		err = rows.Scan(&t.no, &name, &version, &key)
		if at := slices.IndexFunc(remoteTools, func(r remoteTool) bool { return strings.HasPrefix(key, r.begins) }); at >= 0 {
			t.tool, t.proof = remoteTools[at], strings.TrimSpace(name+" "+version)
			out[t.no] = t
		}
		return none, err
	})
	return out, err
}

// toolInstall is a program on a machine.
type toolInstall struct {
	no    int64
	asset string
	first int64
}

// installsOf finds machines of a facility that have one of the titles: in the index by
// title, and on machines whose rows do not stand in it yet.
func installsOf(ctx context.Context, q store.Querier, facilityID string, titles []int64) ([]toolInstall, error) {
	args := []any{facilityID}
	named := store.In("i.title_no", titles, &args)
	const from = `SELECT i.title_no, i.asset_id, i.first_ms FROM software_install i JOIN asset_asset a ON a.id = i.asset_id`
	const where = ` WHERE a.facility_id = $1 AND a.status <> 'disposed' AND i.gone_ms IS NULL AND `
	query := from + where + `i.settled AND ` + named + ` UNION ALL ` +
		from + ` JOIN software_unsettled u ON u.asset_id = i.asset_id` + where + `NOT i.settled AND ` + named
	return read(ctx, q, "machines with programs", query, args, func(rows *sql.Rows) (t toolInstall, err error) {
		return t, rows.Scan(&t.no, &t.asset, &t.first)
	})
}

// RefuseProposal keeps that a proposal is no way in, and why. Errors: invalid (reason:
// 1–200 characters).
func RefuseProposal(ctx context.Context, tx *store.Tx, facilityID, key, reason, by string, nowMS int64) error {
	reason = strings.TrimSpace(reason)
	if reason == "" || !fits(reason, 200) {
		return fault.Invalid("external.error.reason").At("reason")
	}
	_, err := tx.Exec(ctx, `INSERT INTO network_external_no (facility_id, proposal_key, reason, by_name, at_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (facility_id, proposal_key) DO UPDATE SET reason = excluded.reason, by_name = excluded.by_name, at_ms = excluded.at_ms`, facilityID, key, reason, by, nowMS)
	if err != nil {
		return fmt.Errorf("answer proposal %s: %w", key, err)
	}
	return nil
}
