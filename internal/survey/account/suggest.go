package account

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/store"
)

// Suggestion is a person of the staff who an account of a directory may belong to.
// It decides nothing: a person sets the owner.
type Suggestion struct {
	StaffID string
	Name    string
	By      string // what agrees: "number" or "mail"
}

// folded is a number or an address as it is compared, whatever its width and case.
func folded(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }

// Suggest names for accounts without an owner the one person of the same facility
// whose employee number agrees, else whose mail address does. Where two people
// agree, nobody is named. The answer is by DirectoryAccount.Key; accounts of one directory.
func Suggest(ctx context.Context, q store.Querier, list []DirectoryAccount) (map[string]Suggestion, error) {
	out := map[string]Suggestion{}
	for facility, mine := range byFacility(list) {
		people, err := readPeople(ctx, q, facility)
		if err != nil {
			return nil, err
		}
		for _, e := range mine {
			if s, ok := people.match(e); ok {
				out[e.Key] = s
			}
		}
	}
	return out, nil
}

func byFacility(list []DirectoryAccount) map[string][]DirectoryAccount {
	out := map[string][]DirectoryAccount{}
	for _, e := range list {
		if e.Owner.Kind == OwnerNone && (e.Number != "" || e.Mail != "") {
			out[e.FacilityID] = append(out[e.FacilityID], e)
		}
	}
	return out
}

// people are the staff of a facility by what may agree.
type people struct{ number, mail map[string][]Suggestion }

func (p people) match(e DirectoryAccount) (Suggestion, bool) {
	if found := p.number[folded(e.Number)]; e.Number != "" && len(found) > 0 {
		return found[0], len(found) == 1
	}
	if found := p.mail[folded(e.Mail)]; e.Mail != "" && len(found) == 1 {
		return found[0], true
	}
	return Suggestion{}, false
}

func readPeople(ctx context.Context, q store.Querier, facility string) (people, error) {
	p := people{number: map[string][]Suggestion{}, mail: map[string][]Suggestion{}}
	rows, err := q.Query(ctx, `SELECT id, name, number, mail FROM organisation_staff WHERE facility_id = $1 AND (number <> '' OR mail <> '')`, facility)
	if err != nil {
		return p, fmt.Errorf("read staff of facility %s: %w", facility, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s Suggestion
		var number, mail string
		if err := rows.Scan(&s.StaffID, &s.Name, &number, &mail); err != nil {
			return p, fmt.Errorf("read staff of facility %s: %w", facility, err)
		}
		add := func(to map[string][]Suggestion, by, value string) {
			if value = folded(value); value != "" {
				s.By = by
				to[value] = append(to[value], s)
			}
		}
		add(p.number, "number", number)
		add(p.mail, "mail", mail)
	}
	return p, rows.Err()
}
