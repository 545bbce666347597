package tables_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"sonae/internal/edge/discover/tables"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/network"
)

var written = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// The texts are made up; their forms are those of the manuals named in the package.
const (
	iscFile = `# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;
server-duid "\000\001\000\001";

lease 192.0.2.50 {
  starts 4 2026/11/26 01:00:00;
  ends 4 2026/11/26 13:00:00;
  binding state free;
  hardware ethernet 00:00:5e:00:53:50;
}
lease 192.0.2.50 {
  starts 4 2026/11/26 13:30:00;
  cltt 4 2026/11/26 14:00:00;
  binding state active;
  hardware ethernet 00:00:5e:00:53:51;
  uid "\001\000\000^\000SQ";
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "\211@\223\340";
}
lease 192.0.2.51 {
  starts epoch 1795660000; # Wed
  binding state abandoned;
}
lease 192.0.2.52 {
  hardware ethernet not-an-address;
}
`
	dnsmasqFile = "1795000000 00:00:5e:00:53:60 192.0.2.60 ward-pc 01:00:00:5e:00:53:60\n1895000000 00:00:5e:00:53:61 192.0.2.61 * *\nbroken line\n\nduid 00:01:00:01\n1895000000 1 2001:db8::1 * 00:01\n"
	keaFile     = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n192.0.2.70,00:00:5e:00:53:70,01:00,3600,1795003600,1,0,0,ct-console.example.,0,,0\n192.0.2.70,00:00:5e:00:53:70,01:00,3600,1795007200,1,0,0,ct-console.example.,0,,0\n192.0.2.71,,,3600,1795003600,1,0,0,,1,,0\n"
	windowsFile = "\"IPAddress\",\"ScopeId\",\"AddressState\",\"ClientId\",\"ClientType\",\"HostName\",\"LeaseExpiryTime\"\r\n\"192.0.2.80\",\"192.0.2.0\",\"Active\",\"00-00-5e-00-53-80\",\"Dhcp\",\"受付-01.hospital.local\",\"2026/12/01 9:00:00\"\r\n\"192.0.2.81\",\"192.0.2.0\",\"Active\",\"52-41-53-20-aa\",\"Dhcp\",\"ras\",\"\"\r\n"
	consoleFile = "クライアント IP アドレス\t名前\tリースの有効期限\t種類\t一意の ID\t説明\r\n192.0.2.82\t薬局端末\t2026/12/01 9:00:00\tDHCP\t00005e005382\t\r\n"
	arpWindows  = "\r\nインターフェイス: 192.0.2.9 --- 0xb\r\n  インターネット アドレス 物理アドレス           種類\r\n  192.0.2.1             00-00-5e-00-53-01     動的\r\n  192.0.2.255           ff-ff-ff-ff-ff-ff     静的\r\n  224.0.0.22            01-00-5e-00-00-16     静的\r\n"
	arpCisco    = "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\nInternet  192.0.2.2               5   0000.5e00.5302  ARPA   Vlan20\nInternet  192.0.2.3               -   Incomplete      ARPA\nInternet  192.0.2.2               1   0000.5e00.5309  ARPA   Vlan20\n"
	neighbours  = "192.0.2.4 dev eth0 lladdr 00:00:5e:00:53:04 REACHABLE\nfe80::200:5eff:fe00:5305 dev eth0 lladdr 00:00:5e:00:53:05 router STALE\n192.0.2.6 dev eth0 FAILED\n"
	arpMac      = "? (192.0.2.7) at 0:0:5e:0:53:7 on en0 ifscope [ethernet]\n? (192.0.2.8) at (incomplete) on en0 ifscope [ethernet]\n"
)

