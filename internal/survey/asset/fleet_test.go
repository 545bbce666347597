package asset_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// fleetSeed makes every run the same. SONAE_FLEET_SEED chooses another.
const fleetSeed = 20261127

// box is one real machine of the fleet.
type box struct {
	no      int
	trouble string // what is odd about it; "" = nothing
	maker   string // as firmware writes it
	typed   string // as people write it
	serial  string
	listed  string // serial as the list has it; "-" = none
	uuid    string
	macs    []string
	tag     string
	host    string
	domain  string // name in the domain; "" = in none
	foreign bool   // carries another maker's agent, too
}

// sighting is one observation with the machine that it is really about.
type sighting struct {
	box *box
	o   asset.Observation
}

// fleet generates machines and everything that is said about them.
type fleet struct {
	rnd   *rand.Rand
	boxes []*box
	seen  [][]sighting // by round: inside a round the order is random
	makes [][2]string
}

func newFleet(n int, seed uint64) *fleet {
	f := &fleet{rnd: rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // the same numbers every time
		makes: [][2]string{{"Dell Inc.", "デル"}, {"FUJITSU CLIENT COMPUTING LIMITED", "富士通"}, {"LENOVO", "レノボ・ジャパン"}, {"HP", "日本HP"}, {"NEC", "日本電気株式会社"}, {"Dynabook Inc.", "東芝"}}}
	f.seen = make([][]sighting, 3)
	troubles := f.troubles()
	kinds := slices.Sorted(maps.Keys(troubles))
	for len(f.boxes) < n {
		if f.rnd.IntN(100) >= 10 {
			f.usual(f.add(""))
			continue
		}
		kind := kinds[f.rnd.IntN(len(kinds))]
		troubles[kind](kind)
	}
	for _, round := range f.seen {
		f.rnd.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
	}
	return f
}

// add makes a machine as it should be.
func (f *fleet) add(trouble string) *box {
	n := len(f.boxes) + 1
	m := f.makes[f.rnd.IntN(len(f.makes))]
	b := &box{no: n, trouble: trouble, maker: m[0], typed: m[1], serial: f.serial(n), uuid: f.uuid(), tag: fmt.Sprintf("PC-%05d", n),
		host: fmt.Sprintf("HP%05d", n), macs: []string{f.mac()}, foreign: f.rnd.IntN(4) == 0}
	if f.rnd.IntN(3) == 0 {
		b.macs = append(b.macs, f.mac())
	}
	if f.rnd.IntN(10) < 7 {
		b.domain = strings.ToLower(b.host) + ".hosp.example"
	}
	f.boxes = append(f.boxes, b)
	return b
}

func (f *fleet) serial(n int) string {
	const signs = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
	b := []byte{}
	for range 4 {
		b = append(b, signs[f.rnd.IntN(len(signs))])
	}
	return fmt.Sprintf("%s%05d", b, n)
}

func (f *fleet) uuid() string {
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", f.rnd.Uint32(), f.rnd.Uint32()>>16, f.rnd.Uint32()>>16, f.rnd.Uint32()>>16, f.rnd.Uint64()>>16)
}

// mac is an address of a maker's own range, universally administered.
func (f *fleet) mac() string {
	n := f.rnd.Uint64()
	return fmt.Sprintf("f8:b1:56:%02x:%02x:%02x", byte(n), byte(n>>8), byte(n>>16))
}

func (f *fleet) say(round int, b *box, o asset.Observation) {
	o.FacilityID = facilityA
	if o.Identity.HostName != "" {
		o.Groups = map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: o.Identity.HostName}}
	}
	f.seen[round] = append(f.seen[round], sighting{b, o})
}

func (b *box) agent(no int) asset.Observation {
	o := byAgent(fmt.Sprintf("agent-%d-%d", b.no, no), b.maker, b.serial, b.uuid, b.macs...)
	o.Identity.HostName, o.Identity.DomainName = b.host, b.domain
	return o
}

func (b *box) ocs() asset.Observation {
	o := byOCS(fmt.Sprintf("%s-2026-04-01-%d", b.host, b.no), b.maker, b.serial, b.uuid, b.macs...)
	o.Identity.HostName = b.host
	return o
}

func (b *box) list() asset.Observation {
	o := byList(b.typed, cmp.Or(b.listed, b.serial), b.tag)
	o.Identity.HostName = b.host
	if b.no%3 == 0 {
		o.Identity.MACs = b.macs[:1]
	}
	return o
}

