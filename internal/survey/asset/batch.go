package asset

import (
	"context"

	"sonae/internal/platform/store"
)

// ErrRace says that another transaction registered one of the machines of a Batch first.
// The caller gives its transaction up and takes them in one by one.
var ErrRace = errRace

// Batch writes new machines of a list together: seven statements for all of them in the
// place of as many for each. A round trip to the database costs more than a row. Not safe
// for concurrent use.
type Batch struct {
	tx    *store.Tx
	keys  map[string]bool // of those who wait
	wait  []*work
	after []Asset // as they will be, in the order of wait
	facts [][]any
}

// NewBatch begins a batch in a transaction. Nothing is stored before Flush.
func NewBatch(tx *store.Tx) *Batch { return &Batch{tx: tx, keys: map[string]bool{}} }

// New takes in an observation of a machine that Foresee does not know, as Observe would:
// at once when it carries more than values or shares a key with one that waits, else at
// Flush. Errors are those of Observe; nothing of this observation is stored then.
func (b *Batch) New(ctx context.Context, o Observation) (Result, error) {
	w := &work{tx: b.tx, o: o, keys: keysFor(o), created: true, sections: sectionWork{known: map[string]sectionState{}}}
	if !o.simple() || b.waits(w.keys) {
		if err := b.Flush(ctx); err != nil {
			return Result{}, err
		}
		return Observe(ctx, b.tx, o)
	}
	var err error
	if err = o.check(); err != nil {
		return Result{}, err
	}
	if w.groups, err = o.groups(); err != nil {
		return Result{}, err
	}
	w.asset = Asset{ID: store.NewID(), FacilityID: o.FacilityID, CreatedMS: o.AtMS}
	p := w.plan()
	after, err := w.become(p)
	if err != nil {
		return Result{}, err
	}
	b.tx.MarkNew(w.asset.ID)
	for _, key := range w.keys.all() {
		b.keys[key] = true
	}
	for _, f := range p.opened {
		b.facts = append(b.facts, factRow(w.asset.ID, f))
	}
	b.wait, b.after = append(b.wait, w), append(b.after, after)
	return Result{AssetID: w.asset.ID, Created: true, Changed: changes(w.asset.ID, w.asset.Values, after.Values, p.facts, o.AtMS)}, nil
}

// simple reports whether an observation is values alone.
func (o Observation) simple() bool {
	return o.AssetID == "" && o.Guard == nil && o.Digests == nil && o.Volumes == nil && o.Disks == nil && !o.sighting()
}

func (b *Batch) waits(k keySet) bool {
	for _, key := range k.all() {
		if b.keys[key] {
			return true
		}
	}
	return false
}

// Flush stores who waits. ErrRace: one of the keys has an owner since Foresee looked.
func (b *Batch) Flush(ctx context.Context) error {
	if len(b.wait) == 0 {
		return nil
	}
	var keys, sections, sources [][]any
	for _, w := range b.wait {
		id := w.asset.ID
		keys = append(keys, w.claims(id, nil, nil)...)
		rows, _, _ := w.sections.rows(id, w.o)
		sections = append(sections, rows...)
		sources = append(sources, []any{id, string(w.o.Source), w.keys.device, "", w.o.AtMS})
	}
	err := claimAll(ctx, b.tx, keys)
	for _, step := range []func() error{
		func() error { return insertFacts(ctx, b.tx, b.facts) },
		func() error { return writeRows(ctx, b.tx, b.after...) },
		func() error { return writeSections(ctx, b.tx, sections, nil) },
		func() error { return writeSources(ctx, b.tx, sources) },
	} {
		if err != nil {
			return err
		}
		err = step()
	}
	b.keys, b.wait, b.after, b.facts = map[string]bool{}, nil, nil, nil
	return err
}
