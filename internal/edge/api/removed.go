package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/survey/software"
)

func (a *API) registerRemoved() {
	handle(a, op{method: get, path: "/software/removed", id: "listRemovedSoftware", summary: "Programs that were removed or replaced, newest first", action: identity.AssetRead,
		about: "total counts up to 10,001, which means more."}, a.removedSoftware)
}

// RemovedProgram is a program that is no longer on a machine.
type RemovedProgram struct {
	Program
	AssetID    string `json:"asset_id"`
	Asset      string `json:"asset" doc:"Name of the machine, as now."`
	FacilityID string `json:"facility_id"`
	Successor  string `json:"successor,omitempty" doc:"Version that took its place in the same report; absent when the program was removed."`
}

type removedSoftwareIn struct {
	Paging
	Asset   string `query:"asset" maxLength:"100" doc:"Of this machine; else of all you may see."`
	Q       string `query:"q" maxLength:"500" doc:"In name, version or publisher."`
	Updates bool   `query:"updates" doc:"Also programs that another version replaced."`
	Since   string `query:"since" maxLength:"10" doc:"Day; gone on it or later."`
	Until   string `query:"until" maxLength:"10" doc:"Day; gone on it or earlier."`
}

func (a *API) removedSoftware(ctx context.Context, p identity.Principal, in *removedSoftwareIn) (*List[RemovedProgram], error) {
	f := software.GoneFilter{AssetID: in.Asset, Text: in.Q, Removed: !in.Updates, Page: software.Page{Limit: in.Limit}}
	if in.Asset != "" {
		if _, err := a.asset(ctx, p, identity.AssetRead, in.Asset); err != nil {
			return nil, at(err, "asset")
		}
	}
	if s := p.Scope(identity.AssetRead); !s.All {
		f.Areas = []software.Area{}
		for _, place := range s.Places {
			f.Areas = append(f.Areas, software.Area{FacilityID: place.FacilityID, Department: place.Department})
		}
	}
	zone := translatorOf(ctx).Zone()
	var err error
	if in.Since != "" {
		if f.SinceMS, err = startOfDay("since", in.Since, zone); err != nil {
			return nil, err
		}
	}
	if in.Until != "" {
		if f.BeforeMS, err = endOfDay("until", in.Until, zone); err != nil {
			return nil, err
		}
		f.BeforeMS++
	}
	if f.After, err = unseal("removed", in.Cursor); err != nil {
		return nil, err
	}
	list, total, next, err := software.ListGone(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	return listOf(each(list, removedOut), seal("removed", next), int(total)), nil
}

// startOfDay is the first millisecond of a day.
func startOfDay(place, day string, zone *time.Location) (int64, error) {
	end, err := endOfDay(place, day, zone)
	if err != nil {
		return 0, err
	}
	return time.UnixMilli(end).In(zone).Truncate(time.Second).Add(time.Second).AddDate(0, 0, -1).UnixMilli(), nil
}

func removedOut(g software.Gone) RemovedProgram {
	return RemovedProgram{AssetID: g.AssetID, Asset: g.AssetName, FacilityID: g.FacilityID, Successor: g.Successor,
		Program: Program{Source: g.Source, Kind: g.Kind, Name: g.Name, Version: g.Version, Publisher: g.Publisher, Arch: g.Arch, Origin: g.Origin,
			InstalledOn: g.InstalledOn, FirstSeenAt: moment(g.FirstMS), GoneAt: moment(g.GoneMS)}}
}