func (b *box) directory() asset.Observation {
	return byDirectory(fmt.Sprintf("guid-%d", b.no), b.domain)
}

// usual is what is said about every machine: by its agent, twice, perhaps by another
// maker's, by the list, and by the directory.
func (f *fleet) usual(b *box) {
	f.say(0, b, b.agent(1))
	f.say(1, b, b.agent(1))
	f.besides(b)
}

func (f *fleet) besides(b *box) {
	f.say(f.rnd.IntN(2), b, b.list())
	if b.foreign {
		f.say(f.rnd.IntN(2), b, b.ocs())
	}
	if b.domain != "" {
		f.say(f.rnd.IntN(2), b, b.directory())
	}
}

// troubles are the kinds of odd machines; each call adds one or a group of them.
func (f *fleet) troubles() map[string]func(kind string) {
	each := func(change func(*box)) func(string) {
		return func(kind string) {
			b := f.add(kind)
			change(b)
			f.usual(b)
		}
	}
	return map[string]func(string){
		"placeholder serial": each(func(b *box) {
			b.serial = []string{"To be filled by O.E.M.", "Default string", "System Serial Number", "None", "0", "123456789", "Not Specified", "00000000"}[f.rnd.IntN(8)]
			b.listed = []string{"なし", "不明", "-", ""}[f.rnd.IntN(4)]
			b.listed = cmp.Or(b.listed, "N/A")
		}),
		"placeholder UUID": each(func(b *box) {
			b.uuid = []string{"03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Not Settable"}[f.rnd.IntN(4)]
		}),
		"placeholder serial and UUID": func(kind string) {
			b := f.add(kind)
			b.serial, b.uuid, b.listed, b.domain = "Default string", "03000200-0400-0500-0006-000700080009", "-", ""
			f.say(0, b, b.agent(1))
			f.say(1, b, b.agent(1))
			f.say(1, b, b.ocs())
		},
		"cloned UUID": f.group(3, func(first, b *box) { b.uuid = first.uuid }),
		"cloned serial and UUID": func(kind string) { // one batch of boards, every number the same
			first := f.add(kind)
			f.say(0, first, first.agent(1))
			for range 2 {
				b := f.add(kind)
				b.maker, b.typed, b.serial, b.uuid = first.maker, first.typed, first.serial, first.uuid
				f.say(f.rnd.IntN(2), b, b.agent(1))
				f.say(2, b, b.agent(1))
				f.say(2, b, b.ocs())
			}
			f.say(2, first, first.agent(1))
		},
		"cloned disk with agent": func(kind string) {
			a, b := f.add(kind), f.add(kind)
			for round := range 3 {
				f.say(round, a, a.agent(1))
				o := b.agent(1)
				o.DeviceID = a.agent(1).DeviceID
				f.say(round, b, o)
			}
			f.besides(a)
		},
		"mainboard swapped": func(kind string) {
			b := f.add(kind)
			b.foreign = false
			f.usual(b)
			after := *b
			after.uuid, after.macs = f.uuid(), []string{f.mac()}
			f.say(2, b, after.agent(1))
		},
		"mainboard swapped, serial lost": func(kind string) {
			b := f.add(kind)
			b.foreign = false
			f.usual(b)
			after := *b
			after.uuid, after.macs, after.serial, after.domain = f.uuid(), []string{f.mac()}, "Default string", ""
			f.say(2, b, after.agent(1))
		},
		"set up anew": func(kind string) {
			b := f.add(kind)
			f.usual(b)
			f.say(2, b, b.agent(2))
		},
		"set up anew under another name": func(kind string) {
			b := f.add(kind)
			b.domain = ""
			f.usual(b)
			after := *b
			after.host = "NEW" + b.host
			f.say(2, b, after.agent(2))
		},
		"renamed": func(kind string) {
			b := f.add(kind)
			b.foreign = false
			f.usual(b)
			after := *b
			after.host = "REN" + b.host
			if b.domain != "" {
				after.domain = strings.ToLower(after.host) + ".hosp.example"
				f.say(2, b, after.directory())
			}
			f.say(2, b, after.agent(1))
		},
		"two names for one address": func(kind string) {
			b := f.add(kind)
			for i, name := range []string{b.host, b.host + "-B"} {
				o := byList("", "", "", b.macs[0])
				o.Identity.HostName = name
				f.say(i, b, o)
			}
		},
		"virtual machine moved": func(kind string) {
			b := f.virtual(kind)
			f.usual(b)
			f.say(2, b, b.agent(1))
		},
		"virtual machine copied": func(kind string) {
			a, b := f.virtual(kind), f.virtual(kind)
			b.serial, b.uuid, b.maker, b.domain, a.domain = a.serial, a.uuid, a.maker, "", ""
			f.say(0, a, a.agent(1))
			f.say(0, b, b.agent(1))
			for round := 1; round < 3; round++ {
				f.say(round, a, a.agent(1))
				f.say(round, b, b.agent(1))
			}
		},
		"virtual machine copied with agent": func(kind string) {
			a, b := f.virtual(kind), f.virtual(kind)
			b.serial, b.uuid, b.maker, b.domain, a.domain = a.serial, a.uuid, a.maker, "", ""
			for round := range 3 {
				f.say(round, a, a.agent(1))
				o := b.agent(1)
				o.DeviceID = a.agent(1).DeviceID
				f.say(round, b, o)
			}
		},
		"two systems on one PC": func(kind string) {
			b := f.add(kind)
			f.usual(b)
			f.say(0, b, b.agent(2))
			f.say(2, b, b.agent(2))
		},
		"dock of many": func(kind string) {
			dock := "48:2a:e3" + f.mac()[8:]
			for range 4 {
				b := f.add(kind)
				bare := b.macs
				f.usual(b)
				b.macs = append(slices.Clone(bare), dock)
				f.say(f.rnd.IntN(3), b, b.agent(1))
				b.macs = bare
			}
		},
		"dock of many, PCs without numbers": func(kind string) {
			dock := "48:2a:e3" + f.mac()[8:]
			for range 3 {
				b := f.add(kind)
				b.serial, b.uuid, b.domain, b.macs = "0", "03000200-0400-0500-0006-000700080009", "", []string{f.mac(), f.mac()}
				f.say(0, b, b.agent(1))
				after := *b
				after.macs = append(slices.Clone(b.macs), dock)
				f.say(f.rnd.IntN(2)+1, b, after.agent(1))
			}
		},
		"adapter going round": func(kind string) {
			adapter := "48:2a:e3" + f.mac()[8:]
			for round := range 3 {
				b := f.add(kind)
				f.usual(b)
				after := *b
				after.macs = append(slices.Clone(b.macs), adapter)
				f.say(round, b, after.agent(1))
			}
		},
		"random addresses": func(kind string) {
			b := f.add(kind)
			for round := range 3 {
				after := *b
				after.macs = []string{fmt.Sprintf("da:a1:19:%02x:%02x:%02x", b.no>>8&255, b.no&255, round)}
				f.say(round, b, after.agent(1))
			}
			l := b.list()
			l.Identity.MACs = nil
			f.say(1, b, l)
		},
		"asset number typed otherwise": func(kind string) {
			b := f.add(kind)
			wide := strings.Map(func(r rune) rune {
				if r > ' ' && r < 0x7f {
					return r + 0xfee0
				}
				return r
			}, b.tag)
			for round, tag := range []string{b.tag, wide, strings.ToLower(b.tag) + " "} {
				f.say(round, b, byList("", "", tag))
			}
		},
		"maker spelt otherwise": each(func(b *box) {
			b.maker, b.typed = "FUJITSU // American Megatrends Inc.", "富士通クライアントコンピューティング（株）"
		}),
		"maker not in the list": each(func(b *box) { b.typed = "" }),
		"one serial at two makers": func(kind string) {
			a, b := f.add(kind), f.add(kind)
			a.maker, a.typed, b.maker, b.typed, b.serial = "Dell Inc.", "デル", "LENOVO", "レノボ", a.serial
			f.usual(a)
			f.usual(b)
		},
		"console without a key": func(kind string) { // nothing tells it apart, and it is seen once
			b := f.add(kind)
			o := byList("", "", "")
			o.Identity.HostName = b.host
			f.say(f.rnd.IntN(3), b, o)
		},
		"replaced under the same name": func(kind string) {
			a, b := f.add(kind), f.add(kind)
			a.domain = strings.ToLower(a.host) + ".hosp.example"
			b.host, b.domain = a.host, a.domain
			f.usual(a)
			f.say(2, b, b.agent(1))
			f.say(2, b, byList(b.typed, b.serial, b.tag))
		},
		"replaced, the first one speaks last": func(kind string) { // the directory's object joins the newcomer
			a, b := f.add(kind), f.add(kind)
			a.domain = strings.ToLower(a.host) + ".hosp.example"
			b.host, b.domain = a.host, a.domain
			f.say(0, a, a.directory())
			f.say(1, b, b.agent(1))
			f.say(1, b, byList(b.typed, b.serial, b.tag))
			f.say(2, a, a.agent(1))
			f.say(2, a, a.list())
		},
		"name given on": func(kind string) { // renamed; another machine and object get the old name
			a, b := f.add(kind), f.add(kind)
			a.foreign = false
			a.domain = strings.ToLower(a.host) + ".hosp.example"
			b.host, b.domain = a.host, a.domain
			f.usual(a)
			after := *a
			after.host = "REN" + a.host
			after.domain = strings.ToLower(after.host) + ".hosp.example"
			f.say(2, a, after.directory())
			f.say(2, a, after.agent(1))
			f.say(2, b, b.directory())
			f.say(2, b, b.agent(1))
		},
		"sticker on another machine": func(kind string) {
			a, b := f.add(kind), f.add(kind)
			f.usual(a)
			f.say(0, b, b.agent(1))
			f.say(2, b, byList(b.typed, b.serial, a.tag))
		},
	}
}

