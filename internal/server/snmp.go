package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sonae/internal/edge/discover/probe"
	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/edge/discover/snmp"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
)

// SNMPOptions say which devices to ask.
type SNMPOptions struct {
	Hosts       string // file: "host[:port] [credential]" a line
	Credentials string // file of credentials; empty: from the environment
	Workers     int
	Timeout     time.Duration
	KeepOptions
	NoProbe  string // file with addresses that are left alone, beside those of the ledger
	JSON     bool
	Language string    // ja or en
	Progress io.Writer // where progress and warnings go; never nil
}

// AskBySNMP asks the devices of a list and prints what they say, each as soon as it has
// answered; what they say is stored when o.Keep asks for it. It is an error when none
// answers.
func AskBySNMP(ctx context.Context, cfg Config, version string, o SNMPOptions, w io.Writer) error {
	texts, err := text.Load()
	if err != nil {
		return err
	}
	t := texts.For(o.Language)
	targets, err := snmpTargets(o)
	if err != nil {
		return spoken(t, err)
	}
	g := gating{cfg: cfg, version: version, file: o.NoProbe, t: t, progress: o.Progress}
	return g.do(ctx, func(gate *noprobe.Gate) error { return askBySNMP(ctx, cfg, version, o, t, targets, gate, w) })
}

func askBySNMP(ctx context.Context, cfg Config, version string, o SNMPOptions, t text.Translator, targets []snmp.Target, gate *noprobe.Gate, w io.Writer) error {
	way, err := door.Open(gate, probe.RateDefault, door.Log{Tell: func(door.Sent) {}})
	if err != nil {
		return spoken(t, err)
	}
	defer func() { _ = way.Close() }()
	return keeping(ctx, cfg, version, o.KeepOptions, func(kept *keeper) error {
		p := &snmpPrinter{o: o, t: t, w: w, all: len(targets), last: time.Now(), keep: func(r network.Reading) error { return kept.reading(ctx, r) }}
		snmp.Scan(ctx, targets, snmp.ScanOptions{Workers: o.Workers, Patience: snmp.Patience{Timeout: o.Timeout}, Gate: way}, p.take)
		p.progress("snmp.done")
		kept.say(t, o.Progress)
		switch {
		case p.failed != nil:
			return p.failed
		case ctx.Err() != nil:
			return spoken(t, fault.New(fault.CodeUnavailable, "snmp.error.stopped"))
		case p.answered == 0 && p.all > 0:
			return spoken(t, fault.New(fault.CodeUnavailable, "snmp.error.nobody"))
		}
		return nil
	})
}

func snmpTargets(o SNMPOptions) ([]snmp.Target, error) {
	f, err := os.Open(o.Hosts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	hosts, err := snmp.ReadHosts(f)
	if err != nil {
		return nil, err
	}
	credentials := map[string]snmp.Credential{}
	if o.Credentials != "" {
		if credentials, err = snmp.ReadCredentials(o.Credentials); err != nil {
			return nil, err
		}
	}
	if c, ok := snmp.EnvironmentCredential(os.Getenv); ok {
		if err := c.Check(); err != nil {
			return nil, err
		}
		credentials["default"] = c
	}
	return snmp.Targets(hosts, credentials)
}

// snmpPrinter prints outcomes as they come.
type snmpPrinter struct {
	o                   SNMPOptions
	t                   text.Translator
	w                   io.Writer
	all, done, answered int
	last                time.Time
	failed              error
	keep                func(network.Reading) error
}

func (p *snmpPrinter) take(out snmp.Outcome) {
	p.done++
	if out.Err == nil {
		p.answered++
	}
	var err error
	if p.o.JSON {
		err = json.NewEncoder(p.w).Encode(out.JSON())
	} else {
		_, err = fmt.Fprintln(p.w, p.line(out))
	}
	if out.Err == nil {
		err = errors.Join(err, p.keep(out.Reading))
	}
	p.failed = errors.Join(p.failed, err)
	if time.Since(p.last) > 2*time.Second {
		p.last = time.Now()
		p.progress("snmp.progress")
	}
}

func (p *snmpPrinter) progress(key string) {
	_, _ = fmt.Fprintln(p.o.Progress, p.t.T(key, "Done", p.done, "All", p.all, "Answered", p.answered))
}

// line is what the table says about a device.
func (p *snmpPrinter) line(out snmp.Outcome) string {
	if out.Err != nil {
		return out.Target.Address + "\t" + p.t.T("snmp.trouble."+string(snmp.TroubleOf(out.Err)))
	}
	r := out.Reading
	cells := []string{out.Target.Address, r.Device.Name, traitOf(r, network.TraitEntityModel), traitOf(r, network.TraitEntitySerial),
		p.t.T("snmp.line", "Interfaces", len(r.Interfaces), "Seen", len(r.Seen))}
	for _, part := range r.Partial {
		group, word, _ := strings.Cut(part, ": ")
		cells = append(cells, p.t.T("snmp.part", "Part", p.t.T("snmp.group."+group), "Trouble", p.t.T("snmp.trouble."+word)))
	}
	return strings.Join(cells, "\t")
}

func traitOf(r network.Reading, key string) string {
	for _, t := range r.Traits {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}
