package discover

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"testing"
)

// realFacts are what tcpdump shows of the captures, as tell writes it.
var realFacts = map[string][]string{
	"capwap.pcap": {
		"cdp b83861f305ac APb838.61f3.05ac 192.168.10.10 port GigabitEthernet0 ", "cdp.platform=cisco AIR-CAP2602I-Q-K9", "cdp.capabilities=router,bridge",
		"arp 24e9b347ae20 192.168.10.9", "arp b83861f305ac 192.168.10.10",
	},
	"dhcp-fuzz.pcapng":           {"dhcp 001f29da2d79 MK03862 192.168.1.104 "},
	"netbios.pcap":               {"netbios 003048b0b194 NVR9 10.0.5.9 netbios.name=NVR9<20>", "netbios 001cc410790f GUNNAR 10.0.4.24 netbios.name=GUNNAR<00>", "netbios 003048b0b1a6 BOWIE 10.0.5.93 "},
	"dos_win98_smb_netbeui.pcap": {"netbios 00505633789e MDJR98 192.168.239.129 "},
	"telegram.pcap":              {"mdns 7828ca05facc sonos7828CA05FACC 192.168.1.69 mdns.service=_spotify-connect._tcp", "dhcp 00808f9aaebd pi3.ntop.org ", "dhcp d80d17d655ab TL-SG116E "},
	"android.pcap":               {"dhcp.vendor=android-dhcp-9", "dhcp c62c03606a64 192.168.2.1 dhcp.server=offer"},
	"1kxun.pcap":                 {"dhcp 70f1a1f82afd Joanna-PC ", "dhcp.vendor=MSFT 5.0", "llmnr ", "ssdp "},
	"modbus.pcap":                {"traffic 000ae4c5830a"},
	"nest_log_sink.pcap":         {"arp 18b430263440 192.168.242.15"},
	"whatsapp_login_chat.pcap":   {"mdns 00f4b926bbf4 "},
}

func untar(t *testing.T, name string) map[string][]byte {
	t.Helper()
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if out[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}
