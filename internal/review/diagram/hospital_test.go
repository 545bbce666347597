package diagram

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/text"
	"sonae/internal/survey/network"
)

var asOf = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC).UnixMilli()

// hospital is a hospital of about 700 devices, as its map would be.
func hospital(t testing.TB, lang string) *Sheet {
	t.Helper()
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &Sheet{FacilityID: "f", Facility: "架空市立あおば台病院", AtMS: asOf, NowMS: asOf, Revision: 12, tr: texts.For(lang)}
	g := &s.Graph
	g.FacilityID, g.AtMS = "f", asOf
	for i, name := range []string{"サーバ", "病棟・外来", "医療機器", "事務", "給食", "来院者 Wi-Fi", "検査・放射線"} {
		g.Segments = append(g.Segments, network.Segment{ID: fmt.Sprintf("v%d0", i+1), Name: name, VLAN: int64(i+1) * 10, CIDR: fmt.Sprintf("10.%d.0.0/22", (i+1)*10)})
	}
	n := 0
	add := func(name, kind string, seg int, forwards bool) string {
		n++
		key := fmt.Sprintf("asset:%05d", n)
		node := network.Node{Key: key, AssetID: fmt.Sprint(n), Name: name, Kind: kind, State: network.StateListed, Forwards: forwards, FirstMS: asOf - 1, LastMS: asOf, MACs: []string{fmt.Sprintf("02005e%06x", n)}}
		if seg >= 0 {
			node.Segments = []string{g.Segments[seg].ID}
			node.Addrs = []string{fmt.Sprintf("10.%d.%d.%d", (seg+1)*10, n/250, n%250+1)}
		}
		g.Nodes = append(g.Nodes, node)
		return key
	}
	link := func(a, b, portA, portB string, kind network.LinkKind) {
		if a > b {
			a, b, portA, portB = b, a, portB, portA
		}
		g.Links = append(g.Links, network.Link{A: a, B: b, APort: portA, BPort: portB, Kind: kind, How: []network.How{network.HowLLDP}, LastMS: asOf})
	}
	core := add("CORE-01", "network", 0, true)
	dist := []string{add("DIST-A", "network", 0, true), add("DIST-B", "network", 0, true)}
	for i, d := range dist {
		link(core, d, fmt.Sprint("Te1/", i+1), "Te1/49", network.LinkTrunk)
	}
	var access []string
	for i := range 14 {
		sw := add(fmt.Sprintf("SW-%02d", i+1), "network", 0, true)
		access = append(access, sw)
		link(dist[i%2], sw, fmt.Sprint("Gi1/0/", i+1), "Gi1/0/48", network.LinkTrunk)
	}
	vpn := add("FW-VPN-01", "vpn", -1, true)
	fw := add("FW-01", "vpn", -1, true)
	lte := add("KYUSHOKU-RT", "vpn", 4, true)
	link(core, vpn, "Te1/9", "port1", network.LinkTrunk)
	link(core, fw, "Te1/10", "port1", network.LinkTrunk)
	for seg, kinds := range []map[string]int{{"server": 18, "storage": 3, "vm": 20}, {"pc": 284, "printer": 30}, {"medical": 118}, {"pc": 60, "printer": 20}, {"pc": 3}, {"mobile": 18}, {"medical": 40, "pc": 30}} {
		for _, kind := range []string{"server", "storage", "vm", "pc", "medical", "printer", "mobile"} {
			for i := range kinds[kind] {
				d := add(fmt.Sprintf("%s-%d%02d", strings.ToUpper(kind), seg, i), kind, seg, false)
				if seg != 4 {
					link(access[(seg*3+i)%len(access)], d, fmt.Sprint("Gi1/0/", i%47+1), "", network.LinkEdge)
				}
			}
		}
	}
	g.Nodes = append(g.Nodes, network.Node{Key: "mac:00005e005301", State: network.StateUnlisted, MACs: []string{"00005e005301"}, Addrs: []string{"10.20.3.201"}, Segments: []string{"v20"}, Name: "<b>NAS</b>\u202E"},
		network.Node{Key: "mac:00005e005302", State: network.StateOverdue, MACs: []string{"00005e005302"}, Name: "貸出用ポンプ 12", Segments: []string{"v30"}},
		network.Node{Key: "mac:00005e005303", State: network.StateVisitor, MACs: []string{"00005e005303"}, Name: "工事業者のノートPC"})
	g.Clashes = []network.Clash{{Kind: network.ClashAddress, Nodes: []string{"asset:00030", "asset:00031"}, Value: "10.10.0.31"}}
	slices.SortFunc(g.Links, func(a, b network.Link) int { return strings.Compare(a.A+a.B+a.APort, b.A+b.B+b.APort) })
	g.Links[3].Stale = true
	s.Outside = []Way{{Kind: WayRegistered, Key: "external:1", Label: "電子カルテの保守", Party: "VPN・電子カルテ株式会社", Line: network.LineVPN, Via: []string{vpn}},
		{Kind: WayRegistered, Key: "external:2", Label: "給食の回線", Party: "携帯回線・給食サービス", Line: network.LineMobile, Via: []string{lte}},
		{Kind: WayProposed, Key: "proposal:box:1", Label: "FW-01", Party: "未確認: インターネットに面した装置", Via: []string{fw}}, {Kind: WayCloud, Key: "cloud", Label: "クラウドサービス", Party: "9件"}}
	s.Persons = []Person{{"医療情報システム安全管理責任者", "佐藤 花子"}, {"システム運用担当者", "鈴木 一郎"}}
	if s.Hash, err = s.Graph.Hash(s.facts()); err != nil {
		t.Fatal(err)
	}
	return s
}
