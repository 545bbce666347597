package ingest

import (
	"context"
	"errors"
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

// unchanged is a report that holds digests only, and who waits for it.
type unchanged struct {
	taking *taking
	ctx    context.Context
	done   chan error
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
	u := &unchanged{taking: t, ctx: ctx, done: make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, u)
	if !g.running {
		g.running = true
		go g.run()
	}
	g.mu.Unlock()
	return <-u.done
}

// run stores batches until none waits.
func (g *together) run() {
	for {
		batch := g.next()
		if batch == nil {
			return
		}
		g.commit(batch)
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

// commit stores a batch; those that need more than a confirmation go alone.
func (g *together) commit(batch []*unchanged) {
	confirmed := map[string]bool{}
	if len(batch) > 1 {
		ctx, cancel := context.WithTimeout(context.Background(), togetherTime)
		defer cancel()
		err := g.server.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			confirmed, err = g.confirm(ctx, tx, batch)
			return err
		})
		if err != nil {
			clear(confirmed)
		}
	}
	var alone sync.WaitGroup
	for _, u := range batch {
		if confirmed[u.taking.device.ID] {
			u.done <- nil
			continue
		}
		alone.Go(func() { u.done <- g.server.db.Tx(u.ctx, u.taking.run) })
	}
	alone.Wait()
}

func (g *together) confirm(ctx context.Context, tx *store.Tx, batch []*unchanged) (map[string]bool, error) {
	list := make([]asset.Unchanged, len(batch))
	for i, u := range batch {
		list[i] = asset.Unchanged{DeviceID: u.taking.device.ID, AtMS: u.taking.atMS, Digests: digests(u.taking.report)}
	}
	confirmed, err := asset.ConfirmAll(ctx, tx, list)
	if err != nil || len(confirmed) == 0 {
		return nil, err
	}
	var numbers []identity.Report
	for _, u := range batch {
		if confirmed[u.taking.device.ID] {
			numbers = append(numbers, identity.Report{DeviceID: u.taking.device.ID, Seq: u.taking.report.Seq})
		}
	}
	n, err := g.server.identity.AdvanceSeqs(ctx, tx, numbers)
	if err == nil && n < len(numbers) {
		err = errReplay
	}
	return confirmed, err
}
