package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerLater() {
	handle(a, op{method: get, path: "/today/later", id: "listLater", summary: "What you put aside on your page of today", action: identity.TodayRead,
		about: "Your own list only; a token shows that of the person who made it."}, a.listLater)
	handle(a, op{method: replace, path: "/today/later", id: "putLater", summary: "Put a thing to do aside until a day", action: identity.ProfileEdit,
		about: "It shows again on that day, and stays in the list of what is put aside until then. Other people go on seeing it."}, a.putLater)
	handle(a, op{method: remove, path: "/today/later", id: "removeLater", summary: "Take a thing to do back at once", action: identity.ProfileEdit, status: 204}, a.removeLater)
}

// Later is one thing to do that a person put aside.
type Later struct {
	Topic   string     `json:"topic" doc:"What it is: updates, knocks, officer, review, unanswered, silent, contradicting, incomplete, contract or second; with /ID of the facility or contract where it is about one."`
	UntilOn string     `json:"until_on" doc:"On this day it shows again."`
	SetAt   *time.Time `json:"set_at"`
}

func laterOut(l identity.Later) Later {
	return Later{Topic: l.Topic, UntilOn: l.UntilOn, SetAt: moment(l.SetMS)}
}

func (a *API) listLater(ctx context.Context, p identity.Principal, in *Paging) (*List[Later], error) {
	all, err := a.Identity.PutAside(ctx, a.DB, p, a.today())
	if err != nil {
		return nil, err
	}
	return window("later", each(all, laterOut), *in, func(l Later) string { return l.Topic })
}

type putLaterIn struct {
	Body struct {
		Topic   string `json:"topic" maxLength:"100"`
		UntilOn string `json:"until_on" maxLength:"10" doc:"From tomorrow to one year ahead."`
	}
}

func (a *API) putLater(ctx context.Context, p identity.Principal, in *putLaterIn) (*One[Later], error) {
	var made identity.Later
	err := audit.Do(ctx, a.DB, p, identity.ProfileEdit, audit.Object{Kind: string(p.Kind), ID: p.ID, Name: p.Name}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = a.Identity.PutOff(ctx, tx, p, in.Body.Topic, in.Body.UntilOn, a.today())
		return map[string]string{"change": "put aside", "topic": made.Topic, "until_on": made.UntilOn}, err
	})
	if err != nil {
		return nil, err
	}
	return one(laterOut(made)), nil
}

type removeLaterIn struct {
	Topic string `query:"topic" required:"true" maxLength:"100"`
}

func (a *API) removeLater(ctx context.Context, p identity.Principal, in *removeLaterIn) (*None, error) {
	err := audit.Do(ctx, a.DB, p, identity.ProfileEdit, audit.Object{Kind: string(p.Kind), ID: p.ID, Name: p.Name}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"change": "taken back", "topic": in.Topic}, a.Identity.TakeBack(ctx, tx, p, in.Topic)
	})
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	return &None{}, err
}
