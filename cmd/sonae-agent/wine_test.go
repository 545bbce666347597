package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"sonae/internal/wire"
)

// plantedRegistry is what the test writes into the prefix; plantedSecret must not
// come back.
const plantedSecret = "himitsu-4711"

const plantedRegistry = `Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Uninstall\電子カルテ]
"DisplayName"="電子カルテ　はな"
"DisplayVersion"="8.2.1"
"Publisher"="株式会社はなシステム"
"InstallDate"="20240415"

[HKEY_LOCAL_MACHINE\Software\Policies\Microsoft\Windows\WindowsUpdate\AU]
"NoAutoUpdate"=dword:00000001

[HKEY_LOCAL_MACHINE\Software\Policies\Microsoft\WindowsFirewall\PublicProfile]
"EnableFirewall"=dword:00000000

[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows NT\CurrentVersion\Winlogon]
"AutoAdminLogon"="1"
"DefaultUserName"="受付"
"DefaultPassword"="` + plantedSecret + `"

[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run]
"HanaTray"="C:\\Program Files\\Hana\\tray.exe /password:` + plantedSecret + `"

[HKEY_LOCAL_MACHINE\System\CurrentControlSet\Enum\USBSTOR\Disk&Ven_BUFFALO&Prod_RUF3&Rev_1\A5000000012345&0]
"FriendlyName"="BUFFALO RUF3 USB Device"
`

const plantedTask = `<Task><Triggers><BootTrigger/></Triggers><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals>
<Settings/><Actions><Exec><Command>C:\夜間\処理.exe</Command></Exec></Actions></Task>`

// TestUnderWine builds the real program for Windows, plants settings in a fresh
// prefix and reads the report it takes there. `make test-wine` sets SONAE_WINE.
func TestUnderWine(t *testing.T) {
	if os.Getenv("SONAE_WINE") == "" {
		t.Skip("SONAE_WINE is not set: run make test-wine")
	}
	folder := t.TempDir()
	exe, prefix := filepath.Join(folder, "sonae-agent.exe"), filepath.Join(folder, "prefix")
	wine := func(env []string, name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(append(os.Environ(), "WINEPREFIX="+prefix, "WINEARCH=win64", "WINEDEBUG=-all", "DISPLAY="), env...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s %q: %v\n%s%s", name, args, err, out.Bytes(), errs.Bytes())
		}
		return out.Bytes()
	}
	wine([]string{"GOOS=windows", "GOARCH=386", "CGO_ENABLED=0"}, "go", "build", "-o", filepath.Join(folder, "32.exe"), ".")
	wine([]string{"GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"}, "go", "build", "-o", exe, ".")
	wine(nil, "bash", "../../scripts/wine-prefix.sh", prefix)
	t.Cleanup(func() { wine(nil, "bash", "-c", "wineserver -k; wineserver -w") })

	body := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(plantedRegistry, "\n", "\r\n"))) {
		body = append(body, byte(unit), byte(unit>>8))
	}
	write := func(name string, body []byte) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	wine(nil, "wine", "regedit", "/S", write(filepath.Join(folder, "planted.reg"), body))
	write(filepath.Join(prefix, "drive_c/windows/system32/Tasks/夜間処理"), []byte(plantedTask))

	raw := wine(nil, "wine", exe, "once", "--out", "-")
	if name := os.Getenv("SONAE_REPORT_OUT"); name != "" {
		write(name, raw)
	}
	if bytes.Contains(raw, []byte(plantedSecret)) {
		t.Error("a planted password is in the report")
	}
	report, err := wire.Decode(bytes.NewReader(raw), "", wire.ReportLimits())
	if err != nil {
		t.Fatalf("the server would not read the report: %v", err)
	}
	report.DeviceID, report.Seq = "wine", 1
	if err := report.Check(); err != nil {
		t.Errorf("the server would refuse the report: %v", err)
	}
	checkWineReport(t, &report.Sections)
	for _, n := range report.Notes {
		t.Logf("%s %s: %s", n.Section, n.State, n.Reason)
		if n.State == wire.Failed {
			t.Errorf("%s: %s", n.Section, n.Reason)
		}
	}
}

// has tells whether a list has a row that fits.
func has[T any](list *[]T, fits func(T) bool) bool {
	return list != nil && slices.ContainsFunc(*list, fits)
}

// checkWineReport looks for what was planted and for what wine makes up.
func checkWineReport(t *testing.T, s *wire.Sections) {
	t.Helper()
	if s.Hardware == nil || s.OS == nil || s.Security == nil || s.Updates == nil || s.Hardening == nil || s.Peripherals == nil {
		t.Fatalf("sections are missing: %+v", s)
	}
	auto, off := s.Hardening.AutoLogon, s.SwitchedOff
	for what, ok := range map[string]bool{
		"program with a Japanese name": has(s.Packages, func(p wire.Package) bool {
			return p == wire.Package{Name: "電子カルテ はな", Version: "8.2.1", Publisher: "株式会社はなシステム", Kind: "registry", Arch: "x64", InstalledOn: "2024-04-15"}
		}),
		"running service": has(s.Services, func(v wire.Service) bool {
			return v.Name == "Eventlog" && v.Running && v.Title == "Event Log" && v.Start == "auto"
		}),
		"services":     s.Services != nil && len(*s.Services) >= 10,
		"quick fix":    slices.ContainsFunc(s.Updates.Installed, func(u wire.InstalledUpdate) bool { return u.ID == "KB1234567" }), // wine's own
		"account":      has(s.Accounts, func(a wire.Account) bool { return a.Name != "" && strings.HasPrefix(a.ID, "S-1-5-21-") }),
		"SMBIOS":       s.Hardware.SMBIOSUUID != "",
		"memory":       s.Hardware.MemoryBytes > 1<<28,
		"system":       s.OS.HostName != "" && strings.HasPrefix(s.OS.Version, "6.1.7601"),
		"disk":         has(s.Disks, func(d wire.Disk) bool { return d.SizeBytes > 0 }),
		"volume":       has(s.Volumes, func(v wire.Volume) bool { return v.Mount == "C:" && v.SizeBytes > 0 }),
		"loopback":     has(s.Interfaces, func(i wire.Interface) bool { return i.Kind == "loopback" }),
		"updates off":  has(off, func(o wire.SwitchedOff) bool { return o.What == "auto_updates" && o.By == "policy" && o.SinceMS > 0 }),
		"firewall off": has(off, func(o wire.SwitchedOff) bool { return o.What == "firewall" && o.Name == "public" && o.By == "policy" }),
		"firewall":     s.Security.FirewallOn != nil && !*s.Security.FirewallOn,
		"auto log-on":  auto != nil && auto.Enabled && auto.ClearPassword && auto.User == "受付",
		"Run key": has(s.Startup, func(i wire.StartupItem) bool {
			return i.Kind == "run_key" && i.Name == "HanaTray" && strings.HasSuffix(i.Command, "***")
		}),
		"scheduled task": has(s.Startup, func(i wire.StartupItem) bool {
			return i.Name == `\夜間処理` && i.Trigger == "boot" && i.RunAs == "SYSTEM" && i.Command == `C:\夜間\処理.exe`
		}),
		"USB storage":     slices.ContainsFunc(s.Peripherals.USBStorage, func(u wire.USBStorage) bool { return u.Vendor == "BUFFALO" && u.Serial == "A5000000012345" }),
		"updates by hand": s.Security.AutoUpdates != nil && !*s.Security.AutoUpdates,
	} {
		if !ok {
			t.Errorf("%s is not in the report as it should be", what)
		}
	}
}
