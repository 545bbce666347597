package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sonae/internal/edge/discover"
	"sonae/internal/edge/discover/probe"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
)

// SweepOptions say whom to ask, and how.
type SweepOptions struct {
	Ranges  []string // addresses and ranges
	Methods []string // words of probe.Methods; empty: the usual ones
	Ports   []int
	Rate    int // packets in a second; 0 = default
	Called  string
	Calling string
	DryRun  bool   // print what would be sent
	NoProbe string // file with addresses that are left alone, beside those of the ledger
	Resume  bool   // go on where the log says
	Log     string // file to which everything that is sent is written
	KeepOptions
	JSON     bool
	Language string    // ja or en
	Progress io.Writer // where progress and warnings go; never nil
}

func (o SweepOptions) order() (probe.Order, error) {
	ranges, err := probe.ParseRanges(strings.Join(o.Ranges, ","))
	if err != nil {
		return probe.Order{}, err
	}
	order := probe.Order{Ranges: ranges, Rate: o.Rate, Called: o.Called, Calling: o.Calling}
	for _, m := range o.Methods {
		order.Methods = append(order.Methods, probe.Method(strings.ToLower(m)))
	}
	for _, p := range o.Ports {
		if p < 1 || p > 65535 {
			return order, fault.Invalid("probe.error.ports", "Max", probe.PortsMax).At("ports")
		}
		order.Ports = append(order.Ports, uint16(p))
	}
	return order.Checked()
}

// Sweep asks the addresses of ranges what they are, and prints the devices that answered.
// What is sent to whom, and who is left out, is written to the log.
func Sweep(ctx context.Context, cfg Config, version string, o SweepOptions, w io.Writer) error {
	texts, err := text.Load()
	if err != nil {
		return err
	}
	t := texts.For(o.Language)
	order, err := o.order()
	if err != nil {
		return spoken(t, err)
	}
	g := gating{cfg: cfg, version: version, file: o.NoProbe, t: t, progress: o.Progress}
	return g.do(ctx, func(gate *noprobe.Gate) error {
		if o.DryRun {
			return spoken(t, dryRun(ctx, order, gate, o, t, w))
		}
		return keeping(ctx, cfg, version, o.KeepOptions, func(kept *keeper) error {
			s := sweep{o: o, t: t, found: &finder{o: DiscoverOptions{JSON: o.JSON, Progress: o.Progress}, t: t, kept: kept}}
			err := s.run(ctx, order, gate)
			kept.say(t, o.Progress)
			if s.began {
				err = errors.Join(err, s.found.print(w))
			}
			return spoken(t, err)
		})
	})
}

// sweep is one run of the command.
type sweep struct {
	o     SweepOptions
	t     text.Translator
	found *finder
	log   *sweepLog
	began bool
	last  time.Time
}

func (s *sweep) run(ctx context.Context, order probe.Order, gate *noprobe.Gate) (err error) {
	var from probe.Cursor
	if s.o.Resume {
		if from, err = lastCursor(s.o.Log, order.Key()); err != nil {
			return err
		}
		s.say("probe.resumed", "Done", from.Next)
	}
	if s.log, err = openSweepLog(s.o.Log, order, from); err != nil {
		return err
	}
	s.began = true
	p, err := probe.Run(ctx, order, gate, from, probe.Log{Ahead: s.log.ahead, Tell: s.take})
	state := "done"
	if err != nil {
		state = "stopped"
	}
	err = errors.Join(err, s.log.end(state))
	args := []any{"Done", p.Done, "Total", p.Total, "Answered", p.Answered, "LeftOut", p.LeftOut, "Packets", p.Packets, "Log", s.o.Log}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		s.say("probe.paused", args...)
		return nil
	}
	s.say("probe.done", args...)
	return err
}

// take is the Log.Tell of the command: the log first, then what was found.
func (s *sweep) take(ctx context.Context, b probe.Batch) error {
	if err := s.log.batch(b); err != nil {
		return err
	}
	list := make([]network.Observation, 0, len(b.Answers))
	for _, a := range b.Answers {
		list = append(list, a.Observation("", network.Party{}, ""))
	}
	for len(list) > 0 {
		n := min(len(list), discover.BatchMax)
		if err := s.found.keep(ctx, list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	if p := b.Progress; time.Since(s.last) > 2*time.Second && p.Done < p.Total {
		s.last = time.Now()
		s.say("probe.progress", "Done", p.Done, "Total", p.Total, "Answered", p.Answered, "LeftOut", p.LeftOut)
	}
	return nil
}

func (s *sweep) say(key string, args ...any) {
	_, _ = fmt.Fprintln(s.o.Progress, s.t.T(key, args...))
}

// stepJSON is a line of the dry run.
type stepJSON struct {
	Address   netip.Addr     `json:"address"`
	MAC       string         `json:"mac,omitempty"`
	Methods   []probe.Method `json:"methods,omitempty"`
	Ports     []uint16       `json:"ports,omitempty"`
	Broadcast bool           `json:"broadcast,omitempty"`
	LeftOut   probe.Reason   `json:"left_out,omitempty"`
	Rule      string         `json:"rule,omitempty"`
}

func dryRun(ctx context.Context, order probe.Order, gate *noprobe.Gate, o SweepOptions, t text.Translator, w io.Writer) error {
	asked, left := 0, 0
	err := probe.DryRun(ctx, order, gate, func(s probe.Step) error {
		line := stepJSON{Address: s.Address, MAC: s.MAC.String(), Methods: s.Methods, Ports: s.Ports, Broadcast: s.Broadcast}
		if s.LeftOut == nil {
			asked++
		} else {
			left++
			line.LeftOut, line.Rule = s.LeftOut.Reason, ruleText(t, s.LeftOut.Rule)
		}
		if o.JSON {
			return json.NewEncoder(w).Encode(line)
		}
		_, err := fmt.Fprintln(w, line.text(t))
		return err
	})
	if err == nil {
		_, _ = fmt.Fprintln(o.Progress, t.T("probe.dry", "Asked", asked, "LeftOut", left))
	}
	return err
}

func (s stepJSON) text(t text.Translator) string {
	cells := []string{s.Address.String()}
	if s.MAC != "" {
		cells = append(cells, s.MAC)
	}
	if s.LeftOut != "" {
		return strings.Join(append(cells, t.T("probe.dry.left_out", "Why", leftOut(t, s.LeftOut, s.Rule))), "\t")
	}
	words := make([]string, len(s.Methods))
	for i, m := range s.Methods {
		words[i] = string(m)
	}
	ports := make([]string, len(s.Ports))
	for i, p := range s.Ports {
		ports[i] = strconv.Itoa(int(p))
	}
	cells = append(cells, strings.Join(words, ","))
	if len(ports) > 0 {
		cells = append(cells, "tcp/"+strings.Join(ports, ","))
	}
	return strings.Join(cells, "\t")
}

func leftOut(t text.Translator, why probe.Reason, rule string) string {
	s := t.T("probe.left_out." + string(why))
	if rule != "" {
		s += " (" + rule + ")"
	}
	return s
}

// ruleText says which rule it was; empty for none.
func ruleText(t text.Translator, r noprobe.Rule) string {
	if r.Kind == "" || r.Kind == noprobe.KindUnloaded {
		return ""
	}
	s := t.T("noprobe.kind."+string(r.Kind)) + " " + r.Show()
	if r.Reason != "" && r.Reason != "-" {
		s += ": " + r.Reason
	}
	return s
}
