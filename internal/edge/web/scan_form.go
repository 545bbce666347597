package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/scan"
)

// scanKeysShown is how many credentials the form lets a person put in order.
const scanKeysShown = 3

func weekdayKey(d int) string { return "scan.day." + strconv.Itoa(d) }

// clockOf writes a minute of the day as 22:00.
func clockOf(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// minutesOf reads 22:00, half or full width; -1 when it is no time of the day.
func minutesOf(s string) int {
	h, m, ok := strings.Cut(strings.ReplaceAll(strings.TrimSpace(s), "：", ":"), ":")
	hours, okH := digits(h)
	minutes, okM := digits(m)
	if !ok || !okH || !okM || hours > 23 || minutes > 59 {
		return -1
	}
	return hours*60 + minutes
}

// scanNew is the form of a new search.
func scanNew(_ *site, c *call) error {
	places, fixed, err := c.places(identity.NetworkEdit)
	if err != nil {
		return err
	}
	if f := c.r.URL.Query().Get("facility"); f != "" {
		if !store.ValidID(f) || !c.who.CanAt(identity.NetworkEdit, f, "") {
			return errNothing
		}
		fixed, places = f, nil
	}
	p := scan.Plan{FacilityID: fixed, Kind: scan.KindSNMP, Enabled: true, Settings: scan.Settings{Workers: 16, Rate: 50, Methods: []string{"arp", "ping"}, Targets: scanAddressQuery(c.r.URL.Query()),
		Schedule: scan.Schedule{When: scan.OnDays, Days: []int{1, 2, 3, 4, 5}, From: 22 * 60, Until: 5 * 60, Hours: 24}}}
	if k := scan.Kind(c.r.URL.Query().Get("kind")); slices.Contains(scan.Kinds, k) {
		p.Kind = k
	}
	return c.scanPage(p, places, nil)
}

// scanShow is one search: settings, runs, history.
func scanShow(_ *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	p, err := c.scanPlan(id, identity.NetworkRead)
	if err != nil {
		return err
	}
	return c.scanPage(p, nil, nil)
}

func (c *call) scanPage(p scan.Plan, places []view.Choice, wrong error) error {
	title := p.Name
	if p.ID == "" {
		title = c.tr.T("scans.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	s := p.Settings
	v := &view.ScanForm{Page: page, ID: p.ID, Name: p.Name, Facility: names[p.FacilityID], FacilityID: p.FacilityID, Kind: string(p.Kind), KindWords: c.tr.T("scan.kind." + string(p.Kind)), Revision: p.Revision,
		Places: places, Targets: s.Targets, TargetsMax: 256 << 10, Ports: portsText(s.Ports), Workers: strconv.Itoa(s.Workers), Rate: strconv.Itoa(s.Rate), Hours: strconv.Itoa(s.Schedule.Hours),
		From: clockOf(s.Schedule.From), Until: clockOf(s.Schedule.Until), Enabled: p.Enabled, CanEdit: p.ID == "" || c.who.CanAt(identity.NetworkEdit, p.FacilityID, ""), WhenWords: c.scanWhen(p)}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	if err := c.scanChoices(v, p); err != nil {
		return err
	}
	if p.ID == "" {
		for _, k := range scan.Kinds {
			v.Kinds = append(v.Kinds, view.Choice{Value: scanPath + "/new?kind=" + string(k) + "&facility=" + p.FacilityID, Label: c.tr.T("scan.kind." + string(k)), Current: k == p.Kind})
		}
		if p.Kind == scan.KindSweep {
			v.KindWords = c.tr.T("scan.sweep.sub")
		}
		return c.render(v)
	}
	v.NextMS = c.scanNext(p)
	if err := c.scanRuns(v, p); err != nil {
		return err
	}
	past, err := scan.PlanHistory(c.r.Context(), c.s.deps.DB, p.ID)
	if err != nil {
		return err
	}
	for _, h := range past {
		v.History = append(v.History, view.ScanState{FromMS: h.FromMS, UntilMS: h.UntilMS, By: h.By, Words: h.Name + " ・ " + c.scanWhen(h) + " ・ " + c.scanScope(h)})
	}
	return c.render(v)
}

// scanScope says how much a plan asks.
func (c *call) scanScope(p scan.Plan) string {
	if p.Kind == scan.KindSweep {
		return c.tr.T("scan.scope.segments", "Count", len(p.Settings.Segments))
	}
	list, err := scan.ReadTargets(p.Settings.Targets)
	if err != nil { // stored by other rules
		return ""
	}
	return c.tr.T("scan.scope.targets", "Count", len(list))
}

// scanChoices are what the form chooses from: credentials, segments, ways, days.
func (c *call) scanChoices(v *view.ScanForm, p scan.Plan) error {
	s := p.Settings
	v.When = choices(c, scan.Whens, func(w scan.When) string { return "scan.when." + string(w) }, s.Schedule.When)
	for d := range 7 {
		day := (d + 1) % 7 // the week begins on Monday
		v.Days = append(v.Days, view.Choice{Value: strconv.Itoa(day), Label: c.tr.T(weekdayKey(day)), Current: slices.Contains(s.Schedule.Days, day)})
	}
	for _, m := range scan.Methods {
		v.Methods = append(v.Methods, view.Choice{Value: m, Label: c.tr.T("scan.method." + m), Current: slices.Contains(s.Methods, m)})
	}
	if p.FacilityID == "" {
		return nil
	}
	segments, err := network.Segments(c.r.Context(), c.s.deps.DB, p.FacilityID, 0)
	if err != nil {
		return err
	}
	for _, one := range segments {
		v.Segments = append(v.Segments, view.Choice{Value: one.ID, Label: one.Name + " " + one.CIDR, Current: slices.Contains(s.Segments, one.ID)})
	}
	keys, err := scan.Credentials(c.r.Context(), c.s.deps.DB, []string{p.FacilityID})
	if err != nil {
		return err
	}
	v.NoKeys = len(keys) == 0 && p.Kind == scan.KindSNMP
	for i := range max(scanKeysShown, len(s.Credentials)) {
		now := ""
		if i < len(s.Credentials) {
			now = s.Credentials[i]
		}
		list := []view.Choice{{Label: c.tr.T("scan.keys.nothing"), Current: now == ""}}
		for _, k := range keys {
			list = append(list, view.Choice{Value: k.ID, Label: k.Name, Current: k.ID == now})
		}
		in := v.Page.Input("credential"+strconv.Itoa(i+1), "scan.keys").From(list)
		in.Label = c.tr.T("scan.keys.nth", "N", i+1)
		v.Keys = append(v.Keys, in)
	}
	v.ReadOnly = []view.Pair{{Name: c.tr.T("scan.when"), Value: v.WhenWords}, {Name: c.tr.T("scan.scope"), Value: c.scanScope(p)}}
	return nil
}

func (c *call) scanRuns(v *view.ScanForm, p scan.Plan) error {
	const shown = 20
	runs, err := scan.Runs(c.r.Context(), c.s.deps.DB, p.ID, clean(c.r.URL.Query().Get("before"), 40), shown+1)
	if err != nil {
		return err
	}
	for i, r := range runs {
		if i == shown {
			v.MoreHref = scanPath + "/" + p.ID + "?before=" + runs[shown-1].ID
			break
		}
		row := c.scanRun(r)
		v.Runs = append(v.Runs, row)
		if r.State.Live() {
			v.Live = &row
		}
	}
	return nil
}

func portsText(ports []int) string {
	var out []string
	for _, n := range ports {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, " ")
}

// scanInput reads the form into a plan.
func scanInput(c *call, p scan.Plan) (scan.Plan, error) {
	p.Name, p.Enabled, p.By = c.value("name"), c.value("enabled") == "1", c.by()
	s := scan.Settings{Targets: strings.ToValidUTF8(c.r.PostFormValue("targets"), "�"), Segments: c.r.PostForm["segment"], Methods: c.r.PostForm["method"]}
	for i := range 8 {
		if id := c.value("credential" + strconv.Itoa(i+1)); id != "" {
			s.Credentials = append(s.Credentials, id)
		}
	}
	for _, d := range c.r.PostForm["day"] {
		n, _ := digits(d) // a wrong day is refused below
		s.Schedule.Days = append(s.Schedule.Days, n)
	}
	s.Schedule.When, s.Schedule.From, s.Schedule.Until = scan.When(c.value("when")), minutesOf(c.value("from")), minutesOf(c.value("until"))
	var first error
	number := func(name string, low, high int) int {
		n, err := c.whole(name, low, high)
		if err != nil && first == nil {
			first = err
		}
		return n
	}
	if p.Kind == scan.KindSNMP {
		s.Workers = number("workers", 1, scan.WorkersMost)
	} else {
		s.Rate = number("rate", 1, scan.RateMost)
	}
	if s.Schedule.When == scan.EveryN {
		s.Schedule.Hours = number("hours", 1, 744)
	}
	for _, word := range strings.FieldsFunc(c.value("ports"), func(r rune) bool { return strings.ContainsRune(" ,、，\t\r\n　", r) }) {
		n, ok := digits(word)
		if !ok {
			first = fault.Invalid("form.error.number", "Min", 1, "Max", 65535).At("ports")
		}
		s.Ports = append(s.Ports, n)
	}
	p.Settings = s
	return p, first
}

// scanCreate keeps a new search.
func scanCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	p := scan.Plan{Kind: scan.Kind(c.value("kind"))}
	if !slices.Contains(scan.Kinds, p.Kind) {
		p.Kind = scan.KindSNMP
	}
	facility, err := c.placeOf(identity.NetworkEdit)
	if err != nil {
		return err
	}
	p.FacilityID = facility
	p, err = scanInput(c, p)
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, scanObject(p), func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := scan.CreatePlan(ctx, tx, p, c.nowMS())
			if err == nil {
				p = made
			}
			return audit.Made{Object: scanObject(made), Detail: scanAudit(made)}, err
		})
	}
	if err != nil {
		p.ID = ""
		return c.scanPage(p, nil, err)
	}
	return c.done(scanPath+"/"+p.ID, "scan.created", "Name", p.Name)
}

