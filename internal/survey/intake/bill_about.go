package intake

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/sbom"
	"sonae/internal/survey/software"
)

// Proposal is an asset that a bill of materials may be about. It is proposed, never
// taken: a person chooses.
type Proposal struct {
	Asset asset.Asset
	// Reason is why: before (the bill in force there is about the same), serial, name, or
	// part (some words of the name). Shown by "intake.reason." + word; empty when a person
	// searched for it.
	Reason string
}

// MaxProposals bounds what a page shows.
const MaxProposals = 10

// Proposals looks for assets of a facility that a document may be about, the likeliest
// first; within scope. text is what a person searches for; empty = by what the document
// says of its subject.
func Proposals(ctx context.Context, q store.Querier, scope asset.Scope, facilityID string, s sbom.Subject, text string) ([]Proposal, error) {
	p := proposing{scope: scope, facilityID: facilityID}
	if text != "" {
		return p.out, p.search(ctx, q, text, "", func(asset.Asset) bool { return true })
	}
	ids, err := software.AssetsWithBillAbout(ctx, q, facilityID, s.Name)
	if err != nil {
		return nil, err
	}
	if err := p.take(ctx, q, asset.Filter{AssetIDs: ids}, "before", func(asset.Asset) bool { return len(ids) > 0 }); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(s.Serial) >= 3 {
		same := func(a asset.Asset) bool { return strings.EqualFold(a.Values[asset.FieldSerial], s.Serial) }
		if err := p.search(ctx, q, s.Serial, "serial", same); err != nil {
			return nil, err
		}
	}
	if err := p.search(ctx, q, s.Name, "name", func(asset.Asset) bool { return true }); err != nil {
		return nil, err
	}
	for word := range strings.FieldsSeq(s.Name) {
		if utf8.RuneCountInString(word) < 3 || len(p.out) >= MaxProposals {
			continue
		}
		if err := p.search(ctx, q, word, "part", func(asset.Asset) bool { return true }); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

type proposing struct {
	scope      asset.Scope
	facilityID string
	out        []Proposal
}

func (p *proposing) search(ctx context.Context, q store.Querier, text, reason string, fits func(asset.Asset) bool) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return p.take(ctx, q, asset.Filter{Text: clipped(text, 100)}, reason, fits)
}

func (p *proposing) take(ctx context.Context, q store.Querier, f asset.Filter, reason string, fits func(asset.Asset) bool) error {
	f.Scope, f.FacilityIDs = p.scope, []string{p.facilityID}
	page, err := asset.List(ctx, q, f, asset.Page{Limit: MaxProposals})
	if err != nil {
		return err
	}
	for _, a := range page.Items {
		known := slices.ContainsFunc(p.out, func(o Proposal) bool { return o.Asset.ID == a.ID })
		if !known && a.Kind != asset.KindCloud && fits(a) && len(p.out) < MaxProposals {
			p.out = append(p.out, Proposal{a, reason})
		}
	}
	return nil
}
