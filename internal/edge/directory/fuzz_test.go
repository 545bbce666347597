package directory

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
)

// FuzzReadMessage: what the guard lets through has lengths that fit.
func FuzzReadMessage(f *testing.F) {
	f.Add([]byte{0x30, 0x0c, 2, 1, 1, 0x61, 7, 10, 1, 0, 4, 0, 4, 0})
	f.Add([]byte{0x30, 0x84, 0, 0, 0, 5, 2, 1, 1, 0x65, 0})
	f.Add([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff})
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := readMessage(bytes.NewReader(in), 1<<16)
		if err == nil && (len(m) > 1<<16+10 || !bytes.HasPrefix(in, m)) {
			t.Errorf("%x became %x", in, m)
		}
	})
}

// FuzzEntry: an entry is read in full or refused; no text is broken.
func FuzzEntry(f *testing.F) {
	f.Add("CN=山田,OU=外来,DC=x", "0123456789abcdef", "yamada", "512", "133000000000000000", "CN=Admins,DC=x")
	f.Add("CN=\\,x", "", "\xff", "-1", "9223372036854775807", "x")
	f.Fuzz(func(t *testing.T, dn, id, name, flags, at, group string) {
		e := ldap.NewEntry(dn, map[string][]string{"objectGUID": {id}, "cn": {name}, "sAMAccountName": {name}, "userAccountControl": {flags}, "lastLogonTimestamp": {at}, "memberOf": {group}})
		a, err := entry(e, 4096)
		if err == nil && (!utf8.ValidString(a.Name+a.Place) || a.LastLoginMS < 0 || len(a.Key) != 36) {
			t.Errorf("%+v", a)
		}
		if c, err := computer(e, 4096); err == nil && (!utf8.ValidString(c.Name+c.Place) || c.LastLoginMS < 0) {
			t.Errorf("%+v", c)
		}
		_, _ = parseSID([]byte(id))
	})
}
