package web

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/organisation"
)

// todoUpdates: machines on which security updates wait, the worst first.
func todoUpdates(c *call) ([]todo, error) {
	if !c.who.Can(identity.AssetRead) {
		return nil, nil
	}
	machines, err := waiting(c.r.Context(), c.s.deps.DB)
	if err != nil || len(machines) == 0 {
		return nil, err
	}
	ids := make([]string, len(machines))
	for i, m := range machines {
		ids[i] = m.assetID
	}
	seen, err := c.assets(asset.Filter{AssetIDs: ids}, asset.Sort{}, 0)
	if err != nil || seen.Total == 0 {
		return nil, err
	}
	worst, err := c.assets(asset.Filter{AssetIDs: ids[:min(len(ids), 200)]}, asset.Sort{}, 200)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, a := range worst.Items {
		names[a.ID] = a.Name
	}
	t := todo{urgency: urgentWeek, key: "updates", args: []any{"Count", seen.Total}, href: "/assets"}
	for _, m := range machines {
		if name, ok := names[m.assetID]; ok && len(t.meta) < 3 {
			if len(t.meta) == 0 {
				t.href = "/assets/" + m.assetID
			}
			t.meta = append(t.meta, c.tr.T("today.todo.updates.one", "Name", name, "Count", m.count))
		}
	}
	return []todo{t}, nil
}

// todoKnocks: unknown machines that asked to report.
func todoKnocks(c *call) ([]todo, error) {
	if !c.who.Can(identity.DeviceManage) {
		return nil, nil
	}
	knocks, err := c.knockRows()
	if err != nil || len(knocks) == 0 {
		return nil, err
	}
	t := todo{urgency: urgentNow, key: "knocks", args: []any{"Count", len(knocks)}, href: "/devices"}
	for _, k := range knocks[:min(len(knocks), 3)] {
		t.meta = append(t.meta, k.Summary+" "+k.Address)
	}
	return []todo{t}, nil
}

// todoOfficer: facilities in which nobody is the safety officer, the first thing
// the inspection checklist asks for.
func todoOfficer(c *call) ([]todo, error) {
	if !c.who.Can(identity.OrganisationEdit) {
		return nil, nil
	}
	held, err := organisation.Appointments(c.r.Context(), c.s.deps.DB, organisation.AppointmentFilter{
		Facilities: c.seen(identity.OrganisationRead), Role: organisation.RoleSafetyManager, ActiveOn: c.today(),
	})
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, a := range held {
		has[a.FacilityID] = true
	}
	facilities, err := c.facilities()
	if err != nil {
		return nil, err
	}
	t := todo{urgency: urgentWeek, key: "officer", href: "/organisation?role=" + string(organisation.RoleSafetyManager) + "#appoint"}
	for _, f := range facilities {
		if now := c.facility(); now != "" && now != f.ID || has[f.ID] || !c.who.CanAt(identity.OrganisationEdit, f.ID, "") {
			continue
		}
		t.meta = append(t.meta, f.Name)
	}
	if len(t.meta) == 0 {
		return nil, nil
	}
	return []todo{t}, nil
}

// contractDays is how long before its end a contract becomes a thing to do.
const contractDays = 60

// todoContracts: contracts that end soon.
func todoContracts(c *call) ([]todo, error) {
	if !c.who.Can(identity.VendorEdit) {
		return nil, nil
	}
	ending, err := c.contractsEnding(contractDays, 3)
	var out []todo
	for _, one := range ending {
		left := daysUntil(c.today(), one.LastDay())
		p := c.bare("")
		t := todo{urgency: urgentLater, key: "contract", about: one.ID, args: []any{"Title", one.Title, "Days", left}, href: "/contracts/" + one.ID, meta: []string{one.VendorName, p.Day(one.LastDay())}}
		if left <= 30 {
			t.urgency = urgentWeek
		}
		out = append(out, t)
	}
	return out, err
}

// todoSilent: machines of which a source no longer reports.
func todoSilent(c *call) ([]todo, error) {
	found, err := c.assetTodo(asset.FigureSilent.Filter(), urgentWeek, "silent")
	for i := range found {
		found[i].href = silencePath
	}
	return found, err
}

// todoSwitchedOff: machines on which somebody turned a protection off.
func todoSwitchedOff(c *call) ([]todo, error) {
	return c.assetTodo(asset.Filter{SwitchedOff: true}, urgentWeek, "switched_off")
}

// todoContradictions: assets about which sources disagree.
func todoContradictions(c *call) ([]todo, error) {
	return c.assetTodo(asset.FigureContradicting.Filter(), urgentLater, "contradicting")
}

// todoSame: rows of the ledger that may be one machine, and nobody has looked.
func todoSame(c *call) ([]todo, error) {
	if !c.who.Can(identity.AssetEdit) {
		return nil, nil
	}
	n, err := asset.ConflictCount(c.r.Context(), c.s.deps.DB, asset.ConflictFilter{Scope: c.assetScope(identity.AssetEdit), AwakeMS: c.nowMS()})
	if err != nil || n == 0 {
		return nil, err
	}
	return []todo{{urgency: urgentWeek, key: "same", args: []any{"Count", n}, href: conflictPath}}, nil
}

