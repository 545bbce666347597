package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/organisation"
	"sonae/internal/treat/vendor"
)

// TestOtherFacility: things of a facility that somebody has no rights in are not
// shown, listed or changed, whatever the route; the answer is that of a thing that
// does not exist, and the try is in the audit log (peers' class S5).
func TestOtherFacility(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ours, theirs := w.facility("架空本院"), w.facility("よその病院")
		for _, role := range []identity.Role{identity.Administrator, identity.Manager, identity.Operator} {
			w.user("our-"+string(role), identity.Grant{Role: role, FacilityID: ours})
		}
		ids := w.foreign(theirs)
		for _, role := range []identity.Role{identity.Administrator, identity.Manager, identity.Operator} {
			b := w.as("our-" + string(role))
			for path, id := range ids {
				for _, r := range routes() {
					method, pattern, _ := strings.Cut(r.pattern, " ")
					if r.action == public || r.action == signedIn || !strings.HasPrefix(pattern, path+"/{id}") || !identity.Allowed(role, r.action) {
						continue
					}
					target := strings.Replace(pattern, "{id}", id, 1)
					got := b.do(method, target, map[string][]string{"name": {"x"}, "until_on": {"2026-11-24"}, "revision": {"1"}, "facility_id": {ours}})
					if got.status != http.StatusNotFound {
						t.Errorf("%s, %s %s: %d, want 404\n%s", role, method, target, got.status, main(got.body))
					}
				}
			}
			for _, path := range []string{"/organisation", "/organisation/staff", "/organisation/records", "/vendors", "/devices", "/users", "/tokens", "/facilities", "/audit", "/"} {
				if a := b.get(path); strings.Contains(a.body, "よその") {
					t.Errorf("%s: %s names a thing of another facility\n%s", role, path, main(a.body))
				}
			}
			// Putting something new there, or looking at it, is no way round.
			b.want(b.post("/facility", "facility", theirs), http.StatusNotFound)
			for _, path := range []string{"/organisation/staff", "/organisation/records", "/organisation/appointments", "/devices/tokens", "/tokens", "/users"} {
				a := b.post(path, "facility_id", theirs, "facility", theirs, "name", "x", "note", "x", "uses", "1", "expires", "30", "title", "x", "kind", "other",
					"held_on", "2026-11-01", "role", "auditor", "staff_id", "x", "appointed_by", "x", "appointed_on", "2026-11-01", "login", "x")
				if a.status == http.StatusOK || a.status == http.StatusSeeOther {
					t.Errorf("%s: POST %s for another facility: %d\n%s", role, path, a.status, main(a.body))
				}
			}
		}
		if w.entries("organisation.read.refused") == 0 || w.entries("vendor.read.refused") == 0 {
			t.Error("refusals are not in the audit log")
		}
		w.unchanged(theirs, ids)
		w.verified()
	})
}

