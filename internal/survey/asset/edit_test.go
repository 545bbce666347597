package asset_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

func TestCreateRefuses(t *testing.T) {
	departmentOnly := asset.Scope{Places: []asset.Place{{FacilityID: facilityA, Department: "検査科"}}}
	tests := map[string]struct {
		scope asset.Scope
		set   asset.Values
		code  fault.Code
		place string
	}{
		"no kind":                {everything, asset.Values{asset.FieldName: "a"}, fault.CodeInvalid, "kind"},
		"no name":                {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "　"}, fault.CodeInvalid, "name"},
		"unknown kind":           {everything, asset.Values{asset.FieldKind: "toaster", asset.FieldName: "a"}, fault.CodeInvalid, "kind"},
		"trial without end":      {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldStatus: "trial"}, fault.CodeInvalid, "trial_ends_on"},
		"loan without end":       {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldStatus: "on_loan"}, fault.CodeInvalid, "loan_ends_on"},
		"VPN nobody patches":     {everything, asset.Values{asset.FieldKind: "vpn", asset.FieldName: "a"}, fault.CodeInvalid, "patch_owner"},
		"29 February":            {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldPurchasedOn: "2026-02-29"}, fault.CodeInvalid, "purchased_on"},
		"wrong MAC":              {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldMAC: "00:11:22"}, fault.CodeInvalid, "mac"},
		"negative memory":        {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldMemoryBytes: "-1"}, fault.CodeInvalid, "memory_bytes"},
		"somebody else's serial": {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldMaker: "EXAMPLE Electric", asset.FieldSerial: "ex59-204001"}, fault.CodeConflict, "serial"},
		"somebody else's MAC":    {everything, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldMAC: "F8-B1-56-00-00-01"}, fault.CodeConflict, "mac"},
		"other department":       {departmentOnly, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a", asset.FieldDepartment: "放射線科"}, fault.CodeForbidden, "department"},
		"no rights":              {asset.Scope{}, asset.Values{asset.FieldKind: "pc", asset.FieldName: "a"}, fault.CodeForbidden, "department"},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		observe(t, db, report(1, t0))
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				_, err := try(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
					_, _, err := asset.Create(ctx, tx, tt.scope, facilityA, tt.set, "sato", t0)
					return 0, err
				})
				if !fault.Is(err, tt.code) || fault.Of(err).Place != tt.place {
					t.Errorf("got %v, want %s at %s", err, tt.code, tt.place)
				}
			})
		}
	})
}

// A machine entered by hand is found by its agent later, and keeps what people said.
func TestAgentFindsWhatPeopleEntered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := create(t, db, facilityA, asset.Values{asset.FieldKind: "medical", asset.FieldName: "CT室端末", asset.FieldMaker: "Example Electric", asset.FieldSerial: "EX59-204001", asset.FieldRoom: "1階 CT室"})
		if got := observe(t, db, report(1, t0+1)); got.AssetID != a.ID || got.Created {
			t.Fatalf("got %+v, want %s", got, a.ID)
		}
		got := get(t, db, a.ID)
		if got.Kind != asset.KindMedical || got.Name != "CT室端末" || got.Values[asset.FieldOSName] == "" || got.Values[asset.FieldRoom] != "1階 CT室" {
			t.Errorf("row: %+v", got)
		}
	})
}

