// Package demo builds a deterministic, clearly fictional hospital and loads it
// into a running server through the same entries that real data takes: signed
// agent reports for PCs and servers, the REST API for everything else. Newcomers
// look at it, benchmarks and browser tests run on it. Every name, person, number
// and address in it is invented; addresses are from the documentation ranges
// (RFC 5737, RFC 7042) or private.
//
//	h := demo.Build(1, time.Now())
//	err := demo.Load(ctx, client, h, progress)
package demo

import (
	"math/rand/v2"
	"time"

	"sonae/internal/wire"
)

// Hospital is everything that Load sends.
type Hospital struct {
	Facilities   []Facility
	Vendors      []Vendor
	Staff        []Person
	Appointments []Appointment
	Records      []Record
	Systems      []Thing // medical information systems
	Machines     []Machine
	Things       []Thing // devices without an agent
	Contracts    []Contract
	Exceptions   []Exception // of the last PCs
	Networks     []Network   // one a facility
}

// Exception is why a PC need not report every day.
type Exception struct {
	Weekdays []int  `json:"weekdays,omitempty"` // days it is on, 0 = Sunday
	UntilOn  string `json:"until_on"`
	Reason   string `json:"reason"`
}

// Facility is a site; Ref names it inside the hospital ("main").
type Facility struct {
	Ref, Name, Code, Kind string
	Beds                  int
}

// Vendor is a company that the hospital works with.
type Vendor struct{ Ref, Name, Kana, Contact, Phone, Mail, Kind string }

// Person is a member of staff.
type Person struct {
	Ref, Facility, Number, Name, Department, Job string
	From, Until                                  string // dates; Until empty: still employed
}

// Appointment names who is responsible for what.
type Appointment struct{ Facility, Person, Role, AppointedBy, On, Document string }

// Record is a dated event of the organisation (stocktake, report to management).
type Record struct{ Facility, Kind, On, By, Note string }

// Thing is a ledger row that a person enters: fields by their ledger names.
type Thing struct {
	Ref, Facility, Kind, Status string
	Fields                      map[string]string
	Systems                     []string // refs of systems it belongs to
}

// Machine is a PC or server that reports by itself, with what people add by hand.
type Machine struct {
	Thing
	Report wire.Report
}

// Contract binds a vendor to systems.
type Contract struct {
	Vendor, Facility, Title, From, Until, UpdatesBy string
	Remote                                          string // yes, no, unknown
	Systems                                         []string
}

// builder carries the randomness and the moment of the picture.
type builder struct {
	rnd *rand.Rand
	now time.Time
	h   *Hospital
	seq map[string]int
}

// Build makes the hospital as of now. Equal seeds and times give equal hospitals:
// about 400 PCs, 40 servers, 125 network devices including VPN boxes, 200 medical
// devices and printers, 12 medical information systems and 15 vendors, on two
// facilities, with what was seen on their networks.
func Build(seed uint64, now time.Time) *Hospital {
	b := &builder{rnd: rand.New(rand.NewPCG(seed, 0x50AE)), now: now.UTC().Truncate(time.Minute), h: &Hospital{}, seq: map[string]int{}} //nolint:gosec // not a secret: the picture must repeat
	b.facilities()
	b.vendors()
	b.people()
	b.systems()
	b.servers()
	b.pcs()
	b.networkDevices()
	b.medicalDevices()
	b.printers()
	b.contracts()
	b.networks()
	b.h.Exceptions = []Exception{{[]int{1}, b.day(180), "月曜の外来でだけ使う端末"}, {nil, b.day(90), "予備として倉庫に保管"}}
	return b.h
}

func (b *builder) day(offset int) string { return b.now.AddDate(0, 0, offset).Format(time.DateOnly) }

func (b *builder) daysAgo(from, to int) string { return b.day(-from - b.rnd.IntN(to-from+1)) }

func pick[T any](b *builder, list []T) T { return list[b.rnd.IntN(len(list))] }

func (b *builder) chance(percent int) bool { return b.rnd.IntN(100) < percent }

// mac gives addresses of a part of IANA's block that stands for nothing, unique in the
// hospital: 256 of the documentation block (RFC 7042, 2.1) are too few, and those before
// it belong to routers that stand in for each other (VRRP).
func (b *builder) mac() string {
	b.seq["mac"]++
	n := b.seq["mac"]
	const hex = "0123456789abcdef"
	digit := func(v int) string { return string([]byte{hex[v>>4&15], hex[v&15]}) }
	return "00:00:5e:d0:" + digit(n>>8) + ":" + digit(n)
}

func (b *builder) facilities() {
	b.h.Facilities = []Facility{
		{"main", "架空市立あおば台病院", "A01", "hospital", 300},
		{"clinic", "附属あおば台健診センター（架空）", "A02", "clinic", 0},
	}
}
