package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const policyFrom = ` FROM identity_policy p LEFT JOIN identity_device d ON d.id = p.device_id `

const policyCols = `p.id, p.facility_id, p.department, p.device_id, p.rules, p.by_name, p.changed_ms, coalesce(d.name, '')`

func scanPolicy(scan func(...any) error) (Policy, error) {
	var p Policy
	var rules string
	if err := scan(&p.ID, &p.FacilityID, &p.Department, &p.DeviceID, &rules, &p.By, &p.ChangedMS, &p.Device); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(rules), &p.Rules)
}

// Policies lists policies of the facilities in scope and those for all facilities,
// these first, with the next cursor and how many match in all. Text is looked for in
// the names of departments and devices. Errors: invalid cursor.
func (r *Registry) Policies(ctx context.Context, q store.Querier, f ListFilter) (list []Policy, next string, total int, err error) {
	var args []any
	where := `(p.facility_id = '' OR ` + f.Scope.Where("p.facility_id", "", &args) + `)` + f.search([]string{"p.department", "d.name"}, &args)
	if err := q.QueryRow(ctx, `SELECT count(*)`+policyFrom+`WHERE `+where, args...).Scan(&total); err != nil {
		return nil, "", 0, fmt.Errorf("count policies: %w", err)
	}
	if f.After != "" {
		facility, department, device, err := parsePolicyCursor(f.After)
		if err != nil {
			return nil, "", 0, err
		}
		n := len(args)
		args = append(args, facility, department, device)
		where += fmt.Sprintf(` AND (p.facility_id, p.department, p.device_id) > ($%d, $%d, $%d)`, n+1, n+2, n+3)
	}
	limit := f.limit()
	args = append(args, limit+1)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT %s%sWHERE %s ORDER BY p.facility_id, p.department, p.device_id LIMIT $%d`, policyCols, policyFrom, where, len(args)), args...)
	if err != nil {
		return nil, "", 0, fmt.Errorf("list policies: %w", err)
	}
	if list, err = collect(rows, scanPolicy); err != nil {
		return nil, "", 0, fmt.Errorf("list policies: %w", err)
	}
	if len(list) > limit {
		list = list[:limit]
		next = policyCursor(list[limit-1])
	}
	return list, next, total, nil
}

// policyCursor is the target of a policy: IDs hold no stroke, a department may.
func policyCursor(p Policy) string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.FacilityID + "/" + p.DeviceID + "/" + p.Department))
}

func parsePolicyCursor(text string) (facility, department, device string, err error) {
	body, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(body), "/", 3)
	if err != nil || len(parts) != 3 || storable(string(body)) != string(body) {
		return "", "", "", fault.Invalid("identity.error.cursor").At("cursor")
	}
	return parts[0], parts[2], parts[1], nil
}

// PolicyByID reads a policy; not_found when there is none.
func (r *Registry) PolicyByID(ctx context.Context, q store.Querier, id string) (Policy, error) {
	p, err := scanPolicy(q.QueryRow(ctx, `SELECT `+policyCols+policyFrom+`WHERE p.id = $1`, storable(id)).Scan)
	return p, notFound(err, "identity.error.policy_unknown")
}

// PolicyOf gives the rules that count for a device, and the version of the state they
// come from; the rules are empty when no policy covers it. department is where the
// ledger says that its machine belongs; empty = nowhere.
func (r *Registry) PolicyOf(ctx context.Context, d Device, department string) (PolicyRules, int64, error) {
	// The version first: rules that are newer than it are sent again, older ones never would.
	version, err := r.PolicyVersion(ctx)
	if err != nil {
		return PolicyRules{}, 0, err
	}
	set, err := PoliciesFor(ctx, r.db, d, department)
	return set.Rules(d, department), version, err
}

// PolicySet is policies by what they are for.
type PolicySet map[policyTarget]PolicyRules

type policyTarget struct{ facilityID, department, deviceID string }

// PoliciesFor reads the policies that can count for a device: four at most.
func PoliciesFor(ctx context.Context, q store.Querier, d Device, department string) (PolicySet, error) {
	return policySet(ctx, q, `WHERE p.department IN ('', $1) AND p.device_id IN ('', $2) AND p.facility_id IN ('', $3)`, department, d.ID, d.FacilityID)
}

// AllPolicies reads every policy, for judging all machines at once.
func AllPolicies(ctx context.Context, q store.Querier) (PolicySet, error) {
	return policySet(ctx, q, ``)
}

func policySet(ctx context.Context, q store.Querier, where string, args ...any) (PolicySet, error) {
	rows, err := q.Query(ctx, `SELECT p.facility_id, p.department, p.device_id, p.rules FROM identity_policy p `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := PolicySet{}
	for rows.Next() {
		var t policyTarget
		var text string
		var rules PolicyRules
		err := rows.Scan(&t.facilityID, &t.department, &t.deviceID, &text)
		if err == nil {
			err = json.Unmarshal([]byte(text), &rules)
		}
		if err != nil {
			return nil, fmt.Errorf("read policies: %w", err)
		}
		out[t] = rules
	}
	return out, rows.Err()
}

// Rules picks those that count for a device: device before department before facility
// before all; a Stop counts from any of them. department is where the ledger says that
// the device's machine belongs.
func (s PolicySet) Rules(d Device, department string) PolicyRules {
	near := []policyTarget{{d.FacilityID, "", d.ID}, {d.FacilityID, department, ""}, {d.FacilityID, "", ""}, {}}
	var rules PolicyRules
	found, stop := false, false
	for _, t := range near {
		r, ok := s[t]
		if ok && !found {
			rules, found = r, true
		}
		stop = stop || r.Stop
	}
	rules.Stop = stop
	return rules
}
