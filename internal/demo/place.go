package demo

import "fmt"

// place is a room of the hospital with its network.
type place struct {
	department, building, room string
	subnet                     string // first three octets
	vlan                       int
	pcs                        int // share of the PCs
	system                     string
}

// places are where PCs stand in the main hospital; the weights add up to 380.
var places = []place{
	{"2階東病棟", "本館", "2階東 スタッフステーション", "10.20.2", 20, 24, "emr"},
	{"2階西病棟", "本館", "2階西 スタッフステーション", "10.20.3", 20, 24, "emr"},
	{"3階東病棟", "本館", "3階東 スタッフステーション", "10.20.4", 20, 26, "emr"},
	{"3階北病棟", "本館", "3階北 スタッフステーション", "10.20.5", 20, 26, "emr"},
	{"4階東病棟", "本館", "4階東 スタッフステーション", "10.20.6", 20, 24, "emr"},
	{"4階西病棟", "本館", "4階西 スタッフステーション", "10.20.7", 20, 24, "emr"},
	{"外来", "本館", "1階 診察室", "10.20.10", 21, 60, "emr"},
	{"救急外来", "本館", "1階 救急処置室", "10.20.11", 21, 12, "emr"},
	{"手術室", "本館", "2階 手術部", "10.20.12", 22, 14, "anesthesia"},
	{"集中治療室", "本館", "2階 ICU", "10.20.13", 22, 12, "icu"},
	{"検査科", "本館", "1階 検体検査室", "10.20.14", 23, 18, "lis"},
	{"病理診断科", "本館", "1階 病理室", "10.20.15", 23, 6, "pathology"},
	{"放射線科", "本館", "1階 読影室", "10.20.16", 24, 20, "pacs"},
	{"薬剤部", "本館", "1階 調剤室", "10.20.17", 25, 16, "pharmacy"},
	{"栄養科", "別館", "1階 栄養事務室", "10.20.18", 25, 6, "nutrition"},
	{"リハビリテーション科", "別館", "2階 訓練室", "10.20.19", 25, 12, "rehab"},
	{"医事課", "本館", "1階 医事課", "10.20.20", 26, 28, "billing"},
	{"総務課", "別館", "3階 総務課", "10.20.21", 27, 12, "groupware"},
	{"地域連携室", "本館", "1階 連携室", "10.20.22", 27, 8, "groupware"},
	{"医療情報室", "本館", "2階 医療情報室", "10.20.23", 27, 8, "emr"},
}

// clinicPlace is where the PCs of the second facility stand.
var clinicPlace = place{"健診センター", "健診棟", "1階 受付", "10.40.1", 40, 20, "checkup"}

const serverRoom = "2階 サーバ室"

// systemSpec is a medical information system with its servers and vendor.
type systemSpec struct {
	ref, name, vendor, criticality string
	servers                        int
	patientData                    string
	remote                         string
}

var systemSpecs = []systemSpec{
	{"emr", "電子カルテ", "v01", "high", 8, "yes", "yes"},
	{"billing", "医事会計", "v01", "high", 4, "yes", "yes"},
	{"pacs", "医用画像（PACS）", "v02", "high", 5, "yes", "yes"},
	{"lis", "検体検査", "v03", "high", 3, "yes", "yes"},
	{"pathology", "病理診断支援", "v03", "medium", 1, "yes", "unknown"},
	{"pharmacy", "調剤支援", "v04", "high", 2, "yes", "yes"},
	{"nutrition", "給食管理", "v05", "medium", 1, "yes", "yes"},
	{"rehab", "リハビリ支援", "v06", "low", 1, "yes", "unknown"},
	{"anesthesia", "手術・麻酔記録", "v07", "high", 2, "yes", "yes"},
	{"icu", "集中治療部門", "v07", "high", 2, "yes", "yes"},
	{"groupware", "院内グループウェア", "v08", "low", 3, "no", "no"},
	{"checkup", "健診支援", "v09", "medium", 2, "yes", "yes"},
}

