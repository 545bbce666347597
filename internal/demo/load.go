package demo

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"sonae/internal/wire"
)

// Client reaches a running server: its address and an API token that may change
// everything. HTTP may be nil for the default client.
type Client struct {
	BaseURL string
	Token   string
	HTTP    *http.Client
	// Network keeps what was seen on the network of a facility: the API has no entry for
	// it. nil = it is left out.
	Network func(ctx context.Context, facilityID string, n Network) error
}

// Progress is told after each step; total counts steps of all kinds.
type Progress func(done, total int)

// loader carries the identifiers that the server gave to our names.
type loader struct {
	Client
	h          *Hospital
	facilities map[string]string
	vendors    map[string]string
	staff      map[string]string
	assets     map[string]string // by Ref; machines by host name
	done       int
	progress   Progress
}

// Load sends the hospital through the API and the report entry. Facilities whose
// name exists already are used as they are, so that the facility named at set-up
// can be the main one. It stops at the first refusal and says what was refused.
func Load(ctx context.Context, c Client, h *Hospital, progress Progress) error {
	if c.HTTP == nil {
		c.HTTP = http.DefaultClient
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	l := &loader{Client: c, h: h, facilities: map[string]string{}, vendors: map[string]string{}, staff: map[string]string{}, assets: map[string]string{}, progress: progress}
	for _, step := range []func(context.Context) error{l.loadFacilities, l.loadVendors, l.loadPeople, l.loadSystems, l.loadMachines, l.loadThings, l.loadNetworks, l.loadContracts} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("load the sample hospital: %w", err)
		}
	}
	return nil
}

func (l *loader) total() int {
	h := l.h
	return len(h.Facilities) + len(h.Vendors) + len(h.Staff) + len(h.Appointments) + len(h.Records) + len(h.Systems) + 2*len(h.Machines) + len(h.Things) + len(h.Networks) + len(h.Contracts)
}

func (l *loader) step() { l.done++; l.progress(l.done, l.total()) }

// call sends one JSON request and decodes the answer into out (may be nil).
func (l *loader) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, l.BaseURL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+l.Token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return l.do(req, out)
}

