package demo

import (
	"fmt"
	"strings"

	"sonae/internal/wire"
)

// title is a program with the versions found in the hospital, newest first.
type title struct {
	name, publisher string
	versions        []string
	percent         int // of PCs that have it
}

var pcTitles = []title{
	{"Google Chrome", "Google LLC", []string{"142.0.7444.60", "141.0.7390.122", "109.0.5414.120"}, 70},
	{"Microsoft Edge", "Microsoft Corporation", []string{"142.0.3595.53", "141.0.3537.99"}, 100},
	{"Microsoft Edge WebView2 Runtime", "Microsoft Corporation", []string{"142.0.3595.53", "141.0.3537.99"}, 100},
	{"Mozilla Firefox ESR (x64 ja)", "Mozilla", []string{"140.4.0", "115.29.0"}, 12},
	{"7-Zip 24.09 (x64)", "Igor Pavlov", []string{"24.09"}, 25},
	{"7-Zip 19.00 (x64)", "Igor Pavlov", []string{"19.00"}, 15},
	{"Adobe Acrobat Reader - Japanese", "Adobe Systems Incorporated", []string{"25.001.20756", "24.005.20320", "22.003.20322"}, 85},
	{"Microsoft Office Professional Plus 2021 - ja-jp", "Microsoft Corporation", []string{"16.0.14334.20344"}, 40},
	{"Microsoft Office Personal Premium 2016", "Microsoft Corporation", []string{"16.0.4266.1001"}, 15},
	{"Microsoft Visual C++ 2015-2022 Redistributable (x64)", "Microsoft Corporation", []string{"14.44.35211.0", "14.38.33135.0"}, 95},
	{"Microsoft Visual C++ 2013 Redistributable (x86)", "Microsoft Corporation", []string{"12.0.30501.0"}, 70},
	{"Microsoft .NET Runtime - 8.0 (x64)", "Microsoft Corporation", []string{"8.0.21", "8.0.11"}, 50},
	{"Java 8 Update 202 (64-bit)", "Oracle Corporation", []string{"8.0.2020.8"}, 20},
	{"架空カルテ クライアント", "架空メディカル情報株式会社", []string{"7.4.2", "7.4.1"}, 80},
	{"架空カルテ 印刷部品", "架空メディカル情報株式会社", []string{"3.1.0"}, 80},
	{"見本ビューア", "見本イメージング株式会社", []string{"5.2.8", "5.2.0"}, 45},
	{"例示検査結果参照", "例示ラボテック株式会社", []string{"2.9.1"}, 30},
	{"仮想調剤支援", "仮想ファーマシステム株式会社", []string{"4.0.3"}, 8},
	{"見本グループウェア通知", "見本オフィスソフト株式会社", []string{"1.8.0"}, 60},
	{"例示アンチウイルス クライアント", "例示セキュリティ株式会社", []string{"14.2.1044"}, 92},
	{"TeamViewer", "TeamViewer", []string{"15.70.6"}, 2},
	{"AnyDesk", "AnyDesk Software GmbH", []string{"9.0.4"}, 1},
	{"VNC Server 6.7.2", "RealVNC Ltd", []string{"6.7.2.42622"}, 3},
	{"Zoom Workplace", "Zoom Video Communications, Inc.", []string{"6.5.7", "5.17.11"}, 10},
	{"LibreOffice 25.2", "The Document Foundation", []string{"25.2.5.2"}, 6},
}

// fillers stand for the drivers and components every PC carries.
var fillers = []string{"グラフィックス ドライバー", "オーディオ ドライバー", "有線LAN ドライバー", "無線LAN ドライバー", "チップセット", "バーコード読取部品", "ICカード読取部品", "帳票フォント", "プリンタ ドライバー", "スキャナ連携"}

func (b *builder) packages(extra int) []wire.Package {
	var list []wire.Package
	for _, t := range pcTitles {
		if b.chance(t.percent) {
			v := t.versions[min(b.rnd.IntN(4)/2, len(t.versions)-1)]
			list = append(list, wire.Package{Name: t.name, Version: v, Publisher: t.publisher, Kind: "registry", Arch: "x64", InstalledOn: b.daysAgo(20, 900)})
		}
	}
	for i := range extra {
		list = append(list, wire.Package{Name: fmt.Sprintf("例示部品 %s %02d", fillers[i%len(fillers)], i/len(fillers)+1), Version: fmt.Sprintf("%d.%d.%d", 1+i%7, i%10, b.rnd.IntN(3)), Publisher: "例示ソフトウェア株式会社", Kind: "registry", Arch: "x64"})
	}
	return list
}

// debianPackages are a Linux server's, by real package names.
func (b *builder) debianPackages() []wire.Package {
	names := strings.Fields("adduser apache2 apt base-files bash bind9-host bsdutils bzip2 ca-certificates chrony coreutils cron curl dash debconf dpkg e2fsprogs findutils gawk gcc-12-base git gnupg grep gzip hostname init iproute2 iptables iputils-ping jq less libacl1 libapt-pkg6.0 libaudit1 libc6 libcurl4 libgcc-s1 libgnutls30 libpam0g libpcre2-8-0 libpq5 libselinux1 libssl3 libsystemd0 libxml2 libzstd1 linux-image-amd64 login logrotate lsb-release lvm2 mawk mount nano ncurses-base netbase nginx openssh-server openssl passwd perl postgresql-15 procps python3 rsync rsyslog sed sensible-utils sudo systemd tar tcpdump tmux tzdata ucf udev ufw unattended-upgrades unzip util-linux vim-common wget xz-utils zlib1g")
	list := make([]wire.Package, 0, len(names))
	for _, n := range names {
		list = append(list, wire.Package{Name: n, Version: fmt.Sprintf("%d.%d.%d-%d+deb12u%d", 1+len(n)%9, len(n)%7, int(n[0])%10, 1+len(n)%4, b.rnd.IntN(2)+1), Publisher: "Debian", Kind: "dpkg", Arch: "amd64"})
	}
	return list
}