// group makes several machines that share something with the first.
func (f *fleet) group(n int, share func(first, b *box)) func(string) {
	return func(kind string) {
		first := f.add(kind)
		f.usual(first)
		for range n - 1 {
			b := f.add(kind)
			share(first, b)
			f.usual(b)
		}
	}
}

func (f *fleet) virtual(kind string) *box {
	b := f.add(kind)
	b.maker, b.typed, b.serial = "VMware, Inc.", "VMware", "VMware-"+b.uuid
	b.macs = []string{"00:0c:29" + f.mac()[8:]}
	b.foreign = false
	return b
}

// outcome counts by kind of trouble.
type outcome struct{ machines, right, asked, silent, wrong int }

// judge compares the rows with the machines: wrong are machines that share a row with
// another, right those that have one row of their own, asked those with several rows
// that the queue shows to a person, silent those with several and no line.
func (f *fleet) judge(rows []string, seen []sighting, lines map[[2]string]bool) map[string]*outcome {
	of, in := map[*box]map[string]bool{}, map[string]map[*box]bool{}
	for i, s := range seen {
		if of[s.box] == nil {
			of[s.box] = map[string]bool{}
		}
		if in[rows[i]] == nil {
			in[rows[i]] = map[*box]bool{}
		}
		of[s.box][rows[i]], in[rows[i]][s.box] = true, true
	}
	out := map[string]*outcome{}
	for _, b := range f.boxes {
		o := out[b.trouble]
		if o == nil {
			o = &outcome{}
			out[b.trouble] = o
		}
		o.machines++
		mine := slices.Sorted(maps.Keys(of[b]))
		switch {
		case slices.ContainsFunc(mine, func(row string) bool { return len(in[row]) > 1 }):
			o.wrong++
		case len(mine) == 1:
			o.right++
		case linked(mine, lines):
			o.asked++
		default:
			o.silent++
		}
	}
	return out
}

