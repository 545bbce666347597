package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/treat/vendor"
)

// assetScope is the area in which the person may do action, as the ledger takes it.
func (c *call) assetScope(action identity.Action) asset.Scope {
	s := c.who.Scope(action)
	out := asset.Scope{All: s.All}
	for _, p := range s.Places {
		out.Places = append(out.Places, asset.Place{FacilityID: p.FacilityID, Department: p.Department})
	}
	return out
}

// by is the name that stands beside what this person enters.
func (c *call) by() string {
	if c.visit.name != "" {
		return c.visit.name
	}
	return c.who.Name
}

// assetIcons are the pictures of the kinds.
var assetIcons = map[asset.Kind]string{
	asset.KindPC: "device-desktop", asset.KindServer: "server", asset.KindNetwork: "router", asset.KindVPN: "shield-lock",
	asset.KindMedical: "device-heart-monitor", asset.KindPrinter: "printer", asset.KindMobile: "wifi", asset.KindStorage: "database",
	asset.KindVM: "table", asset.KindOther: "device-unknown", asset.KindSystem: "report-medical", asset.KindCloud: "cloud",
}

func kindIcon(k asset.Kind) string {
	if icon := assetIcons[k]; icon != "" {
		return icon
	}
	return "device-unknown"
}

func kindKey(k asset.Kind) string             { return "asset.kind." + string(k) }
func assetStatusKey(s asset.Status) string    { return "asset.status." + string(s) }
func assetSourceKey(s asset.Source) string    { return "asset.source." + string(s) }
func fieldKey(f asset.Field) string           { return "asset.field." + string(f) }
func groupKey(g asset.Group) string           { return "asset.group." + string(g) }
func encryptionKey(e asset.Encryption) string { return "asset.encryption." + string(e) }

// fieldLabel is the name of a field.
func (c *call) fieldLabel(f asset.Field) string { return c.known("asset.field.", string(f)) }

// words are what a page shows of things that are stored by ID.
type assetNames struct {
	facilities map[string]string
	vendors    map[string]string
}

// assetNames reads the names of facilities, and of vendors when any is named by ID.
func (c *call) assetNames(ctx context.Context, list ...asset.Asset) (assetNames, error) {
	facilities, err := c.facilityNames()
	if err != nil {
		return assetNames{}, err
	}
	n := assetNames{facilities: facilities, vendors: map[string]string{}}
	if !slices.ContainsFunc(list, func(a asset.Asset) bool { return store.ValidID(a.Values[asset.FieldVendor]) }) {
		return n, nil
	}
	vendors, _, _, err := vendor.List(ctx, c.s.deps.DB, vendor.Filter{Limit: 1000})
	for _, v := range vendors {
		n.vendors[v.ID] = v.Name
	}
	return n, err
}

// valueWords writes a stored value for people. Unknown words stay as they are.
func (c *call) valueWords(f asset.Field, value string, n assetNames) string {
	if value == "" {
		return ""
	}
	switch f {
	case asset.FieldFacility:
		return orSame(n.facilities[value], value)
	case asset.FieldVendor:
		return orSame(n.vendors[value], value)
	case asset.FieldKind:
		return c.known("asset.kind.", value)
	case asset.FieldStatus:
		return c.known("asset.status.", value)
	case asset.FieldSource:
		return c.known("asset.source.", value)
	case asset.FieldCriticality:
		return c.known("asset.criticality.", value)
	case asset.FieldSwitchedOff:
		return c.switchedOffWords(value)
	case asset.FieldLastSeen:
		ms, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return value
		}
		return c.tr.Ago(c.s.deps.Now(), store.Time(ms))
	}
	info, ok := asset.Info(f)
	if !ok {
		return value
	}
	return c.typedWords(info.Type, value)
}

func (c *call) typedWords(t asset.FieldType, value string) string {
	switch t {
	case asset.TypeBool3:
		return c.known("asset.answer.", value)
	case asset.TypeBytes:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return value
		}
		return c.tr.Bytes(n)
	case asset.TypeDate:
		at, err := time.ParseInLocation(time.DateOnly, value, c.tr.Zone())
		if err != nil {
			return value
		}
		return c.tr.Date(at)
	}
	return value
}

func orSame(name, value string) string {
	if name != "" {
		return name
	}
	return value
}

const dayMS = 24 * 60 * 60 * 1000

// assetState is one thing to look at about an asset.
type assetState struct{ kind, words string }

// concernKinds are the badges of the reasons to look at an asset; the order of their
// urgency is the ledger's.
var concernKinds = map[asset.Reason]string{asset.ReasonSupportOver: "danger", asset.ReasonSilent: "silent", asset.ReasonContradicting: "warn",
	asset.ReasonSwitchedOff: "danger", asset.ReasonSupportNear: "warn", asset.ReasonIncomplete: "warn", asset.ReasonUnverified: "unknown"}

// assetStates lists what is to be looked at about an asset, most urgent first; empty
// when nothing is. atMS is the moment the row was true.
func (c *call) assetStates(a asset.Asset, atMS int64) []assetState {
	if a.Status == asset.StatusDisposed {
		return []assetState{{"none", c.tr.T(assetStatusKey(a.Status))}}
	}
	var out []assetState
	for _, why := range a.Concerns(atMS, c.tr.Zone()) {
		out = append(out, assetState{concernKinds[why.Reason], c.tr.T("asset.state."+string(why.Reason), "Days", why.N, "Count", why.N)})
	}
	return out
}

// assetLabel is the name an asset goes by on pages.
func (c *call) assetLabel(a asset.Asset) string {
	if strings.TrimSpace(a.Name) == "" {
		return c.tr.T("asset.nameless")
	}
	return a.Name
}

// asOf reads the day of a page that shows the past: the moment, and the day as
// typed. 0 means now. A day that cannot be read, or lies ahead, is a fault.
func (c *call) asOf() (atMS int64, day string, err error) {
	day = clean(c.r.URL.Query().Get("as_of"), 40)
	if day == "" {
		return 0, "", nil
	}
	return c.endOfDay(day)
}

func stateViews(list []assetState) []view.State {
	out := make([]view.State, len(list))
	for i, s := range list {
		out[i] = view.State{Kind: s.kind, Text: s.words}
	}
	return out
}
