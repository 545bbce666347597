package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// inFlight are the collectors that run, also those whose time is over: one that never
// ends must not be started again beside itself.
//
// The service keeps their names in a file while they run: a process that was killed for
// want of memory, or died in native code, tells nobody of what it was doing.
type inFlight struct {
	mu    sync.Mutex
	names map[string]int64 // since when (Unix ms)
	now   func() time.Time
	file  string // "" = none is kept
}

func (f *inFlight) begin(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, runs := f.names[name]; runs {
		return false
	}
	if f.names == nil {
		f.names = map[string]int64{}
	}
	f.names[name] = f.now().UnixMilli()
	f.mark()
	return true
}

func (f *inFlight) end(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.names, name)
	f.mark()
}

// keep begins to keep the file; "" ends it.
func (f *inFlight) keep(file string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if file == "" && f.file != "" {
		_ = os.Remove(f.file)
	}
	f.file = file
}

// markBytes is the size of the file: it is written over in one piece, so that a death
// in between leaves the old names or the new ones. All collectors at once have a third.
const markBytes = 2048

// mark writes who runs. It does not wait for the disk: the file is for the death of the
// process, which the system's memory outlives, and not for that of the machine. Without
// a mark the agent works as well.
func (f *inFlight) mark() {
	if f.file == "" {
		return
	}
	if len(f.names) == 0 {
		_ = os.Remove(f.file)
		return
	}
	body, err := json.Marshal(f.names)
	if err != nil || len(body) > markBytes {
		return
	}
	file, err := os.OpenFile(f.file, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	defer file.Close()
	_, _ = file.WriteAt(append(body, bytes.Repeat([]byte(" "), markBytes-len(body))...), 0)
}

// marked reads the file of an earlier process: collectors, and since when they ran. What
// a power cut left of it, and what is no such file, is nothing.
func marked(file string) map[string]int64 {
	body, err := os.ReadFile(file)
	var names map[string]int64
	if err != nil || len(body) > markBytes || json.Unmarshal(body, &names) != nil {
		return nil
	}
	return names
}

// survive leaves out for a day what ran when the process before this one died, and has
// the collectors of this one marked.
func (a *Agent) survive() {
	file := filepath.Join(a.cfg.StateDir, "running")
	names := marked(file)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		at := time.UnixMilli(names[name]).UTC().Format(time.RFC3339)
		a.leaveOut(name, fmt.Sprintf("the agent died (killed, crashed or without power) while %s ran, begun %s", name, at))
	}
	_ = os.Remove(file)
	if len(names) > 0 {
		// The next death must not take this with it.
		if err := a.store.save(); err != nil {
			a.cfg.Log.Warn("state not kept", "err", err)
		}
	}
	a.running.keep(file)
}

// leaveOut has a collector not run for a day, and says so on the next report.
func (a *Agent) leaveOut(name, why string) {
	s := &a.store.state
	if s.LeftOut == nil {
		s.LeftOut = map[string]int64{}
	}
	s.LeftOut[name] = a.cfg.Now().Add(leftOutTime).UnixMilli()
	a.happened("watchdog", why+"; it is left out for a day")
}