func scanAudit(p scan.Plan) map[string]any {
	return map[string]any{"name": p.Name, "kind": p.Kind, "enabled": p.Enabled, "revision": p.Revision, "settings": p.Settings}
}

// scanOne reads the plan of the address.
func (c *call) scanOne(action identity.Action) (scan.Plan, error) {
	id, err := c.id("id")
	if err != nil {
		return scan.Plan{}, err
	}
	return c.scanPlan(id, action)
}

// scanUpdate changes a search.
func scanUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	old, err := c.scanOne(identity.NetworkEdit)
	if err != nil {
		return err
	}
	p, err := scanInput(c, old)
	p.Revision = c.revision()
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, scanObject(old), func(ctx context.Context, tx *store.Tx) (any, error) {
			after, err := scan.UpdatePlan(ctx, tx, p, c.nowMS())
			return map[string]any{"before": scanAudit(old), "after": scanAudit(after)}, err
		})
	}
	if err != nil {
		p.Revision = old.Revision
		return c.scanPage(p, nil, err)
	}
	return c.done(scanPath+"/"+p.ID, "form.saved")
}

// scanEnd takes a search out of use.
func scanEnd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	p, err := c.scanOne(identity.NetworkEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, scanObject(p), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"ended": true}, scan.EndPlan(ctx, tx, p.ID, c.revision(), c.nowMS())
	})
	if err != nil {
		return c.scanPage(p, nil, err)
	}
	return c.done(scanPath, "scan.ended_plan", "Name", p.Name)
}

// scanBegin begins a run by hand.
func scanBegin(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	p, err := c.scanOne(identity.NetworkEdit)
	if err != nil {
		return err
	}
	var r scan.Run
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, scanObject(p), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		r, err = scan.Ask(ctx, tx, p, c.by(), 0, c.nowMS())
		return map[string]string{"begun": r.ID}, err
	})
	if err != nil {
		return c.scanPage(p, nil, err)
	}
	c.wakeJobs()
	return c.redirect(scanPath + "/" + p.ID + "/runs/" + r.ID)
}

// wakeJobs tells the queue that somebody waits.
func (c *call) wakeJobs() {
	if c.s.deps.Wake != nil {
		c.s.deps.Wake()
	}
}
