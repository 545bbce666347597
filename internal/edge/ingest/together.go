package ingest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// together stores unchanged reports that come at the same time in one transaction of
// three statements: what most reports of most days are, and what a database spends on
// a transaction is more than what it spends on them. While one transaction runs, the
// next ones gather; a report that comes alone waits for nobody.
type together struct {
	server  *Server
	mu      sync.Mutex
	waiting []*unchanged
	running bool
}

// unchanged is a report that holds digests only, and who waits to hear whether it was
// stored with others; if not, its own request stores it.
type unchanged struct {
	taking *taking
	stored chan bool
}

const (
	// togetherMax bounds a transaction: some 128 rows in each of three tables.
	togetherMax = 128
	// togetherTime bounds how long the database may take for them.
	togetherTime = 30 * time.Second
)

// errReplay says that one of the reports came before; each is then stored alone, so
// that its sender hears its own answer.
var errReplay = errors.New("a report number does not rise")

// store hands a report over and waits until it is committed or refused.
func (g *together) store(ctx context.Context, t *taking) error {
	u := &unchanged{taking: t, stored: make(chan bool, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, u)
	if !g.running {
		g.running = true
		go g.run()
	}
	g.mu.Unlock()
	if <-u.stored {
		return nil
	}
	return g.server.db.Tx(ctx, t.run)
}

// run stores batches until none waits.
func (g *together) run() {
	for {
		batch := g.next()
		if batch == nil {
			return
		}
		confirmed := g.commit(batch)
		for _, u := range batch {
			_, ok := confirmed[u.taking.device.ID]
			u.stored <- ok
		}
	}
}

// next takes waiting reports, of each device one.
func (g *together) next() []*unchanged {
	g.mu.Lock()
	defer g.mu.Unlock()
	var batch, later []*unchanged
	devices := map[string]bool{}
	for _, u := range g.waiting {
		if id := u.taking.device.ID; len(batch) < togetherMax && !devices[id] {
			devices[id] = true
			batch = append(batch, u)
		} else {
			later = append(later, u)
		}
	}
	g.waiting = later
	g.running = batch != nil
	return batch
}

// commit stores a batch and tells which devices' reports that were; none of a single
// one, which is stored faster alone, nor when anything goes wrong.
func (g *together) commit(batch []*unchanged) (confirmed map[string]string) {
	if len(batch) == 1 {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			g.server.log.Error("panic while storing reports together", "err", fmt.Sprint(p), "stack", string(debug.Stack()))
			confirmed = nil
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), togetherTime)
	defer cancel()
	err := g.server.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		confirmed, err = g.confirm(ctx, tx, batch)
		return err
	})
	if err != nil {
		return nil
	}
	return confirmed
}

func (g *together) confirm(ctx context.Context, tx *store.Tx, batch []*unchanged) (map[string]string, error) {
	list := make([]asset.Unchanged, len(batch))
	for i, u := range batch {
		list[i] = asset.Unchanged{DeviceID: u.taking.device.ID, AtMS: u.taking.atMS, Whole: u.taking.whole()}
	}
	confirmed, err := asset.ConfirmAll(ctx, tx, list)
	if err != nil || len(confirmed) == 0 {
		return nil, err
	}
	var numbers []identity.Report
	for _, u := range batch {
		if _, ok := confirmed[u.taking.device.ID]; ok {
			numbers = append(numbers, identity.Report{DeviceID: u.taking.device.ID, Seq: u.taking.report.Seq})
		}
	}
	n, err := g.server.identity.AdvanceSeqs(ctx, tx, numbers)
	if err == nil && n < len(numbers) {
		err = errReplay
	}
	return confirmed, err
}
