package demo

import (
	"fmt"
	"strconv"
)

func (b *builder) thing(kind, ref string, fields map[string]string, systems ...string) {
	b.h.Things = append(b.h.Things, Thing{Ref: ref, Facility: "main", Kind: kind, Status: "in_use", Fields: fields, Systems: systems})
}

// networkDevices makes 125: VPN boxes, a firewall, switches, wireless points with their
// controller, and power supplies that can be asked.
func (b *builder) networkDevices() {
	vpns := []struct{ name, vendor, place, firmware string }{
		{"FW-VPN-01", "v12", serverRoom, "7.0.12"}, {"FW-VPN-02", "v02", "1階 読影室", "7.2.8"}, {"FW-VPN-03", "v03", "1階 検体検査室", "6.4.9"},
		{"FW-VPN-04", "v05", "1階 栄養事務室", "5.6.3"}, {"FW-VPN-05", "v07", "2階 手術部", "7.2.8"}, {"FW-VPN-06", "v10", "1階 CT室", "6.4.9"},
	}
	for i, v := range vpns {
		f := b.device(fmt.Sprintf("NW-%04d", i+1), v.name, "例示ゲート", "EG-100F", v.vendor, v.place, fmt.Sprintf("203.0.113.%d", 10+i))
		f["firmware_version"], f["internet_facing"], f["remote_maintenance"], f["criticality"] = v.firmware, "yes", "yes", "high"
		f["support_ends_on"] = b.day(90 + 200*i)
		f["patch_owner"] = "業者"
		if i == 3 { // the caterer's box: nobody knows who updates it
			f["patch_owner"] = "不明"
		}
		b.thing("vpn", v.name, f)
	}
	for i, name := range backbone {
		b.networkDevice(name, "MS-X48", serverRoom, "10.30.0."+strconv.Itoa(2+i))
	}
	b.networkDevice("FW-01", "EG-600F", serverRoom, "10.30.0.1")
	b.networkDevice("WLC-01", "MA-C200", serverRoom, "10.30.0.30")
	switches := 0
	for _, c := range closets() {
		for range c.switches {
			switches++
			b.networkDevice(fmt.Sprintf("SW-%03d", switches), "MS-24G", c.room, fmt.Sprintf("10.30.1.%d", 10+switches))
		}
	}
	for i := range networkDevices - len(backbone) - 2 - switches {
		b.networkDevice(fmt.Sprintf("AP-%03d", i+1), "MA-6", places[i%len(places)].room, fmt.Sprintf("10.30.2.%d", 11+i))
	}
	for i := range 2 {
		f := b.device(fmt.Sprintf("UP-%04d", i+1), fmt.Sprintf("UPS-%02d", i+1), "見本電源", "MP-3000", "v12", serverRoom, fmt.Sprintf("10.30.3.%d", 11+i))
		b.thing("other", f["name"], f)
	}
	b.networkDevice(clinicSwitch, "MS-24G", clinicPlace.room, clinicPlace.subnet+".2")
	last := &b.h.Things[len(b.h.Things)-1]
	last.Facility, last.Fields["building"], last.Fields["department"] = "clinic", clinicPlace.building, clinicPlace.department
}

// networkDevices is how many network devices the main hospital has beside its VPN boxes.
const networkDevices = 114

// backbone are the switches in the server room: the two in the middle, then one a floor.
var backbone = []string{"CORE-01", "CORE-02", "DS-SV", "DS-1F", "DS-2F", "DS-3F", "DS-4F", "DS-ANX"}

const clinicSwitch = "SW-CHK-01"

func (b *builder) networkDevice(name, model, room, ip string) {
	b.seq["network"]++
	maker := "見本ネット"
	if model == "EG-600F" {
		maker = "例示ゲート"
	}
	f := b.device(fmt.Sprintf("NW-%04d", b.seq["network"]+6), name, maker, model, "v12", room, ip)
	f["firmware_version"], f["patch_owner"] = pick(b, []string{"3.2.1", "3.2.1", "3.1.7", "2.9.0"}), "業者"
	if b.chance(5) {
		f["patch_owner"] = "不明"
	}
	b.thing("network", name, f)
}

func (b *builder) device(tag, name, maker, model, vendor, room, ip string) map[string]string {
	return map[string]string{"name": name, "asset_tag": tag, "maker": maker, "model": model, "serial": fmt.Sprintf("N%07d", 1000000+len(b.h.Things)*17), "vendor": vendor,
		"building": "本館", "room": room, "custodian": "医療情報室", "department": "医療情報室", "ip": ip, "mac": b.mac(), "purchased_on": b.daysAgo(200, 3000), "patient_data": "no", "remote_maintenance": "no"}
}

