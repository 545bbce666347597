package directory

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/account"
)

// fake is an LDAP server that keeps to the protocol until told otherwise. It holds
// computers named PC-n and accounts named user-n; wrong changes how it behaves.
type fake struct {
	t         *testing.T
	address   string
	pin       string
	computers atomic.Int64
	accounts  atomic.Int64
	wrong     atomic.Value // string
	searches  atomic.Int64
}

func newFake(t *testing.T) *fake {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	f := &fake{t: t, address: l.Addr().String(), pin: PinOf(leaf)}
	f.computers.Store(45)
	f.accounts.Store(25)
	f.wrong.Store("")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(c)
		}
	}()
	return f
}

func (f *fake) source() Source {
	return Source{Name: "偽物", Address: f.address, Pin: f.pin, BaseDN: "DC=x", BindName: "reader"}
}

func (f *fake) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id := p.Children[0].Value.(int64)
		wrong := f.wrong.Load().(string)
		switch p.Children[1].Tag {
		case ldap.ApplicationBindRequest:
			if wrong == "hangs at once" {
				time.Sleep(5 * time.Second)
				return
			}
			reply(c, id, ldap.ApplicationBindResponse, 0)
		case ldap.ApplicationSearchRequest:
			if f.search(c, id, p, wrong) != nil {
				return
			}
		default:
			return
		}
	}
}

// reply writes a result; controls may follow.
func reply(c net.Conn, id int64, tag ber.Tag, code int64, controls ...ldap.Control) {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	r.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	r.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	r.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	m.AppendChild(r)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, one := range controls {
			list.AppendChild(one.Encode())
		}
		m.AppendChild(list)
	}
	_, _ = c.Write(m.Bytes())
}

// send writes an entry; values come in pairs.
func send(c net.Conn, id int64, dn string, values ...string) {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	e := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	e.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, dn, ""))
	list := ber.NewSequence("")
	for i := 0; i+1 < len(values); i += 2 {
		a := ber.NewSequence("")
		a.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, values[i], ""))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		set.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, values[i+1], ""))
		a.AppendChild(set)
		list.AppendChild(a)
	}
	e.AppendChild(list)
	m.AppendChild(e)
	_, _ = c.Write(m.Bytes())
}