func TestEdit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := create(t, db, facilityA, asset.Values{asset.FieldKind: "server", asset.FieldName: "SV-1", asset.FieldPatchOwner: "情報室", asset.FieldDepartment: "検査科"})
		seen := observe(t, db, report(3, t0)).AssetID
		run := func(scope asset.Scope, id string, rev int64, set asset.Values) (asset.Asset, []asset.Change, error) {
			var changed []asset.Change
			got, err := try(t, db, func(ctx context.Context, tx *store.Tx) (got asset.Asset, err error) {
				got, changed, err = asset.Edit(ctx, tx, scope, id, rev, set, "sato", t0+5)
				return got, err
			})
			return got, changed, err
		}
		got, changed, err := run(everything, a.ID, a.Rev, asset.Values{asset.FieldRoom: "2階サーバ室", asset.FieldName: "SV-1"})
		want := []asset.Change{{AssetID: a.ID, Field: asset.FieldRoom, New: "2階サーバ室", Source: asset.SourceManual, By: "sato", AtMS: t0 + 5}}
		if diff := cmp.Diff(want, changed); err != nil || diff != "" || got.Rev != a.Rev+1 {
			t.Errorf("rev %d, %v (-want +got)\n%s", got.Rev, err, diff)
		}
		if diff := cmp.Diff(get(t, db, a.ID), got); diff != "" {
			t.Errorf("returned asset differs from the stored one\n%s", diff)
		}
		if _, changed, err := run(everything, a.ID, 0, asset.Values{asset.FieldRoom: "2階サーバ室"}); err != nil || len(changed) != 0 {
			t.Errorf("nothing new: %v, %v", changed, err)
		}
		// What the agent says and nobody changed is not pinned.
		if _, _, err := run(everything, seen, 0, asset.Values{asset.FieldOSName: "Windows 10 LTSC 2019", asset.FieldRoom: "外来"}); err != nil {
			t.Fatal(err)
		}
		next := report(3, t0+day)
		next.Groups[asset.SectionOS][asset.FieldOSName] = "Windows 11 24H2"
		observe(t, db, next)
		if v := get(t, db, seen).Values[asset.FieldOSName]; v != "Windows 11 24H2" {
			t.Errorf("OS stayed %q", v)
		}
		department := asset.Scope{Places: []asset.Place{{FacilityID: facilityA, Department: "検査科"}}}
		for name, tt := range map[string]struct {
			scope asset.Scope
			id    string
			rev   int64
			set   asset.Values
			code  fault.Code
		}{
			"changed meanwhile":    {everything, a.ID, a.Rev, asset.Values{asset.FieldRoom: "x"}, fault.CodeConflict},
			"outside the scope":    {asset.Scope{Places: []asset.Place{{FacilityID: facilityB}}}, a.ID, 0, asset.Values{asset.FieldRoom: "x"}, fault.CodeNotFound},
			"out of the scope":     {department, a.ID, 0, asset.Values{asset.FieldDepartment: "放射線科"}, fault.CodeForbidden},
			"nobody patches it":    {everything, a.ID, 0, asset.Values{asset.FieldPatchOwner: ""}, fault.CodeInvalid},
			"disposed without why": {everything, a.ID, 0, asset.Values{asset.FieldStatus: "disposed", asset.FieldDisposedOn: "2026-11-01"}, fault.CodeInvalid},
			"proof of another":     {everything, a.ID, 0, asset.Values{asset.FieldDisposalProof: store.NewID()}, fault.CodeInvalid},
			"no such asset":        {everything, store.NewID(), 0, asset.Values{asset.FieldRoom: "x"}, fault.CodeNotFound},
			"no ID":                {everything, "' OR 1=1", 0, asset.Values{asset.FieldRoom: "x"}, fault.CodeNotFound},
			"taken serial":         {everything, a.ID, 0, asset.Values{asset.FieldMaker: "Example Electric", asset.FieldSerial: "EX59-204003"}, fault.CodeConflict},
		} {
			if _, _, err := run(tt.scope, tt.id, tt.rev, tt.set); !fault.Is(err, tt.code) {
				t.Errorf("%s: got %v, want %s", name, err, tt.code)
			}
		}
		// A corrected serial frees the wrong one.
		for _, serial := range []string{"WRONG-1", "RIGHT-1"} {
			if _, _, err := run(everything, a.ID, 0, asset.Values{asset.FieldMaker: "Dell", asset.FieldSerial: serial}); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := run(everything, seen, 0, asset.Values{asset.FieldAssetTag: "PC-1"}); err != nil {
			t.Fatal(err)
		}
		b := create(t, db, facilityA, asset.Values{asset.FieldKind: "other", asset.FieldName: "b", asset.FieldMaker: "Dell", asset.FieldSerial: "WRONG-1"})
		if _, _, err := run(everything, b.ID, 0, asset.Values{asset.FieldAssetTag: "ｐｃ－１"}); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("the same sticker twice: %v", err)
		}
	})
}

func TestBulkEditIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var ids []string
		for i := range 5 {
			ids = append(ids, observe(t, db, report(i, t0)).AssetID)
		}
		run := func(ids []string, set asset.Values) ([]asset.Change, error) {
			return try(t, db, func(ctx context.Context, tx *store.Tx) ([]asset.Change, error) {
				return asset.BulkEdit(ctx, tx, everything, ids, set, "sato", t0+1)
			})
		}
		if _, err := run(append(ids, store.NewID()), asset.Values{asset.FieldRoom: "外来"}); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("got %v", err)
		}
		if n := list(t, db, asset.Filter{Scope: everything, Rooms: []string{"外来"}}, asset.Page{}).Total; n != 0 {
			t.Errorf("%d assets changed by a refused edit", n)
		}
		changed, err := run(append(ids, ids[0]), asset.Values{asset.FieldRoom: "外来", asset.FieldCustodian: "医事課"})
		if err != nil || len(changed) != 10 {
			t.Errorf("%d changes, %v", len(changed), err)
		}
		if _, err := run(make([]string, 1001), asset.Values{}); !fault.Is(err, fault.CodeTooLarge) {
			t.Errorf("1,001 assets: %v", err)
		}
	})
}

func TestAttachmentsAndDisposal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, report(1, t0)).AssetID
		body := []byte("%PDF-1.7 certificate")
		attach := func(name string, body []byte, scope asset.Scope) (asset.Attachment, error) {
			return try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Attachment, error) {
				return asset.Attach(ctx, tx, scope, id, name, bytes.NewReader(body), "sato", t0+1)
			})
		}
		file, err := attach(`C:\docs\証明書.pdf`, body, everything)
		if err != nil || file.Name != "証明書.pdf" || file.MediaType != "application/pdf" || file.SizeBytes != int64(len(body)) {
			t.Fatalf("attach: %+v, %v", file, err)
		}
		if _, err := attach("a.pdf", body, asset.Scope{Places: []asset.Place{{FacilityID: facilityB}}}); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("outside the scope: %v", err)
		}
		if _, err := attach("a.txt", []byte(strings.Repeat("a", asset.MaxAttachmentBytes+1)), everything); !fault.Is(err, fault.CodeTooLarge) {
			t.Errorf("26 MB: %v", err)
		}
		_, r, err := asset.OpenAttachment(t.Context(), db, everything, id, file.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
			t.Errorf("read back %q, %v", got, err)
		}
		if _, _, err := asset.OpenAttachment(t.Context(), db, asset.Scope{}, id, file.ID); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("download without rights: %v", err)
		}
		do(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
			_, _, err := asset.Retire(ctx, tx, everything, id, 0, asset.Disposal{On: "2026-11-20", ProofID: file.ID}, "sato", t0+2)
			return 0, err
		})
		if n := list(t, db, asset.Filter{Scope: everything}, asset.Page{}).Total; n != 0 {
			t.Errorf("%d assets listed after disposal", n)
		}
		detach := func() error {
			_, err := try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Attachment, error) {
				return asset.Detach(ctx, tx, everything, id, file.ID, "sato", t0+3)
			})
			return err
		}
		if err := detach(); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("taking the proof away: %v", err)
		}
		// A machine that was disposed of and reports again is news.
		if got := observe(t, db, report(1, t0+day)); got.Conflicts != 1 || get(t, db, id).Status != asset.StatusDisposed {
			t.Errorf("seen after disposal: %+v", got)
		}
		if _, err := edit(t, db, id, t0+2*day, asset.Values{asset.FieldStatus: "spare", asset.FieldDisposalProof: "", asset.FieldDisposedOn: ""}); err != nil {
			t.Fatal(err)
		}
		if err := detach(); err != nil {
			t.Errorf("detach: %v", err)
		}
		if left, err := asset.Attachments(t.Context(), db, id); err != nil || len(left) != 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	})
}

