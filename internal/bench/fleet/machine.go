// Package fleet plays the machines of a hospital against a server: every one with a
// key, a state folder and a certificate of its own, through the agent's own code;
// only the inventory is made up. The same seed gives the same machines.
//
//	fleet.New(fleet.Options{Agents: 10000, Server: url, Token: token, Dir: dir})
//
// It is for measuring and for trying out a server; see `go run ./internal/bench/simulate -h`.
package fleet

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"sonae/internal/wire"
)

// model is what a part of a hospital's machines have in common. All names are made up.
type model struct {
	share              int // of 100 machines
	prefix, maker      string
	models             []string
	os                 wire.OS
	chassis            string
	memoryGB, diskGB   int64
	packages, services int
	ward               bool // has the software of a ward beside that of an office
}

var models = []model{
	{42, "WARD", "例示電機", []string{"ED-M590", "ED-M610", "ED-M702"}, wire.OS{Family: "windows", Name: "Microsoft Windows 10 Enterprise LTSC 2021", ID: "windows", Version: "10.0.19044", Arch: "amd64"}, "desktop", 8, 256, 140, 85, true},
	{28, "OFF", "見本情報機器", []string{"MJ-300G", "MJ-320G"}, wire.OS{Family: "windows", Name: "Microsoft Windows 11 Pro", ID: "windows", Version: "10.0.26100", Arch: "amd64"}, "desktop", 16, 512, 180, 95, false},
	{17, "NB", "例示電機", []string{"ED-N14", "ED-N15"}, wire.OS{Family: "windows", Name: "Microsoft Windows 11 Pro", ID: "windows", Version: "10.0.22631", Arch: "amd64"}, "laptop", 16, 512, 165, 95, true},
	{5, "SV", "試料計算機", []string{"SK-R440", "SK-R450"}, wire.OS{Family: "windows", Name: "Microsoft Windows Server 2019 Standard", ID: "windows", Version: "10.0.17763", Arch: "amd64"}, "server", 64, 2048, 70, 110, false},
	{8, "LX", "試料計算機", []string{"SK-R350", "SK-VM"}, wire.OS{Family: "linux", Name: "Debian GNU/Linux 12 (bookworm)", ID: "debian", Version: "12.11", Arch: "amd64"}, "virtual", 16, 128, 640, 60, false},
}

func pick(n int) model {
	n %= 100
	for _, m := range models {
		if n -= m.share; n < 0 {
			return m
		}
	}
	return models[0]
}

// Machine gives the inventory of machine n, of 16 million. changes counts the days on
// which something was installed on it. It is deterministic.
func Machine(seed uint64, n, changes int) wire.Sections {
	r := rand.New(rand.NewPCG(seed, uint64(n))) //nolint:gosec // made-up machines, the same at every run
	m := pick(r.IntN(100))
	name := fmt.Sprintf("%s-%05d", m.prefix, n)
	mac := fmt.Sprintf("00:00:5e:%02x:%02x:%02x", n>>16&255, n>>8&255, n&255)
	on := true
	os := m.os
	os.HostName, os.Domain, os.TimeZone, os.LastUser = name, "hosp.example.jp", "Asia/Tokyo", fmt.Sprintf("staff%04d", r.IntN(3000))
	os.BootedMS = 1764000000000 - int64(r.IntN(14*24*60))*60000
	s := wire.Sections{
		Hardware: &wire.Hardware{
			Identity: wire.Identity{Maker: m.maker, Model: m.models[r.IntN(len(m.models))], Serial: fmt.Sprintf("EX%08d", n), SMBIOSUUID: fmt.Sprintf("4c4c4544-%04x-4000-8000-%012x", seed&0xffff, n+1), MachineID: fmt.Sprintf("%032x", n+1), MACs: []string{mac}, HostName: name, OSFamily: os.Family},
			CPUModel: fmt.Sprintf("Example Core %d", 4+r.IntN(4)), CPUSockets: 1, CPUCores: 4, CPUThreads: 8, MemoryBytes: m.memoryGB << 30, Chassis: m.chassis, BIOSVersion: fmt.Sprintf("1.%d.0", r.IntN(20)), BIOSDate: fmt.Sprintf("202%d-0%d-01", r.IntN(6), 1+r.IntN(9)),
		},
		OS:    &os,
		Disks: &[]wire.Disk{{Name: "disk0", Model: "SSD 例示", Serial: fmt.Sprintf("S%09d", n), Kind: "ssd", SizeBytes: m.diskGB << 30, Health: "ok"}},
		Interfaces: &[]wire.Interface{{Name: "Ethernet", MAC: mac, Kind: "ethernet", Up: true, SpeedMbps: 1000, Gateway: fmt.Sprintf("10.%d.0.1", n>>16),
			Addresses: []string{fmt.Sprintf("10.%d.%d.%d/16", n>>16, n>>8&255, n&255)}, DNS: []string{"10.0.0.53"}}},
		Security: &wire.Security{FirewallOn: &on, TimeSynced: &on, TimeSource: "ntp.hosp.example.jp", AutoUpdates: &on, ScreenLockSec: 600,
			Protection: []wire.Protection{{Product: "例示アンチウイルス", Kind: "antimalware", Running: true, Version: fmt.Sprintf("9.%d", r.IntN(4))}}},
	}
	volumes(&s, m, r)
	software(&s, m, r, changes)
	accounts(&s, m, r)
	listeners(&s, r)
	return s
}