// linked reports whether lines of the queue join all rows.
func linked(rows []string, lines map[[2]string]bool) bool {
	reached := []string{rows[0]}
	for i := 0; i < len(reached); i++ {
		for _, r := range rows {
			if !slices.Contains(reached, r) && (lines[[2]string{reached[i], r}] || lines[[2]string{r, reached[i]}]) {
				reached = append(reached, r)
			}
		}
	}
	return len(reached) == len(rows)
}

// TestFleet sends a generated fleet through all sources in random order: 20,000
// machines in `make bench`, fewer in `make test`.
func TestFleet(t *testing.T) {
	size, whole := 4_000, os.Getenv("SONAE_BENCH") == "1"
	switch {
	case whole:
		size = 20_000
	case testing.Short() || raceOn:
		size = 1_000
	}
	seed := uint64(fleetSeed)
	if s := os.Getenv("SONAE_FLEET_SEED"); s != "" {
		_, _ = fmt.Sscan(s, &seed)
	}
	f := newFleet(size, seed)
	db := storetest.SQLite(t)
	begin := time.Now()
	rows, seen := takeFleet(t, db, f)
	took := time.Since(begin)
	if _, _, err := asset.FindPairs(t.Context(), db, nil, t0+int64(len(seen))); err != nil {
		t.Fatal(err)
	}
	lastReading(t, db, rows, seen)
	for i, row := range rows { // what a directory told of before its machine came
		if into, err := asset.MergedInto(t.Context(), db, row); err != nil {
			t.Fatal(err)
		} else if into != "" {
			rows[i] = into
		}
	}
	got := f.judge(rows, seen, pairs(t, db))
	total, ledger, queue := outcome{}, map[string]bool{}, 0
	for _, r := range rows {
		ledger[r] = true
	}
	queue, err := asset.ConflictCount(t.Context(), db, asset.ConflictFilter{Scope: everything})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%-36s %8s %8s %8s %8s %8s", "trouble", "machines", "right", "asked", "silent", "wrong")
	for _, kind := range slices.Sorted(maps.Keys(got)) {
		o := got[kind]
		t.Logf("%-36s %8d %8d %8d %8d %8d", cmp.Or(kind, "none"), o.machines, o.right, o.asked, o.silent, o.wrong)
		total = outcome{total.machines + o.machines, total.right + o.right, total.asked + o.asked, total.silent + o.silent, total.wrong + o.wrong}
	}
	t.Logf("%-36s %8d %8d %8d %8d %8d", "all", total.machines, total.right, total.asked, total.silent, total.wrong)
	t.Logf("%d observations, %d rows, %d lines in the queue, %.1f s, %.0f observations/s", len(seen), len(ledger), queue, took.Seconds(), float64(len(seen))/took.Seconds())
	if whole {
		percent := 100 * float64(total.right+total.asked) / float64(total.machines)
		fmt.Printf("FIGURE {\"figure\": \"fleet_right\", \"engine\": \"sqlite\", \"value\": %.3f, \"unit\": \"%%\", \"target\": 99.9, \"ok\": %v}\n", percent, percent >= 99.9)
		fmt.Printf("FIGURE {\"figure\": \"fleet_wrong_merges\", \"engine\": \"sqlite\", \"value\": %d, \"unit\": \"1\", \"target\": 0, \"ok\": %v}\n", total.wrong, total.wrong == 0)
	}
	if total.wrong > 0 {
		t.Errorf("%d machines share a row with another", total.wrong)
	}
	if settled := total.right + total.asked; float64(settled) < 0.999*float64(total.machines) {
		t.Errorf("%d of %d machines are right or with a person, want 99.9 %%", settled, total.machines)
	}
}

