package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

func (a *API) registerRecords() {
	handle(a, op{method: get, path: "/records", id: "listRecords", summary: "Dated records (stocktakes, reports, reviews, drills …), latest first", action: identity.OrganisationRead}, a.listRecords)
	handle(a, op{method: post, path: "/records", id: "createRecord", summary: "Enter a dated record", action: identity.OrganisationEdit, status: 201}, a.createRecord)
	handle(a, op{method: patch, path: "/records/{id}", id: "updateRecord", summary: "Correct a record", action: identity.OrganisationEdit}, a.updateRecord)
	handle(a, op{method: post, path: "/records/{id}/withdraw", id: "withdrawRecord", summary: "Say that a record does not count; it stays readable", action: identity.OrganisationEdit}, a.withdrawRecord)
}

// Record is a dated proof that something was done.
type Record struct {
	ID           string            `json:"id"`
	FacilityID   string            `json:"facility_id"`
	Rev          int64             `json:"rev"`
	Kind         organisation.Kind `json:"kind" doc:"stocktake, management_report, log_review, account_review, drill, training, restore_test, meeting or other."`
	Title        string            `json:"title"`
	HeldOn       string            `json:"held_on"`
	PeriodFrom   string            `json:"period_from,omitempty" doc:"What a review looks back on."`
	PeriodUntil  string            `json:"period_until,omitempty"`
	HeldBy       string            `json:"held_by"`
	Note         string            `json:"note,omitempty"`
	CreatedAt    *time.Time        `json:"created_at"`
	UpdatedAt    *time.Time        `json:"updated_at"`
	WithdrawnAt  *time.Time        `json:"withdrawn_at,omitempty"`
	WithdrawnWhy string            `json:"withdrawn_why,omitempty"`
}

func recordOut(r organisation.Record) Record {
	return Record{ID: r.ID, FacilityID: r.FacilityID, Rev: r.Revision, Kind: r.Kind, Title: r.Title, HeldOn: r.HeldOn, PeriodFrom: r.PeriodFrom, PeriodUntil: r.PeriodUntil,
		HeldBy: r.HeldBy, Note: r.Note, CreatedAt: moment(r.CreatedMS), UpdatedAt: moment(r.UpdatedMS), WithdrawnAt: moment(r.WithdrawnMS), WithdrawnWhy: r.WithdrawnWhy}
}

func recordObject(r organisation.Record) audit.Object {
	return audit.Object{Kind: "record", ID: r.ID, Name: r.Title, FacilityID: r.FacilityID}
}

type listRecordsIn struct {
	Paging
	Facility  []string          `query:"facility,explode" maxItems:"100"`
	Kind      organisation.Kind `query:"kind" maxLength:"40"`
	From      string            `query:"from" maxLength:"10" doc:"Held on this day or later."`
	Until     string            `query:"until" maxLength:"10" doc:"Held on this day or earlier."`
	Withdrawn bool              `query:"withdrawn" doc:"Withdrawn ones, too."`
}

func (a *API) listRecords(ctx context.Context, p identity.Principal, in *listRecordsIn) (*List[Record], error) {
	for place, day := range map[string]string{"from": in.From, "until": in.Until} {
		if err := checkDay(place, day); err != nil {
			return nil, err
		}
	}
	ids, err := a.facilities(ctx, p, identity.OrganisationRead, in.Facility)
	if err != nil {
		return nil, err
	}
	after, err := unseal("records", in.Cursor)
	if err != nil {
		return nil, err
	}
	f := organisation.RecordFilter{Facilities: ids, Kind: in.Kind, From: in.From, Until: in.Until, Withdrawn: in.Withdrawn, After: after, Limit: in.Limit}
	list, next, err := organisation.Records(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	total, err := organisation.RecordCount(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	return listOf(each(list, recordOut), seal("records", next), total), nil
}

// RecordFields are what a dated record is written with.
type RecordFields struct {
	Kind        *organisation.Kind `json:"kind,omitempty" maxLength:"40"`
	Title       *string            `json:"title,omitempty" maxLength:"200"`
	HeldOn      *string            `json:"held_on,omitempty" maxLength:"10"`
	PeriodFrom  *string            `json:"period_from,omitempty" maxLength:"10"`
	PeriodUntil *string            `json:"period_until,omitempty" maxLength:"10"`
	HeldBy      *string            `json:"held_by,omitempty" maxLength:"200" doc:"Who did it, in words."`
	Note        *string            `json:"note,omitempty" maxLength:"4000"`
}

func (in RecordFields) apply(r organisation.Record) organisation.Record {
	put(&r.Kind, in.Kind)
	put(&r.Title, in.Title)
	put(&r.HeldOn, in.HeldOn)
	put(&r.PeriodFrom, in.PeriodFrom)
	put(&r.PeriodUntil, in.PeriodUntil)
	put(&r.HeldBy, in.HeldBy)
	put(&r.Note, in.Note)
	return r
}

type createRecordIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		RecordFields
	}
}

func (a *API) createRecord(ctx context.Context, p identity.Principal, in *createRecordIn) (*One[Record], error) {
	f, err := a.facility(ctx, p, identity.OrganisationRead, identity.OrganisationEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	var made organisation.Record
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, audit.Object{Kind: "record"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = organisation.AddRecord(ctx, tx, in.Body.apply(organisation.Record{FacilityID: f.ID, CreatedBy: p.ID}), a.nowMS())
		return audit.Made{Object: recordObject(made), Detail: recordOut(made)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(recordOut(made)), nil
}

// record finds a record with which p may do something.
func (a *API) record(ctx context.Context, p identity.Principal, id string) (organisation.Record, error) {
	r, err := byID(ctx, a, id, organisation.RecordByID)
	if err == nil {
		err = a.need(ctx, p, identity.OrganisationRead, identity.OrganisationEdit, recordObject(r), "")
	}
	return r, err
}

type updateRecordIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		RecordFields
	}
}

func (a *API) updateRecord(ctx context.Context, p identity.Principal, in *updateRecordIn) (*One[Record], error) {
	before, err := a.record(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	wanted := in.Body.apply(before)
	wanted.Revision = in.Body.Rev
	var after organisation.Record
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, recordObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = organisation.UpdateRecord(ctx, tx, wanted, a.nowMS())
		return map[string]Record{"before": recordOut(before), "after": recordOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(recordOut(after)), nil
}

type withdrawRecordIn struct {
	ByID
	Body struct {
		Rev int64  `json:"rev" minimum:"1"`
		Why string `json:"why" minLength:"1" maxLength:"1000"`
	}
}

func (a *API) withdrawRecord(ctx context.Context, p identity.Principal, in *withdrawRecordIn) (*One[Record], error) {
	r, err := a.record(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, recordObject(r), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"withdrawn_why": in.Body.Why}, organisation.WithdrawRecord(ctx, tx, r.FacilityID, r.ID, in.Body.Rev, p.ID, in.Body.Why, a.nowMS())
	})
	if err != nil {
		return nil, err
	}
	r, err = organisation.RecordByID(ctx, a.DB, r.ID)
	return one(recordOut(r)), err
}
