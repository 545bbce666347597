package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"sonae/internal/edge/discover"
	"sonae/internal/edge/discover/probe"
	"sonae/internal/edge/discover/tables"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
	"sonae/internal/survey/network"
)

// DiscoverOptions say what to look at.
type DiscoverOptions struct {
	Files  []string      // capture files
	Tables []string      // lease files and ARP tables
	Listen []string      // interfaces to listen on
	For    time.Duration // how long to listen; 0 = until stopped
	KeepOptions
	JSON     bool
	Language string    // ja or en
	Progress io.Writer // where progress and warnings go; never nil
}

// observationsMax is how many observations the command keeps for its output.
const observationsMax = 500_000

// discovered is what the command prints.
type discovered struct {
	Observations []discover.ObservationJSON `json:"observations"`
	Devices      []discover.DeviceJSON      `json:"devices"`
	Sources      []sourceJSON               `json:"sources"`
	Dropped      int64                      `json:"dropped"` // observations that found no room in memory
}

// sourceJSON tells of one capture file or interface.
type sourceJSON struct {
	Name      string           `json:"name"`
	Form      tables.Form      `json:"form,omitempty"` // of a lease file or ARP table
	Unread    int              `json:"unread,omitempty"`
	Packets   int64            `json:"packets"`
	Bytes     int64            `json:"bytes"`
	Fragments int64            `json:"fragments"`
	OtherLink int64            `json:"other_link"`
	Malformed map[string]int64 `json:"malformed,omitempty"`
	Lost      int64            `json:"lost,omitempty"`
	Problem   string           `json:"problem,omitempty"`
}

// finder gathers what the sources say.
type finder struct {
	o       DiscoverOptions
	t       text.Translator
	all     []network.Observation
	over    int64
	sources []sourceJSON
	kept    *keeper
}

// Discover reads capture files or listens on interfaces, and prints the devices that were
// seen. A file that is cut is read up to there, and said so; one that is none is an error
// after the others.
func Discover(ctx context.Context, cfg Config, version string, o DiscoverOptions, w io.Writer) error {
	texts, err := text.Load()
	if err != nil {
		return err
	}
	return keeping(ctx, cfg, version, o.KeepOptions, func(kept *keeper) error {
		f := &finder{o: o, t: texts.For(o.Language), kept: kept}
		look := f.files
		switch {
		case len(o.Listen) > 0:
			look = f.listen
		case len(o.Tables) > 0:
			look = f.tables
		}
		err := look(ctx)
		kept.say(f.t, o.Progress)
		if len(f.sources) > 0 {
			err = errors.Join(f.print(w), err)
		}
		return err
	})
}

func (f *finder) files(ctx context.Context) error {
	var failed []error
	for _, name := range f.o.Files {
		c := discover.NewCoalescer()
		last := time.Now()
		done, err := discover.ReadCaptureFile(ctx, name, discover.Place{}, c, f.keep, func(p discover.Capture) {
			if time.Since(last) > 2*time.Second {
				last = time.Now()
				f.say("discover.progress", "Name", name, "Packets", p.Packets)
			}
		})
		if ctx.Err() != nil { // stopped by a person: what was seen so far is shown
			err = nil
			f.say("discover.stopped", "Packets", done.Packets)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, spoken(f.t, err)))
			continue
		}
		problem := ""
		if done.Cut != nil {
			problem = spoken(f.t, done.Cut).Error()
		}
		f.source(name, done.Count, c.Dropped(), problem)
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

func (f *finder) listen(ctx context.Context) error {
	if f.o.For > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, f.o.For)
		defer stop()
		f.say("discover.listening", "Names", strings.Join(f.o.Listen, ", "), "Time", f.o.For.String())
	} else {
		f.say("discover.listening_on", "Names", strings.Join(f.o.Listen, ", "))
	}
	heard, err := discover.Listen(ctx, discover.Listening{Interfaces: f.o.Listen, Sink: f.keep,
		Failed: func(place string, err error) { f.warn(place + ": " + spoken(f.t, err).Error()) }})
	if err != nil {
		return spoken(f.t, err)
	}
	for _, h := range heard {
		f.source(h.Interface, h.Count, h.Dropped, "")
	}
	return nil
}

// keep is the Sink of the command: it holds what will be printed, and stores it when
// that is asked for.
func (f *finder) keep(ctx context.Context, batch []network.Observation) error {
	room := min(len(batch), observationsMax-len(f.all))
	f.all = append(f.all, batch[:room]...)
	f.over += int64(len(batch) - room)
	return f.kept.observations(ctx, batch)
}

