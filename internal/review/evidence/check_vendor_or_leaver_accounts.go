package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
	"sonae/internal/treat/vendor"
)

// leaverAccounts passes when no enabled account belongs to somebody who left, or
// to a vendor without a contract in force. Owners are set by people and never
// guessed: while no account has one, the facts do not tell.
var leaverAccounts = Check{Name: "vendor_or_leaver_accounts", Needs: []string{"survey/account", "survey/organisation", "treat/vendor"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		var accounts, owned int64
		s := in.accounts().add(` SELECT count(*), count(*) FILTER (WHERE owner <> '') FROM acc`)
		if err := one(ctx, q, s, &accounts, &owned); err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		leavers, err := out.leavers(ctx, q, in)
		if err != nil {
			return Outcome{}, err
		}
		if err := out.expired(ctx, q, in); err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("accounts", accounts), count("accounts_with_owner", owned),
			count("leaver_accounts", leavers), count("vendor_accounts", out.FailingTotal-leavers)}
		out.State = failIf(out.FailingTotal > 0)
		switch {
		case out.State == Fail:
		case accounts == 0:
			out.State, out.Missing = Unknown, "evidence.missing.no_accounts"
		case owned == 0:
			out.State, out.Missing = Unknown, "evidence.missing.no_owners"
		}
		out.Sources, err = in.accountSources(ctx, q)
		return out, err
	}}

// leavers lists enabled accounts of people whose last day is over.
func (o *Outcome) leavers(ctx context.Context, q store.Querier, in Input) (int64, error) {
	s := in.accounts().add(` SELECT acc.asset_id, acc.label, acc.name, p.employed_until, acc.login_ms FROM acc
		JOIN organisation_staff p ON p.id = acc.staff_id WHERE acc.owner = 'staff' AND p.employed_until <> '' AND p.employed_until < ?
		ORDER BY acc.label, acc.asset_id, acc.name`, in.today())
	err := each(ctx, q, s, func(rows *sql.Rows) error {
		it := Item{Reason: "evidence.reason.owner_left"}
		var until string
		var login int64
		if err := rows.Scan(&it.AssetID, &it.Label, &it.Ref, &until, &login); err != nil {
			return err
		}
		it.Args = map[string]Arg{"Account": {Text: it.Ref}, "On": {Day: until}}
		if login > 0 && day(login) > until {
			// A log-on after the last day is the worst case and worth its own sentence.
			it.Reason = "evidence.reason.used_after_leaving"
			it.Args["LoginOn"] = Arg{Day: day(login)}
		}
		o.failing(it)
		return nil
	})
	return o.FailingTotal, err
}

// expired lists enabled accounts of vendors without a contract in force.
func (o *Outcome) expired(ctx context.Context, q store.Querier, in Input) error {
	ended, err := in.endedVendors(ctx, q)
	if err != nil || len(ended) == 0 {
		return err
	}
	s := in.accounts().add(` SELECT acc.asset_id, acc.label, acc.name, acc.vendor_id, v.name FROM acc
		JOIN vendor_vendor v ON v.id = acc.vendor_id WHERE acc.owner = 'vendor' ORDER BY acc.label, acc.asset_id, acc.name`)
	return each(ctx, q, s, func(rows *sql.Rows) error {
		it := Item{Reason: "evidence.reason.contract_ended"}
		var id, name string
		if err := rows.Scan(&it.AssetID, &it.Label, &it.Ref, &id, &name); err != nil {
			return err
		}
		if on, ok := ended[id]; ok {
			it.Args = map[string]Arg{"Account": {Text: it.Ref}, "Vendor": {Text: name}, "On": {Day: on}}
			o.failing(it)
		}
		return nil
	})
}

// endedVendors gives the vendors that had contracts with the facility, or closed,
// and have none in force, with the last day of the latest.
func (i Input) endedVendors(ctx context.Context, q store.Querier) (map[string]string, error) {
	last, active := map[string]string{}, map[string]bool{}
	s := (&query{}).add(`SELECT vendor_id, starts_on, ends_on, auto_renew, cancelled_on FROM vendor_contract WHERE facility_id = ?`, i.FacilityID)
	err := each(ctx, q, s, func(rows *sql.Rows) error {
		var c vendor.Contract
		if err := rows.Scan(&c.VendorID, &c.StartsOn, &c.EndsOn, &c.AutoRenew, &c.CancelledOn); err != nil {
			return err
		}
		switch {
		case c.ActiveOn(i.today()):
			active[c.VendorID] = true
		case c.LastDay() != "" && c.LastDay() < i.today():
			last[c.VendorID] = max(last[c.VendorID], c.LastDay())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s = (&query{}).add(`SELECT id, closed_on FROM vendor_vendor WHERE closed_on <> '' AND closed_on < ?`, i.today())
	err = each(ctx, q, s, func(rows *sql.Rows) error {
		var id, on string
		if err := rows.Scan(&id, &on); err != nil {
			return err
		}
		last[id] = max(last[id], on)
		return nil
	})
	for id := range active {
		delete(last, id)
	}
	return last, err
}

// accountSources says who told about accounts, and how many owners, staff and
// contracts are known.
func (i Input) accountSources(ctx context.Context, q store.Querier) ([]SourceAge, error) {
	list, err := i.sectionSources(ctx, q, sectionAccounts)
	if err != nil {
		return nil, err
	}
	more, err := i.ages(ctx, q, (&query{}).add(`SELECT 'staff', count(*), max(updated_ms) FROM organisation_staff WHERE facility_id = ?
		UNION ALL SELECT 'contracts', count(*), max(updated_ms) FROM vendor_contract WHERE facility_id = ?`, i.FacilityID, i.FacilityID))
	return append(list, more...), err
}