// todoUnlisted: devices on the network that nobody entered, and visitors past their date.
func todoUnlisted(c *call) ([]todo, error) {
	if !c.who.Can(identity.NetworkEdit) {
		return nil, nil
	}
	n, err := c.unlistedCount(identity.NetworkEdit)
	if err != nil || n == 0 {
		return nil, err
	}
	return []todo{{urgency: urgentWeek, key: "unlisted", args: []any{"Count", n}, href: unlistedPath}}, nil
}

// todoFindings: what is wrong on the network and nobody put aside.
func todoFindings(c *call) ([]todo, error) {
	if !c.who.Can(identity.NetworkEdit) {
		return nil, nil
	}
	n, err := c.findingCount(identity.NetworkEdit)
	if err != nil || n == 0 {
		return nil, err
	}
	return []todo{{urgency: urgentWeek, key: "findings", args: []any{"Count", n}, href: unlistedPath}}, nil
}

// todoIncomplete: rows of the ledger that lack what an inspector looks for.
func todoIncomplete(c *call) ([]todo, error) {
	return c.assetTodo(asset.FigureIncomplete.Filter(), urgentLater, "incomplete")
}

// assetTodo is a thing to do about all assets that pass a filter.
func (c *call) assetTodo(f asset.Filter, u urgency, key string, args ...any) ([]todo, error) {
	if !c.who.Can(identity.AssetEdit) {
		return nil, nil
	}
	found, err := c.assets(f, asset.Sort{}, 3)
	if err != nil || found.Total == 0 {
		return nil, err
	}
	t := todo{urgency: u, key: key, args: append([]any{"Count", found.Total}, args...), href: address("/assets", f.Query())}
	for _, a := range found.Items {
		if a.Name != "" {
			t.meta = append(t.meta, a.Name)
		}
	}
	return []todo{t}, nil
}

// todoSecond: the own account of somebody with far-reaching rights has one factor.
func todoSecond(c *call) ([]todo, error) {
	if c.visit.user.HasSecond() || !c.who.Can(identity.UserManage) && !c.who.Can(identity.AssetEdit) {
		return nil, nil
	}
	return []todo{{urgency: urgentWeek, key: "second", everywhere: true, href: "/profile"}}, nil
}

// deadlineDays is how far ahead the panel of days looks.
const deadlineDays = 365

// deadlines are the days that come nearer: contracts, support, the fiscal year.
func (c *call) deadlines() ([]view.Deadline, error) {
	p := c.bare("")
	var out []view.Deadline
	add := func(day, title, href string) {
		left := daysUntil(c.today(), day)
		out = append(out, view.Deadline{Days: left, Title: title, Note: p.DayWeekday(day), Href: href, Soon: left <= 30})
	}
	if c.who.Can(identity.VendorRead) {
		ending, err := c.contractsEnding(deadlineDays, 2)
		if err != nil {
			return nil, err
		}
		for _, one := range ending {
			add(one.LastDay(), c.tr.T("today.ends.contract", "Title", one.Title), "/contracts/"+one.ID)
		}
	}
	if c.who.Can(identity.AssetRead) {
		until := c.s.deps.Now().In(c.tr.Zone()).AddDate(0, 0, deadlineDays).Format(time.DateOnly)
		found, err := c.assets(asset.Filter{SupportEndsBy: until}, asset.Sort{By: asset.FieldSupportEndsOn}, 200)
		if err != nil {
			return nil, err
		}
		if day, n := firstAhead(found.Items, c.today()); n > 0 {
			add(day, c.tr.T("today.ends.support", "Count", n), address("/assets", url.Values{"support_ends_by": {day}}))
		}
	}
	day, href, rows, err := c.endsChecklist()
	if err != nil {
		return nil, err
	}
	if rows > 0 {
		add(day, c.tr.T("today.ends.target", "Count", rows), href)
	}
	add(c.yearEnd(), c.tr.T("today.ends.fiscal"), "")
	slices.SortStableFunc(out, func(a, b view.Deadline) int { return cmp.Compare(a.Days, b.Days) })
	return out, nil
}

// yearEnd is the last day of the fiscal year.
func (c *call) yearEnd() string {
	_, last := text.FiscalYearDays(text.FiscalYear(c.s.deps.Now()))
	return last.Format(time.DateOnly)
}

// firstAhead finds the first day of ending support that is still to come, and how
// many assets share it.
func firstAhead(items []asset.Asset, today string) (day string, n int) {
	for _, a := range items {
		end := a.Values[asset.FieldSupportEndsOn]
		switch {
		case end < today:
		case day == "":
			day, n = end, 1
		case end == day:
			n++
		}
	}
	return day, n
}
