package demo

import (
	"net/netip"
	"time"

	"sonae/internal/survey/network"
)

// Network is what people say of the network of a facility, and what was seen on it.
// Facilities, vendors and boxes are named by their Ref until Load knows their IDs.
type Network struct {
	Facility string
	Segments []network.Segment
	Readings []network.Reading // devices that answered by SNMP
	Heard    []network.Observation
	Visitors []network.Mark
	Ways     []network.External
	NoWays   map[string]string // keys of proposals that are no way in, with the reason
	SinceMS  int64             // since when the segments are known
}

// How long ago things of the network happened.
const (
	knownDays = 400 // segments were entered
	seenDays  = 180 // devices were seen first
)

// segmentSpec is a segment of the hospital.
type segmentSpec struct {
	cidr, name, purpose string
	vlan                int64
	kinds               []string // what belongs into it; nil = nobody said
}

var (
	servers = []string{"server", "vm", "storage"}
	desks   = []string{"pc", "printer"}
)

// segmentSpecs are the address plan of the main hospital; places and devices lie in it.
var segmentSpecs = []segmentSpec{
	{"10.10.0.0/22", "サーバ", "電子カルテ・部門システムのサーバ", 10, servers},
	{"10.20.0.0/21", "電子カルテ（病棟）", "病棟の端末とプリンタ", 20, desks},
	{"10.20.10.0/23", "電子カルテ（外来・救急）", "外来と救急の端末", 21, desks},
	{"10.20.12.0/23", "手術・集中治療", "手術部門システムと重症系", 22, nil},
	{"10.20.14.0/23", "検査・病理", "検体検査・病理診断", 23, nil},
	{"10.20.16.0/24", "放射線", "PACS と読影端末", 24, nil},
	{"10.20.17.0/24", "薬剤部", "調剤支援", 25, nil},
	{"10.20.18.0/23", "栄養・リハビリ", "給食管理とリハビリ支援", 28, nil},
	{"10.20.20.0/24", "医事会計", "会計とレセプト", 26, desks},
	{"10.20.21.0/24", "事務", "総務課のグループウェア端末", 27, desks},
	{"10.20.22.0/23", "連携室・情報室", "地域連携室と医療情報室の端末", 29, nil},
	{"10.30.0.0/22", "管理", "スイッチと無線の管理", 30, []string{"network", "other"}},
	{"10.50.0.0/22", "医療機器", "モダリティ・分析装置・生体情報モニタ", 50, []string{"medical"}},
	{"10.60.0.0/24", "地域連携 DMZ", "地域医療連携の公開サーバ", 60, nil},
	{"10.70.0.0/22", "来院者 Wi-Fi", "患者・来院者のインターネット", 70, nil},
	{"10.90.0.0/23", "IP 電話", "構内電話", 90, nil},
}

// givenOut are the ranges that the DHCP server of the main hospital gives out, by segment.
// That of the accountants was narrowed after PCs had got their addresses.
var givenOut = map[string][]string{
	"10.20.10.0/23": {"10.20.11.1-10.20.11.254"},
	"10.20.20.0/24": {"10.20.20.100-10.20.20.199"},
	"10.70.0.0/22":  {"10.70.0.50-10.70.3.250"},
}

func (b *builder) networks() {
	main := &Network{Facility: "main", SinceMS: b.ago(knownDays, 0), NoWays: map[string]string{}}
	for _, s := range segmentSpecs {
		main.Segments = append(main.Segments, network.Segment{CIDR: s.cidr, Name: s.name, VLAN: s.vlan, Purpose: s.purpose, Kinds: s.kinds, DHCP: givenOut[s.cidr], By: "医療情報室"})
	}
	b.wire(main).readings()
	b.ways(main)
	clinic := &Network{Facility: "clinic", SinceMS: main.SinceMS}
	clinic.Segments = []network.Segment{{CIDR: clinicPlace.subnet + ".0/24", Name: "健診センター", VLAN: int64(clinicPlace.vlan), Purpose: "健診システムの端末", By: "医療情報室"}}
	b.wire(clinic).readings()
	b.h.Networks = []Network{*main, *clinic}
}

// ago is the time of a number of days and minutes before the picture, in Unix ms.
func (b *builder) ago(days, minutes int) int64 {
	return b.now.AddDate(0, 0, -days).Add(-time.Duration(minutes) * time.Minute).UnixMilli()
}

// plan gives the VLAN of an address by the segments of a network; 0 = none.
func (n *Network) vlan(ip string) int {
	if s, ok := network.NewPlan(n.Segments).At(ip); ok {
		return int(s.VLAN)
	}
	return 0
}

// party is a device under its hardware address.
func party(name, mac, ip string) network.Party {
	p := network.Party{Name: name, MAC: network.MACKey(mac)}
	if a, err := netip.ParseAddr(ip); err == nil {
		p.Address = a
	}
	return p
}

// managed is a device that names itself by LLDP and SNMP, too.
func managed(name, mac, ip string) network.Party {
	p := party(name, mac, ip)
	p.ChassisID, p.EngineID = "mac:"+p.MAC, "80001f8803"+p.MAC
	return p
}

// said gives an observation twice: when it was made first and when last.
func said(o network.Observation, firstMS, lastMS int64) []network.Observation {
	first, last := o, o
	first.AtMS, last.AtMS = firstMS, lastMS
	return []network.Observation{first, last}
}

// traits makes pairs of key and value into traits.
func traits(pairs ...string) []network.Trait {
	var out []network.Trait
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, network.Trait{Key: pairs[i], Value: pairs[i+1]})
	}
	return out
}
