package ingest

import (
	"crypto/x509"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/transport"
)

// unproved says that a request shows neither secret nor certificate.
const unproved = "ingest.error.entry_unproved"

// entries finds the entries that the request opens: by certificate, where it counts for
// one; else by secret. Several come from one certificate that stands for several
// protocols of a facility. FusionInventory sends each request twice without a secret
// first, so that only a wrong one counts as a knock.
func (e *exchange) entries() ([]identity.Entry, error) {
	s := e.server
	chain, err := transport.ClientChain(e.r, s.header)
	if err != nil {
		return nil, s.stranger(e.r, "unreadable certificate of "+clip(e.r.UserAgent(), 64),
			fault.New(fault.CodeUnauthenticated, "ingest.error.certificate_header").WithHint("ingest.hint.proxy").Because(err))
	}
	_, secret, given := e.r.BasicAuth()
	if len(chain) > 0 {
		list, err := e.byCertificate(chain, given)
		if err != nil || len(list) > 0 {
			return list, err
		}
	}
	if !given {
		return nil, fault.New(fault.CodeUnauthenticated, unproved).WithHint("ingest.hint.entry")
	}
	entry, err := s.identity.EntryBySecret(e.r.Context(), s.db, secret)
	if fault.Is(err, fault.CodeUnauthenticated) {
		return nil, s.stranger(e.r, "wrong secret of "+clip(e.r.UserAgent(), 64), fault.Of(err))
	}
	return []identity.Entry{entry}, err
}

// byCertificate finds the entries of a certificate; none when it is not for an entry and
// a secret may still be right.
func (e *exchange) byCertificate(chain []*x509.Certificate, secretGiven bool) ([]identity.Entry, error) {
	s := e.server
	list, err := s.identity.EntriesByCertificate(e.r.Context(), s.db, chain, e.expected()...)
	if !fault.Is(err, fault.CodeUnauthenticated) {
		return list, err
	}
	if secretGiven {
		return nil, nil
	}
	return nil, s.stranger(e.r, "bad certificate of "+clip(e.r.UserAgent(), 64), fault.Of(err))
}
