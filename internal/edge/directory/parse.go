package directory

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/account"
)

// Computer is a machine account of a directory.
type Computer struct {
	Key         string // object GUID
	AssetID     string // row of the ledger; set when stored
	Name        string // NetBIOS name as the directory shows it
	HostName    string // full DNS name
	OSName      string
	OSVersion   string
	Place       string // organisational unit, from the top
	Description string
	Enabled     bool
	LastLoginMS int64 // the machine's own, exact to two weeks; 0 = none known
	SeenMS      int64 // last reading that brought it
	FirstMS     int64 // first read with these values
	GoneMS      int64 // 0 = still there

	smbios string // from network boot; not stored
}

// Flags of userAccountControl (MS-ADTS, section 2.2.16).
const (
	flagDisabled   = 0x2
	flagLocked     = 0x10
	flagNoPassword = 0x20 // a password is not required
	flagTrust      = 0x800
	flagNever      = 0x10000 // the password never expires
)

// values reads the attributes of one entry and remembers the first that is wrong.
type values struct {
	entry *ldap.Entry
	most  int // bytes of one text
	err   error
}

func (v *values) wrong(attribute, key string) {
	if v.err == nil {
		dn := strings.ToValidUTF8(v.entry.DN, "\uFFFD")
		if r := []rune(dn); len(r) > 200 {
			dn = string(r[:200]) + "…"
		}
		v.err = fault.New(fault.CodeUnavailable, key, "Attribute", attribute, "Object", strings.ReplaceAll(dn, "\x00", "\uFFFD"))
	}
}

// text is the first value of an attribute, blanks joined; empty when there is none.
func (v *values) text(attribute string) string {
	return v.check(attribute, v.entry.GetAttributeValue(attribute))
}

func (v *values) check(attribute, s string) string {
	switch {
	case len(s) > v.most:
		v.wrong(attribute, "directory.error.value_long")
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		v.wrong(attribute, "directory.error.value_text")
	default:
		return strings.Join(strings.Fields(s), " ")
	}
	return ""
}

func (v *values) whole(attribute string) int64 {
	s := v.entry.GetAttributeValue(attribute)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		v.wrong(attribute, "directory.error.value_number")
	}
	return n
}

// fileTimeEpoch is 1 January 1601 to 1 January 1970 in steps of 100 ns (MS-DTYP,
// section 2.3.3), stepsPerMS how many of them make a millisecond.
const (
	fileTimeEpoch = 116_444_736_000_000_000
	stepsPerMS    = 10_000
)

// ms is a time as Unix ms; 0 for "never" in its two forms and before 1970.
func (v *values) ms(attribute string) int64 {
	n := v.whole(attribute)
	if n <= fileTimeEpoch || n == 1<<63-1 {
		return 0
	}
	return (n - fileTimeEpoch) / stepsPerMS
}

func (v *values) guid(attribute string) string {
	id, err := guid(v.entry.GetRawAttributeValue(attribute))
	if err != nil {
		v.wrong(attribute, "directory.error.value_guid")
	}
	return id
}

// guid writes the 16 bytes of a GUID as Windows does: the first three parts are
// little-endian (MS-DTYP, section 2.3.4.2).
func guid(b []byte) (string, error) {
	if len(b) != 16 {
		return "", fmt.Errorf("GUID of %d bytes", len(b))
	}
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:]), nil
}

// place writes where an object stands: the units above it, from the top, without
// the domain.
func (v *values) place() string {
	dn, err := ldap.ParseDN(v.check("distinguishedName", v.entry.DN))
	if err != nil {
		v.wrong("distinguishedName", "directory.error.value_text")
		return ""
	}
	var parts []string
	for _, r := range dn.RDNs[min(1, len(dn.RDNs)):] {
		if len(r.Attributes) > 0 && !strings.EqualFold(r.Attributes[0].Type, "DC") {
			parts = append(parts, v.check("distinguishedName", r.Attributes[0].Value))
		}
	}
	slices.Reverse(parts)
	return strings.Join(parts, " / ")
}

// nameOf is the first part of a distinguished name: what people call a group.
func (v *values) nameOf(attribute, dn string) string {
	parsed, err := ldap.ParseDN(v.check(attribute, dn))
	if err != nil || len(parsed.RDNs) == 0 || len(parsed.RDNs[0].Attributes) == 0 {
		v.wrong(attribute, "directory.error.value_text")
		return ""
	}
	return v.check(attribute, parsed.RDNs[0].Attributes[0].Value)
}

// lastLogin is the newest of the replicated time and the one of this server alone.
func (v *values) lastLogin() int64 { return max(v.ms("lastLogonTimestamp"), v.ms("lastLogon")) }

// computer reads a machine account.
func computer(e *ldap.Entry, most int) (Computer, error) {
	v := &values{entry: e, most: most}
	c := Computer{Key: v.guid("objectGUID"), Name: v.text("cn"), HostName: v.text("dNSHostName"), OSName: v.text("operatingSystem"), OSVersion: v.text("operatingSystemVersion"),
		Place: v.place(), Description: v.text("description"), LastLoginMS: v.lastLogin()}
	c.Enabled = v.whole("userAccountControl")&flagDisabled == 0
	// Set by Windows Deployment Services to the SMBIOS UUID, or to zeros and a MAC.
	if b := e.GetRawAttributeValue("netbootGUID"); len(b) == 16 && binary.BigEndian.Uint64(b) != 0 {
		c.smbios, _ = guid(b)
	}
	return c, v.err
}

// entry reads an account of a person or a program. Privileges come later.
func entry(e *ldap.Entry, most int) (account.DirectoryAccount, error) {
	v := &values{entry: e, most: most}
	a := account.DirectoryAccount{Key: v.guid("objectGUID"), Name: v.text("sAMAccountName"), FullName: v.text("displayName"), Mail: v.text("mail"), Place: v.place(),
		PasswordSetMS: v.ms("pwdLastSet"), LastLoginMS: v.lastLogin(), Login: account.LoginNever}
	if a.Number = v.text("employeeNumber"); a.Number == "" {
		a.Number = v.text("employeeID")
	}
	flags, computed := v.whole("userAccountControl"), v.whole("msDS-User-Account-Control-Computed")
	a.Enabled, a.NoPassword, a.PasswordNever = flags&flagDisabled == 0, flags&flagNoPassword != 0, flags&flagNever != 0
	a.Locked = computed&flagLocked != 0
	if e.GetAttributeValue("msDS-User-Account-Control-Computed") == "" {
		a.Locked = v.whole("lockoutTime") > 0
	}
	if a.LastLoginMS > 0 {
		a.Login = account.LoginAt
	}
	a.Service = flags&flagTrust != 0 || len(e.GetAttributeValues("servicePrincipalName")) > 0
	for _, class := range e.GetAttributeValues("objectClass") {
		a.Service = a.Service || strings.HasPrefix(class, "msDS-") && strings.HasSuffix(class, "ManagedServiceAccount")
	}
	for _, dn := range e.GetAttributeValues("memberOf") {
		a.Groups = append(a.Groups, v.nameOf("memberOf", dn))
	}
	slices.Sort(a.Groups)
	return a, v.err
}
