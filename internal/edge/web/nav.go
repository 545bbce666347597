package web

import (
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/asset"
)

// navLine is one line of the navigation; people see it when they may do action.
type navLine struct {
	step   string // "", survey, assess, treat, train, review, settings
	href   string
	icon   string
	key    string // text key of the label
	action identity.Action
}

// navigation is every line, in order. A page that exists adds its line here; a
// line without a page fails a test.
func navigation() []navLine {
	return []navLine{
		{"", "/", "calendar-check", "nav.today", identity.TodayRead},
		{"survey", "/assets", "device-desktop", "nav.assets", identity.AssetRead},
		{"survey", networkPath, "topology-star-3", "nav.network", identity.NetworkRead},
		{"survey", "/conflicts", "git-compare", "nav.conflicts", identity.AssetRead},
		{"survey", "/external", "plug-connected", "nav.external", identity.NetworkRead},
		{"survey", "/accounts", "users", "nav.accounts", identity.AssetRead},
		{"survey", "/services", "list-check", "nav.services", identity.AssetRead},
		{"survey", "/silence", "clock-pause", "nav.silence", identity.AssetRead},
		{"survey", "/devices", "cpu", "nav.devices", identity.DeviceRead},
		{"survey", "/organisation", "id-badge-2", "nav.organisation", identity.OrganisationRead},
		{"assess", "/unlisted", "device-unknown", "nav.unlisted", identity.NetworkRead},
		{"treat", "/vendors", "file-text", "nav.vendors", identity.VendorRead},
		{"review", "/checklists", "clipboard-check", "nav.checklist", identity.ChecklistRead},
		{"review", "/packs", "report-medical", "nav.packs", identity.PackRead},
		{"review", "/guideline", "clipboard-text", "nav.guideline", identity.GuidelineRead},
		{"review", "/audit", "history", "nav.audit", identity.AuditRead},
		{"settings", "/users", "users", "nav.users", identity.UserRead},
		{"settings", segmentPath, "layout-list", "nav.segments", identity.NetworkRead},
		{"settings", "/directories", "sitemap", "nav.directories", identity.DirectoryRead},
		{"settings", "/tokens", "plug-connected", "nav.tokens", identity.TokenRead},
		{"settings", "/facilities", "building-hospital", "nav.facilities", identity.TodayRead},
	}
}

// steps are the groups in order; the five steps of the guideline carry numbers.
var steps = []struct {
	name   string
	number int
}{{"", 0}, {"survey", 1}, {"assess", 2}, {"treat", 3}, {"train", 4}, {"review", 5}, {"settings", 0}}

// nav is the navigation of this person, with the page in view marked.
func (c *call) nav() ([]view.NavGroup, error) {
	var groups []view.NavGroup
	for _, step := range steps {
		g := view.NavGroup{Number: step.number}
		if step.name != "" {
			g.Title = c.tr.T("shell.step." + step.name)
		}
		for _, l := range navigation() {
			if l.step == step.name && c.who.Can(l.action) {
				item := view.NavItem{Href: l.href, Icon: l.icon, Label: c.tr.T(l.key), Current: under(c.r.URL.Path, l.href)}
				if l.href == conflictPath {
					if err := c.countConflicts(&item); err != nil {
						return nil, err
					}
				}
				if l.href == unlistedPath {
					if err := c.countUnlisted(&item); err != nil {
						return nil, err
					}
				}
				g.Items = append(g.Items, item)
			}
		}
		if len(g.Items) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// countConflicts tells how many lines of the queue wait.
func (c *call) countConflicts(item *view.NavItem) (err error) {
	item.Count, err = asset.ConflictCount(c.r.Context(), c.s.deps.DB, asset.ConflictFilter{Scope: c.assetScope(identity.AssetRead), AwakeMS: c.nowMS()})
	item.CountLabel = c.tr.T("conflicts.count", "Count", item.Count)
	return err
}

// under reports whether a path is the page of a line or one below it. Segments have a
// line of their own below that of the map.
func under(path, href string) bool {
	if href == networkPath && under(path, segmentPath) {
		return false
	}
	return path == href || href != "/" && strings.HasPrefix(path, href+"/")
}
