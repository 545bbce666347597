package asset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// maxKeyText bounds what a source may send as identity, in bytes.
const maxKeyText = 4096

// errRace says that another transaction claimed a key of the same machine first.
var errRace = errors.New("another transaction registered the same machine")

// Observe takes in what a source says about a machine: finds the asset by the
// rules of decide, or makes a new one, and makes the facts of the reported
// sections equal to the observation. Contradictions about identity go to the
// queue of conflicts. Errors: invalid, with the field as place; nothing is stored
// then. About ten statements for a new machine, fewer for a known one.
func Observe(ctx context.Context, tx *store.Tx, o Observation) (Result, error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	groups, err := o.groups()
	if err != nil {
		return Result{}, err
	}
	w := work{tx: tx, o: o, groups: groups, keys: keysFor(o)}
	for range 3 {
		if err = w.find(ctx); !errors.Is(err, errRace) {
			break
		}
	}
	if err != nil {
		return Result{}, err
	}
	if w.older {
		return Result{AssetID: w.asset.ID, Older: true, Need: w.sections.need}, nil
	}
	return w.store(ctx)
}

// check refuses what must not reach the database.
func (o Observation) check() error {
	if o.FacilityID == "" || o.AtMS <= 0 || !slices.Contains(Sources, o.Source) || o.Source == SourceManual {
		return fault.Invalid("asset.error.observation")
	}
	id := o.Identity
	texts := append([]string{o.DeviceID, o.By, id.Maker, id.Model, id.Serial, id.SMBIOSUUID, id.MachineID, id.HostName, id.DomainName, id.AssetTag}, id.MACs...)
	for _, t := range append(texts, sortedKeys(o.Digests)...) {
		if len(t) > maxKeyText || !utf8.ValidString(t) || !validText(t, maxKeyText) {
			return fault.Invalid("asset.error.not_text").At("identity")
		}
	}
	if o.Kind != "" && !slices.Contains(Kinds, o.Kind) {
		return fault.Invalid("asset.error.choice").At(string(FieldKind))
	}
	return nil
}

// groups checks the reported values and adds the section of the kind.
func (o Observation) groups() (map[string]Values, error) {
	out := make(map[string]Values, len(o.Groups)+1)
	for section, set := range o.Groups {
		if section == "" {
			return nil, fault.Invalid("asset.error.observation")
		}
		for f := range set {
			if info, ok := Info(f); ok && info.ManualOnly && o.Source != SourceCSV {
				return nil, fault.Invalid("asset.error.manual_only").At(string(f))
			}
			if info, ok := Info(f); ok && info.ObservedOnly && o.Source != SourceAgent && o.Source != SourceUSB {
				return nil, fault.Invalid("asset.error.observed_only").At(string(f))
			}
		}
		values, err := canonicalAll(set)
		if err != nil {
			return nil, err
		}
		out[section] = values
	}
	if o.Kind != "" {
		v := out[SectionIdentity]
		if v == nil {
			v = Values{}
		}
		v[FieldKind] = string(o.Kind)
		out[SectionIdentity] = v
	}
	return out, nil
}

// work is one observation on its way into the ledger.
type work struct {
	tx       *store.Tx
	o        Observation
	groups   map[string]Values
	keys     keySet
	asset    Asset // as it was; zero values for a new one
	created  bool
	older    bool
	clashes  []clash
	facts    []Fact
	sections sectionWork
}

// find settles which asset it is, claims its keys and locks it.
func (w *work) find(ctx context.Context) error {
	if w.o.AssetID != "" {
		return w.findNamed(ctx)
	}
	candidates, slots, err := findCandidates(ctx, w.tx, w.keys.all())
	if err != nil {
		return err
	}
	v := decide(w.keys, w.o.FacilityID, candidates)
	if v.byName {
		if v, err = w.unlessAsked(ctx, v, candidates); err != nil {
			return err
		}
	}
	if err := w.guard(ctx, v.asset, heldBy(candidates, v.asset)); err != nil {
		return err
	}
	w.clashes = v.clashes
	w.created = v.asset == ""
	if w.created {
		v.asset = store.NewID()
		w.asset = Asset{ID: v.asset, FacilityID: w.o.FacilityID, CreatedMS: w.o.AtMS}
		w.tx.MarkNew(v.asset)
	}
	if err := w.claim(ctx, v, candidates, slots); err != nil || w.created {
		return err
	}
	if w.asset, err = lockAsset(ctx, w.tx, v.asset); err != nil {
		return err
	}
	if w.facts, err = openFacts(ctx, w.tx, v.asset); err != nil {
		return err
	}
	w.sections, err = readSections(ctx, w.tx, v.asset, w.o.Source)
	w.older = w.o.AtMS < w.sections.seenMS
	if last := w.sections.device; last != "" && w.keys.device != "" && last != w.keys.device && slices.Contains(heldBy(candidates, v.asset), w.keys.device) {
		w.clashes = append(w.clashes, clash{v.asset, CauseTwoDevices, w.keys.device})
	}
	return err
}

