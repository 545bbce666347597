// Package ingest is the door for reports of agents: enrolment and reports, signed and
// limited, mapped to the rooms of the survey in one transaction. It holds no rule of
// the field; what a report means is for the rooms to say.
//
//	POST /ingest/v1/enroll        wire.EnrollRequest      → wire.EnrollReply
//	POST /ingest/v1/certificate   wire.CertificateRequest → wire.Trust
//	POST /ingest/v1/policy        wire.PolicyRequest      → wire.PolicyReply
//	POST /ingest/v1/report        wire.Report             → wire.ReportReply
//	POST /ingest/v1/same          wire.Same               → nothing, or wire.ReportReply
//
// A report is checked from cheap to dear: rate of the address, headers and size, the
// device, its certificate, the signature over the bytes as they came, form and limits,
// values, clock.
// Only then a transaction begins. It moves the device's report number, so that a
// replay stores nothing, and hands the sections to the rooms. An answer of 200 means
// that everything is committed; any other answer means that nothing was stored.
//
// A stranger leaves no trace in the ledger: who has no valid token or signature gets
// refused and, now and then, leaves a row among the knocks that people look through.
package ingest

import (
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/platform/transport"
	"sonae/internal/survey/software"
)

// evaluateDelay lets one evaluation serve the reports that come together.
const evaluateDelay = time.Second

// Deps are what the entry needs. DB, Identity and Texts are required.
type Deps struct {
	DB       *store.DB
	Identity *identity.Registry
	Texts    *text.Catalogue
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: slog.Default
	Requests Rate             // per address; zero: DefaultRequests
	// Local says that this server can be reached from this machine only, without TLS:
	// nobody can show a certificate there, so none is asked for.
	Local bool
	// CertHeader names the header in which trusted proxies hand over the client's
	// certificate; empty = there is none, whatever a request says.
	CertHeader string
}

// Server takes in reports. Safe for concurrent use; several may share a database.
type Server struct {
	db       *store.DB
	identity *identity.Registry
	texts    *text.Catalogue
	now      func() time.Time
	log      *slog.Logger
	requests *limiter
	local    bool
	header   string
	known    *software.Known
	nudges   nudges
	together together
	decoding chan struct{} // one token a message being decoded: bounds memory
}

// New makes a server.
func New(d Deps) *Server {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Requests == (Rate{}) {
		d.Requests = DefaultRequests
	}
	s := &Server{
		db: d.DB, identity: d.Identity, texts: d.Texts, now: d.Now, log: d.Log,
		requests: newLimiter(d.Requests), local: d.Local, header: d.CertHeader, known: software.NewKnown(),
		decoding: make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
	}
	s.nudges.enqueue = s.enqueue
	s.together.server = s
	return s
}

// Handler is the entry for agents, to be mounted at /ingest/.
func Handler(d Deps) http.Handler { return New(d).Routes() }

// Routes is the table of entries. All are open to the network: the sender proves
// itself by token, by the signature in its request, or by certificate and signature.
func (s *Server) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ingest/v1/enroll", s.enroll)
	mux.HandleFunc("POST /ingest/v1/certificate", s.certificate)
	mux.HandleFunc("POST /ingest/v1/policy", s.policy)
	mux.HandleFunc("POST /ingest/v1/report", s.report)
	mux.HandleFunc("POST /ingest/v1/same", s.same)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, fault.NotFound("ingest.error.no_entry").WithHint("ingest.hint.versions"))
	})
	return mux
}

// address is the client's address as the frame of the server found it.
func (s *Server) address(r *http.Request) string {
	if a := transport.Address(r.Context()); a != "" {
		return a
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// admit holds an address to its rate.
func (s *Server) admit(r *http.Request) error {
	wait, ok := s.requests.allow(s.address(r), s.now())
	if ok {
		return nil
	}
	f := fault.New(fault.CodeTooMany, "ingest.error.rate").WithHint("ingest.hint.later")
	f.RetryMS = max(wait.Milliseconds(), 1)
	return f
}
