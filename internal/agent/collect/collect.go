// Package collect takes the inventory of the machine it runs on. Each collector
// reads one thing from a Source and returns one typed part of a wire.Report;
// list.go names them all. docs/add-a-collector.md shows how to write one.
//
//	report, err := collect.Report(ctx, "1.0.0")
//
// No collector starts a program: what a command would print is read from the
// files and kernel interfaces that the command itself reads.
package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// Collector is one entry of the list: a name, what it needs, and one function
// from a Source to its part of the report.
type Collector struct {
	Name    string        // unique, as in notes and logs
	Section wire.Section  // section it fills, alone or with others
	OS      []string      // values of GOOS it reads
	Limit   time.Duration // time it may take; 0 = defaultLimit

	// read returns what puts the result in place. It runs on a goroutine of its
	// own and may outlive its limit; then its result is thrown away.
	read func(ctx context.Context, src *Source) (put func(*wire.Sections), err error)
}

// defaultLimit is far above what any collector takes on a healthy machine, and
// short enough that a stuck disk does not hold up the report.
const defaultLimit = 10 * time.Second

// ErrNoData says that this machine has nothing of the kind. It is an answer,
// not a failure.
var ErrNoData = errors.New("nothing of the kind on this machine")

// GapError is returned together with a result that is true but not complete.
type GapError struct {
	State   wire.State // Partial or NoRight
	Reasons []string   // plain English, one a gap
}

// Error joins the reasons.
func (g *GapError) Error() string { return strings.Join(g.Reasons, "; ") }

// gaps collects reasons while a collector works.
type gaps struct {
	account string // that may read everything; "" = root
	noRight bool
	reasons []string
}

// add notes a gap. A nil err, or one that only says "does not exist", is none.
func (g *gaps) add(what string, err error) {
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, fs.ErrPermission):
		g.noRight = true
		g.say("%s: the agent may not read it; run it as %s", what, cmp.Or(g.account, "root"))
	default:
		g.say("%s: %v", what, err)
	}
}

// say notes a gap in words, each once.
func (g *gaps) say(format string, args ...any) {
	if reason := fmt.Sprintf(format, args...); !slices.Contains(g.reasons, reason) && len(g.reasons) < 16 {
		g.reasons = append(g.reasons, reason)
	}
}

// err is nil without gaps.
func (g *gaps) err() error {
	if len(g.reasons) == 0 {
		return nil
	}
	state := wire.Partial
	if g.noRight {
		state = wire.NoRight
	}
	return &GapError{State: state, Reasons: g.reasons}
}

// collector makes a list entry of a typed function and of where its result goes.
func collector[T any](name string, section wire.Section, os string, read func(context.Context, *Source) (T, error), put func(*wire.Sections, T)) Collector {
	return Collector{Name: name, Section: section, OS: strings.Fields(os), read: func(ctx context.Context, src *Source) (func(*wire.Sections), error) {
		value, err := read(ctx, src)
		return func(s *wire.Sections) { put(s, value) }, err
	}}
}

// Result is what one run found.
type Result struct {
	Sections wire.Sections
	Notes    []wire.Note   // in the order of the list
	Timings  []Timing      // in the order of the list, for the log
	Identity wire.Identity // also in Sections.Hardware when that could be read
}

// Timing is how long one collector took and how it ended.
type Timing struct {
	Name string
	Took time.Duration
	Err  error // nil, ErrNoData, *GapError, or why it failed
}

// Run runs the collectors one after the other on src. A collector that fails,
// panics or takes too long leaves a note and nothing else. The error is that of
// ctx, when it ends before the work does.
func Run(ctx context.Context, src *Source, list []Collector) (*Result, error) {
	result := &Result{}
	for _, c := range list {
		if !slices.Contains(c.OS, src.OS) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("collect: %w", err)
		}
		start := time.Now()
		put, err := runOne(ctx, src, c)
		if put != nil {
			put(&result.Sections)
		}
		result.Timings = append(result.Timings, Timing{Name: c.Name, Took: time.Since(start), Err: err})
		if note, ok := noteOf(c, err); ok {
			result.Notes = append(result.Notes, note)
		}
	}
	result.Notes = append(result.Notes, notRead(src.OS, list, result)...)
	result.Notes = append(result.Notes, tidy(&result.Sections)...)
	if result.Sections.Hardware != nil {
		result.Identity = result.Sections.Hardware.Identity
	}
	return result, nil
}

// runOne gives the put function only when there is a result to put.
func runOne(ctx context.Context, src *Source, c Collector) (func(*wire.Sections), error) {
	limit := c.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	type outcome struct {
		put func(*wire.Sections)
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- outcome{err: fmt.Errorf("panic: %v", p)}
			}
		}()
		put, err := c.read(ctx, src)
		done <- outcome{put, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("not finished after %s: %w", limit, ctx.Err())
	case o := <-done:
		var gap *GapError
		if o.err != nil && !errors.As(o.err, &gap) {
			return nil, o.err
		}
		return o.put, o.err
	}
}

func noteOf(c Collector, err error) (wire.Note, bool) {
	var gap *GapError
	note := wire.Note{Section: c.Section}
	switch {
	case err == nil:
		return note, false
	case errors.As(err, &gap):
		note.State = gap.State
	case errors.Is(err, ErrNoData):
		note.State = wire.NoData
	case errors.Is(err, fs.ErrPermission):
		note.State = wire.NoRight
	default:
		note.State = wire.Failed
	}
	note.Reason = cut(c.Name+": "+err.Error(), 1000)
	return note, true
}

// notRead names the sections no collector of this list reads on this system.
func notRead(os string, list []Collector, result *Result) []wire.Note {
	var notes []wire.Note
	for _, section := range wire.AllSections {
		read := slices.ContainsFunc(list, func(c Collector) bool { return c.Section == section && slices.Contains(c.OS, os) })
		if !read {
			notes = append(notes, wire.Note{Section: section, State: wire.NotYet, Reason: "this version of the agent does not read it on " + os})
		}
	}
	return notes
}

// Report takes the inventory of this machine: version, time, agent, sections,
// digests and notes. DeviceID is empty and Seq zero; who sends the report sets
// them. agentVersion is what wire.Agent.Version will say. The error is that of
// ctx.
func Report(ctx context.Context, agentVersion string) (wire.Report, error) {
	return ReportOf(ctx, Host(), List(), agentVersion)
}

// Repeated is Report for an agent that stays: what is dear to ask is remembered
// between two reports, and a part of the system that does not answer is not asked
// again before it does. narrow chooses and wraps the collectors of each report. The
// function may not be called concurrently.
func Repeated(narrow func([]Collector) []Collector) func(ctx context.Context, agentVersion string) (wire.Report, error) {
	first := Host()
	return func(ctx context.Context, agentVersion string) (wire.Report, error) {
		src := Host()
		if src.Windows != nil {
			src.Windows.WMI, src.Windows.Calls.Updates = first.Windows.WMI, first.Windows.Calls.Updates
		}
		return ReportOf(ctx, src, narrow(List()), agentVersion)
	}
}

// ReportOf is Report for any source and list.
func ReportOf(ctx context.Context, src *Source, list []Collector, agentVersion string) (wire.Report, error) {
	result, err := Run(ctx, src, list)
	if err != nil {
		return wire.Report{}, err
	}
	report := wire.Report{
		Version:     wire.Version,
		CollectedMS: src.Now().UnixMilli(),
		Agent:       wire.Agent{Version: agentVersion, OS: src.OS, Arch: runtime.GOARCH},
		Sections:    result.Sections,
		Notes:       result.Notes,
	}
	report.Seal()
	return report, nil
}
