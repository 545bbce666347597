package network

import (
	"context"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// NodeByKey finds a node by its own key or by any key under which it was seen: the key
// of a page that somebody has open may have grown since. ok is false when there is none.
func (g Graph) NodeByKey(key string) (n Node, ok bool) {
	for _, n := range g.Nodes {
		if n.Key == key {
			return n, true
		}
		if slices.Contains(n.Keys, key) {
			return n, true
		}
	}
	return Node{}, false
}

// Adopt enters a device that was seen on the network into the ledger, as what a person
// says it is. What was seen of it becomes facts of the source "passive"; the person's own
// words are entered afterwards, as with any other row. Errors: conflict when it is in the
// ledger already, invalid (kind).
func Adopt(ctx context.Context, tx *store.Tx, facilityID string, n Node, kind asset.Kind, by string, nowMS int64) (assetID string, err error) {
	if n.AssetID != "" {
		return "", fault.Conflict("network.error.listed")
	}
	if !slices.Contains(asset.Kinds, kind) {
		return "", fault.Invalid("form.error.choice").At("kind")
	}
	o := asset.Observation{
		FacilityID: facilityID, Source: asset.SourcePassive, AtMS: nowMS, AliveMS: n.LastMS, By: by, Kind: kind, Partial: true,
		Identity: asset.Identity{Maker: n.Maker, Model: n.Model, HostName: n.Name},
	}
	for _, m := range n.MACs {
		if mac, ok := asset.ParseMAC(m); ok {
			o.Identity.MACs = append(o.Identity.MACs, mac)
		}
	}
	if len(o.Identity.MACs) == 0 {
		o.DeviceID = n.Key
	}
	list := make([]Interface, 0, max(1, len(n.MACs)))
	for _, m := range o.Identity.MACs {
		list = append(list, Interface{Name: m, MAC: m, Kind: "ethernet", Up: true})
	}
	if len(list) == 0 {
		list = append(list, Interface{Name: n.Key, Kind: "other", Up: true})
	}
	// Which of several cards has which address was not seen: they stand at the first.
	list[0].Addresses = n.Addrs
	ip, mac := Primary(list)
	o.Groups = map[string]asset.Values{
		"interfaces":          {asset.FieldIP: ip, asset.FieldMAC: mac},
		asset.SectionOS:       {asset.FieldHostName: n.Name},
		asset.SectionHardware: {asset.FieldMaker: n.Maker, asset.FieldModel: n.Model},
	}
	res, err := asset.Observe(ctx, tx, o)
	if err != nil {
		return "", err
	}
	_, err = RecordInterfaces(ctx, tx, res.AssetID, string(asset.SourcePassive), nowMS, list)
	return res.AssetID, err
}
