package wire

import (
	"bytes"
	"io"
)

// ALPN is the protocol name (RFC 7301) that an agent offers beside http/1.1 in its TLS
// hello: it asks the server for the certificate of Sonae's own authority and lets it
// ask for the device's. A browser never offers it, so nobody who opens the pages is
// asked for a certificate.
const ALPN = "sonae-agent/1"

// maxCSRBytes bounds a signing request; one with an Ed25519 key has some 150 bytes.
const maxCSRBytes = 4096

// CertificateRequest asks for a device certificate: the first one of a device that
// enrolled before there were any, or the next. The signature inside CSR, by the key
// that was enrolled, is the proof of who asks; there is no other.
//
//	POST /ingest/v1/certificate   CertificateRequest → Trust
type CertificateRequest struct {
	Version  int    `json:"version"`
	DeviceID string `json:"device_id"`
	CSR      []byte `json:"csr"` // PKCS #10, DER; names in it do not count
}

// Trust is what device and server know each other by.
type Trust struct {
	Certificate []byte   `json:"certificate,omitempty"` // of the device, X.509 DER
	Authorities [][]byte `json:"authorities,omitempty"` // X.509 DER: who signs the server's and the devices' certificates
	PolicyKey   []byte   `json:"policy_key,omitempty"`  // Ed25519, 32 bytes: who signs policies
}

// DecodeCertificate reads a certificate request, with the checks of Decode. Errors
// are *Refusal, or the error of r.
func DecodeCertificate(r io.Reader, encoding string, limits Limits) (*CertificateRequest, error) {
	var request CertificateRequest
	if err := decodeInto(r, encoding, limits, &request); err != nil {
		return nil, err
	}
	var c checker
	c.that(request.Version == Version, "version", "this server speaks version %d", Version)
	c.token("device_id", request.DeviceID)
	c.csr(request.CSR)
	if c.refusal != nil {
		return nil, c.refusal
	}
	return &request, nil
}

// csr looks at the size only; what is inside is for the authority.
func (c *checker) csr(csr []byte) {
	c.that(len(csr) > 0 && len(csr) <= maxCSRBytes && !bytes.HasPrefix(csr, []byte("-----")), "csr", "not a signing request in DER of at most %d bytes", maxCSRBytes)
}
