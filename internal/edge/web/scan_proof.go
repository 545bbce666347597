package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network/scan"
)

// scanProof is the sheet that says whether anything was sent to a device, to be printed;
// with ?format=csv or pdf the same as a file.
func scanProof(_ *site, c *call) error {
	if err := c.scanProofPlace(); err != nil {
		return err
	}
	f, places, err := c.networkFacility(identity.NetworkRead)
	if err != nil {
		return err
	}
	page, err := c.page(c.tr.T("scan.proof.title"))
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	today := c.s.deps.Now().In(text.Tokyo())
	v := &view.ScanProof{Page: page, Places: places, Facility: f.Name, FacilityID: f.ID, Device: clean(query.Get("device"), 100), From: query.Get("from"), To: query.Get("to")}
	if v.From == "" {
		v.From = today.AddDate(0, -1, 0).Format(time.DateOnly)
	}
	if v.To == "" {
		v.To = today.Format(time.DateOnly)
	}
	if v.Device == "" && query.Get("asset") == "" {
		return c.render(v)
	}
	proof, err := c.scanProve(v, f, query.Get("asset"))
	if err != nil {
		return c.scanProofWrong(v, err)
	}
	if query.Get("format") == "csv" {
		return c.scanProofFile(proof)
	}
	c.scanProofFill(v, proof)
	if query.Get("format") == "pdf" {
		return c.scanProofSheet(v, proof)
	}
	if c.who.CanAt(identity.NetworkExport, f.ID, "") {
		for _, format := range scanProofFormats {
			file := url.Values{"facility": {f.ID}, "device": {v.Device}, "asset": {v.AssetID}, "from": {v.From}, "to": {v.To}, "format": {format}}
			v.Files = append(v.Files, view.Choice{Value: scanPath + "/proof?" + file.Encode(), Label: strings.ToUpper(format)})
		}
	}
	return c.render(v)
}

// scanProofPlace chooses the facility of the device that the address names, when it names
// no facility.
func (c *call) scanProofPlace() error {
	if err := c.form(); err != nil {
		return err
	}
	id := c.r.Form.Get("asset")
	if c.r.Form.Get("facility") != "" || !store.ValidID(id) {
		return nil
	}
	a, err := asset.Get(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), id)
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing
	}
	c.r.Form.Set("facility", a.FacilityID)
	return err
}

// scanProofWrong shows the form again with what is wrong beside it.
func (c *call) scanProofWrong(v *view.ScanProof, err error) error {
	f := fault.Of(err)
	if f.Code != fault.CodeInvalid {
		return err
	}
	v.Form.Values, v.Form.Errors = url.Values{}, map[string]string{f.Place: c.text(f)}
	for name, value := range map[string]string{"device": v.Device, "from": v.From, "to": v.To} {
		v.Form.Values.Set(name, value)
	}
	return c.renderStatus(fault.Status(f), v)
}

// scanProve reads the form and looks into the record. The days are whole, the last one
// included.
func (c *call) scanProve(v *view.ScanProof, f identity.Facility, assetID string) (p scan.Proof, err error) {
	from, err := text.ParseDate(v.From)
	if err != nil {
		return p, fault.Of(err).At("from")
	}
	to, err := text.ParseDate(v.To)
	if err != nil {
		return p, fault.Of(err).At("to")
	}
	day := func(t time.Time, plus int) int64 {
		return store.MS(time.Date(t.Year(), t.Month(), t.Day()+plus, 0, 0, 0, 0, text.Tokyo()))
	}
	if day(to, 1) <= day(from, 0) {
		return p, fault.Invalid("scan.error.period").At("to")
	}
	var subject scan.Subject
	if assetID != "" && v.Device == "" || store.ValidID(assetID) && v.Device != "" {
		subject, err = c.scanAsset(v, f, assetID)
	} else {
		subject, err = scan.SubjectOfAddress(c.r.Context(), c.s.deps.DB, f.ID, v.Device)
	}
	if err != nil {
		return p, err
	}
	return scan.Prove(c.r.Context(), c.s.deps.DB, subject, day(from, 0), day(to, 1))
}

