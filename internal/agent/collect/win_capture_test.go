package collect

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sonae/internal/agent/winreg"
	"sonae/internal/agent/wmi"
)

// captures reads what two other agents keep of real machines: exports of the
// registry and answers of WMI, by file name.
func captures(t *testing.T) map[string][]byte {
	t.Helper()
	root := os.Getenv("SONAE_TESTDATA")
	if root == "" {
		t.Skip("SONAE_TESTDATA is not set: no captures of real machines")
	}
	f, err := os.Open(filepath.Join(root, "inventory-agent-captures", "captures.tar.gz")) //nolint:gosec // folder the developer names
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	packed, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for archive := tar.NewReader(packed); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if ext := path.Ext(head.Name); ext == ".reg" || ext == ".wmi" {
			body, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			found[head.Name] = body
		}
	}
}

// plain decodes UTF-16 and keeps the rest.
func plain(body []byte) string {
	body = bytes.TrimLeft(body, "\xff\xfe")
	if len(body) < 2 || body[1] != 0 {
		return string(body)
	}
	return winreg.UTF16(body)
}

// TestCapturesParse reads every capture, and counts keys and rows another way.
func TestCapturesParse(t *testing.T) {
	files := captures(t)
	registries, classes := 0, 0
	for name, body := range files {
		switch path.Ext(name) {
		case ".reg":
			registries++
			file, err := winreg.Parse(body)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			keys := map[string]bool{}
			for line := range strings.Lines(plain(body)) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "[HK") {
					keys[strings.ToLower(strings.Trim(line, `[]\`))] = true
				}
			}
			if file.Len() != len(keys) {
				t.Errorf("%s: %d keys read, %d lines of keys", name, file.Len(), len(keys))
			}
		case ".wmi":
			classes++
			rows, err := wmicList(body)
			if err != nil || len(rows) == 0 {
				t.Errorf("%s: %d rows, %v", name, len(rows), err)
			}
		}
	}
	if registries < 20 || classes < 30 {
		t.Errorf("%d registries and %d classes, want all", registries, classes)
	}
	t.Logf("%d registries, %d classes", registries, classes)
}

// captured makes a Source of captures: registry exports, and WMI answers by class.
func captured(t *testing.T, registries []string, answers map[string]string) *Source {
	t.Helper()
	files := captures(t)
	var bodies [][]byte
	for _, name := range registries {
		bodies = append(bodies, files["glpi-agent/win32/registry/"+name])
	}
	registry, err := winreg.Parse(bodies...)
	if err != nil {
		t.Fatal(err)
	}
	answering := &wmi.Recorded{}
	for class, name := range answers {
		rows, err := wmicList(files["glpi-agent/win32/wmi/"+name])
		if err != nil {
			t.Fatal(err)
		}
		space, class, _ := strings.Cut(class, ":")
		answering.Add(space, class, rows)
	}
	return &Source{OS: "windows", Arch: "386", Now: time.Now, Windows: &Windows{Registry: registry, WMI: answering}}
}

// TestCapturedPrograms: the Uninstall key of a real Windows XP has 419 entries
// with a name; programs and updates together have to be all of them.
func TestCapturedPrograms(t *testing.T) {
	src := captured(t, []string{"xp-Uninstall.reg"}, nil)
	var g gaps
	r, err := src.registry(&g)
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for line := range strings.Lines(plain(captures(t)["glpi-agent/win32/registry/xp-Uninstall.reg"])) {
		if strings.HasPrefix(line, `"DisplayName"="`) && !strings.HasPrefix(line, `"DisplayName"=""`) {
			names++
		}
	}
	all := r.uninstall("386", nil)
	updates := 0
	for _, p := range all {
		if p.update {
			updates++
		}
	}
	if len(all) != names || names == 0 || updates == 0 {
		t.Errorf("%d entries read, the file has %d names; %d updates", len(all), names, updates)
	}
	t.Logf("%d entries, %d of them updates", len(all), updates)
	quick, err := wmicList(captures(t)["glpi-agent/win32/wmi/xp-Win32_QuickFixEngineering.wmi"])
	if err != nil {
		t.Fatal(err)
	}
	src.Windows.WMI = &wmi.Recorded{}
	src.Windows.WMI.(*wmi.Recorded).Add(spaceCIM, "Win32_QuickFixEngineering", quick)
	patches := r.installedUpdates(context.Background(), src)
	if len(patches) < 40 {
		t.Errorf("%d patches of Windows XP", len(patches))
	}
	t.Logf("%d patches, the newest %v", len(patches), patches[0])
}

// TestCapturedDisks compares a few values of real machines.
func TestCapturedDisks(t *testing.T) {
	src := captured(t, nil, map[string]string{
		spaceBitLocker + ":Win32_EncryptableVolume": "win10-crypt-Win32_EncryptableVolume.wmi", spaceCIM + ":Win32_DiskDrive": "win10-crypt-Win32_DiskDrive.wmi",
	})
	states, err := encryptable(context.Background(), src)
	if want := (bitLocker{"on", "bitlocker aes-256"}); err != nil || states["C:"] != want {
		t.Errorf("C: %v, %v; want %v", states["C:"], err, want)
	}
	disks, err := winDisks(context.Background(), src)
	if err != nil || len(disks) == 0 || disks[0].SizeBytes == 0 || disks[0].Model == "" {
		t.Errorf("disks of the older class = %+v, %v", disks, err)
	}
	src = captured(t, nil, map[string]string{spaceStorage + ":MSFT_PhysicalDisk": "win10-edu-2020-fr-MSFT_PhysicalDisk.wmi", spaceCIM + ":Win32_CDROMDrive": "win10-edu-2020-fr-Win32_CDROMDrive.wmi"})
	disks, err = winDisks(context.Background(), src)
	virtual := 0
	for _, d := range disks {
		if d.Kind == "virtual" && d.Health == "ok" && d.SizeBytes == 53687091200 && d.Bus == "sata" {
			virtual++
		}
	}
	if err != nil || virtual != 1 || len(disks) < 2 {
		t.Errorf("disks = %+v, %v", disks, err)
	}
}

// TestCapturedFirewall reads the policies of a real Windows 10.
func TestCapturedFirewall(t *testing.T) {
	registry, err := winreg.Parse(captures(t)["fusioninventory-agent/win32/registry/10-FirewallPolicy.reg"])
	if err != nil {
		t.Fatal(err)
	}
	src := &Source{OS: "windows", Now: time.Now, Windows: &Windows{Registry: registry}}
	state, err := winFirewall(context.Background(), src)
	if err != nil || state.on == nil {
		t.Errorf("firewall = %+v, %v", state, err)
	}
	t.Log(state.detail)
}