func TestSystemsViewsAndMoves(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		emr := create(t, db, facilityA, asset.Values{asset.FieldKind: "system", asset.FieldName: "電子カルテ", asset.FieldVendor: "架空メディカル"})
		pc := observe(t, db, report(1, t0)).AssetID
		add := func(system, device, role string, at int64) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return asset.AddMember(ctx, tx, everything, system, device, role, "sato", at)
			})
		}
		if err := add(emr.ID, pc, "端末", t0+1); err != nil {
			t.Fatal(err)
		}
		if err := add(emr.ID, pc, "サーバ", t0+10); err != nil {
			t.Fatal(err)
		}
		if err := add(pc, emr.ID, "", t0+11); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("a PC as system: %v", err)
		}
		for at, want := range map[int64]string{0: "サーバ", t0 + 5: "端末", t0: ""} {
			members, err := asset.MembersOf(t.Context(), db, everything, emr.ID, at)
			got := ""
			if len(members) == 1 {
				got = members[0].Role
			}
			if err != nil || got != want {
				t.Errorf("at %d: %v, %v", at, members, err)
			}
		}
		if n := list(t, db, asset.Filter{Scope: everything, SystemID: emr.ID}, asset.Page{}).Total; n != 1 {
			t.Errorf("%d members listed", n)
		}
		systems, err := asset.SystemsOf(t.Context(), db, everything, pc, 0)
		if err != nil || len(systems) != 1 || systems[0].Name != "電子カルテ" {
			t.Errorf("systems: %v, %v", systems, err)
		}
		view := do(t, db, func(ctx context.Context, tx *store.Tx) (asset.View, error) {
			return asset.SaveView(ctx, tx, asset.View{OwnerID: "u1", Name: "外来", Shared: true, Query: "kind=pc&sort=-last_seen&q=外来&junk=1", Columns: []asset.Field{asset.FieldName, asset.FieldRoom}}, t0)
		})
		if view.Query != "kind=pc&q=%E5%A4%96%E6%9D%A5&sort=-last_seen" {
			t.Errorf("query stored as %q", view.Query)
		}
		if views, err := asset.Views(t.Context(), db, "u2"); err != nil || len(views) != 1 || len(views[0].Columns) != 2 {
			t.Errorf("shared views: %v, %v", views, err)
		}
		err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return asset.DeleteView(ctx, tx, "u2", view.ID) })
		if !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("deleting another's view: %v", err)
		}
		move := func(scope asset.Scope) error {
			_, err := try(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
				_, _, err := asset.Move(ctx, tx, scope, pc, facilityB, "sato", t0+20)
				return 0, err
			})
			return err
		}
		if err := move(asset.Scope{Places: []asset.Place{{FacilityID: facilityA}}}); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("to a facility outside the scope: %v", err)
		}
		if err := move(everything); err != nil {
			t.Fatal(err)
		}
		if then, _, err := asset.AsOf(t.Context(), db, everything, pc, t0+15); err != nil || then.FacilityID != facilityA || get(t, db, pc).FacilityID != facilityB {
			t.Errorf("facility then %q, %v", then.FacilityID, err)
		}
		// The agent of a moved machine goes on reporting to the same asset.
		if got := observe(t, db, report(1, t0+day)); got.AssetID != pc || get(t, db, pc).FacilityID != facilityB {
			t.Errorf("after the move: %+v", got)
		}
	})
}

func TestFiguresAndRebuild(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		full := asset.Values{asset.FieldKind: "other", asset.FieldName: "完全", asset.FieldRoom: "外来", asset.FieldCustodian: "医事課"}
		create(t, db, facilityA, full)
		id := observe(t, db, report(1, t0)).AssetID
		f, err := asset.FiguresAsOf(t.Context(), db, everything, t0+1, 90)
		if err != nil {
			t.Fatal(err)
		}
		// The report gives kind, status, number, IP, MAC, OS and its version: 7 of 11.
		want := []asset.ClassFigure{{Kind: asset.KindPC, Assets: 1, Required: 11, Missing: 4, Incomplete: 1}, {Kind: asset.KindOther, Assets: 1, Required: 4, Stale: 1}}
		if diff := cmp.Diff(want, f.ByKind); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if c := f.ByKind[0].Completeness(); c < 0.63 || c > 0.64 {
			t.Errorf("completeness %v", c)
		}
		before := get(t, db, id)
		do(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
			_, err := tx.Exec(ctx, `UPDATE asset_asset SET missing = 99, search = '', facet_key = '', room = 'wrong'`)
			return 0, err
		})
		steps := 0
		for after := ""; ; steps++ {
			after = do(t, db, func(ctx context.Context, tx *store.Tx) (string, error) { return asset.Rebuild(ctx, tx, after, 1) })
			if after == "" {
				break
			}
		}
		if diff := cmp.Diff(before, get(t, db, id)); diff != "" || steps != 2 {
			t.Errorf("%d steps (-before +rebuilt)\n%s", steps, diff)
		}
		if n := list(t, db, asset.Filter{Scope: everything, Text: "emr-1"}, asset.Page{Facets: true}).Total; n != 1 {
			t.Errorf("%d found after rebuilding", n)
		}
	})
}
