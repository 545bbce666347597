package wire

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"filippo.io/age"
)

// KitVersion is the version of Kit and of sealed files.
const KitVersion = 1

// Limits of a kit's file.
const maxKitBytes = 16 << 10

// KitFileName is the name under which a collection kit is looked for beside the
// program, and under which the server hands it out.
const KitFileName = "sonae-kit.json"

// Kit lets a program collect on machines that never report by themselves: it can seal
// reports for one server and sign them, and nothing else. Who finds one can neither
// read what was collected with it nor reach the server with it.
type Kit struct {
	Version   int    `json:"sonae_kit"`
	ID        string `json:"id"`          // UUID
	Name      string `json:"name"`        // as the administrator called it
	Facility  string `json:"facility"`    // name, for people who find the kit
	Recipient string `json:"recipient"`   // age X25519 recipient: "age1…"
	Key       []byte `json:"signing_key"` // Ed25519 seed, 32 bytes (RFC 8032)
	CreatedMS int64  `json:"created_ms"`
	ExpiresMS int64  `json:"expires_ms"`
}

// ParseKit reads the file of a kit. Errors are *Refusal.
func ParseKit(body []byte) (*Kit, error) {
	if len(body) > maxKitBytes {
		return nil, refuse(CodeTooLarge, "", "more than %d bytes", maxKitBytes)
	}
	var k Kit
	if err := json.Unmarshal(body, &k); err != nil {
		return nil, refuse(CodeMalformed, "", "not the file of a collection kit")
	}
	if k.Version != KitVersion {
		return nil, refuse(CodeWrongVersion, "sonae_kit", "this program speaks version %d", KitVersion)
	}
	var c checker
	c.token("id", k.ID)
	c.that(len(k.Key) == ed25519.SeedSize, "signing_key", "not a key of %d bytes", ed25519.SeedSize)
	c.time("created_ms", k.CreatedMS)
	c.time("expires_ms", k.ExpiresMS)
	if _, err := age.ParseX25519Recipient(k.Recipient); err != nil {
		c.bad("recipient", "not an age X25519 recipient")
	}
	if c.refusal != nil {
		return nil, c.refusal
	}
	return &k, nil
}

// SealedName is the file name of a sealed report: host, day and time of the machine's
// clock, without signs that file systems or mail gateways stumble over.
func SealedName(host, stamp string) string {
	host = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, host)
	if host = strings.Trim(host, "."); host == "" {
		host = "unnamed"
	}
	if runes := []rune(host); len(runes) > 60 {
		host = string(runes[:60])
	}
	return fmt.Sprintf("%s_%s%s", host, stamp, SealedSuffix)
}
