package demo

import "sonae/internal/survey/network"

// ways are the register of ways in from outside: most are known, one has nobody who
// applies updates, and some are only found by what was seen.
func (b *builder) ways(n *Network) {
	vendor := func(ref string) string {
		for _, v := range b.h.Vendors {
			if v.Ref == ref {
				return v.Name
			}
		}
		return ""
	}
	add := func(e network.External, vendorRef string, sessionDays, reviewDays int) {
		e.VendorID, e.By = vendorRef, "医療情報室"
		if e.Party == "" {
			e.Party = vendor(vendorRef)
		}
		if sessionDays >= 0 {
			e.LastSessionOn = b.day(-sessionDays)
		}
		if reviewDays >= 0 {
			e.ReviewedOn = b.day(-reviewDays)
		}
		n.Ways = append(n.Ways, e)
	}
	const keeper = "見本ネットワークサービス株式会社"
	add(network.External{Name: "電子カルテ 保守回線", PartyKind: network.PartyVendor, AssetID: "FW-VPN-01", Line: network.LineVPN, Protocol: "IPsec", Authentication: network.AuthCertificate, SecondFactor: network.Yes,
		SourceLimit: network.Yes, SourceNote: "保守拠点 2か所", Opening: network.OpenOnRequest, PatchOwner: keeper, LogTo: "ログサーバ（5年）"}, "v01", 9, 70)
	add(network.External{Name: "PACS リモート保守", PartyKind: network.PartyVendor, AssetID: "FW-VPN-02", Line: network.LineVPN, Protocol: "SSL-VPN", Authentication: network.AuthShared, SecondFactor: network.No,
		SourceLimit: network.Yes, SourceNote: "保守センター", Opening: network.OpenAlways, PatchOwner: "見本イメージング株式会社"}, "v02", 2, 430)
	add(network.External{Name: "検体検査システム 保守", PartyKind: network.PartyVendor, AssetID: "FW-VPN-03", Line: network.LineVPN, Protocol: "SSL-VPN", Authentication: network.AuthPersonal, SecondFactor: network.Yes,
		SourceLimit: network.Unknown, Opening: network.OpenOnRequest, PatchOwner: "例示ラボテック株式会社", LogTo: "装置内（1年）"}, "v03", 31, 200)
	add(network.External{Name: "給食管理 受発注回線", PartyKind: network.PartyCaterer, AssetID: "FW-VPN-04", Line: network.LineVPN, Protocol: "RDP", Authentication: network.AuthShared, SecondFactor: network.Unknown,
		SourceLimit: network.No, Opening: network.OpenAlways, PatchOwner: "不明", Note: "委託先のセンターと常時接続。誰が装置を更新するか確かめる"}, "v05", 0, -1)
	add(network.External{Name: "手術・集中治療 保守", PartyKind: network.PartyVendor, AssetID: "FW-VPN-05", Line: network.LineVPN, Protocol: "IPsec", Authentication: network.AuthCertificate, SecondFactor: network.Yes,
		SourceLimit: network.Yes, SourceNote: "保守センター", Opening: network.OpenOnRequest, PatchOwner: keeper, LogTo: "ログサーバ（5年）"}, "v07", 55, 120)
	add(network.External{Name: "MRI 遠隔監視", PartyKind: network.PartyVendor, Line: network.LineMobile, Protocol: "LTE ルータ", Authentication: network.AuthUnknown, SecondFactor: network.Unknown,
		SourceLimit: network.Unknown, Opening: network.OpenAlways, PatchOwner: "架空モダリティ株式会社"}, "v10", -1, -1)
	add(network.External{Name: "インターネット回線", Party: "例示通信（プロバイダ）", PartyKind: network.PartyInternet, AssetID: "FW-01", Line: network.LineInternet, Protocol: "HTTPS、SMTP", Authentication: network.AuthLine,
		SecondFactor: network.Yes, SourceLimit: network.Yes, SourceNote: "外からは閉じている", Opening: network.OpenAlways, PatchOwner: keeper, LogTo: "ログサーバ（5年）"}, "", 0, 70)
	add(network.External{Name: "清掃委託 勤怠タブレット", PartyKind: network.PartyCleaner, Line: network.LineMobile, Protocol: "LTE", Authentication: network.AuthPersonal, SecondFactor: network.No,
		SourceLimit: network.Yes, SourceNote: "院内 LAN にはつながない", Opening: network.OpenAlways, PatchOwner: "例示清掃株式会社", LogTo: "委託先"}, "v15", 1, 95)
	add(network.External{Name: "医薬品卸 発注端末", Party: "架空薬品卸株式会社", PartyKind: network.PartyWholesaler, Line: network.LineDedicated, Protocol: "IP-VPN", Authentication: network.AuthLine, SecondFactor: network.No,
		SourceLimit: network.Yes, SourceNote: "閉域網", Opening: network.OpenAlways, PatchOwner: "架空薬品卸株式会社", LogTo: "委託先"}, "", 0, 300)
	add(network.External{Name: "地域医療連携", Party: "架空地域医療連携協議会", PartyKind: network.PartyHospital, AssetID: "FW-01", Line: network.LineDedicated, Protocol: "IPsec＋IKE", Authentication: network.AuthCertificate,
		SecondFactor: network.Yes, SourceLimit: network.Yes, SourceNote: "協議会の網", Opening: network.OpenAlways, PatchOwner: keeper, LogTo: "ログサーバ（5年）"}, "", 0, 150)
	add(network.External{Name: "オンライン資格確認", Party: "審査支払機関", PartyKind: network.PartyInsurance, AssetID: "FW-01", Line: network.LineDedicated, Protocol: "IP-VPN", Authentication: network.AuthCertificate,
		SecondFactor: network.Yes, SourceLimit: network.Yes, SourceNote: "閉域網", Opening: network.OpenAlways, PatchOwner: keeper, LogTo: "ログサーバ（5年）"}, "", 0, 150)
	n.NoWays["control:RealVNC"] = "院内の操作支援だけに使う。外からはファイアウォールで止めている"
}