func (b *builder) vendors() {
	names := []struct{ ref, name, kana, kind string }{
		{"v01", "架空メディカル情報株式会社", "カクウメディカルジョウホウ", "system"},
		{"v02", "見本イメージング株式会社", "ミホンイメージング", "system"},
		{"v03", "例示ラボテック株式会社", "レイジラボテック", "system"},
		{"v04", "仮想ファーマシステム株式会社", "カソウファーマシステム", "system"},
		{"v05", "見本フードサービス株式会社", "ミホンフードサービス", "other"},
		{"v06", "例示リハビリシステムズ株式会社", "レイジリハビリシステムズ", "system"},
		{"v07", "架空クリティカルケア株式会社", "カクウクリティカルケア", "system"},
		{"v08", "見本オフィスソフト株式会社", "ミホンオフィスソフト", "cloud"},
		{"v09", "仮想健診システム合同会社", "カソウケンシンシステム", "system"},
		{"v10", "架空モダリティ株式会社", "カクウモダリティ", "device"},
		{"v11", "例示医療機器販売株式会社", "レイジイリョウキキハンバイ", "device"},
		{"v12", "見本ネットワークサービス株式会社", "ミホンネットワークサービス", "network"},
		{"v13", "仮想プリント株式会社", "カソウプリント", "maintenance"},
		{"v14", "架空ビルメンテナンス株式会社", "カクウビルメンテナンス", "other"},
		{"v15", "例示清掃株式会社", "レイジセイソウ", "other"},
	}
	for i, n := range names {
		b.h.Vendors = append(b.h.Vendors, Vendor{n.ref, n.name, n.kana, "保守窓口", fmt.Sprintf("000-0000-%04d", 1000+i), n.ref + "@vendor.example", n.kind})
	}
}

func (b *builder) people() {
	family := []string{"架空", "見本", "例示", "仮想", "試作", "模型", "想定", "雛形"}
	given := []string{"一郎", "花子", "次郎", "桜", "健", "恵", "誠", "葵", "翔", "結衣"}
	for i := range 60 {
		p := places[i%len(places)]
		person := Person{Ref: fmt.Sprintf("p%02d", i+1), Facility: "main", Number: fmt.Sprintf("S%04d", 1001+i), Name: family[i%len(family)] + " " + given[i/len(family)%len(given)],
			Department: p.department, Job: pick(b, []string{"看護師", "医師", "事務", "技師", "薬剤師"}), From: b.daysAgo(400, 4000)}
		if i%12 == 11 {
			person.Until = b.daysAgo(10, 200)
		}
		b.h.Staff = append(b.h.Staff, person)
	}
	b.h.Staff[0].Job, b.h.Staff[0].Department = "院長", "院長室"
	b.h.Staff[19].Job, b.h.Staff[19].Department = "医療情報室長", "医療情報室"
	b.h.Appointments = []Appointment{{"main", "p20", "safety_manager", "院長", b.day(-230), "任命書 情シ-01"}}
	b.h.Records = []Record{
		{"main", "stocktake", b.day(-96), "医療情報室", "全館の棚卸し。不明機 2台を台帳に追加"},
		{"main", "management_report", b.day(-40), "医療情報室長", "上期の資産と更新の状況を医療安全管理委員会へ報告"},
		{"clinic", "stocktake", b.day(-420), "健診センター事務", "健診棟の棚卸し"},
	}
}

func (b *builder) systems() {
	for _, s := range systemSpecs {
		facility := "main"
		if s.ref == "checkup" {
			facility = "clinic"
		}
		b.h.Systems = append(b.h.Systems, Thing{Ref: s.ref, Facility: facility, Kind: "system", Status: "in_use", Fields: map[string]string{
			"name": s.name, "asset_tag": fmt.Sprintf("SYS-%02d", len(b.h.Systems)+1), "vendor": s.vendor, "criticality": s.criticality,
			"patient_data": s.patientData, "remote_maintenance": s.remote, "department": "医療情報室", "custodian": "医療情報室長",
			"maintenance_ends_on": b.day(120 + b.rnd.IntN(900)),
		}})
	}
}

func (b *builder) contracts() {
	for i, s := range systemSpecs {
		facility := b.h.Systems[i].Facility
		b.h.Contracts = append(b.h.Contracts, Contract{Vendor: s.vendor, Facility: facility, Title: s.name + " 保守契約", From: b.daysAgo(200, 900),
			Until: b.day(25 + 60*i), UpdatesBy: pick(b, []string{"vendor", "vendor", "hospital"}), Remote: s.remote, Systems: []string{s.ref}})
	}
	b.h.Contracts = append(b.h.Contracts,
		Contract{Vendor: "v12", Facility: "main", Title: "院内ネットワーク 保守契約", From: b.day(-300), Until: b.day(127), UpdatesBy: "vendor", Remote: "yes"},
		Contract{Vendor: "v13", Facility: "main", Title: "プリンタ 保守契約", From: b.day(-500), Until: b.day(60), UpdatesBy: "vendor", Remote: "no"},
		Contract{Vendor: "v05", Facility: "main", Title: "給食業務 委託契約", From: b.day(-700), Until: b.day(480), UpdatesBy: "unknown", Remote: "yes"})
}
