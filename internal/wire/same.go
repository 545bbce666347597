package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
)

// ALPNAgain is the protocol name of an agent that takes a TLS session up again, in the
// place of ALPN: the hello is most of what a check-in sends, and the session says the
// rest.
const ALPNAgain = "sonae"

// Same is the shortest report: nothing changed since the last one that was taken. It
// names neither the device, which is that of the certificate, nor what is unchanged:
// sections, notes and policy are in what is signed, and in Mark. Only a machine that is
// known by its certificate sends it; every other one sends Report.Whole.
//
//	POST /ingest/v1/same   Same → 204 (stored; the time is in the header Date) or ReportReply
//
// Its form is two numbers (unsigned LEB128, as of encoding/binary), Mark and the Ed25519 signature.
type Same struct {
	Seq         int64 // as of Report
	CollectedMS int64 // as of Report
	Mark        [markBytes]byte
	head        []byte // what comes before the signature
	signature   []byte
}

// Unchanged is what both sides of a Same hold.
type Unchanged struct {
	DeviceID string
	Whole    string // Whole of all digests
	Policy   int64  // Agent.Policy
}

const (
	markBytes = 8
	// MaxSameBytes bounds the message.
	MaxSameBytes = 2*binary.MaxVarintLen64 + markBytes + ed25519.SignatureSize
	// SameContext begins what is signed.
	SameContext = "sonae same v1\x00"
)

// Mark tells one state from another before the signature is looked at: that the server
// holds something else is no forgery. It proves nothing.
func (u Unchanged) Mark() (mark [markBytes]byte) {
	sum := sha256.Sum256(u.bytes())
	copy(mark[:], sum[:])
	return mark
}

func (u Unchanged) bytes() []byte {
	b := append([]byte(u.DeviceID), 0)
	b = append(append(b, u.Whole...), 0)
	return binary.BigEndian.AppendUint64(b, uint64(u.Policy)) //nolint:gosec // bits, not a number
}

// SignSame makes the message. seq and collectedMS are above 0.
func SignSame(key ed25519.PrivateKey, u Unchanged, seq, collectedMS int64) []byte {
	head := headOf(seq, collectedMS, u.Mark())
	return append(head, ed25519.Sign(key, signedSame(head, u))...)
}

func headOf(seq, collectedMS int64, mark [markBytes]byte) []byte {
	head := binary.AppendUvarint(nil, uint64(seq))         //nolint:gosec // above 0
	head = binary.AppendUvarint(head, uint64(collectedMS)) //nolint:gosec // above 0
	return append(head, mark[:]...)
}

func signedSame(head []byte, u Unchanged) []byte {
	return append(append([]byte(SameContext), head...), u.bytes()...)
}

// DecodeSame reads the message; it is of one form only, so that nobody can change a byte
// of it unseen. Errors are *Refusal.
func DecodeSame(body []byte) (Same, error) {
	var s Same
	r := bytes.NewReader(body)
	for _, n := range []*int64{&s.Seq, &s.CollectedMS} {
		v, err := binary.ReadUvarint(r)
		if err != nil {
			return s, refuse(CodeTruncated, "", "a number is not whole")
		}
		*n = int64(v) //nolint:gosec // checked below
	}
	if s.Seq < 1 || s.CollectedMS < 1 || s.CollectedMS > maxTimeMS {
		return s, refuse(CodeBadValue, "", "an impossible number or time")
	}
	if r.Len() != markBytes+ed25519.SignatureSize {
		return s, refuse(CodeMalformed, "", "%d bytes after the numbers, not %d", r.Len(), markBytes+ed25519.SignatureSize)
	}
	copy(s.Mark[:], body[len(body)-r.Len():])
	if s.head = headOf(s.Seq, s.CollectedMS, s.Mark); !bytes.HasPrefix(body, s.head) {
		return s, refuse(CodeMalformed, "", "a number is longer than it need be")
	}
	s.signature = body[len(s.head):]
	return s, nil
}

// Verify tells whether the owner of key said that u goes on.
func (s Same) Verify(key ed25519.PublicKey, u Unchanged) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, signedSame(s.head, u), s.signature)
}