// claim gives the asset those of its keys that it does not hold yet. On other
// hardware the device's name moves, and the asset it leaves keeps the rest.
func (w *work) claim(ctx context.Context, v verdict, candidates []candidate, slots map[string]int64) error {
	if v.deviceMoved {
		if _, err := w.tx.Exec(ctx, `DELETE FROM asset_identity WHERE id_key = $1`, w.keys.device); err != nil {
			return fmt.Errorf("move device key: %w", err)
		}
		if _, err := w.tx.Exec(ctx, `UPDATE asset_source SET device_key = '', digest = '' WHERE device_key = $1`, w.keys.device); err != nil {
			return fmt.Errorf("move device key: %w", err)
		}
		slots[w.keys.device] = 0
	}
	held := heldBy(candidates, v.asset)
	if err := w.release(ctx, v.asset, held); err != nil {
		return err
	}
	if v.deviceMoved {
		held = slices.DeleteFunc(slices.Clone(held), func(key string) bool { return key == w.keys.device })
	}
	return claimKeys(ctx, w.tx, w.claims(v.asset, held, slots))
}

// claims are the rows of keys that an asset does not hold yet.
func (w *work) claims(id string, held []string, slots map[string]int64) (rows [][]any) {
	for _, key := range w.keys.all() {
		if !slices.Contains(held, key) {
			rows = append(rows, []any{key, slots[key], id, string(w.o.Source), w.o.AtMS})
		}
	}
	return rows
}

// guard asks whether the device may be tied to an asset that others report for.
func (w *work) guard(ctx context.Context, assetID string, held []string) error {
	if w.o.Guard == nil || assetID == "" || w.keys.device == "" || slices.Contains(held, w.keys.device) {
		return nil
	}
	source := deviceKey(w.o.Source, "x")
	source = source[:len(source)-1]
	var others []string
	for _, key := range held {
		if id, ok := strings.CutPrefix(key, source); ok {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		return nil
	}
	return w.o.Guard(ctx, w.tx, assetID, others)
}

func heldBy(candidates []candidate, id string) []string {
	for _, c := range candidates {
		if c.id == id {
			return c.keys
		}
	}
	return nil
}

// release takes the old asset tag from a machine that got a new one, so that the old
// one can be stuck on another machine, and the old name in the domain from a machine
// that its source calls otherwise now: names are given on, too.
func (w *work) release(ctx context.Context, id string, held []string) error {
	for _, key := range held {
		query, args := `DELETE FROM asset_identity WHERE id_key = $1 AND asset_id = $2`, []any{key, id}
		switch {
		case kindOf(key) == KeyTag && w.keys.tag != "" && key != w.keys.tag:
		case kindOf(key) == KeyDomain && w.keys.domain != "" && key != w.keys.domain:
			query, args = query+` AND source = $3`, append(args, string(w.o.Source))
		default:
			continue
		}
		if _, err := w.tx.Exec(ctx, query, args...); err != nil {
			return fmt.Errorf("release %s: %w", kindOf(key), err)
		}
	}
	return nil
}

// store writes facts, sections, volumes, conflicts and the wide row.
func (w *work) store(ctx context.Context) (Result, error) {
	o, id := w.o, w.asset.ID
	res := Result{AssetID: id, Created: w.created}
	var err error
	if res.Before, err = w.spoke(ctx); err != nil {
		return res, err
	}
	p := w.plan()
	if err := p.apply(ctx, w.tx, id, o.Source, o.AtMS); err != nil {
		return res, err
	}
	after, err := w.become(p)
	if err != nil {
		return res, err
	}
	res.Changed = changes(id, w.asset.Values, after.Values, p.facts, o.AtMS)
	if err := writeRows(ctx, w.tx, after); err != nil {
		return res, err
	}
	if res.Need, err = w.sections.write(ctx, w.tx, id, o, w.keys.device); err != nil {
		return res, err
	}
	if !w.created {
		if res.Outranked, err = outranked(ctx, w.tx, id, o.Source, o.AtMS); err != nil {
			return res, err
		}
		o.yield(res.Outranked)
	}
	if res.Volumes, err = writeStorage(ctx, w.tx, id, o); err != nil {
		return res, err
	}
	res.Conflicts, err = recordClashes(ctx, w.tx, id, o, w.keys, w.clashes)
	return res, err
}

// plan is what the observation does to the facts.
func (w *work) plan() plan {
	o := w.o
	p := replan(w.facts, o.Source, o.By, w.groups, o.Partial, o.AtMS)
	if w.created {
		// In no section: no later report ends it.
		f := Fact{Field: FieldFacility, Value: o.FacilityID, Source: o.Source, By: o.By, FirstMS: o.AtMS}
		p.facts, p.opened = append(p.facts, f), append(p.opened, f)
	}
	return p
}

// become gives the asset as it is after a plan.
func (w *work) become(p plan) (Asset, error) {
	o, b := w.o, w.asset.base()
	alive := o.AtMS
	if o.AliveMS != 0 {
		alive = min(o.AtMS, o.AliveMS)
	}
	if o.sighting() && alive > 0 && alive >= b.seenMS {
		b.seenMS, b.seenSource = alive, o.Source
	}
	if len(p.opened)+len(p.closed) > 0 {
		b.rev++
		b.updatedMS = o.AtMS
	}
	after := materialise(b, p.facts)
	if o.Source == SourceCSV {
		return after, checkLife(after)
	}
	return after, nil
}
