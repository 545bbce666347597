package web

import (
	"context"
	"net/http"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/diagram"
	"sonae/internal/survey/network"
)

// networkExport sends the map as a file. What left the house is written down first.
func networkExport(s *site, c *call) error {
	query := c.r.URL.Query()
	format, ok := diagram.FormatOf(query.Get("format"))
	if !ok {
		return errNothing
	}
	paper, ok := diagram.Papers[query.Get("paper")]
	if !ok {
		paper = document.A3Landscape
	}
	sheet, err := c.exportedSheet(map[string]any{"format": format.Name, "as_of": query.Get("as_of")})
	if err != nil {
		return err
	}
	c.attachment("sonae-network-"+c.sheetDay(sheet)+format.Ending, format.Media)
	return c.broken(format.Write(sheet, c.w, paper))
}

// addressExport sends the address plan as CSV.
func addressExport(s *site, c *call) error {
	sheet, err := c.exportedSheet(map[string]any{"format": "csv", "sheet": "addresses", "as_of": c.r.URL.Query().Get("as_of")})
	if err != nil {
		return err
	}
	plan, err := sheet.AddressPlan(c.r.Context(), s.deps.DB)
	if err != nil {
		return err
	}
	c.attachment("sonae-addresses-"+c.sheetDay(sheet)+".csv", "text/csv; charset=utf-8")
	return c.broken(sheet.AddressCSV(c.w, plan))
}

// exportedSheet reads the map for a file and notes that it was taken.
func (c *call) exportedSheet(detail map[string]any) (*diagram.Sheet, error) {
	f, _, err := c.networkFacility(identity.NetworkExport)
	if err != nil {
		return nil, err
	}
	sheet, _, err := c.networkSheet(f)
	if err != nil {
		return nil, err
	}
	err = audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.NetworkExport, audit.Object{Kind: "network_map", Name: sheet.Mark(), FacilityID: f.ID},
		func(context.Context, *store.Tx) (any, error) { return detail, nil })
	return sheet, err
}

// sheetDay is the day of a map in a file's name.
func (c *call) sheetDay(s *diagram.Sheet) string {
	return store.Time(s.AtMS).In(c.tr.Zone()).Format("2006-01-02")
}

// networkPlaces writes where a person put boxes of the map.
func networkPlaces(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	f, _, err := c.networkFacility(identity.NetworkEdit)
	if err != nil {
		return err
	}
	boxes, xs, ys := c.r.PostForm["box"], c.r.PostForm["x"], c.r.PostForm["y"]
	var list []network.Spot
	for i, box := range boxes {
		if i >= len(xs) || i >= len(ys) {
			break
		}
		x, okX := digits(xs[i])
		y, okY := digits(ys[i])
		if !okX || !okY {
			x, y = -1, -1 // refused with the others
		}
		list = append(list, network.Spot{Box: box, X: int64(x), Y: int64(y)})
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "network_map", FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"change": "moved", "boxes": len(list)}, network.MoveSpots(ctx, tx, f.ID, c.who.ID, list, c.nowMS())
	})
	script := strings.Contains(c.r.Header.Get("Accept"), "application/json")
	switch {
	case err != nil && script:
		return c.jsonFail(err)
	case err != nil:
		return err
	case script:
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return c.done(networkPath+"?facility="+f.ID, "map.moved")
}

// networkPlacesClear gives the map back to its own order.
func networkPlacesClear(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	f, _, err := c.networkFacility(identity.NetworkEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "network_map", FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"change": "order restored"}, network.ClearSpots(ctx, tx, f.ID)
	})
	if err != nil {
		return err
	}
	return c.done(networkPath+"?facility="+f.ID, "map.cleared")
}
