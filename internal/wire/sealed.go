package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// A sealed file carries one report by hand. It is a line of text, so that anybody who
// finds it can see what it is, and after it an age file (age-encryption.org/v1):
//
//	sonae-once/1 <ID of the kit>\n
//	age( Ed25519 signature, 64 bytes ‖ zstd( Report as JSON ) )
//
// The signature is the kit's, over sealedContext, the kit's ID, a NUL and the compressed
// report. It lies inside of the encryption: outside it would tell which files come from
// the same hand.
const (
	sealedMagic   = "sonae-once/"
	sealedHead    = sealedMagic + "1 "
	sealedContext = "sonae once v1\x00"
	// SealedSuffix ends the names of sealed files.
	SealedSuffix = ".sonae"
	// SealedDevice stands for the device ID that a machine without enrolment has not.
	SealedDevice = "once"
)

// SealReport compresses, signs and encrypts a report for the server of a kit. DeviceID
// and Seq are set to what a report without enrolment has.
func SealReport(k *Kit, report Report) ([]byte, error) {
	if len(k.Key) != ed25519.SeedSize {
		return nil, errors.New("the kit has no signing key")
	}
	recipient, err := age.ParseX25519Recipient(k.Recipient)
	if err != nil {
		return nil, err
	}
	report.DeviceID, report.Seq = SealedDevice, 1
	body, err := json.Marshal(report)
	if err != nil {
		return nil, err
	}
	packed, err := pack(body)
	if err != nil {
		return nil, err
	}
	signature := ed25519.Sign(ed25519.NewKeyFromSeed(k.Key), sealedText(k.ID, packed))
	var out bytes.Buffer
	out.WriteString(sealedHead + k.ID + "\n")
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append(signature, packed...)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil { // writes the last piece
		return nil, err
	}
	return out.Bytes(), nil
}

// pack compresses as well as zstd can: it is done once, by hand, and the file shall be
// small enough for a slow stick and for mail.
func pack(body []byte) ([]byte, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer func() { _ = z.Close() }()
	return z.EncodeAll(body, nil), nil
}

func sealedText(kitID string, packed []byte) []byte {
	return append([]byte(sealedContext+kitID+"\x00"), packed...)
}

// IsSealed reports whether a file begins like a sealed one, of whatever version.
func IsSealed(file []byte) bool { return bytes.HasPrefix(file, []byte(sealedMagic)) }

// SealedKit gives the ID of the kit that a sealed file says it was made with. Errors are
// *Refusal.
func SealedKit(file []byte) (string, error) {
	id, _, err := openHead(file)
	return id, err
}

func openHead(file []byte) (kitID string, rest []byte, err error) {
	if !IsSealed(file) {
		return "", nil, refuse(CodeMalformed, "", "not a file of sonae-agent once")
	}
	if len(file) > MaxWireBytes {
		return "", nil, refuse(CodeTooLarge, "", "more than %d bytes", MaxWireBytes)
	}
	line, _, ok := bytes.Cut(file[:min(len(file), 256)], []byte("\n"))
	switch {
	case !bytes.HasPrefix(line, []byte(sealedHead)) && len(line) > len(sealedMagic):
		return "", nil, refuse(CodeWrongVersion, "", "this server reads version %d", KitVersion)
	case !ok:
		return "", nil, refuse(CodeTruncated, "", "the file ends in its first line")
	}
	id := strings.TrimPrefix(string(line), sealedHead)
	if id == "" || plainName([]byte(id)) != id {
		return "", nil, refuse(CodeMalformed, "", "the first line names no kit")
	}
	return id, file[len(line)+1:], nil
}

// OpenSealed decrypts a sealed file with the age identity of its kit ("AGE-SECRET-KEY-1…"),
// checks the signature by the kit's public key, and decodes the report within the limits
// of reports. Errors are *Refusal: signature (not made with this kit, or changed),
// encoding (not encrypted for this kit, or damaged), truncated, and those of Decode and
// Check.
func OpenSealed(file []byte, identity string, signer ed25519.PublicKey) (*Report, error) {
	kitID, rest, err := openHead(file)
	if err != nil {
		return nil, err
	}
	key, err := age.ParseX25519Identity(identity)
	if err != nil {
		return nil, err
	}
	plain, err := decrypt(rest, key)
	if err != nil {
		return nil, err
	}
	if len(plain) < ed25519.SignatureSize || len(signer) != ed25519.PublicKeySize {
		return nil, refuse(CodeTruncated, "", "the signature is missing")
	}
	signature, packed := plain[:ed25519.SignatureSize], plain[ed25519.SignatureSize:]
	if !ed25519.Verify(signer, sealedText(kitID, packed), signature) {
		return nil, refuse(CodeSignature, "", "not signed with the key of the kit it names")
	}
	report, err := Decode(bytes.NewReader(packed), EncodingZstd, ReportLimits())
	if err != nil {
		return nil, err
	}
	return report, report.Check()
}

func decrypt(file []byte, key age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), key)
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, refuse(CodeTruncated, "", "the file ends too early")
		}
		return nil, refuse(CodeEncoding, "", "not encrypted for this kit, or damaged")
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxWireBytes+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, refuse(CodeTruncated, "", "the file ends too early: it was not copied whole")
	case err != nil:
		return nil, refuse(CodeEncoding, "", "the encrypted bytes are damaged")
	}
	return plain, nil
}
