//go:build unix

package servertest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"sonae/internal/wire"
)

// Machine is an enrolled PC with its key.
type Machine struct {
	Key    ed25519.PrivateKey
	Device string
	Report wire.Report
}

// NewReport makes the report of PC number n: packages from a pool that all PCs of
// a hospital share, with a few versions each, like real fleets.
func NewReport(n, packages int) wire.Report {
	id := wire.Identity{Maker: "例示電機", Model: "ED-M590", Serial: fmt.Sprintf("EX%07d", n), SMBIOSUUID: fmt.Sprintf("4c4c4544-0000-4000-8000-%012x", n+1),
		MACs: []string{fmt.Sprintf("00:00:5e:%02x:%02x:%02x", n>>16&255, n>>8&255, n&255)}, HostName: fmt.Sprintf("PC-%05d", n), OSFamily: "windows"}
	r := wire.Report{Version: wire.Version, Seq: 1, CollectedMS: time.Now().UnixMilli(), Agent: wire.Agent{Version: "bench", OS: "windows", Arch: "amd64"}}
	r.Sections.Hardware = &wire.Hardware{Identity: id, CPUModel: "Intel(R) Core(TM) i5-8500", CPUCores: 6, CPUThreads: 6, MemoryBytes: 8 << 30, Chassis: "desktop"}
	r.Sections.OS = &wire.OS{Family: "windows", Name: "Microsoft Windows 10 Enterprise LTSC 2021", Version: "10.0.19044", Arch: "amd64", HostName: id.HostName}
	disks := []wire.Disk{{Name: "disk0", Model: "SSD", Kind: "ssd", SizeBytes: 256 << 30, Health: "ok"}}
	volumes := []wire.Volume{{Mount: `C:\`, FileSystem: "NTFS", SizeBytes: 256 << 30, FreeBytes: 100 << 30, Encryption: "on", Method: "bitlocker"}}
	ifs := []wire.Interface{{Name: "Ethernet", MAC: id.MACs[0], Kind: "ethernet", Up: true, Addresses: []string{fmt.Sprintf("10.%d.%d.%d/16", 20+n/60000, n/250%250, 1+n%250)}}}
	pk := make([]wire.Package, packages)
	for i := range pk {
		pk[i] = wire.Package{Name: fmt.Sprintf("例示ソフトウェア %03d", (n%5*7+i)%400), Version: fmt.Sprintf("%d.%d.%d", 1+i%9, i%10, (n+i)%3), Publisher: "例示ソフトウェア株式会社", Kind: "registry", Arch: "x64"}
	}
	accounts := make([]wire.Account, 10)
	for i := range accounts {
		accounts[i] = wire.Account{Name: fmt.Sprintf("user%02d", i), Enabled: i%4 != 3, Privileged: i == 0, Interactive: true, LastLoginMS: r.CollectedMS - int64(i)*86400000}
	}
	services := make([]wire.Service, 40)
	for i := range services {
		services[i] = wire.Service{Name: fmt.Sprintf("svc%02d", i), Title: "Service", Start: "auto", Running: i%2 == 0}
	}
	ports := make([]wire.Port, 25)
	for i := range ports {
		ports[i] = wire.Port{Protocol: "tcp", Address: "0.0.0.0", Number: 1000 + i, Process: "svchost.exe"}
	}
	on := true
	r.Sections.Disks, r.Sections.Volumes, r.Sections.Interfaces, r.Sections.Packages = &disks, &volumes, &ifs, &pk
	r.Sections.Accounts, r.Sections.Services, r.Sections.Ports = &accounts, &services, &ports
	r.Sections.Security = &wire.Security{FirewallOn: &on, TimeSynced: &on, Protection: []wire.Protection{{Product: "例示アンチウイルス", Kind: "antimalware", Running: true}}}
	r.Sections.Updates = &wire.Updates{CheckedMS: r.CollectedMS, Pending: []wire.Pending{}}
	return r
}

var encoders = sync.Pool{New: func() any { w, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); return w }}

// Body is the signed, compressed report as it goes over the wire.
func (m *Machine) Body() (packed []byte, signature string, err error) {
	plain, err := json.Marshal(&m.Report)
	if err != nil {
		return nil, "", err
	}
	w := encoders.Get().(*zstd.Encoder)
	packed = w.EncodeAll(plain, nil)
	encoders.Put(w)
	return packed, wire.Sign(m.Key, packed), nil
}

// Enroll makes machine n known.
func (p *Process) Enroll(token string, n, packages int) (*Machine, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	m := &Machine{Key: private, Report: NewReport(n, packages)}
	var reply wire.EnrollReply
	in := wire.EnrollRequest{Version: wire.Version, Token: token, PublicKey: public, Identity: m.Report.Sections.Hardware.Identity}
	if err := p.Call(http.MethodPost, "/ingest/v1/enroll", in, &reply); err != nil {
		return nil, err
	}
	m.Device = reply.DeviceID
	m.Report.DeviceID = reply.DeviceID
	m.Report.Seal()
	return m, nil
}

// Send posts a prepared report; anything but success is an error.
func (p *Process) Send(device string, packed []byte, signature string) error {
	req, err := http.NewRequest(http.MethodPost, p.URL+"/ingest/v1/report", bytes.NewReader(packed))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", wire.ReportType)
	req.Header.Set("Content-Encoding", "zstd")
	req.Header.Set(wire.HeaderDevice, device)
	req.Header.Set(wire.HeaderSignature, signature)
	return p.do(req, nil)
}

// Each runs fn for 0…n-1 on some goroutines; the first error wins.
func Each(n, workers int, fn func(i int) error) error {
	var wg sync.WaitGroup
	next := make(chan int)
	errs := make(chan error, workers)
	for range workers {
		wg.Go(func() {
			for i := range next {
				if err := fn(i); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}
