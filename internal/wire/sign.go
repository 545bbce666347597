package wire

import (
	"crypto/ed25519"
	"encoding/base64"
)

// Sign gives the value of HeaderSignature for a body as it goes over the wire
// (compressed). key must be a full Ed25519 private key.
func Sign(key ed25519.PrivateKey, body []byte) string { return SignAs(SignatureContext, key, body) }

// SignAs is Sign for a message of another kind: a signature of one kind is none of
// another.
func SignAs(context string, key ed25519.PrivateKey, body []byte) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(key, append([]byte(context), body...)))
}

// Verify tells whether signature is that of body by the owner of key. A key or
// signature of the wrong form is simply not valid. The signature does not cover
// HeaderDevice: the caller compares it with Report.DeviceID.
func Verify(key ed25519.PublicKey, body []byte, signature string) bool {
	return VerifyAs(SignatureContext, key, body, signature)
}

// VerifyAs is Verify for a message of another kind.
func VerifyAs(context string, key ed25519.PublicKey, body []byte, signature string) bool {
	sig, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, append([]byte(context), body...), sig)
}
