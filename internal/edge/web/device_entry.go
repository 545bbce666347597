package web

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// entryPaths are where agents of a protocol are pointed at.
var entryPaths = map[identity.Protocol]string{
	identity.ProtocolGLPI: "/front/inventory.php", identity.ProtocolFusion: "/plugins/fusioninventory/", identity.ProtocolOCS: "/ocsinventory",
}

// entryRows are the entries for agents of other makers, and the form that opens one.
func entryRows(s *site, c *call, v *view.DeviceList, scope identity.Scope, names map[string]string) error {
	list, next, total, err := s.deps.Identity.Entries(c.r.Context(), s.deps.DB,
		identity.ListFilter{Scope: scope, Text: v.Q, After: c.r.URL.Query().Get("entries"), Limit: cardPage})
	if err != nil {
		return err
	}
	v.EntryPager = pagerBy(c, &v.Page, "entries", devicePath, c.deviceKeep(), len(list), int64(total), next)
	people := c.people()
	for _, e := range list {
		row := view.EntryRow{ID: e.ID, Protocol: c.known("entry.protocol.", string(e.Protocol)), Note: e.Note, Facility: names[e.FacilityID], By: people(e.CreatedBy),
			MadeMS: e.CreatedMS, UsedMS: e.LastUsedMS, StateKind: "ok", State: c.tr.T("entry.open"), Open: c.who.CanAt(identity.EntryManage, e.FacilityID, "")}
		row.Method = c.known("entry.method.", string(e.Method))
		if e.Method == identity.MethodCertificate {
			row.Href = entryPath + "/" + e.ID
		}
		if e.ClosedMS != 0 {
			row.StateKind, row.State, row.Open = "none", c.tr.T("entry.closed"), false
		} else if err := c.certificateState(e, &row); err != nil {
			return err
		}
		v.Entries = append(v.Entries, row)
	}
	if v.CanOpen = c.who.Can(identity.EntryManage); !v.CanOpen {
		return nil
	}
	for _, p := range identity.Protocols {
		v.Protocols = append(v.Protocols, view.Choice{Value: string(p), Label: c.known("entry.protocol.", string(p))})
	}
	for _, m := range identity.Methods {
		v.EntryMethods = append(v.EntryMethods, view.Choice{Value: string(m), Label: c.known("entry.method.", string(m))})
	}
	v.EntryPlaces, _, err = c.places(identity.EntryManage)
	return err
}

// entryOpen opens an entry and shows its secret, once, with what the agent's
// configuration needs.
func entryOpen(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	// The names of its fields differ from those of the form above it.
	facility, err := c.placeIn("entry_facility", identity.EntryManage)
	if err != nil {
		return devicePage(s, c, err)
	}
	protocol := identity.Protocol(c.value("protocol"))
	if !slices.Contains(identity.Protocols, protocol) {
		return devicePage(s, c, fault.Invalid("identity.error.protocol").At("protocol"))
	}
	var secret string
	var entry identity.Entry
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.EntryManage, audit.Object{Kind: "entry", FacilityID: facility},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			var err error
			secret, entry, err = s.deps.Identity.OpenEntry(ctx, tx, c.who, identity.Entry{Protocol: protocol, Method: identity.Method(c.value("method")), FacilityID: facility, Note: c.value("entry_note")})
			return audit.Made{Object: audit.Object{Kind: "entry", ID: entry.ID, Name: entry.Note, FacilityID: facility}, Detail: map[string]string{"protocol": string(protocol), "method": string(entry.Method)}}, err
		})
	if err != nil {
		return devicePage(s, c, err)
	}
	if entry.Method == identity.MethodCertificate {
		return c.done(entryPath+"/"+entry.ID, "entry.made.certificate")
	}
	page, err := c.page(c.tr.T("entry.made"))
	if err != nil {
		return err
	}
	user := identity.EntryUser
	if protocol == identity.ProtocolOCS { // its agent decodes both before use
		user, secret = base64.StdEncoding.EncodeToString([]byte(user)), base64.StdEncoding.EncodeToString([]byte(secret))
	}
	v := &view.Once{Page: page, Heading: c.tr.T("entry.made"), Lead: c.tr.T("entry.made." + string(protocol)), Warning: c.tr.T("secret.once"), BackHref: "/devices", BackLabel: c.tr.T("devices.back")}
	v.Items = []view.OnceItem{
		{Label: c.tr.T("entry.address"), Secret: v.Page.Secret("once-server", strings.TrimSuffix(s.deps.BaseURL.String(), "/")+entryPaths[protocol])},
		{Label: c.tr.T("entry.user"), Secret: v.Page.Secret("once-user", user)},
		{Label: c.tr.T("entry.secret"), Secret: v.Page.Secret("once-code", secret)},
	}
	return c.render(v)
}

// entryClose closes an entry; machines that came through it stay.
func entryClose(s *site, c *call) error {
	e, err := c.entry(identity.EntryManage)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.EntryManage, entryObject(e),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]bool{"closed": true}, s.deps.Identity.CloseEntry(ctx, tx, e.ID)
		})
	if err != nil {
		return err
	}
	return c.done(devicePath, "entry.closed.done")
}
