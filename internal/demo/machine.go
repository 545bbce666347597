package demo

import (
	"fmt"
	"slices"

	"sonae/internal/wire"
)

type model struct {
	maker, model, cpu string
	memoryGB          int64
	diskGB            int64
}

var pcModels = []model{
	{"例示電機", "ED-M590", "Intel(R) Core(TM) i5-8500 CPU @ 3.00GHz", 8, 256},
	{"例示電機", "ED-N400", "Intel(R) Core(TM) i3-7100 CPU @ 3.90GHz", 4, 128},
	{"見本計算機", "Mihon Desk 7", "Intel(R) Core(TM) i5-12400", 16, 512},
	{"見本計算機", "Mihon Note 14", "Intel(R) Core(TM) i5-1335U", 16, 512},
	{"架空通信機", "KT-Slim 3", "Intel(R) Core(TM) i5-10500T CPU @ 2.30GHz", 8, 256},
}

type system struct {
	name, version, edition string
	percent                int
}

// pcSystems: shares as an older hospital has them; support dates are checked elsewhere.
var pcSystems = []system{
	{"Microsoft Windows 11 Pro", "10.0.26100", "Pro", 45},
	{"Microsoft Windows 10 Enterprise LTSC 2021", "10.0.19044", "LTSC", 25},
	{"Microsoft Windows 10 Pro", "10.0.19045", "Pro", 15},
	{"Microsoft Windows 10 Enterprise 2019 LTSC", "10.0.17763", "LTSC", 13},
	{"Microsoft Windows 7 Professional", "6.1.7601", "Professional", 2},
}

var serverSystems = []system{
	{"Microsoft Windows Server 2022 Standard", "10.0.20348", "Standard", 35},
	{"Microsoft Windows Server 2019 Standard", "10.0.17763", "Standard", 35},
	{"Microsoft Windows Server 2016 Standard", "10.0.14393", "Standard", 15},
	{"Debian GNU/Linux 12 (bookworm)", "12", "", 15},
}

func (b *builder) system(list []system) system {
	n := b.rnd.IntN(100)
	for _, s := range list {
		if n -= s.percent; n < 0 {
			return s
		}
	}
	return list[0]
}

func (b *builder) pcs() {
	for _, p := range append(append([]place{}, places...), clinicPlace) {
		facility := "main"
		if p.vlan == clinicPlace.vlan {
			facility = "clinic"
		}
		for i := range p.pcs {
			b.pc(facility, p, i)
		}
	}
}

// twin is the number of the PC that has the serial number and the UUID of the one before.
const twin = 2

func (b *builder) pc(facility string, p place, i int) {
	b.seq["pc"]++
	n := b.seq["pc"]
	m := pick(b, pcModels)
	host := fmt.Sprintf("%s-%03d", prefixes[p.system], n)
	id := wire.Identity{Maker: m.maker, Model: m.model, Serial: fmt.Sprintf("EX%02d-%06d", n%90+10, 200000+n*7), SMBIOSUUID: b.uuid(), MachineID: b.uuid(), MACs: []string{b.mac()}, HostName: host, OSFamily: "windows"}
	if n%90 == 0 {
		id.Serial = "To be filled by O.E.M." // boards that were swapped in repair
	}
	if n == twin { // boards of one batch, with the numbers of the first: something to decide
		first := b.h.Machines[len(b.h.Machines)-1].Report.Sections.Hardware.Identity
		m = pcModels[slices.IndexFunc(pcModels, func(x model) bool { return x.model == first.Model })]
		id.Maker, id.Model, id.Serial, id.SMBIOSUUID = first.Maker, first.Model, first.Serial, first.SMBIOSUUID
	}
	os := b.system(pcSystems)
	r := b.report(id, m, os, fmt.Sprintf("%s.%d/24", p.subnet, 20+i), p.subnet+".1")
	pk := b.packages(30)
	r.Sections.Packages = &pk
	r.Sections.Accounts = b.pcAccounts(p, n)
	fields := map[string]string{"asset_tag": fmt.Sprintf("PC-%04d", n), "department": p.department, "building": p.building, "room": p.room, "custodian": "医療情報室", "criticality": pick(b, []string{"high", "medium", "medium"}),
		"patient_data": "yes", "purchased_on": b.daysAgo(200, 2600), "vendor": "v01", "patch_owner": "院内", "remote_maintenance": "no"}
	if b.chance(6) {
		delete(fields, "custodian") // rows that nobody finished
	}
	if b.chance(2) {
		fields["room"] = "旧館 倉庫" // the ledger and the network disagree now and then
	}
	b.h.Machines = append(b.h.Machines, Machine{Thing{Ref: host, Facility: facility, Kind: "pc", Status: "in_use", Fields: fields, Systems: []string{p.system}}, r})
}

// prefixes of host names by the system that the place works with.
var prefixes = map[string]string{"emr": "EMR", "billing": "IJI", "pacs": "RAD", "lis": "LAB", "pathology": "PAT", "pharmacy": "PHA", "nutrition": "NUT", "rehab": "REH", "anesthesia": "OPE", "icu": "ICU", "groupware": "GEN", "checkup": "CHK"}

func (b *builder) servers() {
	n := 0
	for _, s := range systemSpecs {
		for i := range s.servers {
			n++
			b.server(s, n, i)
		}
	}
	for i := n; i < 40; i++ {
		b.server(systemSpecs[10], i+1, i)
	}
}

