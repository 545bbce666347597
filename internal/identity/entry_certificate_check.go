package identity

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sonae/internal/platform/authority"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// anchor is a certificate of an open entry, on the way of a check.
type anchor struct {
	entry Entry
	kind  CertificateKind
	sum   string
	der   []byte
}

// EntriesByCertificate finds the open entries of some protocols that a client's chain
// opens, at most one a protocol, and notes nothing yet: UseEntry does. chain begins with
// the client's own certificate; that it holds the key is for TLS to have checked. Where
// several authorities fit, the nearest to the client's certificate counts. Each thing
// that may be wrong is an unauthenticated fault with a reason of its own; none and no
// error when certificates open nothing.
func (r *Registry) EntriesByCertificate(ctx context.Context, db *store.DB, chain []*x509.Certificate, protocols ...Protocol) ([]Entry, error) {
	anchors, err := r.anchors(ctx, db, protocols)
	if err != nil || len(anchors) == 0 || len(chain) == 0 {
		return nil, err
	}
	var reason error
	nearest, sum, now := map[Protocol]opened{}, certificateSum(chain[0]), r.now()
	for _, a := range anchors {
		length, err := a.opens(chain, sum, now)
		if err != nil {
			reason = clearer(reason, err)
			continue
		}
		nearest[a.entry.Protocol] = nearest[a.entry.Protocol].or(opened{a.entry, length, false})
	}
	var out []Entry
	for _, o := range nearest {
		if o.twice { // two servers took it in for two entries at the same moment
			return nil, badEntryCertificate("identity.error.entry_certificate_taken")
		}
		out = append(out, o.entry)
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, r.entryCertificateFault(ctx, chain[0], reason)
}

// opened is an entry that a chain opens, and the number of certificates up to the one
// of the entry.
type opened struct {
	entry  Entry
	length int
	twice  bool // another entry is as near
}

func (o opened) or(other opened) opened {
	switch {
	case o.length == 0 || other.length < o.length:
		return other
	case other.length == o.length && other.entry.ID != o.entry.ID:
		o.twice = true
	}
	return o
}

// opens tells how far the chain is from the certificate of the entry, or why it does
// not open it.
func (a anchor) opens(chain []*x509.Certificate, sum string, now time.Time) (length int, err error) {
	if a.kind != CertificateCA {
		if a.sum != sum {
			return 0, authority.ErrForeign
		}
		return 1, authority.Usable(chain[0], now)
	}
	x, err := x509.ParseCertificate(a.der)
	if err != nil {
		return 0, err
	}
	return authority.Chain(chain, x, now)
}

// clearer keeps the reason that says more: a certificate that belongs here and is out
// of date is no stranger's.
func clearer(have, other error) error {
	if have == nil || errors.Is(have, authority.ErrForeign) {
		return other
	}
	return have
}

func (r *Registry) entryCertificateFault(ctx context.Context, leaf *x509.Certificate, reason error) error {
	for _, c := range []struct {
		err error
		key string
	}{
		{authority.ErrExpired, "identity.error.certificate_expired"}, {authority.ErrEarly, "identity.error.certificate_early"},
		{authority.ErrUse, "identity.error.entry_certificate_use"}, {authority.ErrAnchorTime, "identity.error.entry_certificate_anchor"},
	} {
		if errors.Is(reason, c.err) {
			return badEntryCertificate(c.key).Because(reason)
		}
	}
	own, err := r.Authority(ctx)
	if err != nil {
		return err
	}
	if own.Signed(leaf) {
		return badEntryCertificate("identity.error.entry_certificate_device")
	}
	return badEntryCertificate("identity.error.entry_certificate_foreign").Because(reason)
}

func badEntryCertificate(key string) *fault.Error {
	return fault.New(fault.CodeUnauthenticated, key).WithHint("identity.hint.entry_certificate")
}

// anchors are the certificates of open entries of the protocols.
func (r *Registry) anchors(ctx context.Context, q store.Querier, protocols []Protocol) ([]anchor, error) {
	var args []any
	rows, err := q.Query(ctx, `SELECT e.id, e.protocol, e.facility_id, e.note, e.created_by, e.created_ms, coalesce(e.last_used_ms, 0), e.method, c.kind, c.sha256, c.der
		FROM identity_entry e JOIN identity_entry_certificate c ON c.entry_id = e.id
		WHERE e.closed_ms IS NULL AND e.method = 'certificate' AND c.removed_ms IS NULL AND `+store.In("e.protocol", protocolWords(protocols), &args)+` ORDER BY c.id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read certificates of entries: %w", err)
	}
	return collect(rows, func(scan func(...any) error) (a anchor, err error) {
		e := &a.entry
		err = scan(&e.ID, &e.Protocol, &e.FacilityID, &e.Note, &e.CreatedBy, &e.CreatedMS, &e.LastUsedMS, &e.Method, &a.kind, &a.sum, &a.der)
		return a, err
	})
}

// entryNames keeps for a moment whom a listener asks for certificates.
type entryNames struct {
	mu    sync.Mutex
	names [][]byte
	until time.Time
}

func (n *entryNames) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.until = time.Time{}
}

// EntryAuthorities are the names (DER of a distinguished name) of the authorities whose
// client certificates open some entry now; none = no entry is opened by certificate.
// Another server's change counts within seconds.
func (r *Registry) EntryAuthorities(ctx context.Context) ([][]byte, error) {
	n := &r.asked
	n.mu.Lock()
	defer n.mu.Unlock()
	if r.now().Before(n.until) {
		return n.names, nil
	}
	anchors, err := r.anchors(ctx, r.db, Protocols)
	if err != nil {
		return nil, err
	}
	var names [][]byte
	for _, a := range anchors {
		x, err := x509.ParseCertificate(a.der)
		if err != nil {
			return nil, fmt.Errorf("read certificate %s of entry: %w", a.sum, err)
		}
		name := x.RawIssuer
		if a.kind == CertificateCA {
			name = x.RawSubject
		}
		if !slices.ContainsFunc(names, func(have []byte) bool { return string(have) == string(name) }) {
			names = append(names, name)
		}
	}
	n.names, n.until = names, r.now().Add(settingTrust)
	return names, nil
}
