package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

const scanLines = 100

// scanReport is the page of a run: how far it is and what became of each target.
func scanReport(_ *site, c *call) error {
	r, err := c.scanRunOne(identity.NetworkRead)
	if err != nil {
		return err
	}
	return c.scanReportPage(r, nil)
}

// scanRunOne reads the run of the address with the right to do action.
func (c *call) scanRunOne(action identity.Action) (scan.Run, error) {
	plan, err := c.id("id")
	if err != nil {
		return scan.Run{}, err
	}
	id, err := c.id("run")
	if err != nil {
		return scan.Run{}, err
	}
	r, err := scan.RunByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) || err == nil && r.PlanID != plan {
		return r, errNothing
	}
	if err != nil {
		return r, err
	}
	return r, c.need(identity.NetworkRead, action, r.FacilityID, "")
}

func (c *call) scanReportPage(r scan.Run, wrong error) error {
	page, err := c.page(c.tr.T("scan.report", "Name", r.Name))
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	run := c.scanRun(r)
	v := &view.ScanReport{Page: page, PlanHref: scanPath + "/" + r.PlanID, PlanName: r.Name, Facility: names[r.FacilityID], Run: run, SentHref: run.Href + "/sent", CanEdit: c.who.CanAt(identity.NetworkEdit, r.FacilityID, ""), Live: r.State.Live()}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	counts, err := scan.Counts(c.r.Context(), c.s.deps.DB, r.ID)
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	f := scan.TargetFilter{RunID: r.ID, Limit: scanLines}
	if state := scan.TargetState(query.Get("state")); slices.Contains(scan.TargetStates, state) {
		f.States = []scan.TargetState{state}
	}
	f.After, _ = strconv.ParseInt(query.Get("after"), 10, 64) // anything else is the first page
	v.Tabs = append(v.Tabs, view.CountTab{Href: run.Href, Label: c.tr.T("scan.all"), Count: c.tr.Number(r.Total), Current: f.States == nil})
	for _, state := range scan.TargetStates {
		if counts[state] > 0 {
			v.Tabs = append(v.Tabs, view.CountTab{Href: run.Href + "?state=" + string(state), Label: c.tr.T("scan.target." + string(state)), Count: c.tr.Number(int64(counts[state])), Current: len(f.States) == 1 && f.States[0] == state})
		}
	}
	list, total, err := scan.Report(c.r.Context(), c.s.deps.DB, f)
	if err != nil {
		return err
	}
	keys, err := c.scanKeyNames(r.FacilityID)
	if err != nil {
		return err
	}
	for _, t := range list {
		v.Lines = append(v.Lines, c.scanLine(t, keys))
	}
	next := ""
	if len(list) == scanLines {
		next = strconv.FormatInt(list[len(list)-1].Seq, 10)
	}
	v.Pager = pagerOf(c, &v.Page, run.Href, url.Values{"state": {query.Get("state")}}, len(list), int64(total), next)
	return c.render(v)
}

func (c *call) scanKeyNames(facilityID string) (map[string]string, error) {
	list, err := scan.Credentials(c.r.Context(), c.s.deps.DB, []string{facilityID})
	out := map[string]string{}
	for _, k := range list {
		out[k.ID] = k.Name
	}
	return out, err
}

var scanTargetKinds = map[scan.TargetState]string{scan.Open: "none", scan.Answered: "ok", scan.Trouble: "warn", scan.Quiet: "silent", scan.LeftOut: "exc"}

// scanLine puts a line of the report into words.
func (c *call) scanLine(t scan.Target, keys map[string]string) view.ScanLine {
	v := view.ScanLine{Address: t.Address, StateKind: scanTargetKinds[t.State], State: c.tr.T("scan.target." + string(t.State)), Words: c.scanTrouble(t.Trouble), Name: t.Name, Key: keys[t.CredentialID], Taken: int(t.Taken), AtMS: t.AtMS, BeforeMS: t.BeforeMS}
	if t.IP != t.Address {
		v.IP = t.IP
	}
	if t.State == scan.Answered {
		v.BeforeMS = 0
	}
	if t.Rule != "" {
		v.Words = c.scanRule(t.Rule)
	}
	if t.AssetID != "" {
		v.Href = assetPath + "/" + t.AssetID
	}
	if v.Href != "" && v.Name == "" {
		v.Name = t.Address
	}
	for _, part := range t.Partial {
		group, word, _ := strings.Cut(part, ": snmp: ")
		v.Partial = append(v.Partial, group+": "+c.scanTrouble(word))
	}
	return v
}

// scanTrouble says in words what was wrong with a device.
func (c *call) scanTrouble(word string) string {
	if word == "" {
		return ""
	}
	for _, prefix := range []string{"snmp.trouble.", "scan.trouble."} {
		if c.tr.Has(prefix + word) {
			return c.tr.T(prefix + word)
		}
	}
	return word
}

// scanRule says why nothing was sent: "kind:what it names", with the reason in front where
// the rule names another station.
func (c *call) scanRule(rule string) string {
	kind, what, _ := strings.Cut(rule, ":")
	if key := "scan.left." + kind; c.tr.Has(key) {
		if inner, of, ok := strings.Cut(what, ":"); ok && c.tr.Has("scan.left."+inner) && kind != "mac" {
			what = c.tr.T("scan.left."+inner) + " " + of
		}
		kind = c.tr.T(key)
	}
	return c.tr.T("scan.kept_back", "Kind", kind, "What", what)
}