func guidBytes(kind byte, n int) string {
	return string([]byte{kind, byte(n), byte(n >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
}

var errEnd = errors.New("the connection ends")

// search answers the root DSE, then pages of twenty.
func (f *fake) search(c net.Conn, id int64, p *ber.Packet, wrong string) error {
	f.searches.Add(1)
	body := p.Children[1].Children
	done := func(controls ...ldap.Control) { reply(c, id, ldap.ApplicationSearchResultDone, 0, controls...) }
	if base := body[0].Value.(string); base == "" {
		send(c, id, "", "supportedCapabilities", activeDirectory, "supportedControl", ldap.ControlTypePaging, "highestCommittedUSN", "100", "dsServiceName", "CN=S")
		done()
		return nil
	} else if base == "CN=S" {
		send(c, id, base, "invocationId", guidBytes('i', 1))
		done()
		return nil
	}
	filter, err := ldap.DecompileFilter(body[6])
	if err != nil {
		return err
	}
	total, kind := 0, byte('c')
	switch {
	case strings.Contains(filter, "computer"):
		total = int(f.computers.Load())
	case strings.Contains(filter, "person"):
		total, kind = int(f.accounts.Load()), 'a'
	}
	from := 0
	if len(p.Children) > 2 {
		for _, raw := range p.Children[2].Children {
			if one, err := ldap.DecodeControl(raw); err == nil {
				if paging, ok := one.(*ldap.ControlPaging); ok {
					_, _ = fmt.Sscanf(string(paging.Cookie), "%d", &from)
				}
			}
		}
	}
	return f.page(c, id, wrong, kind, from, total)
}

func (f *fake) page(c net.Conn, id int64, wrong string, kind byte, from, total int) error {
	done := func(cookie string) {
		paging := ldap.NewControlPaging(0)
		paging.SetCookie([]byte(cookie))
		reply(c, id, ldap.ApplicationSearchResultDone, 0, paging)
	}
	to := min(from+20, total)
	for i := from; i < to; i++ {
		f.object(c, id, wrong, kind, i)
	}
	late := kind == 'a' && from == 20 // the last page: everything else came
	switch {
	case wrong == "hangs" && late:
		time.Sleep(5 * time.Second)
		return errEnd
	case wrong == "hangs up" && late:
		return errEnd
	case wrong == "size limit" && late:
		reply(c, id, ldap.ApplicationSearchResultDone, ldap.LDAPResultSizeLimitExceeded)
	case wrong == "no paging" && late:
		reply(c, id, ldap.ApplicationSearchResultDone, 0)
	case wrong == "same page" && kind == 'a':
		done("0")
	case wrong == "empty pages" && late:
		for i := 0; ; i++ {
			done("20")
			return nil
		}
	case wrong == "new objects without end" && kind == 'a':
		for i := range 20 {
			f.object(c, id, "", kind, from+i)
		}
		done(fmt.Sprint(from + 20))
	case wrong == "one page without end" && late:
		for i := 0; ; i++ {
			f.object(c, id, "", kind, i)
			if _, err := c.Write(nil); err != nil || i > 1<<20 {
				return errEnd
			}
		}
	case wrong == "length that lies" && late:
		_, _ = c.Write([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 1, 1})
		return errEnd
	case wrong == "inner length that lies" && late:
		_, _ = c.Write([]byte{0x30, 0x0c, 2, 1, byte(id), 0x64, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x04, 0x00, 0x00})
		return errEnd
	case wrong == "web server" && late:
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		return errEnd
	case to < total:
		done(fmt.Sprint(to))
	default:
		done("")
	}
	return nil
}

func (f *fake) object(c net.Conn, id int64, wrong string, kind byte, i int) {
	name := map[byte]string{'c': "PC", 'a': "user"}[kind] + fmt.Sprintf("-%03d", i)
	dn, key, text := "CN="+name+",OU=病棟,DC=x", guidBytes(kind, i), name
	if kind == 'a' && i == 24 { // the very last object
		switch wrong {
		case "no UTF-8":
			text = "\xff\xfe"
		case "NUL":
			text = "a\x00b"
		case "huge value":
			text = strings.Repeat("あ", 1<<20)
		case "longer than allowed":
			text = strings.Repeat("x", 5000)
		case "no GUID":
			key = "short"
		case "broken DN":
			dn = "CN=\xff\\"
		}
	}
	flags := "512"
	if wrong == "flags" && kind == 'a' && i == 24 {
		flags = "many"
	}
	send(c, id, dn, "objectGUID", key, "cn", name, "sAMAccountName", text, "userAccountControl", flags, "operatingSystem", "Windows 11 Pro")
}

// TestHostileServers: whatever a server does at the very end of a reading, nothing
// of it is stored, what was good stays, and people are told what is wrong.
func TestHostileServers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.dir.limits = limits{connect: time.Second, request: time.Second, reading: 3 * time.Second, message: 1 << 20, page: 64 << 10, rows: 20, objects: 500, nested: 100, value: 4096}
		f := newFake(t)
		s := w.good(w.create(f.source(), "secret").ID, Asked{})
		if s.State.Computers != 45 || s.State.Accounts != 25 {
			t.Fatalf("state %+v", s.State)
		}
		good := s.State
		f.computers.Store(44) // would close one
		for wrong, key := range map[string]string{
			"hangs at once": "directory.error.hangs_midway", "hangs": "directory.error.hangs_midway", "hangs up": "directory.error.lost", "size limit": "directory.error.server_limit",
			"no paging": "directory.error.not_paged", "same page": "directory.error.pages", "empty pages": "directory.error.pages", "new objects without end": "directory.error.endless",
			"one page without end": "directory.error.too_much", "length that lies": "directory.error.too_much", "inner length that lies": "directory.error.broken",
			"web server": "directory.error.broken", "no UTF-8": "directory.error.value_text", "NUL": "directory.error.value_text", "huge value": "directory.error.too_much",
			"longer than allowed": "directory.error.value_long", "no GUID": "directory.error.value_guid", "broken DN": "directory.error.value_text", "flags": "directory.error.value_number",
		} {
			f.wrong.Store(wrong)
			w.now = w.now.Add(time.Hour)
			s := w.read(s.ID, Asked{Full: true})
			if p := s.State.Problem; p == nil || p.Key != key {
				t.Errorf("%s: got %v, want %s", wrong, p, key)
			}
			if !s.State.Silent() || s.State.GoodMS != good.GoodMS || s.State.Computers != 45 || len(w.computers(s.ID, true)) != 0 || len(w.accounts(account.EntryFilter{})) != 25 {
				t.Errorf("%s: something of it was stored: %+v", wrong, s.State)
			}
			if pc := w.computers(s.ID, false)["PC-001"]; pc.SeenMS != good.GoodMS {
				t.Errorf("%s: a computer was renewed", wrong)
			}
		}
		f.wrong.Store("")
		w.now = w.now.Add(time.Hour)
		if s = w.good(s.ID, Asked{Full: true}); s.State.Silent() || s.State.Computers != 44 || len(w.computers(s.ID, true)) != 1 {
			t.Errorf("after all that: %+v", s.State)
		}
	})
}

