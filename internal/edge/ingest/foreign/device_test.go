package foreign_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

// twoDevices has a printer that was asked, and a device that did not answer.
const twoDevices = `<REQUEST><CONTENT>
<DEVICE><INFO><TYPE>PRINTER</TYPE><MANUFACTURER>例示精機</MANUFACTURER><MODEL>MP 100</MODEL><SERIAL>PX-000204</SERIAL><FIRMWARE>3.10</FIRMWARE><NAME>prn-2f</NAME><MAC>00:00:5E:00:53:21</MAC>
<LOCATION>2階 受付</LOCATION><CONTACT>Me &lt;me@example.org&gt;</CONTACT><RAM>512</RAM><IPS><IP>127.0.0.1</IP><IP>192.0.2.31</IP></IPS></INFO>
<PAGECOUNTERS><TOTAL>120934</TOTAL></PAGECOUNTERS><CARTRIDGES><TONERBLACK>40</TONERBLACK></CARTRIDGES><FIRMWARES><NAME>engine</NAME><VERSION>1.2</VERSION><MANUFACTURER>例示精機</MANUFACTURER></FIRMWARES>
<PORTS><PORT><IFNAME>eth0</IFNAME><IFNUMBER>1</IFNUMBER><IFTYPE>6</IFTYPE><IFSTATUS>1</IFSTATUS><IFSPEED>1000000000</IFSPEED><MAC>00:00:5e:00:53:21</MAC><IP>192.0.2.31</IP></PORT>
<PORT><IFDESCR>eth0</IFDESCR><IFNUMBER>2</IFNUMBER><IFTYPE>6</IFTYPE><IFSTATUS>2</IFSTATUS><IFSPEED>-1</IFSPEED></PORT></PORTS></DEVICE>
<DEVICE><ERROR><ID>2</ID><MESSAGE>No response from remote host</MESSAGE></ERROR></DEVICE>
<MODULEVERSION>4.2</MODULEVERSION></CONTENT><DEVICEID>foo</DEVICEID><QUERY>SNMPQUERY</QUERY></REQUEST>`

// printerJSON is the form of GLPI Agent 1.x.
const printerJSON = `{"action":"netinventory","deviceid":"foo","itemtype":"Printer","content":{"network_device":{"type":"Printer","manufacturer":"例示精機","model":"MP 100","serial":"PX-000204",
"name":"prn-2f","mac":"00:00:5e:00:53:21","ips":["192.0.2.31"],"ram":512},"network_ports":[{"ifname":"eth0","ifnumber":1,"iftype":"6","ifstatus":"1","ifspeed":1000000000,"mac":"00:00:5e:00:53:21","ip":"192.0.2.31"}],
"firmwares":[{"name":"engine","version":"1.2","manufacturer":"例示精機"}],"pagecounters":{"total":120934},"versionclient":"GLPI-Injector_v1.12"}}`

func TestRecordedDevices(t *testing.T) {
	for _, c := range []struct {
		file  string
		kind  asset.Kind
		ports int
	}{{"fusioninventory-2.6-netdiscovery.xml", "", 0}, {"fusioninventory-2.6-netinventory.xml", "", 4}} {
		m := parse(t, recorded(t, c.file))
		list := m.Devices()
		if !m.Result() || len(list) != 1 || list[0].Problem != nil || list[0].Failed != "" || list[0].Label != "sw-ward-3" {
			t.Fatalf("%s: %+v", c.file, list)
		}
		in := list[0].Inventory
		want := map[string]asset.Values{
			"bios":       {asset.FieldMaker: "Net-SNMP", asset.FieldModel: "Linux"},
			"interfaces": {asset.FieldIP: "192.0.2.2", asset.FieldMAC: "02:fc:00:00:00:01"},
			"hardware":   {asset.FieldHostName: "sw-ward-3", asset.FieldRoom: "3F server room", asset.FieldCustodian: "Example Taro"},
		}
		if c.ports > 0 {
			want["hardware"][asset.FieldMemoryBytes] = in.Groups["hardware"][asset.FieldMemoryBytes]
		}
		if diff := cmp.Diff(want, in.Groups); diff != "" || in.Kind != c.kind {
			t.Errorf("%s: kind %q\n%s", c.file, in.Kind, diff)
		}
		if c.ports == 0 != (in.Interfaces == nil) || in.Interfaces != nil && len(*in.Interfaces) != c.ports {
			t.Errorf("%s: %+v", c.file, in.Interfaces)
		}
		if len(in.Identity.MACs) == 0 || in.Identity.MACs[0] != "02:fc:00:00:00:01" {
			t.Errorf("%s: %+v", c.file, in.Identity)
		}
	}
}

