package api_test

import (
	"context"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
)

// TestTokensOfPeopleWhoLeft: when a person is disabled or loses rights, what they
// issued no longer opens the API; it does not come back with them.
func TestTokensOfPeopleWhoLeft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		u := w.person("yamada", identity.Grant{Role: identity.Administrator})
		issue := func(g identity.Grant) (secret string) {
			w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				secret, _, err = w.reg.CreateToken(ctx, tx, u.Principal(""), identity.NewToken{Name: "of yamada", Grant: g, Write: true})
				return err
			})
			return secret
		}
		status := func(token string) int {
			return w.do(request{method: "GET", path: "/facilities", token: token}).status
		}
		wide, local := issue(identity.Grant{Role: identity.Administrator}), issue(identity.Grant{Role: identity.Auditor, FacilityID: w.a.ID})
		child := w.ok(request{method: "POST", path: "/tokens", token: wide, body: map[string]any{"name": "child", "grant": map[string]any{"role": "operator"}}}).text(t, "token")
		if a, b, c := status(wide), status(local), status(child); a != 200 || b != 200 || c != 200 {
			t.Fatalf("before: %d %d %d", a, b, c)
		}
		w.send("PATCH", "/users/"+u.ID, map[string]any{"grants": []any{map[string]any{"role": "administrator", "facility_id": w.a.ID}}})
		if a, b, c := status(wide), status(local), status(child); a != 401 || b != 200 || c != 401 {
			t.Errorf("after lowering: %d %d %d", a, b, c)
		}
		w.send("PATCH", "/users/"+u.ID, map[string]any{"disabled": true})
		w.send("PATCH", "/users/"+u.ID, map[string]any{"disabled": false})
		if b := status(local); b != 401 {
			t.Errorf("after disabling: %d", b)
		}
		if s := status(w.admin); s != 200 {
			t.Errorf("a token of the server's own: %d", s)
		}
	})
}

func (w *world) person(login string, g identity.Grant) (u identity.User) {
	w.t.Helper()
	p, err := w.reg.PrepareUser(w.t.Context(), identity.System("test"), identity.NewUser{Login: login, ByLink: true, Grants: []identity.Grant{g}})
	w.must(err)
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		// Somebody else must be left to administer.
		q, err := w.reg.PrepareUser(ctx, identity.System("test"), identity.NewUser{Login: login + "-boss", ByLink: true, Grants: []identity.Grant{{Role: identity.Administrator}}})
		if err != nil {
			return err
		}
		if _, err := w.reg.CreateUser(ctx, tx, q); err != nil {
			return err
		}
		u, err = w.reg.CreateUser(ctx, tx, p)
		return err
	})
	return u
}
