package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/wire"
)

// report is POST /ingest/v1/report.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	reply, err := s.receive(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	answer(w, reply)
}

func answer(w http.ResponseWriter, reply any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply) // the agent is gone when this fails; it will ask again
}

// receive checks a report from cheap to dear and takes it in.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (wire.ReportReply, error) {
	var none wire.ReportReply
	if err := s.admit(r); err != nil {
		return none, err
	}
	if err := checkHeaders(r, wire.ReportType, wire.MaxWireBytes); err != nil {
		return none, err
	}
	device, err := s.sender(r)
	if err != nil {
		return none, err
	}
	if err := s.checkCertificate(r, device); err != nil {
		return none, err
	}
	body, err := readAll(w, r, wire.MaxWireBytes)
	if err != nil {
		return none, err
	}
	if !wire.Verify(device.PublicKey, body, r.Header.Get(wire.HeaderSignature)) {
		return none, s.stranger(r, "bad signature for device "+device.ID, badSignature())
	}
	report, err := s.decode(r.Context(), body, r.Header.Get("Content-Encoding"))
	if err != nil {
		return none, err
	}
	if report.DeviceID != device.ID {
		return none, fault.Invalid("ingest.error.device_differs").WithHint("ingest.hint.key").At("device_id")
	}
	return s.take(r.Context(), device, s.address(r), report)
}

// checkHeaders refuses by what is known before the body.
func checkHeaders(r *http.Request, mediaType string, maxBytes int64) error {
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != mediaType {
		return fault.New(fault.CodeUnsupported, "ingest.error.media_type").WithHint("ingest.hint.versions")
	}
	if r.ContentLength > maxBytes {
		return fault.TooLarge("ingest.error.too_large").WithHint("ingest.hint.update")
	}
	return nil
}

// sender finds the device that the header names.
func (s *Server) sender(r *http.Request) (identity.Device, error) {
	id := r.Header.Get(wire.HeaderDevice)
	if !store.ValidID(id) {
		return identity.Device{}, fault.Invalid("ingest.error.device_header").WithHint("ingest.hint.enroll").At(wire.HeaderDevice)
	}
	return s.device(r, id)
}

// device finds a device that may report.
func (s *Server) device(r *http.Request, id string) (identity.Device, error) {
	device, err := s.identity.DeviceByID(r.Context(), id)
	switch {
	case fault.Is(err, fault.CodeNotFound):
		return device, s.stranger(r, "unknown device "+id, unknown())
	case fault.Is(err, fault.CodeForbidden):
		return device, s.stranger(r, "revoked device "+id, revoked())
	}
	return device, err
}

func badSignature() *fault.Error {
	return fault.New(fault.CodeUnauthenticated, "ingest.error.signature").WithHint("ingest.hint.key")
}

func unknown() *fault.Error {
	return fault.New(fault.CodeUnauthenticated, "ingest.error.device_unknown").WithHint("ingest.hint.enroll")
}

func revoked() *fault.Error {
	return fault.Forbidden("ingest.error.device_revoked").WithHint("ingest.hint.enroll")
}

// stranger records a knock and gives back the refusal. That a knock cannot be stored
// changes nothing for the sender.
func (s *Server) stranger(r *http.Request, summary string, refusal *fault.Error) error {
	address := s.address(r)
	if err := s.identity.Knock(r.Context(), address, summary); err != nil {
		s.log.Error("knock not recorded", "address", address, "err", err)
	}
	return refusal
}

func readAll(w http.ResponseWriter, r *http.Request, maxBytes int64) ([]byte, error) {
	body := http.MaxBytesReader(w, r.Body, maxBytes)
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(min(r.ContentLength, maxBytes)) + bytes.MinRead)
	}
	if _, err := io.Copy(&buf, body); err != nil {
		return nil, truncated(r, err)
	}
	return buf.Bytes(), nil
}

// truncated tells a body that ended too early from one that is too long.
func truncated(r *http.Request, err error) error {
	if f := faultOf(err); f.Code == fault.CodeTooLarge {
		return f
	}
	if r.Context().Err() != nil {
		return fmt.Errorf("read body: %w", r.Context().Err())
	}
	return fault.Invalid("ingest.error.truncated").WithHint("ingest.hint.later").Because(err)
}

// decode reads and checks a report; only a few at a time, because one may take up to
// its limits in memory.
func (s *Server) decode(ctx context.Context, body []byte, encoding string) (*wire.Report, error) {
	release, err := s.decodingSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	report, err := wire.Decode(bytes.NewReader(body), encoding, wire.ReportLimits())
	if err != nil {
		return nil, err
	}
	if err := report.Check(); err != nil {
		return nil, err
	}
	return report, s.checkAhead(report.CollectedMS)
}

// checkAhead refuses what was collected in the future.
func (s *Server) checkAhead(collectedMS int64) error {
	if collectedMS-store.MS(s.now()) > wire.MaxClockSkewMS {
		return fault.Invalid("ingest.error.future", "Hours", wire.MaxClockSkewMS/3600_000).WithHint("ingest.hint.clock").At("collected_ms")
	}
	return nil
}