// foreign makes one thing of each kind in a facility; keys are the paths of pages.
func (w *world) foreign(facility string) map[string]string {
	w.t.Helper()
	ids := map[string]string{"/facilities": facility, "/users": w.user("yoso", identity.Grant{Role: identity.Auditor, FacilityID: facility}).ID}
	now := store.MS(w.clock())
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		p, err := organisation.CreateStaff(ctx, tx, organisation.Staff{FacilityID: facility, Name: "よその職員"}, now)
		if err != nil {
			return err
		}
		ids["/organisation/staff"] = p.ID
		a, err := organisation.Appoint(ctx, tx, organisation.Appointment{FacilityID: facility, Role: organisation.RolePlanner, StaffID: p.ID, AppointedBy: "院長", AppointedOn: "2026-04-01"}, now)
		if err != nil {
			return err
		}
		ids["/organisation/appointments"] = a.ID
		r, err := organisation.AddRecord(ctx, tx, organisation.Record{FacilityID: facility, Kind: organisation.KindDrill, Title: "よその訓練", HeldBy: "係", HeldOn: "2026-05-01", CreatedBy: "x"}, now)
		if err != nil {
			return err
		}
		ids["/organisation/records"] = r.ID
		v, err := vendor.Create(ctx, tx, vendor.Vendor{Name: "架空保守", Kind: vendor.KindMaintenance}, now)
		if err != nil {
			return err
		}
		c, err := vendor.CreateContract(ctx, tx, vendor.Contract{VendorID: v.ID, FacilityID: facility, Title: "よその契約", Kind: vendor.ContractMaintenance, StartsOn: "2026-01-01", EndsOn: "2026-12-31", PatchOwner: vendor.PatchVendor, Remote: vendor.RemoteNo}, now)
		if err != nil {
			return err
		}
		ids["/contracts"] = c.ID
		_, tok, err := w.reg.CreateToken(ctx, tx, identity.System("test"), identity.NewToken{Name: "よそのトークン", Grant: identity.Grant{Role: identity.Auditor, FacilityID: facility}})
		if err != nil {
			return err
		}
		ids["/tokens"] = tok.ID
		secret, enrol, err := w.reg.CreateEnrollToken(ctx, tx, identity.System("test"), identity.EnrollToken{FacilityID: facility, Note: "よその番号", MaxUses: 5, ExpiresMS: now + 1_000_000})
		if err != nil {
			return err
		}
		ids["/devices/tokens"] = enrol.ID
		_, entry, err := w.reg.OpenEntry(ctx, tx, identity.System("test"), identity.Entry{Protocol: identity.ProtocolOCS, FacilityID: facility, Note: "よその受け口"})
		if err != nil {
			return err
		}
		ids["/devices/entries"] = entry.ID
		_, kit, err := w.reg.CreateKit(ctx, tx, identity.System("test"), identity.Kit{FacilityID: facility, Name: "よそのキット", ExpiresMS: now + 1_000_000})
		if err != nil {
			return err
		}
		ids["/devices/kits"] = kit.ID
		d, err := w.reg.Enroll(ctx, tx, identity.Enrolling{Secret: secret, PublicKey: []byte(strings.Repeat("q", 32)), Name: "よそのPC"})
		if err != nil {
			return err
		}
		ids["/devices"] = d.ID
		m, err := intake.Create(ctx, tx, intake.Upload{FacilityID: facility, FileName: "よその台帳.csv", Body: []byte("資産番号,名称\nB-1,x\n")}, now)
		ids["/imports"] = m.ID
		return err
	})
	return ids
}

// unchanged checks that nothing of the facility was touched.
func (w *world) unchanged(facility string, ids map[string]string) {
	w.t.Helper()
	ctx := w.t.Context()
	f, err := w.reg.FacilityByID(ctx, w.db, facility)
	if err != nil || f.Name != "よその病院" {
		w.t.Errorf("facility: %v %v", f, err)
	}
	u, err := w.reg.UserByID(ctx, w.db, ids["/users"])
	if err != nil || u.Name != "名前 yoso" || u.DisabledMS != 0 || !u.HasPassword() || u.MustChange || !slices.Equal(u.Grants, []identity.Grant{{Role: identity.Auditor, FacilityID: facility}}) {
		w.t.Errorf("user: %+v %v", u, err)
	}
	a, err := organisation.AppointmentByID(ctx, w.db, ids["/organisation/appointments"])
	if err != nil || a.UntilOn != "" {
		w.t.Errorf("appointment: %+v %v", a, err)
	}
	r, err := organisation.RecordByID(ctx, w.db, ids["/organisation/records"])
	if err != nil || r.WithdrawnMS != 0 {
		w.t.Errorf("record: %+v %v", r, err)
	}
	c, err := vendor.ContractByID(ctx, w.db, ids["/contracts"])
	if err != nil || c.Revision != 1 {
		w.t.Errorf("contract: %+v %v", c, err)
	}
	if _, err := w.reg.DeviceByID(ctx, ids["/devices"]); err != nil {
		w.t.Errorf("device: %v", err)
	}
	tok, err := w.reg.TokenByID(ctx, w.db, ids["/tokens"])
	if err != nil || tok.RevokedMS != 0 {
		w.t.Errorf("token: %+v %v", tok, err)
	}
}
