package ingest

import (
	"net/http"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/transport"
	"sonae/internal/survey/asset"
	"sonae/internal/wire"
)

// same is POST /ingest/v1/same: a machine where nothing changed. The answer is as short
// as HTTP allows; one with something to say is that of a report.
func (s *Server) same(w http.ResponseWriter, r *http.Request) {
	reply, err := s.receiveSame(w, r)
	switch {
	case err != nil:
		s.refuse(w, r, err)
	case reply.Digests || reply.Policy != nil || len(reply.Need) > 0:
		answer(w, reply)
	default:
		w.Header().Del("X-Request-Id") // the log has it
		w.WriteHeader(http.StatusNoContent)
	}
}

// receiveSame checks the message in the order of receive. That the sender holds another
// state than the server is no forgery: it is asked for its digests.
func (s *Server) receiveSame(w http.ResponseWriter, r *http.Request) (wire.ReportReply, error) {
	var none wire.ReportReply
	if err := s.admit(r); err != nil {
		return none, err
	}
	device, err := s.certified(r)
	if err != nil {
		return none, err
	}
	body, err := readAll(w, r, wire.MaxSameBytes)
	if err != nil {
		return none, err
	}
	same, err := wire.DecodeSame(body)
	if err != nil {
		return none, err
	}
	if err := s.checkAhead(same.CollectedMS); err != nil {
		return none, err
	}
	u := wire.Unchanged{DeviceID: device.ID, Policy: device.PolicyVersion}
	if u.Whole, err = asset.WholeOf(r.Context(), s.db, device.ID); err != nil {
		return none, err
	}
	if u.Whole == "" || same.Mark != u.Mark() {
		return wire.ReportReply{ServerMS: store.MS(s.now()), Digests: true}, nil
	}
	if !same.Verify(device.PublicKey, u) {
		return none, s.stranger(r, "bad signature for device "+device.ID, badSignature())
	}
	return s.take(r.Context(), device, s.address(r), &wire.Report{
		Version: wire.Version, DeviceID: device.ID, Seq: same.Seq, CollectedMS: same.CollectedMS, Whole: u.Whole, Agent: wire.Agent{Policy: u.Policy},
	})
}

// certified finds the device that the certificate names.
func (s *Server) certified(r *http.Request) (identity.Device, error) {
	leaf, err := transport.ClientCertificate(r, s.header)
	if err != nil || leaf == nil || !store.ValidID(leaf.Subject.CommonName) {
		return identity.Device{}, fault.New(fault.CodeUnauthenticated, "ingest.error.certificate_missing").WithHint("ingest.hint.certificate").Because(err)
	}
	device, err := s.device(r, leaf.Subject.CommonName)
	if err != nil {
		return device, err
	}
	return device, s.checkCertificate(r, device)
}
