package api

import (
	"context"
	"time"

	"sonae/internal/edge/directory"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerDirectories() {
	handle(a, op{method: get, path: "/directories", id: "listDirectories", summary: "Directories (Active Directory) that are read", action: identity.DirectoryRead}, a.listDirectories)
	handle(a, op{method: post, path: "/directories", id: "createDirectory", summary: "Add a directory", action: identity.DirectoryManage, status: 201,
		about: "The password is stored sealed and never given back."}, a.createDirectory)
	handle(a, op{method: get, path: "/directories/{id}", id: "getDirectory", summary: "One directory and what its last readings found", action: identity.DirectoryRead}, a.getDirectory)
	handle(a, op{method: patch, path: "/directories/{id}", id: "updateDirectory", summary: "Change a directory", action: identity.DirectoryManage,
		about: "The password must be given again when address, certificate, pin or account change."}, a.updateDirectory)
	handle(a, op{method: post, path: "/directories/{id}/test", id: "testDirectory", summary: "Connect, sign in and count, storing nothing", action: identity.DirectoryManage}, a.testDirectory)
	handle(a, op{method: post, path: "/directories/{id}/read", id: "readDirectory", summary: "Ask for a reading", action: identity.DirectoryManage, status: 202}, a.readDirectory)
	handle(a, op{method: post, path: "/directories/{id}/stop", id: "stopDirectory", summary: "End a reading that waits or runs", action: identity.DirectoryManage, status: 204}, a.stopDirectory)
	handle(a, op{method: get, path: "/directories/{id}/computers", id: "listDirectoryComputers", summary: "Computers of a directory, by name", action: identity.DirectoryRead}, a.listDirectoryComputers)
	a.registerDirectoryAccounts()
}

// DirectoryProblem is what was wrong with the last reading.
type DirectoryProblem struct {
	Code string `json:"code"`
	Text string `json:"text" doc:"In the caller's language."`
}

// DirectorySource is a directory that is read.
type DirectorySource struct {
	ID         string            `json:"id"`
	Rev        int64             `json:"rev"`
	FacilityID string            `json:"facility_id"`
	Name       string            `json:"name"`
	Address    string            `json:"address" doc:"host:port, always LDAPS."`
	BaseDN     string            `json:"base_dn"`
	BindName   string            `json:"bind_name"`
	CAPEM      string            `json:"ca_pem,omitempty"`
	Pin        string            `json:"pin,omitempty" doc:"SHA-256 of the server's public key, in hex."`
	Minutes    int               `json:"every_minutes"`
	Paused     bool              `json:"paused"`
	Silent     bool              `json:"silent" doc:"The last reading failed."`
	Computers  int64             `json:"computers"`
	Accounts   int64             `json:"accounts"`
	GoodAt     *time.Time        `json:"good_at,omitempty" doc:"Last good reading."`
	FullAt     *time.Time        `json:"full_at,omitempty" doc:"Last good reading of everything."`
	FailingAt  *time.Time        `json:"failing_at,omitempty" doc:"Since when readings fail."`
	Problem    *DirectoryProblem `json:"problem,omitempty"`
	JobID      string            `json:"job_id,omitempty" doc:"The last reading that was asked for."`
	UpdatedAt  *time.Time        `json:"updated_at"`
}

func directoryOut(ctx context.Context, d directory.Source) DirectorySource {
	st := d.State
	out := DirectorySource{ID: d.ID, Rev: d.Revision, FacilityID: d.FacilityID, Name: d.Name, Address: d.Address, BaseDN: d.BaseDN, BindName: d.BindName, CAPEM: d.CAPEM, Pin: d.Pin,
		Minutes: d.Minutes, Paused: d.Paused, Silent: st.Silent(), Computers: st.Computers, Accounts: st.Accounts, GoodAt: moment(st.GoodMS), FullAt: moment(st.FullMS),
		FailingAt: moment(st.FailingMS), JobID: st.JobID, UpdatedAt: moment(d.UpdatedMS)}
	if p := st.Problem; p != nil {
		out.Problem = &DirectoryProblem{Code: string(p.Code), Text: translatorOf(ctx).T(p.Key, p.Args...)}
	}
	return out
}

func (a *API) listDirectories(ctx context.Context, p identity.Principal, in *Paging) (*List[DirectorySource], error) {
	all, err := a.Directory.List(ctx, wholly(p, identity.DirectoryRead))
	if err != nil {
		return nil, err
	}
	return window("directories", each(all, func(d directory.Source) DirectorySource { return directoryOut(ctx, d) }), *in, func(d DirectorySource) string { return d.ID })
}

func directoryObject(d directory.Source) audit.Object {
	return audit.Object{Kind: "directory", ID: d.ID, Name: d.Name, FacilityID: d.FacilityID}
}

// directory reads the one of the address and checks the right to do action.
func (a *API) directory(ctx context.Context, p identity.Principal, id string, action identity.Action) (directory.Source, error) {
	if !store.ValidID(id) {
		return directory.Source{}, errNothing
	}
	d, err := a.Directory.ByID(ctx, id)
	if err != nil {
		return d, notFoundHere(err)
	}
	return d, a.need(ctx, p, identity.DirectoryRead, action, directoryObject(d), "")
}

func (a *API) getDirectory(ctx context.Context, p identity.Principal, in *ByID) (*One[DirectorySource], error) {
	d, err := a.directory(ctx, p, in.ID, identity.DirectoryRead)
	if err != nil {
		return nil, err
	}
	return one(directoryOut(ctx, d)), nil
}

// DirectoryFields are what a directory is written with.
type DirectoryFields struct {
	Name     *string `json:"name,omitempty" maxLength:"100"`
	Address  *string `json:"address,omitempty" maxLength:"300" example:"dc1.hosp.example" doc:"Host, or host:port; 636 when no port is given."`
	BaseDN   *string `json:"base_dn,omitempty" maxLength:"1000" example:"DC=hosp,DC=example"`
	BindName *string `json:"bind_name,omitempty" maxLength:"500" example:"sonae-reader@hosp.example"`
	Password string  `json:"password,omitempty" maxLength:"1000" doc:"Of the reading account; empty keeps the stored one."`
	CAPEM    *string `json:"ca_pem,omitempty" maxLength:"65536" doc:"Certificates of the authority; empty = those of the server's system."`
	Pin      *string `json:"pin,omitempty" maxLength:"200" doc:"SHA-256 of the server's public key in hex; in place of an authority."`
	Minutes  *int    `json:"every_minutes,omitempty" minimum:"15" maximum:"10080"`
	Paused   *bool   `json:"paused,omitempty"`
}

func (in DirectoryFields) apply(d directory.Source) directory.Source {
	put(&d.Name, in.Name)
	put(&d.Address, in.Address)
	put(&d.BaseDN, in.BaseDN)
	put(&d.BindName, in.BindName)
	put(&d.CAPEM, in.CAPEM)
	put(&d.Pin, in.Pin)
	put(&d.Minutes, in.Minutes)
	put(&d.Paused, in.Paused)
	return d
}

type createDirectoryIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		DirectoryFields
	}
}

