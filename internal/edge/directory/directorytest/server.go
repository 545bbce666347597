package directorytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Server keeps to the protocol until Wrong says otherwise. It holds computers named
// PC-n and accounts named user-n. Safe for concurrent use.
type Server struct {
	Address   string       // host:port
	Pin       string       // of its key
	Computers atomic.Int64 // 45 at first
	Accounts  atomic.Int64 // 25 at first
	Wrong     atomic.Value // string: what it does wrong; empty = nothing
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
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
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	f := &Server{Address: l.Addr().String(), Pin: hex.EncodeToString(sum[:])}
	f.Computers.Store(45)
	f.Accounts.Store(25)
	f.Wrong.Store("")
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

func (f *Server) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id := p.Children[0].Value.(int64)
		wrong := f.Wrong.Load().(string)
		switch p.Children[1].Tag {
		case ldap.ApplicationBindRequest:
			if wrong == "hangs at once" {
				time.Sleep(30 * time.Second)
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
func (f *Server) search(c net.Conn, id int64, p *ber.Packet, wrong string) error {
	body := p.Children[1].Children
	done := func(controls ...ldap.Control) { reply(c, id, ldap.ApplicationSearchResultDone, 0, controls...) }
	if base := body[0].Value.(string); base == "" {
		send(c, id, "", "supportedCapabilities", "1.2.840.113556.1.4.800", "supportedControl", ldap.ControlTypePaging, "highestCommittedUSN", "100", "dsServiceName", "CN=S")
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
		total = int(f.Computers.Load())
	case strings.Contains(filter, "person"):
		total, kind = int(f.Accounts.Load()), 'a'
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

func (f *Server) page(c net.Conn, id int64, wrong string, kind byte, from, total int) error {
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
		time.Sleep(30 * time.Second)
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
		done("20")
	case wrong == "new objects without end" && kind == 'a':
		for i := range 20 {
			f.object(c, id, "", kind, from+i)
		}
		done(strconv.Itoa(from + 20))
	case wrong == "one page without end" && late:
		for i := 0; ; i++ {
			f.object(c, id, "", kind, i)
			if i > 1<<16 {
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
		done(strconv.Itoa(to))
	default:
		done("")
	}
	return nil
}

func (f *Server) object(c net.Conn, id int64, wrong string, kind byte, i int) {
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
