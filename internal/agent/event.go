package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sonae/internal/wire"
)

// maxEvents is how many events wait for a report; the oldest go first.
const maxEvents = 32

// happened notes something about the agent itself for the next report.
func (a *Agent) happened(kind, detail string) {
	detail = strings.ToValidUTF8(detail[:min(len(detail), 200)], "")
	a.store.state.Events = append(a.store.state.Events, wire.AgentEvent{Kind: kind, AtMS: max(a.cfg.Now().UnixMilli(), 0), Detail: detail})
	if over := len(a.store.state.Events) - maxEvents; over > 0 {
		a.store.state.Events = a.store.state.Events[over:]
	}
}

// told drops the events that a report carried.
func (a *Agent) told(count int) {
	a.store.state.Events = a.store.state.Events[min(count, len(a.store.state.Events)):]
}

// look compares program, settings and folder with what was there at the last start.
// What it finds is a note, not a judgement: an update changes the program, too.
func (a *Agent) look() {
	for _, reason := range a.store.damaged {
		a.happened("state", reason)
	}
	for _, reason := range exposed(a.cfg.StateDir) {
		a.happened("open", reason)
	}
	if sum, err := programSum(); err == nil {
		seen := &a.store.state.Program
		switch {
		case *seen != "" && *seen != sum && a.store.state.ProgramVersion == a.cfg.Version:
			a.happened("program", "the program file changed and still says it is version "+a.cfg.Version)
		case *seen != "" && *seen != sum:
			a.happened("program", fmt.Sprintf("version %s became %s", a.store.state.ProgramVersion, a.cfg.Version))
		}
		*seen, a.store.state.ProgramVersion = sum, a.cfg.Version
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{a.cfg.ServerURL, a.cfg.Pin, a.cfg.CAFile, a.cfg.Interval.String()}, "\x00")))
	settings := hex.EncodeToString(sum[:8])
	if a.store.state.Settings != "" && a.store.state.Settings != settings {
		a.happened("settings", "server, pin, authority or interval changed")
	}
	a.store.state.Settings = settings
}

// programSum is the SHA-256 of the running program's file.
func programSum() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// restartTime is how long the service may be away without a word: updates restart it.
const restartTime = 10 * time.Minute

// missed says once, after a start, that the service was away while the machine ran on.
// A machine that was switched off is everyday life.
func (a *Agent) missed(report wire.Report) {
	if a.started {
		return
	}
	a.started = true
	now, s := a.cfg.Now(), &a.store.state
	booted := int64(0)
	if report.Sections.OS != nil {
		booted = report.Sections.OS.BootedMS
	}
	last := max(s.StoppedMS, s.AliveMS)
	if booted == 0 || last == 0 || booted > last {
		return
	}
	away := now.Sub(time.UnixMilli(last))
	switch {
	case s.StoppedMS >= s.AliveMS && away > restartTime:
		a.happened("stopped", fmt.Sprintf("the service was stopped for %s while the machine ran", away.Round(time.Minute)))
	case s.StoppedMS < s.AliveMS && away > 2*a.interval()+restartTime:
		a.happened("away", fmt.Sprintf("the service did not run for %s while the machine did, and nobody stopped it", away.Round(time.Minute)))
	}
}
