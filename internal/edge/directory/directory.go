// Package directory reads computers and accounts out of Active Directory (Windows
// Server, Samba) over LDAPS. It only reads. Computers become observations of the
// ledger (survey/asset) under their object GUID, accounts become rows of
// survey/account; what is asked of the server stands in search.go and parse.go.
//
// A reading is complete in memory before anything of it is stored. A server that
// hangs, ends early, pages without end or sends what is no text ends the reading
// with a fault; what the last good one stored stays as it is. Things close only
// after a complete full reading.
//
//	d := directory.New(directory.Deps{DB: db, Seal: key, Now: time.Now})
//	found, err := d.Check(ctx, source, password)  // the test button
//	workers := d.Workers()                        // kinds for the job queue
package directory

import (
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
)

// Deps is what the readings need; all fields are required.
type Deps struct {
	DB   *store.DB
	Seal *seal.Key // seals the password of the reading account
	Now  func() time.Time
}

// Directory keeps the directories and reads them. Safe for concurrent use.
type Directory struct {
	deps   Deps
	limits limits
}

// New makes the room; nothing is read yet.
func New(d Deps) *Directory { return &Directory{deps: d, limits: standard} }

func (d *Directory) nowMS() int64 { return store.MS(d.deps.Now()) }

// limits bound what a server can make us do. Tests set smaller ones.
type limits struct {
	connect time.Duration // until the server has shown its certificate
	request time.Duration // for one answer, a page for example
	reading time.Duration // for everything
	message int64         // bytes of one message
	page    int64         // bytes of the answer to one request
	rows    int           // entries asked for in one page
	objects int           // objects of one kind
	nested  int           // groups and members looked at for privileges
	value   int           // bytes of one text
}

// standard: MaxPageSize of Active Directory is 1,000 entries and its
// MaxQueryDuration 120 s (learn.microsoft.com, "View and set LDAP policy in Active
// Directory by using Ntdsutil.exe"); the others are several times what the largest
// hospitals have.
var standard = limits{connect: 15 * time.Second, request: 150 * time.Second, reading: time.Hour, message: 8 << 20, page: 64 << 20,
	rows: 500, objects: 200_000, nested: 20_000, value: 4096}

// Intervals between readings, in minutes.
const (
	leastMinutes = 15
	mostMinutes  = 7 * 24 * 60
)

// fullEvery is how often everything is read, so that what disappeared is noticed.
const fullEvery = 7 * 24 * time.Hour

// Source is one directory that is read for one facility.
type Source struct {
	ID         string
	FacilityID string // fixed: the computers read belong to it
	Name       string // 1–100 characters
	Address    string // host:port
	BaseDN     string // below which everything is read
	BindName   string // user name of the reading account: DN, name@domain or DOMAIN\name
	CAPEM      string // certificates of the authority; empty = those of the system
	Pin        string // SHA-256 of the server's public key, 64 hex digits; empty = none
	Minutes    int    // between two readings, 15–10,080
	Paused     bool
	Revision   int64
	CreatedMS  int64
	UpdatedMS  int64
	State      State

	secret []byte // sealed
}

// State is what the last readings found.
type State struct {
	JobID     string
	TriedMS   int64        // end of the last reading, good or not; 0 = never
	GoodMS    int64        // last good reading; 0 = never
	FullMS    int64        // last good full reading; 0 = never
	FailingMS int64        // since when readings fail; 0 = they do not
	Problem   *fault.Error // what was wrong with the last reading; nil = nothing
	Computers int64
	Accounts  int64

	serverKey string
	usn       int64
}

// Silent reports whether the directory stopped answering: the last reading failed.
func (s State) Silent() bool { return s.FailingMS != 0 }