func volumes(s *wire.Sections, m model, r *rand.Rand) {
	mount, system, encryption := `C:\`, "NTFS", "on"
	if m.os.Family == "linux" {
		mount, system, encryption = "/", "ext4", "off"
	}
	s.Volumes = &[]wire.Volume{{Mount: mount, FileSystem: system, SizeBytes: m.diskGB << 30, FreeBytes: int64(1+r.IntN(int(m.diskGB)-1)) << 30, Encryption: encryption}}
}

// catalogue is how many products a hospital has in all.
const catalogue = 900

func software(s *wire.Sections, m model, r *rand.Rand, changes int) {
	count := m.packages*3/4 + r.IntN(m.packages/2)
	list := make([]wire.Package, 0, count+changes)
	kind, arch := "registry", "x64"
	if m.os.Family == "linux" {
		kind, arch = "dpkg", "amd64"
	}
	first := r.IntN(40)
	for i := range count {
		n := (first + i) % catalogue
		if m.ward {
			n = (n + 300) % catalogue
		}
		list = append(list, wire.Package{Name: fmt.Sprintf("例示ソフトウェア %03d", n), Version: fmt.Sprintf("%d.%d.%d", 1+n%9, n%10, r.IntN(3)), Publisher: fmt.Sprintf("例示ソフトウェア%02d株式会社", n%40), Kind: kind, Arch: arch})
	}
	for i := range changes {
		list = append(list, wire.Package{Name: fmt.Sprintf("月例更新 %03d", i+1), Version: "1.0", Publisher: "見本情報機器", Kind: kind, Arch: arch})
	}
	s.Packages = &list
	s.Updates = &wire.Updates{CheckedMS: 1764000000000 + int64(changes)*86400000, Pending: []wire.Pending{}}
	services := make([]wire.Service, m.services)
	for i := range services {
		services[i] = wire.Service{Name: fmt.Sprintf("svc%03d", i), Title: fmt.Sprintf("例示サービス %d", i), Start: []string{"auto", "manual", "disabled"}[i%3], Running: i%3 == 0, RunAs: "LocalSystem"}
	}
	s.Services = &services
}

func accounts(s *wire.Sections, m model, r *rand.Rand) {
	list := make([]wire.Account, 4+r.IntN(5))
	for i := range list {
		list[i] = wire.Account{Name: fmt.Sprintf("local%02d", i), ID: strconv.Itoa(1000 + i), Enabled: i%4 != 3, Privileged: i == 0, Interactive: true, LastLoginMS: 1764000000000 - int64(r.IntN(90))*86400000}
	}
	if m.os.Family == "windows" {
		list[0].Name = "Administrator"
	}
	s.Accounts = &list
}

func listeners(s *wire.Sections, r *rand.Rand) {
	list := make([]wire.Port, 12+r.IntN(20))
	for i := range list {
		list[i] = wire.Port{Protocol: "tcp", Address: "0.0.0.0", Number: 135 + 37*i, Process: fmt.Sprintf("例示%02d.exe", i%9)}
	}
	s.Ports = &list
}