func TestDevices(t *testing.T) {
	list := parse(t, []byte(twoDevices)).Devices()
	if len(list) != 2 || list[1].Failed != "No response from remote host" {
		t.Fatalf("%+v", list)
	}
	in := list[0].Inventory
	wantPorts := []network.Interface{
		{Name: "eth0", Kind: "ethernet", Up: true, SpeedMbps: 1000, MAC: "00:00:5e:00:53:21", Addresses: []string{"192.0.2.31/32"}},
		{Name: "eth0 #2", Kind: "ethernet"},
	}
	if diff := cmp.Diff(wantPorts, *in.Interfaces); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]software.Program{{Kind: "firmware", Name: "engine", Version: "1.2", Publisher: "例示精機"}}, *in.Programs); diff != "" {
		t.Error(diff)
	}
	want := map[string]asset.Values{
		"bios":       {asset.FieldMaker: "例示精機", asset.FieldModel: "MP 100", asset.FieldSerial: "PX-000204", asset.FieldFirmwareVersion: "3.10"},
		"interfaces": {asset.FieldIP: "192.0.2.31", asset.FieldMAC: "00:00:5e:00:53:21"},
		"hardware":   {asset.FieldHostName: "prn-2f", asset.FieldRoom: "2階 受付", asset.FieldMemoryBytes: "536870912"},
	}
	if diff := cmp.Diff(want, in.Groups); diff != "" || in.Kind != asset.KindPrinter {
		t.Errorf("%s\n%s", in.Kind, diff)
	}
	m := parse(t, []byte(printerJSON))
	list = m.Devices()
	if !m.Result() || len(list) != 1 || m.Protocol("/front/inventory.php", "", "") != identity.ProtocolGLPI {
		t.Fatalf("%+v", list)
	}
	delete(want["hardware"], asset.FieldRoom)
	want["bios"][asset.FieldFirmwareVersion] = "1.2"
	if diff := cmp.Diff(want, list[0].Inventory.Groups); diff != "" || list[0].Inventory.Kind != asset.KindPrinter {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantPorts[:1], *list[0].Inventory.Interfaces); diff != "" {
		t.Error(diff)
	}
}

// TestHostileDevices: what is wrong with one device stays with it.
func TestHostileDevices(t *testing.T) {
	result := func(devices string) []byte {
		return []byte(`<REQUEST><CONTENT>` + devices + `<DEVICE><INFO><SERIAL>GOOD-1</SERIAL></INFO></DEVICE></CONTENT><DEVICEID>foo</DEVICEID><QUERY>SNMPQUERY</QUERY></REQUEST>`)
	}
	for name, c := range map[string]struct {
		body string
		code wire.Code
	}{
		"10,000 ports": {"<DEVICE><PORTS>" + strings.Repeat("<PORT><IFNAME>p</IFNAME></PORT>", 10_000) + "</PORTS></DEVICE>", wire.CodeTooMany},
		"long field":   {"<DEVICE><INFO><NAME>" + strings.Repeat("a", 64<<10) + "</NAME></INFO></DEVICE>", wire.CodeTooLarge},
		"many IPs":     {"<DEVICE><INFO><IPS>" + strings.Repeat("<IP>192.0.2.1</IP>", 20_001) + "</IPS></INFO></DEVICE>", wire.CodeTooMany},
	} {
		list := parse(t, result(c.body)).Devices()
		if len(list) != 2 || list[0].Problem == nil || list[0].Problem.Code != c.code || list[1].Problem != nil || list[1].Inventory.Identity.Serial != "GOOD-1" {
			t.Errorf("%s: %.300s", name, fmt.Sprintf("%+v", list))
		}
	}
	odd := parse(t, result("<DEVICE><INFO><NAME>\xe5\x80\x00 \u202e</NAME><MAC>zz</MAC><RAM>1e99</RAM><IPS><IP>999.1.1.1</IP></IPS><TYPE>&lt;script&gt;</TYPE></INFO><PORTS><PORT><IFSPEED>99999999999999999999</IFSPEED><IFTYPE>-1</IFTYPE></PORT></PORTS><PORT><X><Y><Z>1</Z></Y></X></PORT></DEVICE>")).Devices()
	if len(odd) != 2 || odd[0].Problem != nil || odd[0].Inventory.Kind != "" || len(odd[0].Inventory.Groups["interfaces"]) != 0 {
		t.Errorf("%+v", odd)
	}
	if _, err := foreign.Parse(result(strings.Repeat("<DEVICE/>", 5000))); err == nil {
		t.Error("5,000 devices were taken")
	}
	for _, body := range []string{`<REQUEST><DEVICEID>foo</DEVICEID><QUERY>NETDISCOVERY</QUERY><CONTENT><AGENT><START>1</START></AGENT></CONTENT></REQUEST>`, `{"action":"netdiscovery","deviceid":"foo","content":{}}`} {
		if m := parse(t, []byte(body)); !m.Result() || len(m.Devices()) != 0 {
			t.Errorf("%s: %+v", body, m.Devices())
		}
	}
}
