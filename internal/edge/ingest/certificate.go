package ingest

import (
	"context"
	"crypto/ed25519"
	"net/http"

	"sonae/internal/identity"
	"sonae/internal/platform/authority"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/transport"
	"sonae/internal/review/audit"
	"sonae/internal/wire"
)

// certificate is POST /ingest/v1/certificate: the next certificate of a device, or the
// first one of a device that enrolled when there were none. It needs no certificate:
// the request is signed by the key that was enrolled, and an expired certificate must
// be renewable.
func (s *Server) certificate(w http.ResponseWriter, r *http.Request) {
	trust, err := s.renew(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	answer(w, trust)
}

func (s *Server) renew(w http.ResponseWriter, r *http.Request) (wire.Trust, error) {
	var none wire.Trust
	if err := s.admit(r); err != nil {
		return none, err
	}
	if err := checkHeaders(r, enrollType, wire.MaxEnrollBytes); err != nil {
		return none, err
	}
	body := http.MaxBytesReader(w, r.Body, wire.MaxEnrollBytes)
	request, err := wire.DecodeCertificate(body, r.Header.Get("Content-Encoding"), wire.EnrollLimits())
	if err != nil {
		return none, err
	}
	var trust wire.Trust
	// Whoever holds no key of a known device must not keep the writer busy.
	d, err := s.identity.DeviceByID(r.Context(), request.DeviceID)
	if err == nil {
		if err := authority.Request(request.CSR, d.PublicKey); err != nil {
			return none, fault.Invalid("identity.error.certificate_request").At("csr").Because(err)
		}
		trust, err = s.issue(r.Context(), s.address(r), request.DeviceID, request.CSR)
	}
	switch {
	case fault.Is(err, fault.CodeNotFound):
		return none, s.stranger(r, "certificate for unknown device "+request.DeviceID, unknown().Because(err))
	case fault.Is(err, fault.CodeForbidden):
		return none, s.stranger(r, "certificate for device "+request.DeviceID, fault.Of(err).WithHint("ingest.hint.enroll"))
	}
	return trust, err
}

// issue gives a device its certificate and writes a new one into the audit log.
func (s *Server) issue(ctx context.Context, address, deviceID string, csr []byte) (trust wire.Trust, err error) {
	if trust, err = s.trust(ctx); err != nil {
		return trust, err
	}
	authority, err := s.identity.Authority(ctx)
	if err != nil {
		return trust, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		der, device, made, err := s.identity.IssueCertificate(ctx, tx, authority, deviceID, csr, false)
		if err != nil {
			return err
		}
		trust.Certificate = der
		if !made {
			return nil
		}
		return s.tellCertificate(ctx, tx, address, device)
	})
	return trust, err
}

// tellCertificate writes the audit entry of a new certificate.
func (s *Server) tellCertificate(ctx context.Context, tx *store.Tx, address string, d identity.Device) error {
	_, err := audit.Append(ctx, tx, audit.Entry{
		AtMS: store.MS(s.now()), Actor: actor(d), Action: "device.certificate", Address: address, Object: object(d),
		Detail: map[string]any{"serial": d.CertificateSerial, "end_ms": d.CertificateEndMS},
	})
	return err
}

func object(d identity.Device) audit.Object {
	return audit.Object{Kind: "device", ID: d.ID, Name: d.Name, FacilityID: d.FacilityID}
}

// trust is what every device may know about this server.
func (s *Server) trust(ctx context.Context) (wire.Trust, error) {
	authority, err := s.identity.Authority(ctx)
	if err != nil {
		return wire.Trust{}, err
	}
	key, err := s.identity.PolicyKey(ctx)
	if err != nil {
		return wire.Trust{}, err
	}
	public, _ := key.Public().(ed25519.PublicKey)
	return wire.Trust{Authorities: [][]byte{authority.Certificate()}, PolicyKey: public}, nil
}

// checkCertificate holds a report to its certificate. One that is shown has to be
// good, whether it is asked for or not.
func (s *Server) checkCertificate(r *http.Request, d identity.Device) error {
	leaf, err := transport.ClientCertificate(r, s.header)
	if err != nil {
		return s.stranger(r, "unreadable certificate for device "+d.ID,
			fault.New(fault.CodeUnauthenticated, "ingest.error.certificate_header").WithHint("ingest.hint.proxy").Because(err))
	}
	if leaf == nil {
		return s.withoutCertificate(r, d)
	}
	err = s.identity.CheckCertificate(r.Context(), d, leaf)
	if fault.Is(err, fault.CodeUnauthenticated) {
		return s.stranger(r, "bad certificate for device "+d.ID, fault.Of(err))
	}
	return err
}

func (s *Server) withoutCertificate(r *http.Request, d identity.Device) error {
	if within(r.Context()) || s.local && r.TLS == nil && !forwarded(r) {
		return nil
	}
	required, err := s.identity.CertificateRequired(r.Context())
	if err != nil || !required {
		return err
	}
	return s.stranger(r, "no certificate for device "+d.ID, fault.New(fault.CodeUnauthenticated, "ingest.error.certificate_missing").WithHint("ingest.hint.certificate"))
}

// forwarded tells that a proxy stands between, though none was configured. Believing
// the headers here only ever asks for more.
func forwarded(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}
