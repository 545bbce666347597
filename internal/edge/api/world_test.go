package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	catalogdata "sonae/catalog"
	"sonae/internal/edge/api"
	"sonae/internal/edge/directory"
	"sonae/internal/edge/discover/scanner"
	"sonae/internal/edge/discover/snmp"
	"sonae/internal/edge/ingest"
	"sonae/internal/identity"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/platform/transport"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/silence"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"

	"log/slog"
)

// start is the first moment of every test: a Tuesday morning in fiscal year 2026.
var start = time.Date(2026, 11, 24, 0, 30, 0, 0, time.UTC)

// clock moves on a little with every look, so that failures of earlier requests are
// forgiven and history has an order.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a running API on a real database over real HTTP, with two facilities:
// ours ("A") and one that only unlimited callers may see ("B").
type world struct {
	t     *testing.T
	db    *store.DB
	api   *api.API
	reg   *identity.Registry
	cat   *catalog.Catalog
	clock *clock
	url   string
	a, b  identity.Facility
	// admin may do everything everywhere.
	admin string
}

const here = "放射線科" // the department of tests in facility A

var textsOnce = sync.OnceValues(text.Load)
var catalogOnce = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(catalogdata.FS) })

// each runs fn on a world on each engine.
func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newWorld(t, db)) })
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, clock: &clock{at: start}}
	key, err := seal.Open(t.TempDir(), "")
	w.must(err)
	w.reg, err = identity.New(db, identity.Options{Seal: key, BaseURL: "http://localhost", Now: w.clock.now, Record: audit.RecordIdentity})
	w.must(err)
	log, err := audit.Open(t.Context(), db, key, w.clock.now)
	w.must(err)
	texts, err := textsOnce()
	w.must(err)
	w.cat, err = catalogOnce()
	w.must(err)
	w.api = api.New(api.Deps{DB: db, Identity: w.reg, Audit: log, Catalog: w.cat, Text: texts, Now: w.clock.now, Version: "test", BaseURL: "http://localhost", Directory: directory.New(directory.Deps{DB: db, Seal: key, Now: w.clock.now}), Scanner: scanner.New(scanner.Deps{DB: db, Seal: key, Now: w.clock.now, Log: slog.New(slog.DiscardHandler), Patience: snmp.Patience{Timeout: 200 * time.Millisecond, Retries: -1}}), Door: ingest.New(ingest.Deps{DB: db, Identity: w.reg, Texts: texts, Now: w.clock.now}).Door(), Hung: slices.Concat(software.Hung(), account.Hung(), network.Hung(), vendor.Hung(), silence.Hung(), directory.Hung())})
	server := httptest.NewServer(transport.Frame(w.api, nil, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		if w.a, err = w.reg.CreateFacility(ctx, tx, identity.Facility{Name: "架空市立病院", Kind: identity.Hospital, Beds: 300}); err != nil {
			return err
		}
		w.b, err = w.reg.CreateFacility(ctx, tx, identity.Facility{Name: "よその病院", Kind: identity.Hospital, Beds: 100})
		return err
	})
	w.admin = w.token(identity.Grant{Role: identity.Administrator}, true)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	w.must(w.db.Tx(w.t.Context(), fn))
}

// token issues a token and gives its secret.
func (w *world) token(g identity.Grant, write bool) (secret string) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, _, err = w.reg.CreateToken(ctx, tx, identity.System("test"), identity.NewToken{Name: string(g.Role) + " " + g.FacilityID, Grant: g, Write: write})
		return err
	})
	return secret
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// object reads the body as a JSON object.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("answer %d is no JSON object: %v: %.300s", a.status, err, a.body)
	}
	return v
}

// text reads one field as text.
func (a answer) text(t *testing.T, name string) string {
	t.Helper()
	s, _ := a.object(t)[name].(string)
	return s
}

// items reads the rows of a list.
func (a answer) items(t *testing.T) []map[string]any {
	t.Helper()
	var list struct {
		Items []map[string]any `json:"items"`
		Next  *string          `json:"next"`
		Total *int             `json:"total"`
	}
	if err := json.Unmarshal(a.body, &list); err != nil || list.Items == nil || list.Next == nil || list.Total == nil {
		t.Fatalf("answer %d is no list: %v: %.300s", a.status, err, a.body)
	}
	return list.Items
}

// request describes one call.
type request struct {
	method, path string
	token        string
	body         any // string or []byte as they are, anything else as JSON
	media        string
	lang         string
}

func (w *world) do(r request) answer {
	w.t.Helper()
	w.clock.pass(10 * time.Second)
	var body io.Reader
	switch b := r.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	case []byte:
		body = bytes.NewReader(b)
	default:
		data, err := json.Marshal(b)
		w.must(err)
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), r.method, w.url+"/api/v1"+r.path, body)
	w.must(err)
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.media != "" {
		req.Header.Set("Content-Type", r.media)
	}
	if r.lang != "" {
		req.Header.Set("Accept-Language", r.lang)
	}
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	w.must(err)
	return answer{res.StatusCode, res.Header, data}
}

// get and send are calls of the administrator that must succeed.
func (w *world) get(path string) answer {
	w.t.Helper()
	return w.ok(request{method: http.MethodGet, path: path, token: w.admin})
}

func (w *world) send(method, path string, body any) answer {
	w.t.Helper()
	return w.ok(request{method: method, path: path, token: w.admin, body: body})
}

func (w *world) ok(r request) answer {
	w.t.Helper()
	a := w.do(r)
	if a.status >= 300 {
		w.t.Fatalf("%s %s: %d %s", r.method, r.path, a.status, a.body)
	}
	return a
}

