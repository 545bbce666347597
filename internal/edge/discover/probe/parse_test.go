package probe

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
)

// TestOnlyTheDoorSends: nothing in this package can send but by package door: no file
// names a function that opens a socket, a program or a resolver.
func TestOnlyTheDoorSends(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		seen++
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range parsed.Imports {
			for _, banned := range []string{"golang.org/x/sys", "golang.org/x/net/icmp", "golang.org/x/net/proxy", "github.com/", "os/exec", "unsafe", "net/http/", "net/smtp", "net/rpc"} {
				if strings.HasPrefix(strings.Trim(i.Path.Value, `"`), banned) {
					t.Errorf("%s imports %s", f.Name(), i.Path.Value)
				}
			}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			s, is := n.(*ast.SelectorExpr)
			if !is {
				return true
			}
			pkg, _ := s.X.(*ast.Ident)
			if pkg == nil {
				return true
			}
			name := s.Sel.Name
			may := map[string][]string{"net": {"Conn", "HardwareAddr"}, "http": {"ReadResponse", "Request", "MethodGet"}, "syscall": {"ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EACCES", "ENOBUFS"},
				"tls": {"Config", "Client", "VersionTLS10", "CipherSuites", "InsecureCipherSuites", "VersionName"}}
			if list, watched := may[pkg.Name]; watched && pkg.Obj == nil {
				if slices.Contains(list, name) {
					return true
				}
				t.Errorf("%s uses %s.%s", f.Name(), pkg.Name, name)
			}
			return true
		})
	}
	if seen < 12 {
		t.Errorf("only %d files were looked at", seen)
	}
}

func TestOrderRefuses(t *testing.T) {
	good := Order{Ranges: prefixes("192.0.2.0/24")}
	for name, change := range map[string]func(*Order){
		"nothing":    func(o *Order) { o.Ranges = nil },
		"too many":   func(o *Order) { o.Ranges = prefixes("10.0.0.0/15") },
		"IPv6 /64":   func(o *Order) { o.Ranges = prefixes("2001:db8::/64") },
		"groups":     func(o *Order) { o.Ranges = prefixes("224.0.0.0/30") },
		"mapped":     func(o *Order) { o.Ranges = prefixes("::ffff:192.0.2.0/120") },
		"method":     func(o *Order) { o.Methods = []Method{"telnet"} },
		"SNMP":       func(o *Order) { o.Methods = []Method{"snmp"} },
		"rate":       func(o *Order) { o.Rate = RateMax + 1 },
		"slow":       func(o *Order) { o.Timeout = time.Second },
		"tries":      func(o *Order) { o.Tries = 4 },
		"port":       func(o *Order) { o.Ports = []uint16{0} },
		"title":      func(o *Order) { o.Called = strings.Repeat("A", 17) },
		"backslash":  func(o *Order) { o.Calling = `A\B` },
		"many ports": func(o *Order) { o.Ports = make([]uint16, PortsMax+1) },
	} {
		o := good
		change(&o)
		if _, err := o.Checked(); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseRanges("10.0.0.1, ct.example"); !fault.Is(err, fault.CodeInvalid) {
		t.Errorf("a name was taken: %v", err)
	}
}

// TestAddresses: the ends of IPv4 ranges, groups and repetitions are never asked.
func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.0/30":               "192.0.2.1 192.0.2.2",
		"192.0.2.0/31":               "192.0.2.0 192.0.2.1",
		"192.0.2.9":                  "192.0.2.9",
		"192.0.2.0/29,192.0.2.4/30":  "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6",
		"2001:db8::/127":             "2001:db8:: 2001:db8::1",
		"127.0.0.0/30":               "",
		"192.0.2.77/30 198.51.100.1": "192.0.2.77 192.0.2.78 198.51.100.1",
	} {
		list, err := ParseRanges(text)
		if err != nil {
			t.Fatal(err)
		}
		o, err := Order{Ranges: list}.Checked()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range o.Addresses() {
			got = append(got, a.String())
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %s, want %s", text, s, want)
		}
	}
}

// TestSpeaks: which method a port is asked by.
func TestSpeaks(t *testing.T) {
	for _, c := range []struct {
		methods []Method
		port    uint16
		want    Method
	}{
		{DefaultMethods, 80, HTTP}, {DefaultMethods, 3389, TCP}, {DefaultMethods, 104, ""}, {Methods, 104, DICOM}, {[]Method{Ping, HTTP}, 8042, HTTP}, {[]Method{DICOM}, 4242, DICOM},
		{[]Method{TCP}, 443, TCP}, {[]Method{HTTP, SSH}, 8042, ""}, {[]Method{SSH}, 80, ""},
	} {
		if got := (Order{Methods: c.methods}).speaks(c.port); got != c.want {
			t.Errorf("%v %d: got %q, want %q", c.methods, c.port, got, c.want)
		}
	}
}