// takeFleet observes everything and gives the row of each sighting as it is at the end.
func takeFleet(t *testing.T, db *store.DB, f *fleet) (rows []string, seen []sighting) {
	t.Helper()
	seen = slices.Concat(f.seen...)
	rows = make([]string, len(seen))
	const batch = 500
	for from := 0; from < len(seen); from += batch {
		do(t, db, func(ctx context.Context, tx *store.Tx) (any, error) {
			for i := from; i < min(from+batch, len(seen)); i++ {
				o := seen[i].o
				o.AtMS = t0 + int64(i)
				res, err := asset.Observe(ctx, tx, o)
				if err != nil {
					return nil, fmt.Errorf("%+v: %w", o, err)
				}
				rows[i] = res.AssetID
			}
			return nil, nil
		})
	}
	return rows, seen
}

// lastReading reads the directory again: what it said stands where it says it now.
func lastReading(t *testing.T, db *store.DB, rows []string, seen []sighting) {
	t.Helper()
	last, now := map[string]int{}, map[string]string{}
	for i, s := range seen {
		if s.o.Source == asset.SourceDirectory {
			last[s.o.DeviceID] = i
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(last)), 500) {
		do(t, db, func(ctx context.Context, tx *store.Tx) (any, error) {
			for _, guid := range part {
				o := seen[last[guid]].o
				o.AtMS = t0 + int64(len(seen)) + 1
				res, err := asset.Observe(ctx, tx, o)
				if err != nil {
					return nil, err
				}
				now[guid] = res.AssetID
			}
			return nil, nil
		})
	}
	for i, s := range seen {
		if s.o.Source == asset.SourceDirectory {
			rows[i] = now[s.o.DeviceID]
		}
	}
}

// pairs are the assets that open lines of the queue join.
func pairs(t *testing.T, db *store.DB) map[[2]string]bool {
	t.Helper()
	out := map[[2]string]bool{}
	for after := ""; ; {
		list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: everything, Limit: 200, After: after})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			out[[2]string{c.AssetID, c.OtherID}] = true
			after = c.ID
		}
		if len(list) < 200 {
			return out
		}
	}
}
