// Package scanner carries out the searches that survey/network/scan keeps: it asks the
// devices of a plan over SNMP and takes what they say into the ledger and the map. It is
// a worker of the job queue, so of several servers one carries out a run, and a run goes
// on after a restart.
//
// Nothing is sent that the do-not-probe list does not permit: it is asked before every
// request, read anew while a run goes on, and while it cannot be read nothing is sent.
// What is sent to whom is written down before the first packet goes.
//
//	s := scanner.New(scanner.Deps{DB: db, Seal: key, Now: time.Now, Log: log})
//	workers := s.Workers()  // kinds for the job queue, with scanner.Periodic
//	found, err := s.Try(ctx, credential, run)  // the test button
package scanner

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"sonae/internal/edge/discover/snmp"
	"sonae/internal/platform/job"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network/scan"
)

// Deps is what the scanner needs; all fields but Resolver and Patience are required.
type Deps struct {
	DB   *store.DB
	Seal *seal.Key // opens the secrets of credentials
	Now  func() time.Time
	Log  *slog.Logger
	// Resolver finds the addresses of host names; nil = the system's.
	Resolver *net.Resolver
	// Patience is how long to wait for an answer; zero = that of package snmp.
	Patience snmp.Patience
}

// Kinds of jobs beside scan.JobRun: the look at the clock that begins runs, and the
// removal of old ones.
const (
	JobDue  = "network.scan.due"
	JobTidy = "network.scan.tidy"
)

// Periodic are the jobs that come by the clock.
func Periodic() []job.Periodic {
	return []job.Periodic{{Kind: JobDue, Every: time.Minute}, {Kind: JobTidy, Every: 6 * time.Hour}}
}

// pace of a run.
const (
	lookEvery = time.Second      // at what a person wants of the run
	gateEvery = 10 * time.Second // at the do-not-probe list
	busyWait  = 5 * time.Second  // until a run that found another one at work tries again
	lostAfter = 2 * time.Minute  // without a sign of life
)

// Scanner carries out runs. Safe for concurrent use.
type Scanner struct {
	deps Deps
	mu   sync.Mutex
	busy map[scan.Kind]bool
}

// New makes one; nothing is sent yet.
func New(d Deps) *Scanner {
	if d.Resolver == nil {
		d.Resolver = net.DefaultResolver
	}
	return &Scanner{deps: d, busy: map[scan.Kind]bool{}}
}

// Workers are the kinds of jobs this room does.
func (s *Scanner) Workers() map[string]job.Worker {
	return map[string]job.Worker{scan.JobRun: s.work, JobDue: s.due, JobTidy: s.tidy}
}

func (s *Scanner) nowMS() int64 { return store.MS(s.deps.Now()) }

// enter takes the place of a kind on this server: one run of each at a time, so that
// long searches leave room for other jobs. leave gives it back.
func (s *Scanner) enter(k scan.Kind) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[k] {
		return nil, false
	}
	s.busy[k] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, k)
	}, true
}

// Check tests a credential with its secret by the rules of the protocol.
func Check(c scan.Credential, secret scan.Secret) error { return credentialOf(c, secret).Check() }

func credentialOf(c scan.Credential, s scan.Secret) snmp.Credential {
	return snmp.Credential{Version: c.Version, Community: s.Community, User: c.User, Auth: c.Auth, AuthKey: s.AuthKey, Priv: c.Priv, PrivKey: s.PrivKey, Context: c.Context}
}

// AuthProtocols and PrivProtocols are the words of a credential, in the order of pages.
func AuthProtocols() []string { return snmp.AuthProtocols }

// PrivProtocols see AuthProtocols.
func PrivProtocols() []string { return snmp.PrivProtocols }

// Create keeps a credential. Errors: invalid with the place.
func (s *Scanner) Create(ctx context.Context, tx *store.Tx, c scan.Credential, secret scan.Secret) (scan.Credential, error) {
	return scan.CreateCredential(ctx, tx, s.deps.Seal, c, secret, Check, s.nowMS())
}

// Update changes a credential; what is empty in the secret stays. Errors: invalid,
// conflict, not found.
func (s *Scanner) Update(ctx context.Context, tx *store.Tx, c scan.Credential, secret scan.Secret) (scan.Credential, error) {
	return scan.UpdateCredential(ctx, tx, s.deps.Seal, c, secret, Check, s.nowMS())
}