// TestMuchLessIsAskedAbout: an account that lost its rights sees little, and that
// must not close everything.
func TestMuchLessIsAskedAbout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := newFake(t)
		s := w.good(w.create(f.source(), "secret").ID, Asked{})
		f.computers.Store(3)
		w.now = w.now.Add(fullEvery)
		if s = w.read(s.ID, Asked{}); s.State.Problem == nil || s.State.Problem.Key != "directory.error.shrunk_computers" || s.State.Computers != 45 {
			t.Errorf("state %+v", s.State)
		}
		if s = w.good(s.ID, Asked{Accept: true}); s.State.Computers != 3 {
			t.Errorf("accepted: %+v", s.State)
		}
	})
}

func TestRefusedSettings(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for _, c := range []struct {
		place    string
		password string
		change   func(*Source)
	}{
		{"name", "x", func(s *Source) { s.Name = "" }},
		{"address", "x", func(s *Source) { s.Address = "ldap://dc1" }},
		{"address", "x", func(s *Source) { s.Address = "dc1:99999" }},
		{"address", "x", func(s *Source) { s.Address = "a b" }},
		{"base_dn", "x", func(s *Source) { s.BaseDN = "hosp" }},
		{"bind_name", "x", func(s *Source) { s.BindName = "a\x00" }},
		{"ca_pem", "x", func(s *Source) { s.CAPEM = "x" }},
		{"pin", "x", func(s *Source) { s.Pin = "abc" }},
		{"every_minutes", "x", func(s *Source) { s.Minutes = 1 }},
		{"password", "", func(*Source) {}},
	} {
		s := Source{FacilityID: facility, Name: "n", Address: "dc1", BaseDN: "DC=x", BindName: "b", Minutes: 60}
		c.change(&s)
		err := w.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := w.dir.Create(ctx, tx, s, c.password)
			return err
		})
		if f := fault.Of(err); f == nil || f.Code != fault.CodeInvalid || f.Place != c.place {
			t.Errorf("%s: got %v", c.place, err)
		}
	}
}

// TestPasswordStaysHere: who may change the address cannot have the stored password
// sent there.
func TestPasswordStaysHere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.create(Source{Name: "n", Address: "ldaps://dc1", BaseDN: "DC=x", BindName: "b"}, "geheim")
		if s.Address != "dc1:636" {
			t.Errorf("address %q", s.Address)
		}
		update := func(s Source, password string) error {
			return w.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := w.dir.Update(ctx, tx, s, password)
				return err
			})
		}
		moved := s
		moved.Address = "evil:636"
		if f := fault.Of(update(moved, "")); f == nil || f.Place != "password" {
			t.Errorf("moved without password: %v", f)
		}
		renamed := s
		renamed.Name = "m"
		if err := update(renamed, ""); err != nil {
			t.Error(err)
		}
		if !fault.Is(update(renamed, ""), fault.CodeConflict) {
			t.Error("an old revision was taken")
		}
		if got := w.source(s.ID); got.Name != "m" || strings.Contains(string(got.secret), "geheim") {
			t.Errorf("stored: %+v", got)
		}
		if p, err := w.dir.password(w.source(s.ID)); p != "geheim" || err != nil {
			t.Error(p, err)
		}
	})
}