// strayServer is the number of a server that stands under a desk and is nobody's;
// leggedServer is one that has a second leg in the network of the office.
const strayServer, leggedServer = 39, 36

func (b *builder) server(s systemSpec, n, i int) {
	roles := []string{"DB", "AP", "WEB", "BK", "GW", "RPT", "IF", "TST"}
	host := fmt.Sprintf("%s-%s-%02d", prefixes[s.ref], roles[i%len(roles)], n)
	m := model{"見本計算機", pick(b, []string{"Mihon Server R5", "Mihon Server R7"}), "Intel(R) Xeon(R) Silver 4310 CPU @ 2.10GHz", 64, 2000}
	id := wire.Identity{Maker: m.maker, Model: m.model, Serial: fmt.Sprintf("SV%06d", 500000+n*13), SMBIOSUUID: b.uuid(), MachineID: b.uuid(), MACs: []string{b.mac(), b.mac()}, HostName: host, OSFamily: "windows"}
	os := b.system(serverSystems)
	if os.edition == "" {
		id.OSFamily = "linux"
	}
	address, gateway := fmt.Sprintf("10.10.%d.%d/24", 1+n/30, 10+n), "10.10.1.1"
	if n == strayServer {
		address, gateway = "10.20.20.240/24", "10.20.20.1"
	}
	r := b.report(id, m, os, address, gateway)
	pk := b.packages(10)
	if id.OSFamily == "linux" {
		pk = b.debianPackages()
	}
	r.Sections.Packages = &pk
	r.Sections.Accounts = b.serverAccounts(s, id.OSFamily)
	facility := "main"
	if s.ref == "checkup" {
		facility = "clinic"
	}
	fields := map[string]string{"asset_tag": fmt.Sprintf("SV-%04d", n), "department": "医療情報室", "building": "本館", "room": serverRoom, "custodian": "医療情報室", "criticality": s.criticality,
		"patient_data": s.patientData, "purchased_on": b.daysAgo(300, 2300), "vendor": s.vendor, "patch_owner": pick(b, []string{"業者", "業者", "院内"}), "remote_maintenance": s.remote, "maintenance_ends_on": b.day(30 + b.rnd.IntN(800))}
	if b.chance(8) {
		delete(fields, "patch_owner")
	}
	if i > 0 && s.remote == "yes" { // the vendor comes in at the first machine of a system
		fields["remote_maintenance"] = "no"
	}
	if n == strayServer {
		fields["room"] = "1階 医事課"
		delete(fields, "department")
		delete(fields, "custodian")
	}
	b.h.Machines = append(b.h.Machines, Machine{Thing{Ref: host, Facility: facility, Kind: "server", Status: "in_use", Fields: fields, Systems: []string{s.ref}}, r})
}

func (b *builder) uuid() string {
	const hex = "0123456789abcdef"
	out := []byte("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx")
	for i, c := range out {
		if c == 'x' {
			out[i] = hex[b.rnd.IntN(16)]
		}
	}
	return string(out)
}

func (b *builder) serverAccounts(s systemSpec, family string) *[]wire.Account {
	admin := "Administrator"
	if family == "linux" {
		admin = "root"
	}
	ms := func(daysAgo int) int64 { return b.now.AddDate(0, 0, -daysAgo).UnixMilli() }
	list := []wire.Account{
		{Name: admin, Enabled: true, Privileged: true, Interactive: true, Why: "built-in", LastLoginMS: ms(b.rnd.IntN(40)), PasswordSetMS: ms(100 + b.rnd.IntN(1500)), PasswordNever: true},
		{Name: "maint-" + s.vendor, FullName: s.name + " 保守", Enabled: true, Privileged: true, Interactive: true, Why: "Administrators", LastLoginMS: ms(5 + b.rnd.IntN(200)), PasswordSetMS: ms(400 + b.rnd.IntN(900)), PasswordNever: true},
		{Name: "svc-" + s.ref, FullName: s.name + " サービス", Enabled: true, LastLoginMS: ms(0), PasswordSetMS: ms(900), PasswordNever: true},
		{Name: "Guest", Enabled: false},
	}
	return &list
}

func (b *builder) pcAccounts(p place, n int) *[]wire.Account {
	ms := func(daysAgo int) int64 { return b.now.AddDate(0, 0, -daysAgo).UnixMilli() }
	list := []wire.Account{
		{Name: "Administrator", Enabled: n%7 == 0, Privileged: true, Interactive: true, Why: "built-in", LastLoginMS: ms(200 + b.rnd.IntN(400)), PasswordSetMS: ms(1000), PasswordNever: true},
		{Name: "emruser", FullName: p.department + " 共用", Enabled: true, Interactive: true, LastLoginMS: ms(b.rnd.IntN(3)), PasswordSetMS: ms(300 + b.rnd.IntN(300)), PasswordNever: true},
		{Name: "itadmin", FullName: "医療情報室", Enabled: true, Privileged: true, Interactive: true, Why: "Administrators", LastLoginMS: ms(b.rnd.IntN(150)), PasswordSetMS: ms(120)},
		{Name: "Guest", Enabled: false},
	}
	if b.chance(5) {
		list = append(list, wire.Account{Name: fmt.Sprintf("tmp-kensyu%d", n%9), FullName: "研修用", Enabled: true, Interactive: true, LastLoginMS: ms(150 + b.rnd.IntN(200)), PasswordSetMS: ms(400)})
	}
	return &list
}