func (l *loader) do(req *http.Request, out any) error {
	res, err := l.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.500s", req.Method, req.URL.Path, res.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

type created struct {
	ID string `json:"id"`
}

// create posts in and remembers the identifier under ref.
func (l *loader) create(ctx context.Context, path string, in any, ids map[string]string, ref string) error {
	var c created
	if err := l.call(ctx, http.MethodPost, path, in, &c); err != nil {
		return err
	}
	if ids != nil {
		ids[ref] = c.ID
	}
	l.step()
	return nil
}

func (l *loader) loadFacilities(ctx context.Context) error {
	var known struct {
		Items []struct{ ID, Name string } `json:"items"`
	}
	if err := l.call(ctx, http.MethodGet, "/api/v1/facilities?limit=200", nil, &known); err != nil {
		return err
	}
	for _, f := range l.h.Facilities {
		for _, k := range known.Items {
			if k.Name == f.Name {
				l.facilities[f.Ref] = k.ID
			}
		}
		if l.facilities[f.Ref] != "" {
			l.step()
			continue
		}
		if err := l.create(ctx, "/api/v1/facilities", map[string]any{"name": f.Name, "code": f.Code, "kind": f.Kind, "beds": f.Beds}, l.facilities, f.Ref); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) loadVendors(ctx context.Context) error {
	for _, v := range l.h.Vendors {
		in := map[string]any{"name": v.Name, "kana": v.Kana, "contact": v.Contact, "phone": v.Phone, "mail": v.Mail, "kind": v.Kind}
		if err := l.create(ctx, "/api/v1/vendors", in, l.vendors, v.Ref); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) loadPeople(ctx context.Context) error {
	for _, p := range l.h.Staff {
		in := map[string]any{"facility_id": l.facilities[p.Facility], "number": p.Number, "name": p.Name, "department": p.Department, "job": p.Job, "employed_from": p.From, "employed_until": p.Until}
		if err := l.create(ctx, "/api/v1/staff", in, l.staff, p.Ref); err != nil {
			return err
		}
	}
	for _, a := range l.h.Appointments {
		in := map[string]any{"facility_id": l.facilities[a.Facility], "role": a.Role, "staff_id": l.staff[a.Person], "appointed_by": a.AppointedBy, "appointed_on": a.On, "note": a.Document}
		if err := l.create(ctx, "/api/v1/appointments", in, nil, ""); err != nil {
			return err
		}
	}
	for _, r := range l.h.Records {
		in := map[string]any{"facility_id": l.facilities[r.Facility], "kind": r.Kind, "title": r.Note, "held_on": r.On, "held_by": r.By}
		if err := l.create(ctx, "/api/v1/records", in, nil, ""); err != nil {
			return err
		}
	}
	return nil
}

// values replaces references to vendors by identifiers.
func (l *loader) values(fields map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range fields {
		if k == "vendor" {
			v = l.vendors[v]
		}
		out[k] = v
	}
	return out
}

func (l *loader) systemIDs(refs []string) []string {
	ids := make([]string, 0, len(refs))
	for _, r := range refs {
		ids = append(ids, l.assets[r])
	}
	return ids
}

func (l *loader) createThing(ctx context.Context, t Thing) error {
	in := map[string]any{"facility_id": l.facilities[t.Facility], "kind": t.Kind, "status": t.Status, "values": l.values(t.Fields), "system_ids": l.systemIDs(t.Systems)}
	return l.create(ctx, "/api/v1/assets", in, l.assets, t.Ref)
}

func (l *loader) loadSystems(ctx context.Context) error {
	for _, t := range l.h.Systems {
		if err := l.createThing(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) loadThings(ctx context.Context) error {
	for _, t := range l.h.Things {
		if err := l.createThing(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// loadNetworks hands over what was seen, with the IDs of what it names.
func (l *loader) loadNetworks(ctx context.Context) error {
	for _, n := range l.h.Networks {
		if l.Network != nil {
			for i := range n.Ways {
				w := &n.Ways[i]
				w.VendorID, w.AssetID = l.vendors[w.VendorID], l.assets[w.AssetID]
			}
			if err := l.Network(ctx, l.facilities[n.Facility], n); err != nil {
				return err
			}
		}
		l.step()
	}
	return nil
}

func (l *loader) loadContracts(ctx context.Context) error {
	for _, c := range l.h.Contracts {
		in := map[string]any{"vendor_id": l.vendors[c.Vendor], "facility_id": l.facilities[c.Facility], "title": c.Title, "starts_on": c.From, "ends_on": c.Until,
			"kind": "maintenance", "patch_owner": c.UpdatesBy, "remote": c.Remote, "asset_ids": l.systemIDs(c.Systems)}
		if err := l.create(ctx, "/api/v1/contracts", in, nil, ""); err != nil {
			return err
		}
	}
	return nil
}

// loadMachines lets every machine enrol and report, then adds what people know
// about it by hand.
func (l *loader) loadMachines(ctx context.Context) error {
	tokens := map[string]string{}
	for ref, id := range l.facilities {
		var made struct {
			Token string `json:"token"`
		}
		if err := l.call(ctx, http.MethodPost, "/api/v1/enroll-tokens", map[string]any{"facility_id": id, "note": "sample hospital", "max_uses": len(l.h.Machines), "expires_in": "24h"}, &made); err != nil {
			return err
		}
		tokens[ref] = made.Token
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, m := range l.h.Machines {
		group.Go(func() error { return l.report(gctx, m, tokens[m.Facility]) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	l.done += len(l.h.Machines)
	l.progress(l.done, l.total())
	return l.completeMachines(ctx)
}

// report enrols one machine with a key of its own and sends its signed report.
func (l *loader) report(ctx context.Context, m Machine, token string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	var reply wire.EnrollReply
	in := wire.EnrollRequest{Version: wire.Version, Token: token, PublicKey: public, Identity: m.Report.Sections.Hardware.Identity}
	if err := l.call(ctx, http.MethodPost, "/ingest/v1/enroll", in, &reply); err != nil {
		return err
	}
	r := m.Report
	r.DeviceID, r.Seq = reply.DeviceID, 1
	r.Seal()
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	w, err := zstd.NewWriter(nil)
	if err != nil {
		return err
	}
	packed := w.EncodeAll(body, nil)
	_ = w.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.BaseURL+"/ingest/v1/report", bytes.NewReader(packed))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", wire.ReportType)
	req.Header.Set("Content-Encoding", "zstd")
	req.Header.Set(wire.HeaderDevice, reply.DeviceID)
	req.Header.Set(wire.HeaderSignature, wire.Sign(private, packed))
	return l.do(req, nil)
}

// completeMachines finds the rows that the reports made, by host name, and adds
// place, owner and systems.
func (l *loader) completeMachines(ctx context.Context) error {
	type row struct {
		ID     string            `json:"id"`
		Rev    int64             `json:"rev"`
		Values map[string]string `json:"values"`
	}
	byHost := map[string]row{}
	cursor := ""
	for {
		var page struct {
			Items []row  `json:"items"`
			Next  string `json:"next"`
		}
		if err := l.call(ctx, http.MethodGet, "/api/v1/assets?limit=200&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
			return err
		}
		for _, r := range page.Items {
			byHost[r.Values["host_name"]] = r
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for _, m := range l.h.Machines {
		r, ok := byHost[m.Ref]
		if !ok {
			return fmt.Errorf("machine %s reported but is not in the ledger", m.Ref)
		}
		l.assets[m.Ref] = r.ID
		in := map[string]any{"rev": r.Rev, "kind": m.Kind, "values": l.values(m.Fields), "system_ids": l.systemIDs(m.Systems)}
		if err := l.call(ctx, http.MethodPatch, "/api/v1/assets/"+r.ID, in, nil); err != nil {
			return err
		}
		l.step()
	}
	return l.exceptMachines(ctx)
}

// exceptMachines says of two machines why they need not report every day.
func (l *loader) exceptMachines(ctx context.Context) error {
	for i, x := range l.h.Exceptions {
		m := l.h.Machines[len(l.h.Machines)-1-i] // PCs come last
		if err := l.call(ctx, http.MethodPost, "/api/v1/assets/"+l.assets[m.Ref]+"/silence", x, nil); err != nil {
			return err
		}
	}
	return nil
}
