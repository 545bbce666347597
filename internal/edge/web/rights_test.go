package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// reviewedPublic is every route that needs no sign-in, checked by hand (peers' class
// S9): a new one must be added here on purpose.
var reviewedPublic = []string{
	"GET /login", "POST /login", "GET /login/second", "POST /login/second", "POST /login/passkey/options", "POST /login/passkey",
	"POST /logout", "GET /setup", "POST /setup", "GET /welcome", "POST /welcome", "POST /preferences",
}

// reviewedSignedIn is every route that any role may use.
var reviewedSignedIn = []string{"POST /facility", "GET /prove", "POST /prove", "POST /prove/passkey/options", "POST /prove/passkey"}

func TestPublicRoutes(t *testing.T) {
	var open, any []string
	for _, r := range routes() {
		switch r.action {
		case public:
			open = append(open, r.pattern)
		case signedIn:
			any = append(any, r.pattern)
		default:
			if !slices.Contains(identity.Actions(), r.action) {
				t.Errorf("%s: %q is no action of identity's table", r.pattern, r.action)
			}
		}
	}
	if !slices.Equal(open, reviewedPublic) {
		t.Errorf("public routes are\n%v, reviewed are\n%v", open, reviewedPublic)
	}
	if !slices.Equal(any, reviewedSignedIn) {
		t.Errorf("routes for all roles are\n%v, reviewed are\n%v", any, reviewedSignedIn)
	}
}

// TestChangesArePosts: nothing that the table says changes something is a GET. Forms
// of something new are shown by GET, so those end in /new.
func TestChangesArePosts(t *testing.T) {
	for _, r := range routes() {
		if r.action == public || r.action == signedIn || r.action.Reads() || r.action == identity.ProfileEdit {
			continue
		}
		method, path, _ := strings.Cut(r.pattern, " ")
		if method != http.MethodPost && !strings.HasSuffix(path, "/new") && !strings.HasSuffix(path, "/edit") {
			t.Errorf("%s changes by %s", r.pattern, method)
		}
	}
}

// concrete fills the parts of a pattern with an ID that nothing has.
func concrete(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.ReplaceAll(path, "{$}", "")
	for {
		i := strings.Index(path, "{")
		if i < 0 {
			return method, path
		}
		j := strings.Index(path[i:], "}") + i
		path = path[:i] + store.NewID() + path[j+1:]
	}
}

// TestEveryRouteEveryRole drives each route with nobody and with each role, and
// compares with the one table of rights.
func TestEveryRouteEveryRole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.facility("架空市立あおば台病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		people := map[identity.Role]*browser{}
		for _, role := range identity.Roles() {
			g := identity.Grant{Role: role}
			if role == identity.Department {
				g.Department = "外来"
			}
			w.user("r-"+string(role), g)
			people[role] = w.as("r-" + string(role))
		}
		for _, r := range routes() {
			if r.action == public {
				continue
			}
			method, path := concrete(r.pattern)
			t.Run(r.pattern, func(t *testing.T) {
				nobody := w.browser().do(method, path, map[string][]string{})
				if method == http.MethodGet && (nobody.status != http.StatusSeeOther || !strings.HasPrefix(nobody.to(), "/login?next=")) {
					t.Errorf("nobody: %d to %q, want the sign-in page", nobody.status, nobody.to())
				}
				if method != http.MethodGet && nobody.status != http.StatusUnauthorized {
					t.Errorf("nobody: %d, want 401", nobody.status)
				}
				for role, b := range people {
					may := r.action == signedIn || identity.Allowed(role, r.action)
					got := b.do(method, path, map[string][]string{})
					switch {
					case got.status >= 500:
						t.Errorf("%s: %d\n%s", role, got.status, w.logs)
					case may && (got.status == http.StatusForbidden || got.status == http.StatusUnauthorized):
						t.Errorf("%s may %s but got %d\n%s", role, r.action, got.status, main(got.body))
					case !may && got.status != http.StatusForbidden:
						t.Errorf("%s may not %s but got %d to %q", role, r.action, got.status, got.to())
					}
				}
			})
		}
		w.verified()
	})
}

// TestNavigationLeadsToPages: each line of the menu is a page, and the people who see
// the line may open it.
func TestNavigationLeadsToPages(t *testing.T) {
	actions := map[string]identity.Action{}
	for _, r := range routes() {
		actions[strings.ReplaceAll(r.pattern, "{$}", "")] = r.action
	}
	for _, l := range navigation() {
		action, ok := actions["GET "+l.href]
		if !ok {
			t.Errorf("%s has no page", l.href)
		}
		for _, role := range identity.Roles() {
			if identity.Allowed(role, l.action) && action != signedIn && !identity.Allowed(role, action) {
				t.Errorf("%s sees %s but may not open it", role, l.href)
			}
		}
	}
}
