package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const upgradeCode = "{6F6B1C7E-7F0B-4C0C-9E6B-5D0A3A1C4E21}" // never changes

// TestMSITables reads what decides over service, token and upgrades.
func TestMSITables(t *testing.T) {
	for _, arch := range []string{"x64", "x86"} {
		t.Run(arch, func(t *testing.T) {
			file := built(t, "sonae-agent-"+arch+".msi", "msiinfo")
			for table, wants := range map[string][]string{
				"Property": {"UpgradeCode\t" + upgradeCode, "MsiHiddenProperties\tTOKEN;Configure", "WIX_UPGRADE_DETECTED;SERVER;TOKEN;PIN", "ALLUSERS\t1"},
				// Deferred, not impersonated, arguments hidden: 18 + 0x400 + 0x800 + 0x2000.
				"CustomAction":           {"Configure\t11282\tAgent\t", "Forget\t51\tTOKEN\t{}"},
				"InstallExecuteSequence": {"Configure\tSERVER AND NOT REMOVE\t4500", "RemoveExistingProducts\t"},
				// Start at installation, stop at both, remove at the end: 1 + 2 + 0x20 + 0x80.
				"ServiceControl": {"Control\tsonae-agent\t163\t"},
				"ServiceInstall": {"sonae-agent\tSonae agent\t16\t2\t1\t\t\tLocalSystem\t\trun --service\t"},
			} {
				got := run(t, "msiinfo", "export", file, table)
				for _, want := range wants {
					if !strings.Contains(got, want) {
						t.Errorf("table %s misses %q:\n%s", table, want, got)
					}
				}
			}
			if got := run(t, "msiinfo", "suminfo", file); !strings.Contains(got, "Created: ") {
				t.Errorf("summary: %s", got)
			}
		})
	}
}

// TestMSIUnderWine installs, upgrades over itself and removes.
func TestMSIUnderWine(t *testing.T) {
	file := built(t, "sonae-agent-x64.msi", "wine", "bash")
	if _, err := os.Stat("../scripts/wine-prefix.sh"); err != nil {
		t.Skip("scripts/wine-prefix.sh is missing")
	}
	prefix := filepath.Join(t.TempDir(), "prefix")
	run(t, "bash", "../scripts/wine-prefix.sh", prefix)
	for key, value := range map[string]string{"WINEPREFIX": prefix, "WINEARCH": "win64", "WINEDEBUG": "-all", "DISPLAY": ""} {
		t.Setenv(key, value)
	}
	t.Cleanup(func() { _ = exec.Command("wineserver", "-k").Run() })
	const token = "a-token-nobody-may-read"
	drive := filepath.Join(prefix, "drive_c")
	program := filepath.Join(drive, "Program Files/Sonae agent/sonae-agent.exe")
	state := filepath.Join(drive, "ProgramData/Sonae/agent")

	run(t, "wine", "msiexec", "/i", file, "/qn", "/l*v", `C:\install.log`, "SERVER=https://127.0.0.1:9", "TOKEN="+token, "PIN="+strings.Repeat("00", 32))
	if got := run(t, "wine", "reg", "query", `HKLM\System\CurrentControlSet\Services\sonae-agent`); !strings.Contains(got, `C:\Program Files\Sonae agent\sonae-agent.exe run --service`) || !strings.Contains(got, "LocalSystem") {
		t.Errorf("service in the registry: %s", got)
	}
	if got := run(t, "wine", "sc", "query", "sonae-agent"); !strings.Contains(got, "RUNNING") {
		t.Errorf("service: %s", got)
	}
	if got := read(t, filepath.Join(state, "token")); !strings.Contains(got, token) {
		t.Error("the token is not kept for the first report")
	}
	if got := run(t, "wine", "reg", "query", `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall`, "/s"); !strings.Contains(got, "Sonae agent") {
		t.Error("not in the list of installed software")
	}
	wait(t) // the registry's files are written when wine ends
	for _, name := range []string{filepath.Join(drive, "install.log"), filepath.Join(prefix, "system.reg"), filepath.Join(prefix, "user.reg")} {
		if strings.Contains(strings.ReplaceAll(read(t, name), "\x00", ""), token) {
			t.Errorf("the token can be read in %s", name)
		}
	}

	before := read(t, filepath.Join(state, "settings"))
	run(t, "wine", "msiexec", "/i", file, "/qn", "REINSTALL=ALL", "REINSTALLMODE=vomus")
	if after := read(t, filepath.Join(state, "settings")); after != before {
		t.Error("installing again without SERVER changed the settings")
	}

	run(t, "wine", "msiexec", "/x", file, "/qn")
	if _, err := os.Stat(program); err == nil {
		t.Error("the program is still there")
	}
	if out, err := exec.Command("wine", "sc", "query", "sonae-agent").CombinedOutput(); err == nil {
		t.Errorf("the service is still there: %s", out)
	}
	if _, err := os.Stat(filepath.Join(state, "settings")); err != nil {
		t.Errorf("the state is gone: %v", err)
	}
}

// wait ends wine, so that what it holds is on disk.
func wait(t *testing.T) {
	t.Helper()
	_ = exec.Command("wineserver", "-k15").Run()
	_ = exec.Command("wineserver", "-w").Run()
}
