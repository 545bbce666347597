package ingest

import (
	"errors"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However many reports come, a facility is asked for once a second; none is forgotten,
// not even when the database is away for a while or the server stops.
func TestNudges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := map[string]int{}
		down := false
		n := nudges{enqueue: func(facility string, _ time.Time) error {
			mu.Lock()
			defer mu.Unlock()
			if down {
				return errors.New("away")
			}
			asked[facility]++
			return nil
		}}
		check := func(when string, want map[string]int) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !maps.Equal(asked, want) {
				t.Errorf("%s: asked %v, want %v", when, asked, want)
			}
		}
		for range 1000 {
			n.ask("a", time.Now())
		}
		n.ask("b", time.Now())
		check("first reports", map[string]int{"a": 1, "b": 1})
		for range 1000 {
			n.ask("a", time.Now())
		}
		check("more within the second", map[string]int{"a": 1, "b": 1})
		time.Sleep(evaluateDelay)
		check("a second later", map[string]int{"a": 2, "b": 1})
		time.Sleep(time.Minute)
		mu.Lock()
		down = true
		mu.Unlock()
		n.ask("a", time.Now())
		synctest.Wait()
		mu.Lock()
		down = false
		mu.Unlock()
		time.Sleep(retryAfter)
		check("database back", map[string]int{"a": 3, "b": 1})
		n.ask("b", time.Now())
		time.Sleep(evaluateDelay / 2)
		n.ask("b", time.Now())
		n.close()
		check("stopped", map[string]int{"a": 3, "b": 3})
	})
}
