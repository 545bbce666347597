package foreign_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func parse(t testing.TB, body []byte) *foreign.Message {
	t.Helper()
	m, err := foreign.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRecordedMachine(t *testing.T) {
	for _, tt := range []struct {
		file, device, client, publisher, installed, shell string
		groups                                            map[string]asset.Values
		kind                                              asset.Kind
		disk                                              []asset.Disk
	}{
		{file: "fusioninventory-2.6-inventory.xml", device: "ward-pc-01-2026-11-27-08-20-25", client: "FusionInventory-Agent_v2.6-3", publisher: "Debian",
			groups: map[string]asset.Values{
				"bios":       {"maker": "", "model": "", "serial": "", "firmware_version": "", "firmware_on": ""},
				"hardware":   {"host_name": "ward-pc-01", "memory_bytes": "25275924480"},
				"os":         {"os_name": "Debian GNU/Linux 12 (bookworm)", "os_version": "12.11"},
				"cpus":       {"cpu": "AMD EPYC"},
				"disks":      {"disk_bytes": ""},
				"interfaces": {"ip": "192.0.2.2", "mac": "02:fc:00:00:00:01"},
			},
			disk: []asset.Disk{{Name: "vda", Model: "Red Hat, Inc.", Serial: "2006632026214634", Kind: "virtual", SizeBytes: 274877000000, Health: "unknown"}}},
		{file: "ocsinventory-2.10-inventory.xml", device: "ward-pc-01-2026-11-27-08-18-06", installed: "2025-04-20",
			groups: map[string]asset.Values{
				"bios":       {"maker": "", "model": "", "serial": "", "firmware_version": "", "firmware_on": ""},
				"hardware":   {"host_name": "ward-pc-01", "memory_bytes": "25275924480", "user_name": ""},
				"os":         {"os_name": "Debian GNU/Linux 12", "os_version": "12"},
				"cpus":       {"cpu": "AMD EPYC"},
				"disks":      {"disk_bytes": ""},
				"interfaces": {"ip": "192.0.2.2", "mac": "02:fc:00:00:00:01"},
			},
			disk: []asset.Disk{{Name: "vda", Kind: "unknown", SizeBytes: 274877906944, Health: "unknown"}, {Name: "zram0", Kind: "unknown", Health: "unknown"}}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			m := parse(t, recorded(t, tt.file))
			if m.Query != foreign.Report || m.DeviceID != tt.device || m.Partial || m.Client != tt.client {
				t.Errorf("%+v", m)
			}
			in := m.Inventory()
			tt.groups["disks"]["disk_bytes"] = fmt.Sprint(tt.disk[0].SizeBytes)
			if diff := cmp.Diff(tt.groups, in.Groups); diff != "" {
				t.Errorf("groups (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.disk, *in.Disks); diff != "" {
				t.Errorf("disks (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff([]string{"02:fc:00:00:00:01"}, in.Identity.MACs); diff != "" {
				t.Errorf("virtual interfaces must not tell machines apart\n%s", diff)
			}
			if v := *in.Volumes; len(v) != 1 || v[0].Mount != "/" || v[0].SizeBytes != 258019<<20 || v[0].Encryption != asset.EncryptionUnknown {
				t.Errorf("volumes: %+v", v)
			}
			first := (*in.Programs)[0]
			if want := (software.Program{Kind: "dpkg", Name: "adduser", Version: "3.134", Publisher: tt.publisher, Arch: "all", InstalledOn: tt.installed}); first != want || len(*in.Programs) != 30 {
				t.Errorf("%d programs, first %+v", len(*in.Programs), first)
			}
			root := (*in.Accounts)[0]
			if root.Name != "root" || root.SystemID != "0" || !root.Privileged || root.Why != "uid 0" || !root.Interactive || root.Login != account.LoginUnknown {
				t.Errorf("root: %+v", root)
			}
			if daemon := (*in.Accounts)[1]; daemon.Interactive || daemon.Privileged {
				t.Errorf("daemon: %+v", daemon)
			}
			if in.Kind != "" {
				t.Errorf("kind %q, nothing says so", in.Kind)
			}
			checkInterfaces(t, *in.Interfaces)
		})
	}
}

func checkInterfaces(t *testing.T, list []network.Interface) {
	t.Helper()
	kinds := map[string]string{}
	for _, n := range list {
		kinds[n.Name] = n.Kind
		if n.Name == "eth0" {
			if n.Gateway != "192.0.2.1" || !n.Up || n.SpeedMbps != 0 || !slices.Contains(n.Addresses, "192.0.2.2/24") || !slices.Contains(n.Addresses, "fe80::fc:ff:fe00:1/64") || len(n.DNS) != 1 {
				t.Errorf("eth0: %+v", n)
			}
		}
	}
	if kinds["eth0"] != "ethernet" || kinds["ifb0"] != "virtual" || kinds["lo"] != "" && kinds["lo"] != "loopback" {
		t.Errorf("kinds: %v", kinds)
	}
}

// windowsPC has the values that lie, as Windows agents write them.
const windowsPC = `{"action":"inventory","deviceid":"外来-PC01-2026-11-20-08-30-00","itemtype":"Computer","content":{
"bios":{"smanufacturer":"例示電機","smodel":"ED-M590","ssn":"EX59-204001","bversion":"1.9","bdate":"05/01/2024","type":"Desktop"},
"hardware":{"name":"GAIRAI-PC01","uuid":"4c4c4544-0000-4000-8000-000000000001","memory":8110,"vmsystem":"Physical","lastloggeduser":"見本 太郎","defaultgateway":"10.20.0.1","dns":"10.20.1.11/10.20.1.12"},
"cpus":[{"name":"Example  9   2.4 GHz","core":4}],
"operatingsystem":{"full_name":"Microsoft Windows 10 Enterprise LTSC 2021","version":"21H2","kernel_version":"10.0.19044","install_date":"1970-01-01 00:00:00"},
"networks":[{"description":"イーサネット","type":"ethernet","mac":"F8:B1:56:00:00:01","ipaddress":"10.20.0.5","ipmask":"255.255.0.0","ipgateway":"10.20.0.1","status":"up","speed":"1000","virtualdev":false},
 {"description":"VMware Virtual Ethernet Adapter","type":"ethernet","mac":"00:50:56:c0:00:08","status":"up","speed":"100000000","virtualdev":true}],
"drives":[{"letter":"C:","type":"Local Disk","filesystem":"NTFS","total":243000,"free":90000,"encrypt_status":"Yes","encrypt_name":"BitLocker"},{"letter":"Z:","type":"Network Drive","total":1}],
"storages":[{"name":"\\\\.\\PHYSICALDRIVE0","model":"例示 SSD 256","serial":"D1","disksize":256060,"type":"SSD"}],
"softwares":[{"name":"電子カルテ端末","version":"5.2","publisher":"例示ソフトウェア株式会社","arch":"x86_64","from":"registry","install_date":"2025-04-01"},{"name":"","version":"1"},{"name":"古い","from":"registry","install_date":"1970-01-01"}],
"local_users":[{"id":"S-1-5-21-1-2-3-500","login":"Administrator"},{"id":"S-1-5-21-1-2-3-1001","login":"sato","name":"佐藤"}],
"local_groups":[{"id":"S-1-5-32-544","name":"Administrators","member":["Administrator","sato"]}],
"firewalls":[{"profile":"domain","status":"on"},{"profile":"public","status":"off"}],
"antivirus":[{"name":"例示アンチウイルス","enabled":true,"version":"14.2","base_creation":"2026-11-23"}],
"envs":[{"key":"DB_PASSWORD","val":"secret"}],"processes":[{"cmd":"x --password=secret"}],"printers":[{"name":"p"}]}}`

func TestWindows(t *testing.T) {
	m := parse(t, []byte(windowsPC))
	in := m.Inventory()
	if text := fmt.Sprintf("%+v %+v", m, in); strings.Contains(text, "secret") {
		t.Error("environment or processes were kept")
	}
	want := map[string]asset.Values{
		"bios":       {"maker": "例示電機", "model": "ED-M590", "serial": "EX59-204001", "firmware_version": "1.9", "firmware_on": "2024-05-01"},
		"hardware":   {"host_name": "GAIRAI-PC01", "memory_bytes": "8503951360", "user_name": "見本 太郎"},
		"os":         {"os_name": "Windows 10 Enterprise LTSC 2021", "os_version": "10.0.19044"},
		"cpus":       {"cpu": "Example 9 2.4 GHz"},
		"disks":      {"disk_bytes": "256060000000"},
		"interfaces": {"ip": "10.20.0.5", "mac": "f8:b1:56:00:00:01"},
	}
	if diff := cmp.Diff(want, in.Groups); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if in.Kind != asset.KindPC || len(in.Identity.MACs) != 1 || in.Identity.SMBIOSUUID == "" {
		t.Errorf("%q %+v", in.Kind, in.Identity)
	}
	if v := *in.Volumes; len(v) != 1 || v[0].Mount != `C:\` || v[0].Encryption != asset.EncryptionOn || v[0].Method != "bitlocker" {
		t.Errorf("%+v", v)
	}
	if p := *in.Programs; len(p) != 2 || p[0].InstalledOn != "2025-04-01" || p[1].InstalledOn != "" {
		t.Errorf("%+v", p)
	}
	if a := *in.Accounts; !a[0].Privileged || !a[1].Privileged || a[1].Why != "group Administrators" {
		t.Errorf("%+v", a)
	}
	guards := []software.Safeguard{{Kind: software.GuardFirewall, State: software.Off, Detail: "public"},
		{Kind: software.GuardProtection, Name: "例示アンチウイルス", State: software.On, Detail: "antimalware", Version: "14.2", AsOf: "2026-11-23"}}
	if diff := cmp.Diff(guards, *in.Safeguards); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPartialKeepsWhatIsAbsent(t *testing.T) {
	m := parse(t, []byte(`{"action":"inventory","deviceid":"a","partial":true,"content":{"bios":{"ssn":""},"hardware":{"name":"a","memory":1},"drives":[],"local_users":[{"login":"x"}],"firewalls":[{"status":"on"}]}}`))
	in := m.Inventory()
	if !m.Partial || in.Volumes == nil || len(*in.Volumes) != 0 {
		t.Error("present and empty means empty now")
	}
	if in.Programs != nil || in.Interfaces != nil || in.Disks != nil || in.Accounts != nil || in.Safeguards != nil || len(in.Groups) != 2 || len(in.Reported()) != 0 {
		t.Errorf("%+v", in)
	}
}

func TestPackings(t *testing.T) {
	plain := recorded(t, "fusioninventory-2.6-prolog.xml")
	writers := map[foreign.Packing]func(io.Writer) io.WriteCloser{
		foreign.Zlib: func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		foreign.Gzip: func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		foreign.Deflate: func(w io.Writer) io.WriteCloser {
			f, _ := flate.NewWriter(w, 6)
			return f
		},
	}
	for p, writer := range writers {
		var packed bytes.Buffer
		w := writer(&packed)
		_, _ = w.Write(plain)
		_ = w.Close()
		got, as, err := foreign.Unpack(packed.Bytes())
		if err != nil || as != p || !bytes.Equal(got, plain) {
			t.Errorf("%s: %s, %v", p, as, err)
		}
		if back, as, err := foreign.Unpack(foreign.Pack(plain, p)); err != nil || as != p || !bytes.Equal(back, plain) {
			t.Errorf("answer in %s: %s, %v", p, as, err)
		}
	}
	for _, body := range [][]byte{plain, []byte("\uFEFF  <REQUEST/>"), []byte(`{"a":1}`)} {
		if got, as, err := foreign.Unpack(body); err != nil || as != foreign.Plain || !bytes.Equal(got, body) {
			t.Errorf("%s, %v", as, err)
		}
	}
}

func TestCharsets(t *testing.T) {
	text := `<?xml version="1.0" encoding="ISO-8859-1"?><REQUEST><QUERY>INVENTORY</QUERY><DEVICEID>x</DEVICEID><CONTENT><HARDWARE><NAME>%s</NAME></HARDWARE></CONTENT></REQUEST>`
	shift, _ := japanese.ShiftJIS.NewEncoder().String(fmt.Sprintf(text, "外来診察室①ﾌﾟﾘﾝﾀ髙"))
	latin, _ := charmap.ISO8859_1.NewEncoder().String(fmt.Sprintf(text, "Krankenhaus Süd"))
	for name, tt := range map[string]struct{ body, want string }{
		"UTF-8":        {fmt.Sprintf(text, "外来診察室"), "外来診察室"},
		"CP932":        {shift, "外来診察室①ﾌﾟﾘﾝﾀ髙"},
		"ISO-8859-1":   {latin, "Krankenhaus Süd"},
		"control sign": {fmt.Sprintf(text, "a\x01b"), "a\uFFFDb"},
	} {
		if got := parse(t, []byte(tt.body)).Inventory().Identity.HostName; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := parse(t, []byte(`{"action":"inventory","deviceid":"x","content":{"hardware":{"name":"a\u0000b"}}}`)).Inventory().Identity.HostName; got != "a\uFFFDb" {
		t.Errorf("NUL in JSON: %q", got)
	}
}

// wrap makes an inventory of what stands between.
func wrap(inner string) string {
	return `<REQUEST><QUERY>INVENTORY</QUERY><DEVICEID>x</DEVICEID><CONTENT>` + inner + `</CONTENT></REQUEST>`
}

// TestBadInput has one case for each class of bad input. Each is refused with a reason.
func TestBadInput(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		code       wire.Code
	}{
		{"truncated XML", wrap("<BIOS>")[:60], wire.CodeTruncated},
		{"truncated JSON", windowsPC[:200], wire.CodeTruncated},
		{"no markup", "hello", "xml"},
		{"other document", "<html></html>", "xml"},
		{"crossed tags", wrap("<BIOS><SSN></BIOS></SSN>"), "xml"},
		{"external entity", `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + wrap("<BIOS><SSN>&x;</SSN></BIOS>"), "doctype"},
		{"entity expansion", `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + wrap("<BIOS><SSN>&b;</SSN></BIOS>"), "doctype"},
		{"undeclared entity", wrap("<BIOS><SSN>&b;</SSN></BIOS>"), "doctype"},
		{"deep XML", wrap(strings.Repeat("<A>", 40) + strings.Repeat("</A>", 40)), wire.CodeDepth},
		{"deep JSON", `{"action":"inventory","deviceid":"x","content":{"envs":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, wire.CodeDepth},
		{"long name of element", wrap("<" + strings.Repeat("A", 100) + "/>"), "xml"},
		{"ten thousand columns", wrap(columns(10_000)), wire.CodeTooMany},
		{"too many rows", wrap(strings.Repeat("<DRIVES/>", 5000)), wire.CodeTooMany},
		{"too much software", wrap(strings.Repeat("<SOFTWARES/>", 20_001)), wire.CodeTooMany},
		{"host name of 64 KB", wrap("<HARDWARE><NAME>" + strings.Repeat("a", 64<<10) + "</NAME></HARDWARE>"), wire.CodeTooLarge},
		{"no device", "<REQUEST><QUERY>PROLOG</QUERY></REQUEST>", "agent_id"},
		{"device of 300 bytes", "<REQUEST><QUERY>PROLOG</QUERY><DEVICEID>" + strings.Repeat("a", 300) + "</DEVICEID></REQUEST>", "agent_id"},
		{"no query", "<REQUEST><DEVICEID>x</DEVICEID></REQUEST>", "xml"},
		{"no action", `{"deviceid":"x"}`, wire.CodeMalformed},
		{"member twice", `{"action":"inventory","deviceid":"x","deviceid":"y"}`, wire.CodeMalformed},
		{"two documents", `{"action":"inventory","deviceid":"x"}{}`, wire.CodeMalformed},
		{"rows that are none", `{"action":"inventory","deviceid":"x","content":{"drives":[1]}}`, wire.CodeWrongType},
		{"content that is none", `{"action":"inventory","deviceid":"x","content":[]}`, wire.CodeWrongType},
	} {
		var refusal *wire.Refusal
		if _, err := foreign.Parse([]byte(tt.body)); !errors.As(err, &refusal) || refusal.Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
}

func columns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<S%d/>", i)
	}
	return b.String()
}

func TestBadBodies(t *testing.T) {
	bomb := foreign.Pack(make([]byte, 8<<20), foreign.Zlib)
	long := foreign.Pack([]byte(randomText(33<<20)), foreign.Gzip)
	cut := foreign.Pack(recorded(t, "ocsinventory-2.10-inventory.xml"), foreign.Zlib)
	for _, tt := range []struct {
		name string
		body []byte
		code wire.Code
	}{
		{"bomb", bomb, wire.CodeRatio},
		{"oversize", make([]byte, wire.MaxWireBytes+1), wire.CodeTooLarge},
		{"oversize unpacked", long, wire.CodeTooLarge},
		{"truncated", cut[:len(cut)/2], wire.CodeTruncated},
		{"damaged zlib", []byte{0x78, 0x9c, 7, 2, 3, 4, 5, 6, 7, 8}, "packing"},
		{"damaged gzip", []byte{0x1f, 0x8b, 0, 0}, "packing"},
		{"noise", []byte{0xff, 0xfe, 0xfd}, "packing"},
		{"nothing", nil, wire.CodeTruncated},
	} {
		if len(tt.body) > wire.MaxWireBytes && tt.name != "oversize" {
			t.Fatalf("%s: %d bytes do not test what they should", tt.name, len(tt.body))
		}
		var refusal *wire.Refusal
		if _, _, err := foreign.Unpack(tt.body); !errors.As(err, &refusal) || refusal.Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
}

// randomText compresses to about a sixth: below the ratio, above the size.
func randomText(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; x = x*1664525 + 1013904223 {
		b.WriteString(strings.Repeat(string(rune('a'+x>>28)), 16))
	}
	return b.String()
}

func TestWhoSpeaks(t *testing.T) {
	fusion, ocs, glpi := parse(t, recorded(t, "fusioninventory-2.6-prolog.xml")), parse(t, recorded(t, "ocsinventory-2.10-prolog.xml")), parse(t, []byte(windowsPC))
	for _, tt := range []struct {
		m              *foreign.Message
		path, id, user string
		want           identity.Protocol
	}{
		{fusion, "/plugins/fusioninventory/", "", "FusionInventory-Agent_v2.6-3", identity.ProtocolFusion},
		{fusion, "/front/inventory.php", "00000000-0000-4000-8000-000000000001", "GLPI-Agent_v1.12", identity.ProtocolGLPI},
		{ocs, "/ocsinventory", "", "", identity.ProtocolOCS},
		{ocs, "/ingest/agents", "", "OCS-NG_unified_unix_agent_v2.10.0", identity.ProtocolOCS},
		{glpi, "/front/inventory.php", "", "", identity.ProtocolGLPI},
	} {
		if got := tt.m.Protocol(tt.path, tt.id, tt.user); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.path, tt.user, got, tt.want)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte{0x78, 0x9c, 1})
	f.Add(foreign.Pack([]byte("<REQUEST/>"), foreign.Gzip))
	f.Add(foreign.Pack([]byte("{}"), foreign.Deflate))
	f.Fuzz(func(t *testing.T, body []byte) {
		plain, _, err := foreign.Unpack(body)
		if err == nil && len(plain) > wire.MaxBodyBytes {
			t.Errorf("%d bytes", len(plain))
		}
	})
}

func fuzzParse(f *testing.F, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := foreign.Parse(body)
		if err != nil {
			var refusal *wire.Refusal
			if !errors.As(err, &refusal) || refusal.Reason == "" {
				t.Errorf("refused without a reason: %v", err)
			}
			return
		}
		list := []foreign.Inventory{m.Inventory()}
		for _, d := range m.Devices() {
			list = append(list, d.Inventory)
		}
		for _, in := range list {
			for _, values := range in.Groups {
				for field, v := range values {
					if strings.ContainsRune(v, 0) {
						t.Errorf("%s holds NUL", field)
					}
				}
			}
		}
	})
}

func FuzzXML(f *testing.F) {
	fuzzParse(f, recorded(f, "fusioninventory-2.6-inventory.xml"), recorded(f, "ocsinventory-2.10-inventory.xml"), recorded(f, "ocsinventory-2.10-prolog.xml"),
		recorded(f, "fusioninventory-2.6-netdiscovery.xml"), recorded(f, "fusioninventory-2.6-netinventory.xml"), []byte(twoDevices))
}

func FuzzJSON(f *testing.F) {
	fuzzParse(f, []byte(windowsPC), []byte(printerJSON), []byte(`{"action":"contact","deviceid":"x","installed-tasks":["a"]}`))
}
