package server

import (
	"context"
	"net/http"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Memory: a busy server may use more so that collecting garbage takes less of the
// processor (a fifth of it at Go's default while a morning's reports come in), and an
// idle one gives back what it does not need, because it often stands beside other
// programs on an old machine.
const (
	// busyGC is the garbage collector's percentage (GOGC) unless GOGC says otherwise.
	busyGC = 400
	// idleAfter is how long nothing must have been asked before memory goes back.
	idleAfter = 5 * time.Second
	// worthTrimming is how long a job runs that leaves memory worth giving back; those
	// of every minute are shorter.
	worthTrimming = 100 * time.Millisecond
)

// trimmer gives memory back to the system once after each busy time.
type trimmer struct {
	last  atomic.Int64 // when something was last done, Unix ms
	dirty atomic.Bool  // something was done since memory was given back
}

// touch notes that the server works.
func (t *trimmer) touch() {
	t.last.Store(time.Now().UnixMilli())
	t.dirty.Store(true)
}

// watch is h, noticed.
func (t *trimmer) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.touch()
		h.ServeHTTP(w, r)
		t.touch()
	})
}

// run trims until ctx ends.
func (t *trimmer) run(ctx context.Context) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(busyGC)
	}
	tick := time.NewTicker(idleAfter / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		quiet := time.Since(time.UnixMilli(t.last.Load())) >= idleAfter
		if quiet && t.dirty.Swap(false) {
			debug.FreeOSMemory()
		}
	}
}
