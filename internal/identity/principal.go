package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Kind says what sort of actor a principal is.
type Kind string

// The kinds of principals.
const (
	KindUser   Kind = "user"   // a person with a session
	KindToken  Kind = "token"  // a program with an API token
	KindDevice Kind = "device" // an agent with its key; may only report about itself
	KindSystem Kind = "system" // this server's own work, and commands run on its machine
)

// Grant gives a role, limited to a facility and, for the role Department, to a
// department of it. Empty FacilityID means all facilities.
type Grant struct {
	Role       Role   `json:"role"`
	FacilityID string `json:"facility_id,omitempty"`
	Department string `json:"department,omitempty"`
}

// Validate checks role and limits; the role Department needs a department and no
// other role may have one.
func (g Grant) Validate() error {
	switch {
	case !g.Role.Valid():
		return fault.Invalid("identity.error.role_unknown", "Role", string(g.Role)).At("role")
	case g.Role == Department && strings.TrimSpace(g.Department) == "":
		return fault.Invalid("identity.error.department_missing").At("department")
	case g.Role != Department && g.Department != "":
		return fault.Invalid("identity.error.department_not_for_role").At("department")
	case g.FacilityID != "" && !store.ValidID(g.FacilityID):
		return fault.Invalid("identity.error.facility_unknown").At("facility")
	}
	return nil
}

// covers reports whether everything that other reaches lies within g's limits.
func (g Grant) covers(other Grant) bool {
	return (g.FacilityID == "" || g.FacilityID == other.FacilityID) &&
		(g.Department == "" || g.Department == other.Department)
}

// Principal is who acts: what edges check and audit entries name. The zero value
// is nobody and may do nothing. Never changed after it was made; safe to share.
type Principal struct {
	Kind   Kind
	ID     string
	Name   string  // shown in the audit log: login name, token name, device name
	Grants []Grant // empty for KindSystem (may do all) and KindDevice (may do none)
	// ReadOnly is true for tokens of scope "read".
	ReadOnly bool
	// Address is where the request came from, for the audit log; may be empty.
	Address string
	// FacilityID is the facility of a device; empty for other kinds.
	FacilityID string
}

// System is the server itself; name says which part ("feed", "cli").
func System(name string) Principal { return Principal{Kind: KindSystem, ID: name, Name: name} }

// SignedIn reports whether this is anybody at all.
func (p Principal) SignedIn() bool { return p.Kind != "" && p.ID != "" }

// granting yields the grants that allow action, before limits are looked at.
func (p Principal) granting(action Action) []Grant {
	if p.ReadOnly && !action.Reads() {
		return nil
	}
	var out []Grant
	for _, g := range p.Grants {
		if Allowed(g.Role, action) {
			if !action.PerDepartment() {
				g.Department = ""
			}
			out = append(out, g)
		}
	}
	return out
}

// all reports whether the principal may do everything everywhere.
func (p Principal) all(action Action) bool {
	_, known := byAction[action]
	return known && p.Kind == KindSystem
}

// Can reports whether p may do action somewhere; it decides whether a page or
// button exists at all.
func (p Principal) Can(action Action) bool {
	return p.all(action) || len(p.granting(action)) > 0
}

// CanAt reports whether p may do action at a facility and, where the action is
// about things of a department, on things of this department (may be empty).
func (p Principal) CanAt(action Action, facilityID, department string) bool {
	return p.all(action) || slices.ContainsFunc(p.granting(action), func(g Grant) bool {
		return g.covers(Grant{FacilityID: facilityID, Department: department})
	})
}

// CanEverywhere reports whether p may do action without any limit: for things
// that belong to no facility.
func (p Principal) CanEverywhere(action Action) bool { return p.CanAt(action, "", "") }

// Facilities lists where p may do action; all means every facility, also future ones.
func (p Principal) Facilities(action Action) (ids []string, all bool) {
	if p.all(action) {
		return nil, true
	}
	for _, g := range p.granting(action) {
		if g.FacilityID == "" {
			return nil, true
		}
		if !slices.Contains(ids, g.FacilityID) {
			ids = append(ids, g.FacilityID)
		}
	}
	return ids, false
}

// MayGrant reports whether p may hand out g: nobody gives more than they hold.
func (p Principal) MayGrant(g Grant) bool {
	if p.Kind == KindSystem {
		return true
	}
	return slices.ContainsFunc(p.granting(UserManage), func(own Grant) bool { return own.covers(g) })
}

// Need is CanAt as an error: nil, or a fault. Nobody signed in and not allowed
// are told apart.
func (p Principal) Need(action Action, facilityID, department string) error {
	if p.CanAt(action, facilityID, department) {
		return nil
	}
	return p.refuse(action)
}

// NeedAny is Can as an error.
func (p Principal) NeedAny(action Action) error {
	if p.Can(action) {
		return nil
	}
	return p.refuse(action)
}

func (p Principal) refuse(action Action) error {
	if !p.SignedIn() {
		return fault.New(fault.CodeUnauthenticated, "identity.error.sign_in_needed")
	}
	return fault.Forbidden("identity.error.not_allowed").WithHint("identity.error.not_allowed.hint").
		Because(fmt.Errorf("%s %s may not do %s", p.Kind, p.ID, action))
}

// Place is one area a Scope covers. Empty fields do not limit.
type Place struct{ FacilityID, Department string }

// Scope is where a principal may do an action, in the form lists filter by. The
// zero value covers nothing.
type Scope struct {
	All    bool
	Places []Place
}

// Scope gives the area in which p may do action.
func (p Principal) Scope(action Action) Scope {
	if p.CanEverywhere(action) {
		return Scope{All: true}
	}
	var s Scope
	for _, g := range p.granting(action) {
		s.Places = append(s.Places, Place{g.FacilityID, g.Department})
	}
	return s
}

// Contains reports whether a thing of this facility and department is in scope.
func (s Scope) Contains(facilityID, department string) bool {
	return s.All || slices.ContainsFunc(s.Places, func(p Place) bool {
		return (p.FacilityID == "" || p.FacilityID == facilityID) && (p.Department == "" || p.Department == department)
	})
}

// Where writes the scope as a condition over a facility and a department column
// and appends its values to args. departmentCol may be empty for tables without
// one: then a department's place covers nothing there. The result is never empty.
func (s Scope) Where(facilityCol, departmentCol string, args *[]any) string {
	if s.All {
		return "1 = 1"
	}
	param := func(v string) string {
		*args = append(*args, v)
		return fmt.Sprintf("$%d", len(*args))
	}
	var parts []string
	for _, p := range s.Places {
		var and []string
		if p.Department != "" && departmentCol == "" {
			continue
		}
		if p.FacilityID != "" {
			and = append(and, facilityCol+" = "+param(p.FacilityID))
		}
		if p.Department != "" {
			and = append(and, departmentCol+" = "+param(p.Department))
		}
		if len(and) > 0 {
			parts = append(parts, "("+strings.Join(and, " AND ")+")")
		}
	}
	if len(parts) == 0 {
		return "1 = 0"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

type principalKey struct{}

// WithPrincipal returns a context that carries who acts.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From gives who acts; without one, the zero Principal, which may do nothing.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}