type modality struct {
	name, maker, model, department, room, system string
	count                                        int
	firmware                                     string
	vendorComes                                  bool // by remote maintenance
}

var modalities = []modality{
	{"CT", "架空モダリティ", "KM-CT 64", "放射線科", "1階 CT室", "pacs", 2, "Windows 10 IoT LTSB 2016", true},
	{"MRI", "架空モダリティ", "KM-MR 1.5", "放射線科", "1階 MRI室", "pacs", 2, "Windows 10 IoT LTSC 2019", true},
	{"一般撮影", "架空モダリティ", "KM-DR 2", "放射線科", "1階 撮影室", "pacs", 4, "Windows 7 Embedded", false},
	{"超音波", "見本イメージング", "MI-US 9", "検査科", "1階 生理検査室", "pacs", 12, "5.1", false},
	{"内視鏡", "見本イメージング", "MI-ES 3", "内視鏡室", "2階 内視鏡室", "pacs", 6, "2.4", false},
	{"生化学分析装置", "例示ラボテック", "RL-BC 400", "検査科", "1階 検体検査室", "lis", 4, "3.0.2", true},
	{"血球計数装置", "例示ラボテック", "RL-HM 12", "検査科", "1階 検体検査室", "lis", 3, "1.8", false},
	{"生体情報モニタ", "架空クリティカルケア", "KC-PM 8", "集中治療室", "2階 ICU", "icu", 40, "4.6", false},
	{"人工呼吸器", "架空クリティカルケア", "KC-VT 5", "集中治療室", "2階 ICU", "icu", 14, "2.2", false},
	{"輸液ポンプ", "例示医療機器", "RM-IP 3", "臨床工学室", "2階 ME室", "", 40, "1.1", false},
	{"麻酔器", "架空クリティカルケア", "KC-AN 2", "手術室", "2階 手術部", "anesthesia", 6, "3.3", false},
	{"自動錠剤分包機", "仮想ファーマシステム", "KP-PK 100", "薬剤部", "1階 調剤室", "pharmacy", 2, "6.0", false},
	{"心電計", "例示医療機器", "RM-EC 12", "検査科", "1階 生理検査室", "lis", 9, "2.7", false},
}

// medicalDevices makes 144 of the 200 medical devices and printers.
func (b *builder) medicalDevices() {
	n := 0
	for _, m := range modalities {
		for i := range m.count {
			n++
			f := b.device(fmt.Sprintf("ME-%04d", n), fmt.Sprintf("%s-%02d", m.name, i+1), m.maker, m.model, "v10", m.room, "")
			delete(f, "ip")
			if m.system != "" {
				f["ip"] = fmt.Sprintf("10.50.%d.%d", n/200, 10+n%200)
			}
			f["department"], f["custodian"], f["firmware_version"], f["patient_data"], f["criticality"] = m.department, "臨床工学室", m.firmware, "yes", "high"
			f["patch_owner"], f["remote_maintenance"] = "業者", "no"
			if m.vendorComes {
				f["remote_maintenance"] = pick(b, []string{"yes", "yes", "unknown"})
			}
			var systems []string
			if m.system != "" {
				systems = []string{m.system}
			}
			b.thing("medical", f["asset_tag"], f, systems...)
		}
	}
}

func (b *builder) printers() {
	for i := range 200 - 144 {
		p := places[i%len(places)]
		f := b.device(fmt.Sprintf("PR-%04d", i+1), fmt.Sprintf("PR-%s-%02d", prefixes[p.system], i+1), "仮想プリント", "KP-L500", "v13", p.room, fmt.Sprintf("%s.%d", p.subnet, 200+i/len(places)))
		f["department"] = p.department
		b.thing("printer", f["name"], f)
	}
	b.thing("storage", "NAS-01", b.device("ST-0001", "NAS-01", "例示ストレージ", "RS-8", "v12", serverRoom, "10.10.1.90"), "emr")
	b.thing("cloud", "CL-01", map[string]string{"name": "見本メール配信サービス", "asset_tag": "CL-0001", "vendor": "v08", "patient_data": "no", "department": "総務課", "custodian": "総務課", "criticality": "low"})
	trial := b.device("TR-0001", "試用NAS", "例示ストレージ", "RS-2", "v11", "1階 連携室", "10.20.22.240")
	trial["trial_ends_on"] = b.day(20)
	b.h.Things = append(b.h.Things, Thing{Ref: "TR-0001", Facility: "main", Kind: "storage", Status: "trial", Fields: trial})
}
