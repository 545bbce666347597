package collect

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/agent/winreg"
	"sonae/internal/agent/wmi"
	"sonae/internal/wire"
)

var testEnv = map[string]string{"systemroot": `C:\Windows`, "programfiles": `C:\Program Files`, "systemdrive": "C:"}

func TestExpand(t *testing.T) {
	for in, want := range map[string]string{
		`%SystemRoot%\system32\a.exe`: `C:\Windows\system32\a.exe`, `100%`: `100%`, `%unknown%\x`: `%unknown%\x`, "": "",
		`%unknown%SYSTEMROOT%`: `%unknownC:\Windows`, `%%`: `%%`, `%PROGRAMFILES%`: `C:\Program Files`,
	} {
		if got := expand(in, testEnv); got != want {
			t.Errorf("expand(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestProgramOf(t *testing.T) {
	for in, want := range map[string]string{
		`"C:\Program Files\A B\a.exe" /x y`:      `C:\Program Files\A B\a.exe`,
		`C:\Program Files\A B\a.exe -k netsvcs`:  `C:\Program Files\A B\a.exe`,
		`%SystemRoot%\System32\svchost.exe -k x`: `C:\Windows\System32\svchost.exe`,
		`\??\C:\x\y.exe`:                         `C:\x\y.exe`,
		`\SystemRoot\System32\drivers\z.sys`:     `C:\Windows\System32\drivers\z.sys`,
		`system32\DRIVERS\z.sys`:                 `C:\Windows\System32\DRIVERS\z.sys`,
		`rundll32 shell32.dll,Control`:           `rundll32`,
		`C:\tool`:                                `C:\tool`,
		`"C:\no end`:                             `C:\no end`,
		`C:\電子カルテ\起動 用.exe /auto`:                `C:\電子カルテ\起動 用.exe`,
		``:                         ``,
		`%ProgramFiles%\a.b\c.exe`: `C:\Program Files\a.b\c.exe`,
		`C:\Windows\system32\cmd.exe /c start x.bat y`: `C:\Windows\system32\cmd.exe`,
	} {
		if got := programOf(in, testEnv); got != want {
			t.Errorf("programOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestInstallDay(t *testing.T) {
	for in, want := range map[string]string{
		"20240131": "2024-01-31", "2024/1/5": "2024-01-05", "2024年1月5日": "2024-01-05", "1/2/2024": "", "": "", "20241399": "", "00000000": "", "19700101": "",
	} {
		if got := installDay(in); got != want {
			t.Errorf("installDay(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"10/16/2026": "2026-10-16", "01da3f0c5a3e8000": "2024-01-04", "": "", "20120417": "2012-04-17", "zzzzzzzzzzzzzzzz": ""} {
		if got := quickFixDay(in); got != want {
			t.Errorf("quickFixDay(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseStoreApp(t *testing.T) {
	for in, want := range map[string]string{
		"Microsoft.WindowsCalculator_11.2401.0.0_x64__8wekyb3d8bbwe":           "Microsoft.WindowsCalculator 11.2401.0.0 x64",
		"Microsoft.Windows.Search_1.14.17.22621_neutral_neutral_cw5n1h2txyewy": "Microsoft.Windows.Search 1.14.17.22621 neutral",
		"Microsoft.WindowsCalculator_11.2401.0.0_neutral_~_8wekyb3d8bbwe":      "",
		"Microsoft.Paint_11.1.0.0_neutral_split.scale-125_8wekyb3d8bbwe":       "",
		"Microsoft.Paint_11.1.0.0_neutral_split.language-ja_8wekyb3d8bbwe":     "",
		"a_b": "", "": "", "X_1.0_x64__8wekyb3d8bbwe": "",
	} {
		p, ok := parseStoreApp(in)
		got := ""
		if ok {
			got = p.Name + " " + p.Version + " " + p.Arch
		}
		if got != want {
			t.Errorf("parseStoreApp(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestSocketTable reads tables laid out by hand as the headers of the Windows SDK
// have them.
func TestSocketTable(t *testing.T) {
	tcp := []byte{
		1, 0, 0, 0, // one row
		2, 0, 0, 0, // MIB_TCP_STATE_LISTEN
		127, 0, 0, 1, 0x01, 0xbd, 0, 0, // 127.0.0.1, port 445 in network order
		0, 0, 0, 0, 0, 0, 0, 0,
		0xe8, 3, 0, 0, // process 1000
	}
	got := parseSocketTable(tcp, "tcp", false)
	if len(got) != 1 || got[0].address.String() != "127.0.0.1" || got[0].port != 445 || got[0].pid != 1000 {
		t.Errorf("tcp = %+v", got)
	}
	for name, body := range map[string][]byte{"empty": nil, "short": {1}, "no rows": {9, 0, 0, 0}, "half a row": tcp[:20], "huge count": {0xff, 0xff, 0xff, 0xff, 1, 2}} {
		if rows := parseSocketTable(body, "tcp", false); len(rows) != 0 {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

func TestBitLockerState(t *testing.T) {
	for want, row := range map[bitLocker]wmi.Row{
		{"on", "bitlocker xts-aes-256"}:               {"protectionstatus": "1", "conversionstatus": "1", "encryptionmethod": "7"},
		{"on", "bitlocker"}:                           {"protectionstatus": "1"},
		{"off", ""}:                                   {"protectionstatus": "0", "conversionstatus": "0"},
		{"off", "bitlocker aes-128, being encrypted"}: {"protectionstatus": "0", "conversionstatus": "2", "encryptionmethod": "3"},
		{"off", "bitlocker aes-128, suspended"}:       {"protectionstatus": "0", "conversionstatus": "1", "encryptionmethod": "3"},
		{"unknown", ""}:                               {"protectionstatus": "2"},
	} {
		if got := bitLockerState(row); got != want {
			t.Errorf("bitLockerState(%v) = %v, want %v", row, got, want)
		}
	}
}

func TestWinName(t *testing.T) {
	for _, tt := range [][3]string{
		{"Windows 10 Pro", "22631", "Windows 11 Pro"}, {"Windows 10 Pro", "19045", "Windows 10 Pro"},
		{"Windows 10 Enterprise LTSC 2021", "19044", "Windows 10 Enterprise LTSC 2021"}, {"Windows Server 2025 Standard", "26100", "Windows Server 2025 Standard"},
	} {
		if got := winName(tt[0], tt[1]); got != tt[2] {
			t.Errorf("winName(%q, %q) = %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}

func TestMemoryOf(t *testing.T) {
	at := func(n int) string { return map[int]string{0x10: "DIMM", 0x17: "Unknown", 0x18: "00000000"}[n] }
	head := make([]byte, 0x22)
	head[0x0c], head[0x0d] = 0xff, 0x7f // the size stands elsewhere
	head[0x1c], head[0x1d] = 0x00, 0x80 // 32 GiB
	head[0x12] = 0x22
	got, ok := memoryOf(head, at)
	want := wire.MemoryModule{Slot: "DIMM", SizeBytes: 32 << 30, Kind: "DDR5"}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("module (-want +got):\n%s", diff)
	}
	if _, ok := memoryOf(make([]byte, 0x22), at); ok {
		t.Error("an empty slot is a module")
	}
}

func TestEventTime(t *testing.T) {
	for in, want := range map[string]string{
		`<Event><System><TimeCreated SystemTime='2026-11-19T15:00:00.1234567Z'/></System></Event>`: "2026-11-19T15:00:00Z",
		`<TimeCreated SystemTime="2026-11-19T15:00:00Z"/>`:                                         "2026-11-19T15:00:00Z",
		`<Event/>`: "", `SystemTime=`: "", `SystemTime='x`: "",
	} {
		got := ""
		if when := eventTime(in); !when.IsZero() {
			got = when.Format("2006-01-02T15:04:05Z")
		}
		if got != want {
			t.Errorf("eventTime(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCIMTime(t *testing.T) {
	for in, want := range map[string]string{
		"20240131120000.123456+540": "2024-01-31T03:00:00Z", "20240131120000.000000-060": "2024-01-31T13:00:00Z", "20240131120000.000000+000": "2024-01-31T12:00:00Z",
		"": "0001-01-01T00:00:00Z", "20241331120000.000000+000": "0001-01-01T00:00:00Z", "********120000.000000+***": "0001-01-01T00:00:00Z",
	} {
		if got := cimTime(in).Format("2006-01-02T15:04:05Z"); got != want {
			t.Errorf("cimTime(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestParseEDID(t *testing.T) {
	b := make([]byte, edidBytes)
	copy(b, []byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x10, 0xac, 0x34, 0x12, 7, 0, 0, 0, 1, 31}) // DEL, 1234, serial number 7, 2021
	got, ok := parseEDID(b)
	if diff := cmp.Diff(wire.Monitor{Maker: "Dell", Model: "1234", Serial: "7", MadeYear: 2021}, got); !ok || diff != "" {
		t.Errorf("monitor (-want +got):\n%s", diff)
	}
	if _, ok := parseEDID(b[:127]); ok {
		t.Error("a short block is an EDID")
	}
}

// FuzzWindows gives bytes from outside to every parser of Windows' own forms.
func FuzzWindows(f *testing.F) {
	f.Add([]byte("Package_for_KB5031356~31bf3856ad364e35~amd64~~22621.3570.1.10"))
	f.Add([]byte(`"C:\Program Files\a.exe" %x%`))
	f.Fuzz(func(t *testing.T, body []byte) {
		text := string(body)
		if got := expand(text, testEnv); len(got) > maxExpanded {
			t.Errorf("expand gave %d bytes", len(got))
		}
		programOf(text, testEnv)
		installDay(text)
		quickFixDay(text)
		parseStoreApp(text)
		parseSMBIOS(body)
		parseEDID(body)
		eventTime(text)
		cimTime(text)
		parseChromium(text, map[string]wire.Extension{})
		parseFirefox(text)
		if item, _, ok := parseTask(text, testEnv); ok && len(item.Command) > maxExpanded {
			t.Errorf("a command of %d bytes", len(item.Command))
		}
		for _, protocol := range []string{"tcp", "udp"} {
			parseSocketTable(body, protocol, false)
			parseSocketTable(body, protocol, true)
		}
		value := winreg.Value{Kind: winreg.SZ, Data: body}
		_, _ = value.Number()
	})
}