// TestRows: addresses that follow one another are one part, with its place.
func TestRows(t *testing.T) {
	o := Order{Ranges: prefixes("192.0.2.0/29", "198.51.100.7/32", "2001:db8::/127")}
	got := rows(o.Addresses(), 40)
	at := netip.MustParseAddr
	want := []Part{{40, at("192.0.2.1"), at("192.0.2.6"), 6}, {46, at("198.51.100.7"), at("198.51.100.7"), 1}, {47, at("2001:db8::"), at("2001:db8::1"), 2}}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// TestNothingWithoutList: a gate that is not loaded lets nothing begin.
func TestNothingWithoutList(t *testing.T) {
	o := Order{Ranges: prefixes("192.0.2.0/24")}
	for _, g := range []*noprobe.Gate{nil, {}, noprobe.New()} {
		if _, err := Run(t.Context(), o, g, Cursor{}, Log{}); !fault.Is(err, fault.CodeUnavailable) {
			t.Errorf("run: %v", err)
		}
		if err := DryRun(t.Context(), o, g, nil); !fault.Is(err, fault.CodeUnavailable) {
			t.Errorf("dry run: %v", err)
		}
	}
}

func TestReadHTTP(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":     {"HTTP/1.1 200 OK\r\nServer: Canon HTTP Server\r\nContent-Type: text/html\r\n\r\n<html><head><TITLE>\n Remote &amp; UI</TITLE>", "http.server=Canon HTTP Server http.title=Remote & UI "},
		"Shift_JIS": {"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=Shift_JIS\r\n\r\n<title>\x95\xa1\x8d\x87\x8b@</title>", "http.title=複合機 "},
		"redirect":  {"HTTP/1.1 302 Found\r\nServer: x\r\nLocation: http://192.0.2.99/\r\nContent-Length: 0\r\n\r\n", "http.server=x "},
		"not HTTP":  {"SSH-2.0-x\r\n", ""},
		"control":   {"HTTP/1.1 200 OK\r\nServer: a\x1b[31mb\r\n\r\n", ""},
		"image":     {"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n<title>x</title>", ""},
	} {
		var got traits
		readHTTP([]byte(c.in), &got)
		if tell(got) != c.want {
			t.Errorf("%s: got %q, want %q", name, tell(got), c.want)
		}
	}
}

// FuzzAnswers: whatever devices send, the parsers end, and what they give is short text.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<titl\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "SIP/2.0 200 OK\r\nServer: x\r\nAllow: OPTIONS\r\n\r\n", "RTSP/1.0 200 OK\r\nServer: Camera\r\nPublic: OPTIONS\r\n\r\n",
		"\xfeSMB@\x00" + strings.Repeat("\x00", 64) + "NTLMSSP\x00\x02\x00\x00\x00" + strings.Repeat("\x00", 60), string(associate("A", "B")), string(echoRequest()),
	} {
		f.Add([]byte(s), byte(4))
	}
	f.Fuzz(func(t *testing.T, b []byte, kind byte) {
		var got traits
		readHTTP(b, &got)
		readSSH(b, &got)
		readSIP(b, &got)
		readRTSP(b, &got)
		readDialect(b, &got)
		readChallenge(b, &got)
		readAssociation(kind, b, "A", &got)
		readEcho(kind, b)
		_, _, _ = readPDU(bytes.NewReader(b))
		_, _ = readSMB(bytes.NewReader(b))
		if len(got) > traitsMax {
			t.Errorf("%d traits", len(got))
		}
		for _, x := range got {
			if len(x.Value) > network.TraitMax || strings.ContainsAny(x.Value, "\x00\x1b\n\r") {
				t.Errorf("%s: %q", x.Key, x.Value)
			}
		}
	})
}

// FuzzParseRanges: no text makes an order that holds what must not be asked.
func FuzzParseRanges(f *testing.F) {
	f.Add("192.0.2.0/24,10.1.2.3 2001:db8::/120")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseRanges(text)
		if err != nil {
			return
		}
		o, err := Order{Ranges: list}.Checked()
		if err != nil {
			return
		}
		var before netip.Addr
		for _, a := range o.Addresses() {
			if a.IsMulticast() || a.IsUnspecified() || before.IsValid() && !before.Less(a) {
				t.Fatalf("%q holds %s after %s", text, a, before)
			}
			before = a
		}
	})
}

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func tell(list traits) string {
	var b strings.Builder
	for _, x := range list {
		b.WriteString(x.Key + "=" + x.Value + " ")
	}
	return b.String()
}