func (a *API) createDirectory(ctx context.Context, p identity.Principal, in *createDirectoryIn) (*One[DirectorySource], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.DirectoryManage, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	d := in.Body.apply(directory.Source{FacilityID: f.ID, Minutes: 60})
	err = audit.Do(ctx, a.DB, p, identity.DirectoryManage, directoryObject(d), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		d, err = a.Directory.Create(ctx, tx, d, in.Body.Password)
		return audit.Made{Object: directoryObject(d), Detail: directoryOut(ctx, d)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(directoryOut(ctx, d)), nil
}

type updateDirectoryIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		DirectoryFields
	}
}

func (a *API) updateDirectory(ctx context.Context, p identity.Principal, in *updateDirectoryIn) (*One[DirectorySource], error) {
	before, err := a.directory(ctx, p, in.ID, identity.DirectoryManage)
	if err != nil {
		return nil, err
	}
	wanted := in.Body.apply(before)
	wanted.Revision = in.Body.Rev
	var after directory.Source
	err = audit.Do(ctx, a.DB, p, identity.DirectoryManage, directoryObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = a.Directory.Update(ctx, tx, wanted, in.Body.Password)
		return map[string]DirectorySource{"before": directoryOut(ctx, before), "after": directoryOut(ctx, after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(directoryOut(ctx, after)), nil
}

// DirectoryTest is what a test found.
type DirectoryTest struct {
	Computers int  `json:"computers"`
	Accounts  int  `json:"accounts"`
	Long      bool `json:"long" doc:"There are more; only the first were counted."`
}

func (a *API) testDirectory(ctx context.Context, p identity.Principal, in *ByID) (*One[DirectoryTest], error) {
	d, err := a.directory(ctx, p, in.ID, identity.DirectoryManage)
	if err != nil {
		return nil, err
	}
	found, err := a.Directory.Check(ctx, d, "")
	if err != nil {
		return nil, err
	}
	return one(DirectoryTest{Computers: found.Computers, Accounts: found.Accounts, Long: found.Long}), nil
}

type readDirectoryIn struct {
	ByID
	Body struct {
		Full   bool `json:"full,omitempty" doc:"Everything, not only what changed."`
		Accept bool `json:"accept,omitempty" doc:"Everything, even when less than half of what is known is found."`
	}
}

// DirectoryReading is a reading that was asked for.
type DirectoryReading struct {
	JobID string `json:"job_id" doc:"See /jobs/{id}."`
}

func (a *API) readDirectory(ctx context.Context, p identity.Principal, in *readDirectoryIn) (*One[DirectoryReading], error) {
	d, err := a.directory(ctx, p, in.ID, identity.DirectoryManage)
	if err != nil {
		return nil, err
	}
	var id string
	how := directory.Asked{Full: in.Body.Full, Accept: in.Body.Accept}
	err = audit.Do(ctx, a.DB, p, identity.DirectoryManage, directoryObject(d), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		id, err = a.Directory.Ask(ctx, tx, d, how)
		return map[string]any{"full": how.Full, "accept": how.Accept, "job": id}, err
	})
	if err != nil {
		return nil, err
	}
	if a.Wake != nil {
		a.Wake()
	}
	return one(DirectoryReading{JobID: id}), nil
}

func (a *API) stopDirectory(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	d, err := a.directory(ctx, p, in.ID, identity.DirectoryManage)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.DirectoryManage, directoryObject(d), func(ctx context.Context, tx *store.Tx) (any, error) {
		err := a.Directory.Stop(ctx, tx, d)
		if fault.Is(err, fault.CodeNotFound) {
			err = fault.Conflict("job.error.finished")
		}
		return map[string]bool{"stopped": true}, err
	})
	return &None{}, err
}