// scanAsset is the device of the ledger that the address names.
func (c *call) scanAsset(v *view.ScanProof, f identity.Facility, id string) (scan.Subject, error) {
	if !store.ValidID(id) {
		return scan.Subject{}, errNothing
	}
	a, err := asset.Get(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), id)
	if fault.Is(err, fault.CodeNotFound) || err == nil && a.FacilityID != f.ID {
		return scan.Subject{}, errNothing
	}
	if err != nil {
		return scan.Subject{}, err
	}
	v.AssetID, v.Device = id, c.assetLabel(a)
	return scan.SubjectOfAsset(c.r.Context(), c.s.deps.DB, f.ID, id, v.Device)
}

func (c *call) scanProofFill(v *view.ScanProof, p scan.Proof) {
	v.Made, v.Name, v.Addresses, v.Whole, v.KeptMS, v.More = true, p.Subject.Name, strings.Join(append(append([]string{}, p.Subject.Addresses...), p.Subject.MACs...), "  "), p.Whole(), p.KeptMS, p.MoreSent
	v.Period = c.tr.T("scan.proof.between", "From", v.Page.DateTime(p.FromMS), "To", v.Page.DateTime(p.ToMS-1))
	v.Runs = c.tr.T("scan.proof.count", "Runs", c.tr.Number(int64(p.Runs-p.Tries)), "Tries", c.tr.Number(int64(p.Tries)))
	switch {
	case len(p.Sent) > 0:
		v.VerdictKind, v.Verdict = "warn", c.tr.T("scan.proof.touched")
	case len(p.Maybe) > 0:
		v.VerdictKind, v.Verdict = "unknown", c.tr.T("scan.proof.maybe.verdict")
	case len(p.Subject.Addresses)+len(p.Subject.MACs) == 0:
		v.VerdictKind, v.Verdict = "unknown", c.tr.T("scan.proof.no_address")
	case !p.Whole():
		v.VerdictKind, v.Verdict = "unknown", c.tr.T("scan.proof.cut")
	default:
		v.VerdictKind, v.Verdict = "ok", c.tr.T("scan.proof.untouched")
	}
	for _, l := range p.Sent {
		v.Sent = append(v.Sent, c.scanProofLine(l))
	}
	for _, l := range p.Maybe {
		v.Maybe = append(v.Maybe, c.scanProofLine(l))
	}
	for _, l := range p.LeftOut {
		v.LeftOut = append(v.LeftOut, c.scanProofLine(l))
	}
}

func (c *call) scanProofLine(l scan.Line) view.ScanSentLine {
	v := c.scanSentLine(l.Sent)
	v.RunName = l.Run.Name
	if l.Run.PlanID != "" {
		v.RunHref = scanPath + "/" + l.Run.PlanID + "/runs/" + l.Run.ID
	} else {
		v.RunName = c.tr.T("scan.kind.try") + " " + v.RunName
	}
	return v
}

func (c *call) scanProofFile(p scan.Proof) error {
	if err := c.scanProofTaken("csv", p); err != nil {
		return err
	}
	c.attachment("sonae-scan-proof-"+c.today()+".csv", "text/csv; charset=utf-8")
	out := document.NewCSVWriter(c.w)
	rows := [][]string{c.words("scan.proof.device", "scan.address", "asset.field.mac", "scan.how", "scan.rule", "scan.packets", "scan.first", "scan.lastsent", "scan.name")}
	for _, l := range slices.Concat(p.Sent, p.Maybe, p.LeftOut) {
		v := c.scanProofLine(l)
		rows = append(rows, []string{p.Subject.Name, v.Address, v.MAC, v.How, v.Rule, strconv.FormatInt(l.Packets, 10), c.stamp(l.FirstMS), c.stamp(l.LastMS), v.RunName})
	}
	for _, row := range rows {
		if err := out.Write(row); err != nil {
			return c.broken(err)
		}
	}
	return c.broken(out.Flush())
}