func (f *finder) source(name string, c discover.Count, dropped int64, problem string) {
	f.over += dropped
	f.sources = append(f.sources, sourceJSON{Name: name, Packets: c.Packets, Bytes: c.Bytes, Fragments: c.Fragments, OtherLink: c.OtherLink, Malformed: c.Malformed, Lost: c.Lost, Problem: problem})
	if problem != "" {
		f.warn(name + ": " + problem)
	}
	if c.OtherLink > 0 {
		f.warn(name + ": " + f.t.T("discover.other_link", "Packets", c.OtherLink))
	}
	if c.Lost > 0 {
		f.warn(name + ": " + f.t.T("discover.lost", "Packets", c.Lost))
	}
	for _, protocol := range slices.Sorted(maps.Keys(c.Malformed)) {
		f.warn(name + ": " + f.t.T("discover.malformed", "Packets", c.Malformed[protocol], "Protocol", protocol))
	}
}

func (f *finder) say(key string, args ...any) { f.warn(f.t.T(key, args...)) }

func (f *finder) warn(line string) { _, _ = fmt.Fprintln(f.o.Progress, line) }

func (f *finder) print(w io.Writer) error {
	if f.over > 0 {
		f.say("discover.dropped", "Count", f.over)
	}
	devices := discover.Devices(f.all)
	if !f.o.JSON {
		return f.table(w, devices)
	}
	out := discovered{Observations: []discover.ObservationJSON{}, Devices: []discover.DeviceJSON{}, Sources: f.sources, Dropped: f.over}
	for _, o := range f.all {
		out.Observations = append(out.Observations, discover.JSONOf(o))
	}
	for _, d := range devices {
		out.Devices = append(out.Devices, d.JSON())
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(out)
}

// table prints a line a device. Widths count what stands on the terminal: a Japanese
// character takes two places.
func (f *finder) table(w io.Writer, devices []discover.Device) error {
	rows := [][]string{{f.t.T("discover.column.address"), f.t.T("discover.column.mac"), f.t.T("discover.column.name"), f.t.T("discover.column.how"), f.t.T("discover.column.last"), f.t.T("discover.column.shows")}}
	for _, d := range devices {
		rows = append(rows, f.row(d))
	}
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		for i, cell := range r {
			b.WriteString(cell)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2))
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, f.t.T("discover.total", "Count", len(devices)))
	return err
}

func (f *finder) row(d discover.Device) []string {
	j := d.JSON()
	how := make([]string, len(d.How))
	for i, h := range d.How {
		how[i] = string(h)
	}
	return []string{some(j.Addresses, 1, 40), some(j.MACs, 1, 17), some(d.Names, 1, 30), strings.Join(how, ","), time.UnixMilli(d.LastMS).In(text.Tokyo()).Format("2006-01-02 15:04"), shows(d.Traits)}
}

// some shows the first few of a list, and how many more there are.
func some(list []string, n, width int) string {
	if len(list) == 0 {
		return "-"
	}
	s := clip(strings.Join(list[:min(n, len(list))], " "), width)
	if len(list) > n {
		s += fmt.Sprintf(" +%d", len(list)-n)
	}
	return s
}

// telling are the traits that say most about a device, the most telling first.
var telling = []string{network.TraitLLDPModel, network.TraitCDPPlatform, network.TraitLLDPSystem, network.TraitDICOMImpl, network.TraitHL7App, network.TraitDHCPServer, network.TraitSSDPServer, network.TraitDHCPVendor, network.TraitMDNSService, network.TraitHTTPTitle, network.TraitHTTPServer, network.TraitSSHBanner, probe.TraitSMBName, probe.TraitSMBVersion, network.TraitSIPAgent, network.TraitRTSPServer, network.TraitTLSSubject, discover.TraitNetBIOSVersion, network.TraitNetBIOSName}

func shows(list []network.Trait) string {
	var out []string
	for _, key := range telling {
		for _, t := range list {
			if t.Key == key && len(out) < 2 {
				out = append(out, key+"="+clip(t.Value, 40))
				break
			}
		}
	}
	return strings.Join(out, "; ")
}

// clip shortens to a width of the terminal.
func clip(s string, width int) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	var b strings.Builder
	left := width - 1
	for g := uniseg.NewGraphemes(s); g.Next() && left >= g.Width(); left -= g.Width() {
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}

// spoken writes a fault for the terminal in the reader's language: where, what, what next.
func spoken(t text.Translator, err error) error {
	var f *fault.Error
	if err == nil || !errors.As(err, &f) {
		return err
	}
	s := t.T(f.Key, f.Args...)
	if f.Place != "" {
		s = f.Place + ": " + s
	}
	if f.Hint != "" {
		s += " " + t.T(f.Hint, f.Args...)
	}
	return errors.New(s)
}
