package network_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

// caterer is a whole way in.
func caterer() network.External {
	return network.External{FacilityID: facility, Name: "給食の回線", Party: "架空給食", PartyKind: network.PartyCaterer, Line: network.LineMobile, Protocol: "IPsec", Authentication: network.AuthShared,
		SecondFactor: network.No, SourceLimit: network.Unknown, Opening: network.OpenAlways, PatchOwner: "架空給食", By: "佐藤"}
}

func TestExternals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var e network.External
		do := func(fn func(ctx context.Context, tx *store.Tx) error) error { return db.Tx(t.Context(), fn) }
		create := func(e network.External) (made network.External, err error) {
			err = do(func(ctx context.Context, tx *store.Tx) error {
				made, err = network.CreateExternal(ctx, tx, e, 1000)
				return err
			})
			return made, err
		}
		for place, spoil := range map[string]func(*network.External){
			"patch_owner": func(e *network.External) { e.PatchOwner = " " }, "name": func(e *network.External) { e.Name = "" }, "party": func(e *network.External) { e.Party = strings.Repeat("長", 101) },
			"party_kind": func(e *network.External) { e.PartyKind = "friend" }, "line": func(e *network.External) { e.Line = "" }, "opening": func(e *network.External) { e.Opening = "x" },
			"reviewed_on": func(e *network.External) { e.ReviewedOn = "yesterday" }, "asset_id": func(e *network.External) { e.AssetID = "../x" }, "second_factor": func(e *network.External) { e.SecondFactor = "maybe" },
		} {
			bad := caterer()
			spoil(&bad)
			if _, err := create(bad); !fault.Is(err, fault.CodeInvalid) || !strings.Contains(err.Error(), "at "+place) {
				t.Errorf("%s: %v", place, err)
			}
		}
		e, err := create(caterer())
		if err != nil {
			t.Fatal(err)
		}
		was := e
		update := func(e network.External, at int64) error {
			return do(func(ctx context.Context, tx *store.Tx) error {
				_, err := network.UpdateExternal(ctx, tx, e, at)
				return err
			})
		}
		e.PatchOwner, e.SecondFactor = "情報システム係", network.Yes
		if err := update(e, 2000); err != nil {
			t.Fatal(err)
		}
		if err := update(was, 2500); !fault.Is(err, fault.CodeConflict) {
			t.Error("change of an old state:", err)
		}
		other := e
		other.FacilityID, other.Revision = "0192f0c1-2b3c-7d4e-8f5a-000000000002", 2
		if err := update(other, 2500); !fault.Is(err, fault.CodeNotFound) {
			t.Error("change from another facility:", err)
		}
		if err := do(func(ctx context.Context, tx *store.Tx) error {
			return network.EndExternal(ctx, tx, facility, e.ID, 2, 3000)
		}); err != nil {
			t.Fatal(err)
		}
		owners := func(at int64) (out []string) {
			list, err := network.Externals(t.Context(), db, []string{facility}, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				out = append(out, e.PatchOwner)
			}
			return out
		}
		if diff := cmp.Diff([][]string{nil, {"架空給食"}, {"情報システム係"}, nil}, [][]string{owners(999), owners(1000), owners(2999), owners(3000)}); diff != "" {
			t.Error(diff)
		}
		if list, err := network.ExternalHistory(t.Context(), db, e.ID); err != nil || len(list) != 2 || list[0].Revision != 2 || list[1].UntilMS != 2000 {
			t.Error(list, err)
		}
		if _, err := network.ExternalByID(t.Context(), db, e.ID); !fault.Is(err, fault.CodeNotFound) {
			t.Error("an ended way:", err)
		}
	})
}

func TestGapsOfAWayIn(t *testing.T) {
	e := caterer()
	if diff := cmp.Diff([]string{"second_factor", "source_limit", "shared", "log", "box", "review"}, e.Gaps("2026-11-27")); diff != "" {
		t.Error(diff)
	}
	e.PartyKind, e.AssetID, e.LogTo, e.ReviewedOn, e.SourceLimit, e.Authentication = network.PartyVendor, store.NewID(), "syslog", "2026-01-15", network.Yes, network.AuthCertificate
	if diff := cmp.Diff([]string{"always"}, e.Gaps("2026-11-27")); diff != "" {
		t.Error(diff)
	}
	if got := e.Gaps("2027-01-16"); !cmp.Equal(got, []string{"always", "review"}) {
		t.Error("a year later:", got)
	}
}

func TestProposals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var box, pc string
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			a, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, facility, asset.Values{asset.FieldKind: "vpn", asset.FieldName: "FW-VPN-01", asset.FieldMaker: "架空", asset.FieldModel: "VPN-60", asset.FieldPatchOwner: "情報システム係"}, "佐藤", 10)
			box = a.ID
			return err
		})
		for i := range 3 {
			id := machine(t, db, facility, fmt.Sprint("pc", i))
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, _, err := software.RecordInstalls(ctx, tx, software.NewKnown(), id, "agent", int64(100+i), []software.Program{{Kind: "msi", Name: "TeamViewer 15", Version: "15.1"}, {Kind: "msi", Name: "ＡｎｙＤｅｓｋ", Version: "9"}, {Kind: "msi", Name: "Mail TeamViewer notes"}}[:3-i])
				return err
			})
			pc = id
		}
		for i, name := range []string{"CT-01", "MR-01", "CR-01"} {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, facility, asset.Values{asset.FieldKind: "medical", asset.FieldName: name, asset.FieldRemoteMaintenance: "yes", asset.FieldVendor: []string{"架空医療機器", "架空医療機器", ""}[i]}, "佐藤", 10)
				return err
			})
		}
		interfaces(t, db, pc, 200, network.Interface{Name: "eth0", Kind: "ethernet", Up: true, Addresses: []string{"8.8.4.4/29", "10.0.0.1/8", "192.0.2.7/24", "2001:4860::1/64"}})
		got := func() (out []string) {
			list, err := network.Proposals(t.Context(), db, facility, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range list {
				out = append(out, fmt.Sprintf("%s %s %d %s", p.Kind, p.Name, p.Machines, p.Proof))
			}
			return out
		}
		want := []string{"box FW-VPN-01 1 架空 VPN-60", "address  1 8.8.4.4", "maintenance CR-01 1 CR-01", "maintenance 架空医療機器 2 CT-01", "control AnyDesk 2 ＡｎｙＤｅｓｋ 9", "control TeamViewer 3 TeamViewer 15 15.1"}
		if diff := cmp.Diff(want, got()); diff != "" {
			t.Fatal(diff)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			e := caterer()
			e.AssetID, e.Protocol = box, "SSL-VPN"
			if _, err := network.CreateExternal(ctx, tx, e, 500); err != nil {
				return err
			}
			e.AssetID, e.Line, e.Protocol, e.Party = "", network.LineAgent, "TeamViewer", "架空医療機器"
			if _, err := network.CreateExternal(ctx, tx, e, 500); err != nil {
				return err
			}
			return network.RefuseProposal(ctx, tx, facility, "control:AnyDesk", "院内だけで使う", "佐藤", 600)
		})
		if diff := cmp.Diff([]string{"address  1 8.8.4.4", "maintenance CR-01 1 CR-01"}, got()); diff != "" {
			t.Error(diff)
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return network.RefuseProposal(ctx, tx, facility, "x", " ", "佐藤", 1)
		})
		if !fault.Is(err, fault.CodeInvalid) {
			t.Error("without a reason:", err)
		}
	})
}