func line(o network.Observation) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s %d %s", o.How, o.Seen.Address, o.Seen.MAC, o.Seen.Name, o.VLAN, time.UnixMilli(o.AtMS).UTC().Format("01-02 15:04")))
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		form   tables.Form
		want   []string
		unread int
	}{
		"isc":       {iscFile, tables.FormISC, []string{"dhcp 192.0.2.50 00005e005351 院内 0 11-26 14:00"}, 1},
		"dnsmasq":   {dnsmasqFile, tables.FormDnsmasq, []string{"dhcp 192.0.2.60 00005e005360 ward-pc 0 11-18 11:06", "dhcp 192.0.2.61 00005e005361  0 11-27 09:00"}, 1},
		"kea":       {keaFile, tables.FormKea, []string{"dhcp 192.0.2.70 00005e005370 ct-console.example 0 11-18 12:06"}, 0},
		"windows":   {windowsFile, tables.FormWindows, []string{"dhcp 192.0.2.80 00005e005380 受付-01.hospital.local 0 11-27 09:00"}, 1},
		"console":   {consoleFile, tables.FormWindows, []string{"dhcp 192.0.2.82 00005e005382 薬局端末 0 11-27 09:00"}, 0},
		"arp -a":    {arpWindows, tables.FormARP, []string{"arp 192.0.2.1 00005e005301  0 11-27 09:00"}, 0},
		"show arp":  {arpCisco, tables.FormARP, []string{"arp 192.0.2.2 00005e005302  20 11-27 09:00", "arp 192.0.2.2 00005e005309  20 11-27 09:00"}, 0},
		"ip neigh":  {neighbours, tables.FormARP, []string{"arp 192.0.2.4 00005e005304  0 11-27 09:00", "nd fe80::200:5eff:fe00:5305 00005e005305  0 11-27 09:00"}, 0},
		"macOS arp": {arpMac, tables.FormARP, []string{"arp 192.0.2.7 00005e005307  0 11-27 09:00"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tables.Read([]byte(c.text), written)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, o := range got.Observations {
				lines = append(lines, line(o))
			}
			if d := cmp.Diff(c.want, lines); d != "" || got.Form != c.form || len(got.Unread) != c.unread {
				t.Errorf("%s %s unread %v", got.Form, d, got.Unread)
			}
		})
	}
}

// The charsets that Japanese Windows writes read the same.
func TestCharsets(t *testing.T) {
	sjis, err := japanese.ShiftJIS.NewEncoder().String(windowsFile)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(windowsFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{"cp932": sjis, "utf-16": utf16, "utf-8 with mark": "\ufeff" + windowsFile, "with type": "#TYPE Microsoft.Management\r\n" + windowsFile} {
		if got, err := tables.Read([]byte(body), written); err != nil || len(got.Observations) != 1 || got.Observations[0].Seen.Name != "受付-01.hospital.local" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, body := range map[string]string{"empty": "", "text": "A letter to nobody\n", "a bare list of addresses": "192.0.2.1\n192.0.2.2\n", "zeros": strings.Repeat("\x00", 100)} {
		if got, err := tables.Read([]byte(body), written); err == nil {
			t.Errorf("%s: %+v", name, got)
		} else if !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tables.Read(make([]byte, tables.SizeMax+1), written); !fault.Is(err, fault.CodeTooLarge) {
		t.Error(err)
	}
	cut := iscFile[:strings.Index(iscFile, `set vendor`)]
	if got, err := tables.Read([]byte(cut), written); err != nil || len(got.Observations) != 1 || len(got.Unread) != 1 || got.Unread[0].Number != 11 {
		t.Errorf("cut in half: %+v %v", got, err)
	}
	hostile := "192.0.2.4 dev eth0 lladdr 00:00:5e:00:53:04 \x1b[31m\u202eREACHABLE\n" + strings.Repeat("x 00:00:5e:00:53:04\n", 50)
	got, err := tables.Read([]byte(hostile), written)
	if err != nil || len(got.Observations) != 1 || len(got.Unread) != 20 || got.UnreadMore != 30 {
		t.Errorf("%d unread, %d more: %v", len(got.Unread), got.UnreadMore, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{iscFile, dnsmasqFile, keaFile, windowsFile, consoleFile, arpWindows, arpCisco, neighbours, arpMac} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := tables.Read(body, written)
		if err != nil {
			return
		}
		for _, o := range got.Observations {
			if len(o.Seen.MAC) != 12 || !o.Seen.Address.IsValid() || o.Seen.Address == (netip.Addr{}) || !utf8.ValidString(o.Seen.Name) || len(o.Seen.Name) > 255 || strings.ContainsAny(o.Seen.Name, "\n\x1b") || o.VLAN < 0 || o.VLAN > 4094 {
				t.Errorf("%+v", o)
			}
		}
	})
}