// scanMove changes the state of a run: pause, resume, stop.
func scanMove(do func(context.Context, *store.Tx, scan.Run, int64) error, word, news string) handler {
	return func(s *site, c *call) error {
		if err := c.form(); err != nil {
			return err
		}
		r, err := c.scanRunOne(identity.NetworkEdit)
		if err != nil {
			return err
		}
		object := audit.Object{Kind: "scan", ID: r.PlanID, Name: r.Name, FacilityID: r.FacilityID}
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"run": r.ID, "change": word}, do(ctx, tx, r, c.nowMS())
		})
		if err != nil {
			return c.scanReportPage(r, err)
		}
		c.wakeJobs()
		return c.done(scanPath+"/"+r.PlanID+"/runs/"+r.ID, news)
	}
}

func pauseRun(ctx context.Context, tx *store.Tx, r scan.Run, nowMS int64) error {
	return scan.Pause(ctx, tx, r.ID, nowMS)
}
func stopRun(ctx context.Context, tx *store.Tx, r scan.Run, nowMS int64) error {
	return scan.Stop(ctx, tx, r.ID, nowMS)
}

// scanSent is the record of what a run sent to whom; with ?format=csv the whole as a file.
func scanSent(s *site, c *call) error {
	r, err := c.scanRunOne(identity.NetworkRead)
	if err != nil {
		return err
	}
	if c.r.URL.Query().Get("format") == "csv" {
		return c.scanSentFile(r)
	}
	page, err := c.page(c.tr.T("scan.sent.title", "Name", r.Name))
	if err != nil {
		return err
	}
	href := scanPath + "/" + r.PlanID + "/runs/" + r.ID
	v := &view.ScanSent{Page: page, ReportHref: href, PlanName: r.Name, BeganMS: r.CreatedMS, EndedMS: r.FinishedMS}
	if c.who.CanAt(identity.NetworkExport, r.FacilityID, "") {
		v.CSVHref = href + "/sent?format=csv"
	}
	list, err := scan.SentIn(c.r.Context(), s.deps.DB, r.ID, clean(c.r.URL.Query().Get("after"), 60), scanLines)
	if err != nil {
		return err
	}
	ahead, err := scan.AheadIn(c.r.Context(), s.deps.DB, r.ID)
	if err != nil {
		return err
	}
	for _, a := range ahead {
		v.Ahead = append(v.Ahead, a.Show())
	}
	addresses, last := 0, ""
	for _, one := range list {
		if one.Address != last {
			addresses, last = addresses+1, one.Address
		}
		v.Lines = append(v.Lines, c.scanSentLine(one))
	}
	next := ""
	if addresses == scanLines {
		next = last
	}
	v.Pager = pagerOf(c, &v.Page, href+"/sent", nil, len(list), int64(len(list)), next)
	return c.render(v)
}

func (c *call) scanSentLine(s scan.Sent) view.ScanSentLine {
	v := view.ScanSentLine{Address: s.Address, MAC: s.MAC, How: c.scanHow(s.How), FirstMS: s.FirstMS, LastMS: s.LastMS}
	switch {
	case s.Rule != "":
		v.Rule = c.scanRule(s.Rule)
	case s.Packets == 0:
		v.Packets = c.tr.T("scan.packets.unknown")
	default:
		v.Packets = c.tr.Number(s.Packets)
	}
	return v
}

// scanHow says how something was sent: SNMP, or a way of a sweep with its port.
func (c *call) scanHow(how string) string {
	method, port, _ := strings.Cut(how, "/")
	key := "scan.method." + method
	if !c.tr.Has(key) {
		return how
	}
	if port != "" {
		return c.tr.T(key) + " (" + port + ")"
	}
	return c.tr.T(key)
}

func (c *call) scanSentFile(r scan.Run) error {
	if err := c.need(identity.NetworkRead, identity.NetworkExport, r.FacilityID, ""); err != nil {
		return err
	}
	object := audit.Object{Kind: "scan", ID: r.PlanID, Name: r.Name, FacilityID: r.FacilityID}
	err := audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.NetworkExport, object, func(context.Context, *store.Tx) (any, error) {
		return map[string]string{"format": "csv", "run": r.ID}, nil
	})
	if err != nil {
		return err
	}
	c.attachment("sonae-scan-"+c.stampDay(r.CreatedMS)+".csv", "text/csv; charset=utf-8")
	out := document.NewCSVWriter(c.w)
	if err := out.Write(c.words("scan.address", "asset.field.mac", "scan.how", "scan.rule", "scan.packets", "scan.first", "scan.lastsent")); err != nil {
		return c.broken(err)
	}
	for after := ""; ; {
		list, err := scan.SentIn(c.r.Context(), c.s.deps.DB, r.ID, after, 500)
		if err != nil || len(list) == 0 {
			if err == nil {
				err = out.Flush()
			}
			return c.broken(err)
		}
		for _, one := range list {
			v := c.scanSentLine(one)
			if err := out.Write([]string{v.Address, v.MAC, v.How, v.Rule, strconv.FormatInt(one.Packets, 10), c.stamp(v.FirstMS), c.stamp(v.LastMS)}); err != nil {
				return c.broken(err)
			}
		}
		after = list[len(list)-1].Address
	}
}

func (c *call) stampDay(ms int64) string { return store.Time(ms).In(c.tr.Zone()).Format("2006-01-02") }

// words are texts by their keys.
func (c *call) words(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = c.tr.T(k)
	}
	return out
}
