package oldwindows

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"sonae/internal/wire"
)

// utf16le writes text as wmic and reg export do.
func utf16le(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(s, "\n", "\r\r\n"))) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func cp932(t testing.TB, s string) []byte {
	t.Helper()
	out, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(strings.ReplaceAll(s, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// xpFolder is the folder of a fictional Japanese Windows XP.
func xpFolder(t testing.TB) map[string][]byte {
	return map[string][]byte{
		Manifest: cp932(t, "sonae-collect 1\nhost=MEDPC01\nuser=検査技師\ndomain=MEDPC01\narch=x86\ncodepage=現在のコード ページ: 932\nver=Microsoft Windows XP [Version 5.1.2600]\nadmin=yes\nautologon-password=present\n"),
		"systeminfo.txt": cp932(t, "\nホスト名:               MEDPC01\nOS 名:                  Microsoft Windows XP Professional\nOS バージョン:          5.1.2600 Service Pack 3 ビルド 2600\nOS 製造元:              Microsoft Corporation\n"+
			"OS 構成:                スタンドアロン ワークステーション\nOS ビルドの種類:        Multiprocessor Free\n登録されている所有者:   例示病院\n登録されている組織:     例示病院\nプロダクト ID:          xxxxx\n最初のインストール日付: 2009/04/01, 9:00:00\n"+
			"システム起動時間:       0 日 1 時間 2 分 3 秒\nシステム製造元:         例示電機\nシステム モデル:        EX-1000\nシステムの種類:         X86-based PC\nプロセッサ:             1 プロセッサインストール済みです。\n                        [01]: x86 Family 6\nBIOS バージョン:        EX - 1\n"+
			"Windows ディレクトリ:   C:\\WINDOWS\nホットフィックス:       3 ホットフィックスがインストールされています。\n                        [01]: File 1\n                        [02]: KB958644 - Update\n                        [03]: Q147222\n"),
		"wmic-os.txt":              utf16le("\n\nBuildNumber=2600\nCaption=Microsoft Windows XP Professional\nCSDVersion=Service Pack 3\nCSName=MEDPC01\nInstallDate=20090401090000.000000+540\nLastBootUpTime=20261127080000.000000+540\nLocalDateTime=20261127100340.123000+540\nVersion=5.1.2600\n\n"),
		"wmic-csproduct.txt":       utf16le("\nIdentifyingNumber=EX12345\nName=EX-1000\nUUID=4C4C4544-0042-3010-8052-B4C04F4E4D31\nVendor=例示電機\n"),
		"wmic-bios.txt":            utf16le("\nSerialNumber=EX12345\nSMBIOSBIOSVersion=1.07\nReleaseDate=20090115000000.000000+000\n"),
		"wmic-computersystem.txt":  utf16le("\nManufacturer=例示電機\nModel=EX-1000\nTotalPhysicalMemory=2147483648\nPartOfDomain=FALSE\nUserName=MEDPC01\\検査技師\n"),
		"wmic-cpu.txt":             utf16le("\nName=Intel(R) Core(TM)2 Duo CPU\nNumberOfCores=2\nNumberOfLogicalProcessors=2\n"),
		"wmic-systemenclosure.txt": utf16le("\nChassisTypes={3}\n"),
		"wmic-diskdrive.txt":       utf16le("\nDeviceID=\\\\.\\PHYSICALDRIVE0\nInterfaceType=IDE\nModel=Example Disk\nSize=80023749120\nStatus=Pred Fail\n"),
		"wmic-logicaldisk.txt":     utf16le("\nDeviceID=C:\nDriveType=3\nFileSystem=NTFS\nSize=80023749120\nFreeSpace=12345678901\n\nDeviceID=D:\nDriveType=5\n"),
		"wmic-nicconfig.txt":       utf16le("\nDescription=Example NIC\nMACAddress=00:1A:2B:00:00:01\nIPEnabled=TRUE\nDHCPEnabled=FALSE\nIPAddress={\"192.0.2.7\"}\nIPSubnet={\"255.255.255.0\"}\nDefaultIPGateway={\"192.0.2.1\"}\nDNSServerSearchOrder={\"192.0.2.2\",\"x\"}\n\nDescription=WAN Miniport\nIPEnabled=FALSE\n"),
		"wmic-service.txt":         utf16le("\nDisplayName=Print Spooler\nName=Spooler\nPathName=C:\\WINDOWS\\system32\\spoolsv.exe\nStartMode=Auto\nStartName=LocalSystem\nState=Running\n\nName=Alerter\nDisplayName=警告\nStartMode=Disabled\nState=Stopped\n"),
		"wmic-qfe.txt":             utf16le("\nHotFixID=KB958644\nDescription=Security Update\nInstalledOn=4/20/2009\n\nHotFixID=File 1\n\nHotFixID=KB2345886\nInstalledOn=10/5/2011\n"),
		"wmic-useraccount.txt":     utf16le("\nName=Administrator\nSID=S-1-5-21-1-2-3-500\nDisabled=FALSE\nLockout=FALSE\nPasswordExpires=FALSE\nLocalAccount=TRUE\n\nName=検査技師\nFullName=検査 太郎\nSID=S-1-5-21-1-2-3-1003\nDisabled=FALSE\nPasswordExpires=TRUE\nLocalAccount=TRUE\n"),
		"wmic-group.txt":           utf16le("\nName=Administrators\nSID=S-1-5-32-544\n\nName=Users\nSID=S-1-5-32-545\n"),
		"wmic-antivirus.txt":       utf16le("\ndisplayName=見本ウイルス対策\nonAccessScanningEnabled=FALSE\nversionNumber=9.1\n"),
		"reg-uninstall.reg": utf16le("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall]\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\viewer]\n\"DisplayName\"=\"画像ビューア \\\"例\\\"\"\n\"DisplayVersion\"=\"3.1\"\n\"Publisher\"=\"例示ソフト\"\n\"InstallDate\"=\"20100302\"\n" +
			"\"Blob\"=hex:01,02,\\\n  03\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\KB1]\n\"DisplayName\"=\"Security Update (KB1)\"\n\"ReleaseType\"=\"Security Update\"\n\n[HKEY_LOCAL_MACHINE\\…\\part]\n\"DisplayName\"=\"Part\"\n\"SystemComponent\"=dword:00000001\n"),
		"reg-user-1.reg": utf16le("Windows Registry Editor Version 5.00\n\n[HKEY_USERS\\S-1-5-21-1-2-3-1003\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\own]\n\"DisplayName\"=\"=cmd|' /c calc'!A0\"\n\"DisplayVersion\"=\"1\"\n"),
		"reg-values.txt": cp932(t, "== autologon\n\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\n    AutoAdminLogon\tREG_SZ\t1\n\n== autologon-user\n    DefaultUserName    REG_SZ    検査技師\n== rdp-deny\n    fDenyTSConnections    REG_DWORD    0x0\n== rdp-port\n    PortNumber    REG_DWORD    0xd3d\n"+
			"== lock-active\n    ScreenSaveActive    REG_SZ    1\n== lock-secure\n    ScreenSaverIsSecure    REG_SZ    0\n== lock-timeout\n    ScreenSaveTimeOut    REG_SZ    600\n== firewall-private\n    EnableFirewall    REG_DWORD    0x0\n== au\n    AUOptions    REG_DWORD    0x1\n== smb1\n"),
		"net-accounts.txt":   cp932(t, "有効期間を過ぎた後に強制ログオフさせるまでの時間:  Never\nパスワード変更禁止期間 (日数):    0\nパスワード有効期間 (日数):        42\n最小パスワード長:                 0\nパスワードの履歴の記録数:          なし\nロックアウトしきい値:              なし\nロックアウト期間 (分):             30\nロックアウト監視ウィンドウ (分):   30\nコンピュータの役割:                WORKSTATION\nコマンドは正常に終了しました。\n"),
		"net-localgroup.txt": cp932(t, "== Administrators\nエイリアス名     Administrators\nコメント\n\nメンバ\n\n-------------------------------------------------------------------------------\nAdministrator\n検査技師\nコマンドは正常に終了しました。\n\n== Users\nメンバ\n\n-------------------------------------------------------------------------------\nコマンドは正常に終了しました。\n\n"),
		"netstat.txt":        cp932(t, "\nアクティブな接続\n\n  プロトコル  ローカル アドレス          外部アドレス        状態           PID\n  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       988\n  TCP    192.0.2.7:139          192.0.2.9:1055         ESTABLISHED     4\n  TCP    [::]:445               [::]:0                 LISTENING       4\n  UDP    0.0.0.0:500            *:*                                    700\n"),
		"tasklist.csv":       cp932(t, "\"svchost.exe\",\"988\",\"Console\",\"0\",\"4,000 K\"\n\"System\",\"4\",\"Console\",\"0\",\"200 K\"\n"),
		"schtasks.csv":       cp932(t, "\"MEDPC01\",\"夜間バックアップ\",\"3:00:00\",\"\",\"\",\"\",\"\",\"\",\"C:\\backup.cmd /password secret\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n"),
		Done:                 []byte("done\r\n"),
	}
}

func TestFolder(t *testing.T) {
	r, err := Folder(xpFolder(t))
	if err != nil {
		t.Fatal(err)
	}
	checkTold(t, r)
	s := r.Sections
	check := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	check("os", *s.OS, wire.OS{Family: "windows", Name: "Microsoft Windows XP Professional", Version: "5.1.2600", Edition: "Service Pack 3", Arch: "386", HostName: "MEDPC01", InstalledMS: 1238544000000, BootedMS: 1795734000000, LastUser: `MEDPC01\検査技師`})
	check("time", r.CollectedMS, int64(1795741420000))
	h := s.Hardware
	check("identity", []any{h.Maker, h.Model, h.Serial, h.MACs, h.BIOSDate, h.Chassis, h.MemoryBytes}, []any{"例示電機", "EX-1000", "EX12345", []string{"00:1a:2b:00:00:01"}, "2009-01-15", "desktop", 2147483648})
	check("packages", *s.Packages, []wire.Package{{Name: `画像ビューア "例"`, Version: "3.1", Publisher: "例示ソフト", Kind: "registry", InstalledOn: "2010-03-02"}, {Name: "=cmd|' /c calc'!A0", Version: "1", Kind: "registry"}})
	check("services", *s.Services, []wire.Service{{Name: "Spooler", Title: "Print Spooler", Start: "auto", Running: true, Path: `C:\WINDOWS\system32\spoolsv.exe`, RunAs: "LocalSystem"}, {Name: "Alerter", Title: "警告", Start: "disabled"}})
	check("ports", *s.Ports, []wire.Port{{Protocol: "tcp", Address: "0.0.0.0", Number: 135, Process: "svchost.exe"}, {Protocol: "tcp", Address: "::", Number: 445, Process: "System"}, {Protocol: "udp", Address: "0.0.0.0", Number: 500}})
	check("updates", s.Updates.Installed, []wire.InstalledUpdate{{ID: "KB958644", Title: "Security Update", InstalledOn: "2009-04-20"}, {ID: "KB147222"}, {ID: "KB2345886"}})
	check("volumes", *s.Volumes, []wire.Volume{{Mount: "C:", FileSystem: "NTFS", SizeBytes: 80023749120, FreeBytes: 11 << 30, Encryption: "unknown"}})
	check("interface", (*s.Interfaces)[0].Addresses, []string{"192.0.2.7/24"})
	a := *s.Accounts
	check("accounts", []any{a[0].Name, a[0].Privileged, a[0].PasswordNever, a[1].Name, a[1].Privileged, a[1].Why, a[1].Groups}, []any{"Administrator", true, true, "検査技師", true, "member of Administrators", []string{"Administrators"}})
	check("groups", *s.Groups, []wire.Group{{Name: "Administrators", ID: "S-1-5-32-544", Privileged: true, Members: []string{"Administrator", "検査技師"}}, {Name: "Users", ID: "S-1-5-32-545"}})
	hd := s.Hardening
	check("autologon", *hd.AutoLogon, wire.AutoLogon{Enabled: true, User: "検査技師", ClearPassword: true, Source: `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`})
	check("rdp", []any{hd.RemoteDesktop.Enabled, hd.RemoteDesktop.Port, s.Security.RemoteAccess}, []any{true, 3389, []string{"rdp"}})
	check("policy", []int{*hd.PasswordPolicy.MaxAgeDays, *hd.PasswordPolicy.MinLength, *hd.PasswordPolicy.LockoutThreshold, *hd.PasswordPolicy.LockoutMinutes}, []int{42, 0, 0, 30})
	check("lock", []any{hd.ScreenLock[0].Seconds, *hd.ScreenLock[0].On, *hd.ScreenLock[0].Password}, []any{600, true, false})
	check("security", []any{*s.Security.FirewallOn, *s.Security.AutoUpdates, s.Security.Protection}, []any{false, false, []wire.Protection{{Product: "見本ウイルス対策", Kind: "antimalware", Version: "9.1"}}})
	check("tasks", *s.Startup, []wire.StartupItem{{Name: "夜間バックアップ", Kind: "scheduled_task", Command: `C:\backup.cmd /password ***`, Enabled: true}})
	if strings.Contains(fmt.Sprintf("%+v", s), "secret") {
		t.Error("a password of a command line was taken over")
	}
}

// A folder that was cut says so, part for part, and the rest is read.
func TestFolderWithGaps(t *testing.T) {
	files := xpFolder(t)
	for _, name := range []string{Done, "wmic-service.txt", "wmic-os.txt", "schtasks.csv"} {
		delete(files, name)
	}
	files["wmic-bios.txt"] = files["wmic-bios.txt"][:9]
	files["netstat.txt"] = nil
	files[Manifest] = append(files[Manifest], "file=reg-uninstall.reg 99999\r\n"...)
	r, err := Folder(files)
	if err != nil {
		t.Fatal(err)
	}
	notes := fmt.Sprint(r.Notes)
	for _, want := range []string{"done.txt is missing", "wmic-service.txt is missing", "netstat.txt is empty", "the manifest says 99999"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note that %s: %s", want, notes)
		}
	}
	if r.Sections.Services != nil || r.Sections.Ports != nil || r.Sections.OS.Name != "Microsoft Windows XP Professional" || r.Sections.OS.Edition != "Service Pack 3" || len(*r.Sections.Packages) != 2 {
		t.Errorf("sections: %+v", r.Sections.OS)
	}
	if r.CollectedMS != 1 {
		t.Errorf("time %d from nowhere", r.CollectedMS)
	}
}

func TestFolderRefused(t *testing.T) {
	for name, body := range map[string]string{"other file": "hello", "newer": "sonae-collect 2\n", "nothing": ""} {
		var refusal *wire.Refusal
		if _, err := Folder(map[string][]byte{Manifest: []byte(body)}); !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := map[string][]byte{Manifest: []byte("sonae-collect 1\nhost=" + strings.Repeat("x", 70_000) + "<script>\u202e\n"), "wmic-service.txt": []byte(strings.Repeat("Name=a\nName=b\n", 5000))}
	r, err := Folder(files)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Sections.OS.HostName) > maxText || strings.Contains(r.Sections.OS.HostName, "\u202e") || len(*r.Sections.Services) > wire.MaxRows {
		t.Errorf("host name of %d bytes, %d services", len(r.Sections.OS.HostName), len(*r.Sections.Services))
	}
}

func TestDecode(t *testing.T) {
	russian, err := charmap.CodePage866.NewEncoder().String("Имя узла: сервер приёмного отделения")
	if err != nil {
		t.Fatal(err)
	}
	cyrillic, err := charmap.Windows1251.NewEncoder().String("Имя узла: сервер приёмного отделения")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ body, page, want string }{
		"utf-8":        {"\ufeffHost é", "932", "Host é"},
		"utf-16":       {string(utf16le("Ａ")), "", "Ａ"},
		"utf-16 bare":  {string(utf16le("Host Name")[2:]), "", "Host Name"},
		"932":          {string(cp932(t, "①病棟")), "932", "①病棟"},
		"932 untold":   {string(cp932(t, "ホスト名: 病棟")), "", "ホスト名: 病棟"},
		"866":          {russian, "866", "Имя узла: сервер приёмного отделения"},
		"1251":         {cyrillic, "1251", "Имя узла: сервер приёмного отделения"},
		"1252":         {"H\xf4te", "1252", "Hôte"},
		"850":          {"H\x93te", "850", "Hôte"},
		"unknown page": {"plain", "99999", "plain"},
	} {
		if got, _ := decode([]byte(tt.body), tt.page); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestSystemInfo(t *testing.T) {
	for file, want := range map[string]string{
		"xp_sp2_x86_systeminfo":                                      "WINXPSP2|Microsoft Windows XP Professional|5.1.2600|Service Pack 2|vmware|1",
		"srv_2012r2_x64_standard_ru_systeminfo":                      "DC|Майкрософт Ознакомительная версия Windows Server 2012 R2 Standard|6.3.9600||virtualbox|7",
		"10_1803_x64_proforworkstations_en-us_A_20190305_systeminfo": "",
		"7_sp1_x64_ultimaten_de_systeminfo":                          "",
	} {
		body, err := os.ReadFile(filepath.Join("testdata/systeminfo", file+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		r, ok := SystemInfo(body)
		if !ok {
			t.Errorf("%s: not read", file)
			continue
		}
		if err := r.Check(); err == nil || r.CollectedMS != 0 { // the reader gives the time
			t.Errorf("%s: %v", file, err)
		}
		r.CollectedMS = 1
		if err := r.Check(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		o := r.Sections.OS
		got := fmt.Sprintf("%s|%s|%s|%s|%s|%d", o.HostName, o.Name, o.Version, o.Edition, r.Sections.Hardware.Virtual, len(r.Sections.Updates.Installed))
		t.Log(got)
		if want != "" && got != want {
			t.Errorf("%s: got %s, want %s", file, got, want)
		}
	}
	for _, other := range []string{"", "管理番号,名称\nA,B\n", strings.Repeat("a: b\n", 100), "PK\x03\x04"} {
		if _, ok := SystemInfo([]byte(other)); ok {
			t.Errorf("%.20q is taken for an output", other)
		}
	}
}

// TestRealOutputs reads all outputs of the data set: every systeminfo and qfe is
// recognised, whatever its language and code page.
func TestRealOutputs(t *testing.T) {
	root := os.Getenv("SONAE_TESTDATA")
	if root == "" {
		t.Skip("SONAE_TESTDATA is not set")
	}
	in, err := os.Open(filepath.Join(root, "msrc-kb/windows-systeminfo.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	read, fixes := 0, 0
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || strings.Contains(h.Name, "updates") {
			continue
		}
		body, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := SystemInfo(body)
		if !ok {
			t.Errorf("%s is not read", h.Name)
			continue
		}
		read++
		fixes += len(r.Sections.Updates.Installed)
		if o := r.Sections.OS; o != nil && (o.HostName == "" && !strings.Contains(h.Name, "es-ar") || o.Version == "" || r.Sections.Hardware.MemoryBytes == 0) {
			t.Errorf("%s: %+v, memory %d", h.Name, o, r.Sections.Hardware.MemoryBytes)
		}
		if r.CollectedMS = 1; r.Check() != nil {
			t.Errorf("%s: %v", h.Name, r.Check())
		}
	}
	t.Logf("%d outputs, %d installed updates", read, fixes)
}

func FuzzFolder(f *testing.F) {
	for name, body := range xpFolder(f) {
		f.Add(name, body)
	}
	whole := xpFolder(f)
	names := make([]string, 0, len(whole))
	for name := range whole {
		names = append(names, name)
	}
	slices.Sort(names)
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		files := map[string][]byte{}
		for _, n := range names {
			files[n] = whole[n]
		}
		files[name] = body
		_, err := Folder(files)
		var refusal *wire.Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%v is no refusal", err)
		}
		if name != Manifest && err != nil {
			t.Fatalf("one file makes the whole folder unreadable: %v", err)
		}
	})
}

func FuzzSystemInfo(f *testing.F) {
	all, _ := filepath.Glob("testdata/systeminfo/*.txt")
	for _, file := range all {
		if body, err := os.ReadFile(file); err == nil {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, ok := SystemInfo(body)
		if !ok {
			return
		}
		r.CollectedMS = 1
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
	})
}
