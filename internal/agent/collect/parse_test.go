package collect

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/wire"
)

// debVersions are in rising order; those between commas are equal. Cases of
// deb-version(7) and of real packages.
var debVersions = []string{
	"0~~", "0~~a", "0~", "0,0-0,00,0:0", "0a", "0+b1", "1.0~rc1-1", "1.0-1~bpo12+1", "1.0-1~deb12u1", "1.0-1", "1.0-1+b1", "1.0-1+deb12u1",
	"1.0-1.1", "1.0-2", "1.0a-1", "1.0.1-1", "1.2.3-4", "1.10-1", "5.2.15-2+b7", "5.2.15-2+b8", "5.2.15-10", "2025b-0+deb12u1",
	"20230311+deb12u1", "20250419~deb12u2", "99999999999999999999999-1", "1:0", "1:1.0-1", "1:2:3-1", "2:0.1-1",
}

func TestCompareDeb(t *testing.T) {
	sign := func(n int) int { return min(1, max(-1, n)) }
	for i, left := range debVersions {
		for j, right := range debVersions {
			for a := range strings.SplitSeq(left, ",") {
				for b := range strings.SplitSeq(right, ",") {
					if got, want := sign(compareDeb(a, b)), sign(i-j); got != want {
						t.Errorf("compareDeb(%q, %q) = %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

// TestCompareDebLikeDpkg asks dpkg itself about made-up versions.
func TestCompareDebLikeDpkg(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("no dpkg on this machine")
	}
	random := rand.New(rand.NewPCG(1, 2))
	version := func() string {
		const letters = "0129.+~ab"
		v := []byte{byte('0' + random.IntN(3))}
		for range random.IntN(5) {
			v = append(v, letters[random.IntN(len(letters))])
		}
		return string(v) + []string{"", "-1", "-1~x", "-0+b1"}[random.IntN(4)]
	}
	for range 150 {
		a, b := version(), version()
		want := exec.Command(dpkg, "--compare-versions", a, "lt", b).Run() == nil
		if got := compareDeb(a, b) < 0; got != want {
			t.Errorf("%q < %q = %v, dpkg says %v", a, b, got, want)
		}
	}
}

func TestTimeSpanDays(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "1month": 30, "6month": 182, "90day": 90, "90d": 90, "2weeks": 14, "1year": 365, "1y 2d": 367, "2592000": 30,
		"86400s": 1, "12h": 0, "infinity": 0, "x": 0, "9999999999999years": 36500, "..": 0,
	} {
		if got := timeSpanDays(text); got != want {
			t.Errorf("timeSpanDays(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "100": 100, "1K": 1024, "500M": 500 << 20, "4g": 4 << 30, "1.5G": 3 << 29, "x": 0, "-1": 0, "G": 0, "9999999999T": 0} {
		if got := byteSize(text); got != want {
			t.Errorf("byteSize(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestLogLineMS(t *testing.T) {
	written := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC).UnixMilli()
	for line, want := range map[string]string{
		"2026-01-01T00:00:01.5+09:00 host x": "2025-12-31T15:00:01Z",
		"Dec 31 23:59:59 host x":             "2025-12-31T23:59:59Z",
		"Jan  1 00:00:00 host x":             "2026-01-01T00:00:00Z",
		"type=X msg=audit(1700000000.123:4)": "2023-11-14T22:13:20Z",
		"no time here at all":                "", "": "",
	} {
		got := ""
		if ms := logLineMS(line, written); ms != 0 {
			got = time.UnixMilli(ms).UTC().Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("logLineMS(%q) = %s, want %s", line, got, want)
		}
	}
}

func TestForwards(t *testing.T) {
	for line, want := range map[string]bool{
		"*.* @@log.example.jp:6514": true, "auth,authpriv.* @192.0.2.9": true, `action(type="omfwd" target="x")`: true,
		`destination d_net { network("192.0.2.9"); };`: true, "URL=https://log.example.jp": true,
		"# *.* @old": false, "*.* /var/log/all": false, "*.* -/var/log/a@b": false, "URL=": false, "": false, "$ActionFileOwner root": false, "*.* @": false,
	} {
		if got := forwards(line); got != want {
			t.Errorf("forwards(%q) = %v, want %v", line, got, want)
		}
	}
}

func TestParseAptConf(t *testing.T) {
	got := map[string]string{}
	parseAptConf(`// a comment
APT::Periodic::Enable "1";
APT { Periodic { Unattended-Upgrade "1"; /* x "y"; */ } };
# another
Unattended-Upgrade::Allowed-Origins { "a"; "b"; };
Acquire::http::Proxy "http://127.0.0.1:3142//x";
DPkg::Post-Invoke {"echo"; };
broken "`, got)
	want := map[string]string{"apt::periodic::enable": "1", "apt::periodic::unattended-upgrade": "1", "acquire::http::proxy": "http://127.0.0.1:3142//x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestUnitOf(t *testing.T) {
	for cgroup, want := range map[string]string{
		"0::/system.slice/ssh.service\n":                                                 "ssh.service",
		"0::/system.slice/system-getty.slice/getty@tty1.service\n":                       "getty@tty1.service",
		"12:pids:/x.service\n1:name=systemd:/system.slice/cron.service\n":                "cron.service",
		"0::/system.slice/docker.service/child\n":                                        "docker.service",
		"0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope\n": "user@1000.service",
		"0::/\n": "", "0::/init.scope\n": "", "": "", "nonsense": "",
	} {
		if got := unitOf(cgroup); got != want {
			t.Errorf("unitOf(%q) = %q, want %q", cgroup, got, want)
		}
	}
}

func TestVirtualName(t *testing.T) {
	tests := []struct {
		maker, model, hypervisor string
		flagged                  bool
		want                     string
	}{
		{"LENOVO", "20XW", "", false, ""}, {"Microsoft Corporation", "Virtual Machine", "", true, "hyper-v"},
		{"Microsoft Corporation", "Surface Pro", "", false, ""}, {"QEMU", "Standard PC (Q35 + ICH9, 2009)", "", true, "kvm"},
		{"innotek GmbH", "VirtualBox", "", true, "virtualbox"}, {"", "", "xen", false, "xen"}, {"", "", "", true, "other"},
	}
	for _, tt := range tests {
		if got := virtualName(tt.maker, tt.model, tt.hypervisor, tt.flagged); got != tt.want {
			t.Errorf("virtualName(%q, %q, %q, %v) = %q, want %q", tt.maker, tt.model, tt.hypervisor, tt.flagged, got, tt.want)
		}
	}
}

func TestClamHead(t *testing.T) {
	for head, want := range map[string]string{
		"ClamAV-VDB:07 Jun 2023 03-25 -0400:26931:2036": "2023-06-07", "ClamAV-VDB:yesterday:1": "", "": "", "ClamAV": "",
	} {
		if got := parseClamHead(head); got != want {
			t.Errorf("parseClamHead(%q) = %q, want %q", head, got, want)
		}
	}
}

// sampleSMBIOS builds a table of the structures that matter.
func sampleSMBIOS() []byte {
	structure := func(kind byte, body []byte, texts ...string) []byte {
		out := append([]byte{kind, byte(4 + len(body)), 0, 0}, body...)
		for _, text := range texts {
			out = append(append(out, text...), 0)
		}
		if len(texts) == 0 {
			out = append(out, 0)
		}
		return append(out, 0)
	}
	system := append([]byte{1, 2, 0, 3}, 0x44, 0x45, 0x4c, 0x4c, 0x43, 0x00, 0x10, 0x35, 0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x56, 0x43, 0x31, 6)
	return slices.Concat(
		structure(0, []byte{1, 2, 0, 0, 3}, "Maker", "1.2.3", "12/31/2024"),
		structure(1, system, "Dell Inc.", "OptiPlex 7010", "ABC1234"),
		structure(9, []byte{1, 2, 3}),
		structure(3, []byte{1, 0x83}, "Dell Inc."),
		structure(127, nil), []byte("what follows is not looked at"),
	)
}

func TestParseSMBIOS(t *testing.T) {
	want := wire.Hardware{
		Identity:    wire.Identity{Maker: "Dell Inc.", Model: "OptiPlex 7010", Serial: "ABC1234", SMBIOSUUID: "4c4c4544-0043-3510-8052-b4c04f564331"},
		BIOSVersion: "1.2.3", BIOSDate: "2024-12-31", Chassis: "desktop",
	}
	if diff := cmp.Diff(want, parseSMBIOS(sampleSMBIOS())); diff != "" {
		t.Errorf("SMBIOS (-want +got):\n%s", diff)
	}
	for n := range sampleSMBIOS() {
		parseSMBIOS(sampleSMBIOS()[:n]) // cut anywhere: no panic
	}
}

// chainMessage builds a netlink message about a chain.
func chainMessage(family byte, table, name string, hook, policy, rules uint32) []byte {
	attribute := func(kind uint16, value []byte) []byte {
		out := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
		out = append(binary.NativeEndian.AppendUint16(out, kind), value...)
		return append(out, make([]byte, (4-len(out)%4)%4)...)
	}
	number := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	m := make([]byte, netlinkHead, 200)
	binary.NativeEndian.PutUint16(m[4:], nftMsgNewChain)
	m = append(m, family, 0, 0, 0)
	m = append(m, attribute(nftaChainTable, append([]byte(table), 0))...)
	m = append(m, attribute(nftaChainName, append([]byte(name), 0))...)
	if hook != 99 {
		m = append(m, attribute(nftaChainHook|0x8000, slices.Concat(attribute(nftaHookNumber, number(hook)), attribute(2, number(0))))...)
		m = append(m, attribute(nftaChainPolicy, number(policy))...)
	}
	return append(m, attribute(nftaChainUse, number(rules))...)
}

func TestFiltering(t *testing.T) {
	const ipv4, input, forward, none, accept = 2, 1, 2, 99, 1
	tests := []struct {
		name     string
		messages [][]byte
		want     string
	}{
		{"no chains", nil, ""},
		{"input accepts everything", [][]byte{chainMessage(ipv4, "filter", "INPUT", input, accept, 0)}, ""},
		{"input drops", [][]byte{chainMessage(ipv4, "filter", "INPUT", input, nfDrop, 0)}, "table filter, chain INPUT, policy drop, 0 rules"},
		{"input has rules", [][]byte{chainMessage(ipv4, "inet", "in", input, accept, 3)}, "table inet, chain in, policy accept, 3 rules"},
		{"only forwarding is filtered", [][]byte{chainMessage(ipv4, "filter", "FORWARD", forward, nfDrop, 9)}, ""},
		{"a chain without a hook", [][]byte{chainMessage(ipv4, "filter", "ufw-user-input", none, 0, 9)}, ""},
		{"a bridge", [][]byte{chainMessage(familyBridge, "b", "in", input, nfDrop, 9)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := filtering(parseChains(tt.messages)); got != tt.want {
				t.Errorf("filtering = %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzParsers feeds every parser of bytes that others can write: files of the
// machine, kernel messages, firmware tables.
func FuzzParsers(f *testing.F) {
	f.Add([]byte("Package: a\nStatus: install ok installed\nVersion: 1\n\n"))
	f.Add([]byte("36 35 98:0 /mnt1 /mnt\\0402 rw - ext3 /dev/root rw\n"))
	f.Add([]byte("   0: 0100007F:0035 00000000:0000 0A 0:0 0:0 0 0 0 12\n"))
	f.Add([]byte(`APT { Periodic { Unattended-Upgrade "1"; } };`))
	f.Add([]byte("/var/log/*log { rotate 4\nweekly\n}\n"))
	f.Add(sampleSMBIOS())
	f.Add(chainMessage(2, "filter", "INPUT", 1, 0, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		_, _ = parseDpkgStatus(bytes.NewReader(data))
		_ = eachOffer(bytes.NewReader(data), map[string]wire.Package{"a:amd64": {Name: "a", Arch: "amd64"}}, func(string, string) {})
		parseRelease(bytes.NewReader(data))
		parseMountInfo(text)
		parseSockets(text)
		parseGateways(text)
		temporaryAddresses(text)
		parseNameServers(text)
		parseAptConf(text, map[string]string{})
		parseRotation(text, &rotation{}, true, map[string]rotation{})
		parseUnit(text)
		parseCPUInfo(text)
		parseAssignments(text)
		parseClamHead(text)
		unitOf(text)
		logLineMS(text, 1764000000000)
		timeSpanDays(text)
		byteSize(text)
		parseShadow(strings.Split(text, "\n"))
		parseGroups(strings.Split(text, "\n"))
		for line := range strings.Lines(text) {
			parsePasswd(line)
		}
		parsePrinters(text)
		if !strings.HasPrefix(text, "bplist") {
			parseTimeMachine(parsePlist(data))
		}
		parsePacman(text)
		parseAPK(text)
		parseMetadata(text)
		firstRelease(text)
		parseUSBLog(text, 1764000000000, map[string]*wire.USBStorage{})
		parseCrontab(text, "/etc/crontab", "")
		parsePAM(text)
		parseAptHistory(text, time.UTC)
		mdatpLevel(text)
		readINI(text, map[string]string{})
		wire.WithoutSecrets(text)
		for line := range strings.Lines(text) {
			parseGroup(line)
		}
		c := sshConfig{values: map[string]string{}}
		c.read(&Source{Files: fstest.MapFS{}}, text, 0)
		l := logins{byName: map[string]int64{}}
		l.parseWtmp(data)
		parseSMBIOS(data)
		parseChains([][]byte{data})
		a, b, _ := strings.Cut(text, "\n")
		if compareDeb(a, b) > 0 != (compareDeb(b, a) < 0) {
			t.Errorf("%q and %q are in no order", a, b)
		}
	})
}
