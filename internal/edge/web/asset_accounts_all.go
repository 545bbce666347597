package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
)

// accountViews are the lists of accounts over all devices.
var accountViews = []string{"privileged", "unused", "no_owner", "all", "directory"}

// accountList shows accounts over all devices: privileged ones, unused ones, those
// without owner.
func accountList(s *site, c *call) error {
	page, err := c.page(c.tr.T("accounts.title"))
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	show := query.Get("show")
	if show == "" {
		show = accountViews[0]
	}
	v := &view.AccountList{Page: page, Show: show, Q: clean(query.Get("q"), 100), Limit: unusedDays}
	for _, name := range accountViews {
		v.Tabs = append(v.Tabs, view.Tab{Href: "/accounts?show=" + name, Label: c.tr.T("accounts.tab."+name, "Days", unusedDays), Current: name == show})
	}
	v.Form.Values = url.Values{"q": {v.Q}}
	total, next, err := c.accountRows(v, query.Get("after"))
	if err != nil {
		return err
	}
	v.Total = int(total)
	v.Pager = pagerOf(c, &v.Page, "/accounts", url.Values{"show": {show}, "q": {v.Q}}, len(v.Rows), total, next)
	_ = s
	return c.render(v)
}

// accountRows fills the page with accounts of machines or, in their tab, of directories.
func (c *call) accountRows(v *view.AccountList, after string) (total int64, next string, err error) {
	if v.Show == "directory" {
		v.Kinds = choices(c, ownerKinds, ownerKey, account.OwnerStaff)
		return c.entries(v, after)
	}
	list, total, next, err := c.accountsOf(v.Show, v.Q, after)
	if err != nil {
		return 0, "", err
	}
	return total, next, c.fillAccounts(v, list)
}

// departmentLimited reports whether the person's right ends at departments, which
// accounts do not carry.
func (c *call) departmentLimited() bool {
	for _, p := range c.assetScope(identity.AssetRead).Places {
		if p.Department != "" {
			return true
		}
	}
	return false
}

// accountsPage is how many accounts one page shows.
const accountsPage = 100

// accountsOf reads one page of a list. The unused ones come as a whole from their
// room and are cut here.
func (c *call) accountsOf(show, text, after string) (list []account.Account, total int64, next string, err error) {
	facilities := c.seen(identity.AssetRead)
	if c.departmentLimited() {
		return c.accountsOfDepartments(show, text, after)
	}
	f := account.Filter{Facilities: facilities, Text: text, After: after, Limit: accountsPage}
	switch show {
	case "unused":
		return c.unusedAccounts(facilities, text, after, nil)
	case "no_owner":
		f.NoOwner, f.Enabled = true, true
	case "privileged":
		f.Privileged = true
	case "all":
	default:
		return nil, 0, "", errNothing
	}
	return account.List(c.r.Context(), c.s.deps.DB, f)
}

// unusedAccounts are those nobody has used within the limit, old ones first, then
// those never used, then those whose source does not say. keep may narrow them.
func (c *call) unusedAccounts(facilities []string, text, after string, keep func(account.Account) bool) ([]account.Account, int64, string, error) {
	u, err := account.Unused(c.r.Context(), c.s.deps.DB, account.UnusedFilter{Facilities: facilities, Days: unusedDays, NowMS: c.nowMS()})
	if err != nil {
		return nil, 0, "", err
	}
	var all []account.Account
	for _, part := range [][]account.Account{u.Old, u.Never, u.Unknown} {
		for _, a := range part {
			if (text == "" || textIn(text, a.Name, a.FullName)) && (keep == nil || keep(a)) {
				all = append(all, a)
			}
		}
	}
	return cutAccounts(all, after)
}

// accountsOfDepartments lists for people whose right ends at departments: their
// devices are few, and each account is checked against them.
func (c *call) accountsOfDepartments(show, text, after string) ([]account.Account, int64, string, error) {
	own := map[string]bool{}
	f := asset.Filter{Scope: c.assetScope(identity.AssetRead), FacilityIDs: c.seen(identity.AssetRead), Statuses: asset.Statuses}
	err := asset.EachRow(c.r.Context(), c.s.deps.DB, f, func(a asset.Asset) error { own[a.ID] = true; return nil })
	if err != nil {
		return nil, 0, "", err
	}
	mine := func(a account.Account) bool { return own[a.AssetID] }
	if show == "unused" {
		return c.unusedAccounts(c.seen(identity.AssetRead), text, after, mine)
	}
	var all []account.Account
	for id := range own {
		list, _, _, err := account.List(c.r.Context(), c.s.deps.DB, account.Filter{AssetID: id, Text: text, Privileged: show == "privileged",
			NoOwner: show == "no_owner", Enabled: show == "no_owner", Limit: 1000})
		if err != nil {
			return nil, 0, "", err
		}
		all = append(all, list...)
	}
	sortAccounts(all)
	return cutAccounts(all, after)
}

// cutAccounts cuts a page out of a whole list; the place is the number before it.
func cutAccounts(all []account.Account, after string) ([]account.Account, int64, string, error) {
	from, _ := digits(after)
	from = min(from, len(all))
	to := min(from+accountsPage, len(all))
	next := ""
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return all[from:to], int64(len(all)), next, nil
}

// fillAccounts puts accounts into words, with the names of their devices.
func (c *call) fillAccounts(v *view.AccountList, list []account.Account) error {
	ids := []string{}
	for _, a := range list {
		ids = append(ids, a.AssetID)
	}
	names := map[string]string{}
	err := asset.EachRow(c.r.Context(), c.s.deps.DB, asset.Filter{Scope: c.assetScope(identity.AssetRead), AssetIDs: ids, Statuses: asset.Statuses},
		func(a asset.Asset) error { names[a.ID] = c.assetLabel(a); return nil })
	if err != nil {
		return err
	}
	owners, err := c.ownerNames(list)
	if err != nil {
		return err
	}
	for _, a := range list {
		name, mine := names[a.AssetID]
		if !mine {
			continue
		}
		row := c.accountRow(a, owners)
		row.Asset = name
		v.Rows = append(v.Rows, row)
	}
	return nil
}

func textIn(text string, in ...string) bool {
	for _, s := range in {
		if strings.Contains(folded(s), folded(text)) {
			return true
		}
	}
	return false
}

func sortAccounts(list []account.Account) {
	slices.SortFunc(list, func(a, b account.Account) int {
		return strings.Compare(a.AssetID+"\x00"+a.Name+"\x00"+a.Source, b.AssetID+"\x00"+b.Name+"\x00"+b.Source)
	})
}

// folded is a text as searches compare it, whatever its width and case.
func folded(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