// asset enters an asset and gives its ID.
func (w *world) asset(facilityID, name, department string) string {
	w.t.Helper()
	return w.send("POST", "/assets", map[string]any{"facility_id": facilityID, "kind": "other", "values": map[string]string{"name": name, "department": department, "room": "1階"}}).text(w.t, "id")
}

// setup adds a row of every kind about set-up and surroundings.
func (w *world) setup(ctx context.Context, tx *store.Tx, id string, atMS int64) error {
	const agent = "agent"
	_, e1 := software.RecordSettings(ctx, tx, id, agent, atMS, []software.Setting{{Kind: "smb1_server", Value: software.Off}})
	_, e2 := software.RecordSwitchedOff(ctx, tx, id, agent, atMS, []software.SwitchedOff{{What: "auto_updates", By: "masked", SinceMS: atMS, Evidence: "/etc/systemd/system/apt-daily.timer"}})
	_, e3 := software.RecordBackups(ctx, tx, id, agent, atMS, []software.Backup{{Product: "restic", Target: "network", LastOKMS: atMS}})
	_, e4 := software.RecordExtensions(ctx, tx, id, agent, atMS, []software.Extension{{Browser: "firefox", User: "nurse", ID: "x@example.org", Enabled: true}})
	_, e5 := software.RecordStartup(ctx, tx, id, agent, atMS, []software.Startup{{Name: "backup.timer", Kind: "systemd_timer", Enabled: true}})
	_, e6 := software.RecordPatches(ctx, tx, id, agent, atMS, []software.Patch{{ID: "KB0000001", InstalledOn: "2026-11-01"}})
	_, e7 := software.RecordUpdateRuns(ctx, tx, id, agent, atMS, []software.UpdateRun{{AtMS: atMS, Result: "failed"}})
	_, e8 := account.RecordGroups(ctx, tx, id, agent, atMS, []account.Group{{Name: "sudo", Privileged: true, Members: []string{"nurse"}}})
	_, e9 := asset.RecordPrinters(ctx, tx, id, agent, atMS, []asset.Printer{{Name: "reception"}})
	_, e10 := asset.RecordMonitors(ctx, tx, id, agent, atMS, []asset.Monitor{{Model: "EX2400", Serial: "1"}})
	_, e11 := asset.RecordUSBStorage(ctx, tx, id, agent, atMS, []asset.USBStorage{{Kind: "disk", Serial: "A1", LastSeen: "2026-11-01"}})
	_, e12 := asset.RecordMemoryModules(ctx, tx, id, agent, atMS, []asset.MemoryModule{{Slot: "DIMM_A1", SizeBytes: 8 << 30}})
	return errors.Join(e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12)
}

// machine reports a PC as its agent would, with a row of every kind.
func (w *world) machine(facilityID, host string) (id string) {
	w.t.Helper()
	atMS := store.MS(w.clock.now())
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facilityID, Source: asset.SourceAgent, DeviceID: host, AtMS: atMS, Kind: asset.KindPC,
			Identity: asset.Identity{Maker: "Example", Serial: "SN-" + host, HostName: host},
			Groups: map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: host, asset.FieldOSName: "Debian"},
				"switched_off": {asset.FieldSwitchedOff: "auto_updates"}},
			Volumes: &[]asset.Volume{{Mount: "/", Device: "/dev/sda1", FileSystem: "ext4", SizeBytes: 100, Encryption: asset.EncryptionOn}},
			Disks:   &[]asset.Disk{{Name: "sda", Serial: "D1", SizeBytes: 200, Health: "ok"}}})
		if err != nil {
			return err
		}
		id = res.AssetID
		if _, _, err = software.RecordInstalls(ctx, tx, software.NewKnown(), id, "agent", atMS, []software.Program{{Kind: "dpkg", Name: "bash", Version: "5.2"}, {Kind: "dpkg", Name: "zlib1g", Version: "1.3"}}); err != nil {
			return err
		}
		if _, err = account.Record(ctx, tx, id, "agent", atMS, []account.Account{{Name: "root", Enabled: true, Privileged: true, Login: account.LoginNever}, {Name: "nurse", Enabled: true}}); err != nil {
			return err
		}
		if _, err = network.RecordInterfaces(ctx, tx, id, "agent", atMS, []network.Interface{{Name: "eth0", MAC: "00:00:5e:00:53:01", Addresses: []string{"192.0.2.7/24"}}}); err != nil {
			return err
		}
		if _, err = software.RecordServices(ctx, tx, id, "agent", atMS, []software.Service{{Name: "sshd", Start: software.StartAuto, Running: true}}); err != nil {
			return err
		}
		if _, err = software.RecordUpdates(ctx, tx, id, "agent", atMS, software.UpdateState{CheckedMS: atMS}, []software.Pending{{Name: "bash", Have: "5.2", Offered: "5.3", Security: true}}); err != nil {
			return err
		}
		if _, err = software.RecordSafeguards(ctx, tx, id, "agent", atMS, []software.Safeguard{{Kind: software.GuardFirewall, State: software.On}}); err != nil {
			return err
		}
		if err := w.setup(ctx, tx, id, atMS); err != nil {
			return err
		}
		if _, err = network.RecordDevice(ctx, tx, id, network.Reading{Source: "snmp", AtMS: atMS, Ports: []network.PortState{{Name: "1", Alias: "3F ward", VLAN: 20}}, Power: &network.Power{Battery: "normal"}}); err != nil {
			return err
		}
		_, err = network.RecordPorts(ctx, tx, id, "agent", atMS, []network.Port{{Protocol: "tcp", Address: "0.0.0.0", Number: 22, Process: "sshd"}})
		return err
	})
	return id
}
