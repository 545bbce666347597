package ingest

import (
	"context"
	"net/http"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/wire"
)

// enrollType is the media type of an enrolment request and its answer.
const enrollType = "application/json"

// enroll is POST /ingest/v1/enroll.
func (s *Server) enroll(w http.ResponseWriter, r *http.Request) {
	reply, err := s.admitDevice(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	answer(w, reply)
}

// admitDevice makes a device known whose token is good. It makes no asset: that is for
// the first report.
func (s *Server) admitDevice(w http.ResponseWriter, r *http.Request) (wire.EnrollReply, error) {
	var none wire.EnrollReply
	if err := s.admit(r); err != nil {
		return none, err
	}
	if err := checkHeaders(r, enrollType, wire.MaxEnrollBytes); err != nil {
		return none, err
	}
	body := http.MaxBytesReader(w, r.Body, wire.MaxEnrollBytes)
	request, err := wire.DecodeEnroll(body, r.Header.Get("Content-Encoding"), wire.EnrollLimits())
	if err != nil {
		return none, err
	}
	reply, err := s.makeDevice(r.Context(), s.address(r), request)
	if fault.Is(err, fault.CodeUnauthenticated) {
		return none, s.stranger(r, "bad enrolment token, "+request.Identity.HostName+" "+request.Identity.Serial,
			fault.New(fault.CodeUnauthenticated, "ingest.error.token").WithHint("ingest.hint.enroll").Because(err))
	}
	if fault.Is(err, fault.CodeForbidden) {
		return none, s.stranger(r, "revoked key, "+request.Identity.HostName+" "+request.Identity.Serial, revoked().Because(err))
	}
	if err != nil {
		return none, err
	}
	return reply, nil
}

// makeDevice stores the device, and its certificate when it asked for one.
func (s *Server) makeDevice(ctx context.Context, address string, request *wire.EnrollRequest) (reply wire.EnrollReply, err error) {
	now := store.MS(s.now())
	if reply.Trust, err = s.trust(ctx); err != nil {
		return reply, err
	}
	authority, err := s.identity.Authority(ctx)
	if err != nil {
		return reply, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		device, err := s.identity.Enroll(ctx, tx, identity.Enrolling{
			Secret: request.Token, PublicKey: request.PublicKey, Name: request.Identity.HostName, Address: address,
		})
		if err != nil {
			return err
		}
		if len(request.CSR) > 0 {
			if reply.Certificate, device, _, err = s.identity.IssueCertificate(ctx, tx, authority, device.ID, request.CSR, true); err != nil {
				return err
			}
		}
		reply.DeviceID, reply.ServerMS = device.ID, now
		detail := map[string]any{"maker": request.Identity.Maker, "model": request.Identity.Model, "serial": request.Identity.Serial}
		if device.CertificateSerial != "" {
			detail["certificate"], detail["end_ms"] = device.CertificateSerial, device.CertificateEndMS
		}
		_, err = audit.Append(ctx, tx, audit.Entry{AtMS: now, Actor: actor(device), Action: "device.enrolled", Address: address, Object: object(device), Detail: detail})
		return err
	})
	return reply, err
}
