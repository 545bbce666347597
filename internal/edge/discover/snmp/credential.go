package snmp

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/gosnmp/gosnmp"

	"sonae/internal/platform/fault"
)

// Credential is what opens a device: a community of SNMPv2c, or a user of SNMPv3. It is
// never printed or logged: its forms for both show the version only.
type Credential struct {
	Version   string `json:"version"`             // "2c" or "3"
	Community string `json:"community,omitempty"` // 2c: 1–255 bytes
	User      string `json:"user,omitempty"`      // 3: 1–32 bytes (RFC 3414, usmUserName)
	Auth      string `json:"auth,omitempty"`      // word of AuthProtocols; empty: noAuth
	AuthKey   string `json:"auth_key,omitempty"`  // at least 8 characters (RFC 3414, 11.2)
	Priv      string `json:"priv,omitempty"`      // word of PrivProtocols; empty: no encryption
	PrivKey   string `json:"priv_key,omitempty"`
	Context   string `json:"context,omitempty"` // 3: context name; usually empty
}

// Protocols by word, strongest last. MD5, SHA-1 and DES are read because devices in use
// know nothing else (RFC 3414, RFC 3826, RFC 7860; "…c" are the key extensions of Cisco).
var (
	authProtocols = map[string]gosnmp.SnmpV3AuthProtocol{
		"md5": gosnmp.MD5, "sha": gosnmp.SHA, "sha224": gosnmp.SHA224, "sha256": gosnmp.SHA256, "sha384": gosnmp.SHA384, "sha512": gosnmp.SHA512,
	}
	privProtocols = map[string]gosnmp.SnmpV3PrivProtocol{
		"des": gosnmp.DES, "aes": gosnmp.AES, "aes192": gosnmp.AES192, "aes256": gosnmp.AES256, "aes192c": gosnmp.AES192C, "aes256c": gosnmp.AES256C,
	}
	// AuthProtocols and PrivProtocols list the words in the order of pages.
	AuthProtocols = []string{"md5", "sha", "sha224", "sha256", "sha384", "sha512"}
	PrivProtocols = []string{"des", "aes", "aes192", "aes256", "aes192c", "aes256c"}
)

// String shows no secret.
func (c Credential) String() string { return "SNMP v" + c.Version + " (secret)" }

// GoString shows no secret.
func (c Credential) GoString() string { return c.String() }

// LogValue shows no secret.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Format shows no secret, whatever the verb.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// Check reports what is wrong with a credential, with the place: "community" and so on.
func (c Credential) Check() error {
	switch c.Version {
	case "2c":
		// The length stands in one byte of the message; 100 is far over any in use.
		if c.Community == "" || len(c.Community) > 100 || strings.ContainsAny(c.Community, "\x00\r\n") {
			return fault.Invalid("snmp.error.community").At("community")
		}
		return nil
	case "3":
		return c.checkUser()
	}
	return fault.Invalid("snmp.error.version").At("version")
}

func (c Credential) checkUser() error {
	switch {
	case c.User == "" || len(c.User) > 32:
		return fault.Invalid("snmp.error.user").At("user")
	case c.Auth != "" && !slices.Contains(AuthProtocols, c.Auth):
		return fault.Invalid("snmp.error.auth").At("auth")
	case c.Auth != "" && (len(c.AuthKey) < 8 || len(c.AuthKey) > 255):
		return fault.Invalid("snmp.error.auth_key").At("auth_key")
	case c.Priv != "" && c.Auth == "":
		return fault.Invalid("snmp.error.priv_alone").At("priv")
	case c.Priv != "" && !slices.Contains(PrivProtocols, c.Priv):
		return fault.Invalid("snmp.error.priv").At("priv")
	case c.Priv != "" && (len(c.PrivKey) < 8 || len(c.PrivKey) > 255):
		return fault.Invalid("snmp.error.priv_key").At("priv_key")
	case len(c.Context) > 32:
		return fault.Invalid("snmp.error.context").At("context")
	}
	return nil
}

// apply sets the credential on a connection.
func (c Credential) apply(g *gosnmp.GoSNMP) {
	if c.Version == "2c" {
		g.Version, g.Community = gosnmp.Version2c, c.Community
		return
	}
	usm := &gosnmp.UsmSecurityParameters{UserName: c.User, AuthenticationProtocol: gosnmp.NoAuth, PrivacyProtocol: gosnmp.NoPriv}
	g.Version, g.SecurityModel, g.SecurityParameters, g.ContextName = gosnmp.Version3, gosnmp.UserSecurityModel, usm, c.Context
	g.MsgFlags = gosnmp.NoAuthNoPriv
	if c.Auth != "" {
		usm.AuthenticationProtocol, usm.AuthenticationPassphrase = authProtocols[c.Auth], c.AuthKey
		g.MsgFlags = gosnmp.AuthNoPriv
	}
	if c.Priv != "" {
		usm.PrivacyProtocol, usm.PrivacyPassphrase = privProtocols[c.Priv], c.PrivKey
		g.MsgFlags = gosnmp.AuthPriv
	}
}
