package api_test

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
)

// later puts things aside as a person with a token of their own, and as nobody.
func (w *world) later(succeeded map[string]bool) {
	w.t.Helper()
	own := w.ownToken("later")
	put := func(token, topic, until string) answer {
		return w.do(request{method: "PUT", path: "/today/later", token: token, body: map[string]string{"topic": topic, "until_on": until}})
	}
	for name, c := range map[string]struct {
		token, topic, until string
		status              int
	}{
		"nobody": {w.admin, "silent", "2026-12-01", 409}, "today": {own, "silent", "2026-11-24", 422}, "no topic": {own, "<script>", "2026-12-01", 422}, "right": {own, "silent", "2026-12-01", 200},
	} {
		if got := put(c.token, c.topic, c.until); got.status != c.status {
			w.t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if rows := w.ok(request{method: "GET", path: "/today/later", token: own}).items(w.t); len(rows) != 1 || rows[0]["topic"] != "silent" || rows[0]["until_on"] != "2026-12-01" {
		w.t.Errorf("list: %v", rows)
	}
	for name, token := range map[string]string{"nobody": w.admin, "somebody else": w.ownToken("other")} {
		if rows := w.ok(request{method: "GET", path: "/today/later", token: token}).items(w.t); len(rows) != 0 {
			w.t.Errorf("%s sees %v", name, rows)
		}
		if got := w.do(request{method: "DELETE", path: "/today/later?topic=silent", token: token}); got.status != 404 {
			w.t.Errorf("%s takes it back: %d", name, got.status)
		}
	}
	if got := w.do(request{method: "DELETE", path: "/today/later?topic=silent", token: own}); got.status != 204 {
		w.t.Errorf("take back: %d %s", got.status, got.body)
	}
	for _, op := range []string{"putLater", "listLater", "removeLater"} {
		succeeded[op] = true
	}
}

// ownToken makes a person and a token that rests on their rights.
func (w *world) ownToken(login string) (secret string) {
	w.t.Helper()
	g := identity.Grant{Role: identity.Administrator}
	prepared, err := w.reg.PrepareUser(w.t.Context(), identity.System("test"), identity.NewUser{Login: login, ByLink: true, Grants: []identity.Grant{g}})
	w.must(err)
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		u, err := w.reg.CreateUser(ctx, tx, prepared)
		if err != nil {
			return err
		}
		secret, _, err = w.reg.CreateToken(ctx, tx, u.Principal(""), identity.NewToken{Name: login, Grant: g, Write: true})
		return err
	})
	return secret
}
