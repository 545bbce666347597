package asset

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two real-looking machines of one hospital, and what may be heard of them.
const (
	fac      = "facility-a"
	uuidA    = "4c4c4544-0051-3010-8048-b4c04f4e4d32"
	uuidB    = "4c4c4544-0051-3010-8048-b4c04f4e4d33"
	macA     = "f8:b1:56:aa:00:01"
	macB     = "f8:b1:56:aa:00:02"
	macExtra = "f8:b1:56:aa:00:03"
)

func seen(device, serial, tag, uuid string, macs ...string) keySet {
	return keysOf(Observation{FacilityID: fac, Source: SourceAgent, DeviceID: device,
		Identity: Identity{Maker: "Dell Inc.", Serial: serial, AssetTag: tag, SMBIOSUUID: uuid, MACs: macs}})
}

// named is a machine without firmware tables, whose address is unique by chance only.
func named(host string, macs ...string) keySet {
	return keysOf(Observation{FacilityID: fac, Source: SourceOCS, Identity: Identity{HostName: host, MACs: macs}})
}

func holds(id string, k keySet) candidate { return candidate{id: id, facility: fac, keys: k.all()} }

func TestDecide(t *testing.T) {
	a := holds("A", seen("d1", "EX59204", "PC-1", uuidA, macA))
	b := holds("B", seen("d2", "EX59205", "PC-2", uuidB, macB))
	elsewhere := a
	elsewhere.facility = "facility-b"
	gone := a
	gone.disposed = true
	tests := map[string]struct {
		seen  keySet
		known []candidate
		want  verdict
	}{
		"nobody shares a key":       {seen("d9", "ZZ1234", "", ""), nil, verdict{}},
		"device alone":              {seen("d1", "", "", ""), []candidate{a}, verdict{asset: "A"}},
		"device with new card":      {seen("d1", "EX59204", "", uuidA, macExtra), []candidate{a}, verdict{asset: "A"}},
		"set up anew":               {seen("d7", "EX59204", "", uuidA, macA), []candidate{a}, verdict{asset: "A"}},
		"serial alone":              {seen("", "EX59204", "", ""), []candidate{a}, verdict{asset: "A"}},
		"uuid alone":                {seen("", "", "", uuidA), []candidate{a}, verdict{asset: "A"}},
		"tag alone":                 {seen("", "", "PC-1", ""), []candidate{a}, verdict{asset: "A"}},
		"address alone":             {seen("", "", "", "", macA), []candidate{a}, verdict{asset: "A"}},
		"new sticker on serial":     {seen("", "EX59204", "PC-77", ""), []candidate{a}, verdict{asset: "A"}},
		"numbers on other card":     {seen("", "EX59204", "", uuidA, macExtra), []candidate{a}, verdict{clashes: []clash{{"A", CauseCopy, "serial:dell|ex59204"}}}},
		"sticker on other machine":  {seen("", "ZZ1234", "PC-1", ""), []candidate{a}, verdict{clashes: []clash{{"A", CauseHardware, "tag:facility-a|pc-1"}}}},
		"serial with other card":    {seen("", "EX59204", "", "", macExtra), []candidate{a}, verdict{clashes: []clash{{"A", CauseCopy, "serial:dell|ex59204"}}}},
		"serial with other uuid":    {seen("d9", "EX59204", "", uuidB), []candidate{a}, verdict{clashes: []clash{{"A", CauseHardware, "serial:dell|ex59204"}}}},
		"name and chance address":   {named("PC-1.hosp.example", "02:fc:00:00:00:01"), []candidate{holds("A", named("pc-1", "02:fc:00:00:00:01"))}, verdict{asset: "A"}},
		"adapter on other machine":  {seen("d9", "ZZ1234", "", "", macA), []candidate{a}, verdict{}},
		"address with other serial": {seen("", "ZZ1234", "", "", macA), []candidate{a}, verdict{clashes: []clash{{"A", CauseHardware, "mac:" + macA}}}},
		"device and serial of two": {seen("d1", "EX59205", "", ""), []candidate{a, b},
			verdict{asset: "A", clashes: []clash{{"A", CauseHardware, "device:agent|d1"}, {"B", CauseTwoAssets, "serial:dell|ex59205"}}}},
		"disk moved to B": {seen("d1", "EX59205", "", uuidB, macB), []candidate{a, b},
			verdict{asset: "B", deviceMoved: true, clashes: []clash{{"A", CauseDeviceMove, "device:agent|d1"}}}},
		"disk moved to unknown": {seen("d1", "ZZ1234", "", "11223344-5566-7788-99aa-bbccddeeff00", macExtra), []candidate{a},
			verdict{deviceMoved: true, clashes: []clash{{"A", CauseDeviceMove, "device:agent|d1"}}}},
		"serial of A, uuid of B": {seen("d9", "EX59204", "", uuidB), []candidate{a, b},
			verdict{clashes: []clash{{"A", CauseHardware, "serial:dell|ex59204"}, {"B", CauseHardware, "uuid:44454c4c510010308048b4c04f4e4d33"}}}},
		"two addresses of two": {seen("", "", "", "", macA, macB), []candidate{a, b},
			verdict{clashes: []clash{{"A", CauseTwoAssets, "mac:" + macA}, {"B", CauseTwoAssets, "mac:" + macB}}}},
		"most keys win": {seen("", "", "", "", macA, macB), []candidate{a, b, holds("N", seen("", "", "", "", macA, macB))},
			verdict{asset: "N", clashes: []clash{{"A", CauseTwoAssets, "mac:" + macA}, {"B", CauseTwoAssets, "mac:" + macB}}}},
		"heard before the agent came": {seen("d9", "ZZ1234", "", "", macExtra), []candidate{holds("P", seen("", "", "", "", macExtra))}, verdict{asset: "P"}},
		"other facility's serial": {seen("d9", "EX59204", "", uuidA, macA), []candidate{elsewhere},
			verdict{clashes: []clash{{"A", CauseFacility, "serial:dell|ex59204"}}}},
		"disposed machine": {seen("d1", "EX59204", "", uuidA, macA), []candidate{gone},
			verdict{asset: "A", clashes: []clash{{"A", CauseDisposed, "device:agent|d1"}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := decide(tt.seen, fac, tt.known)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(verdict{}, clash{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	tests := map[string]struct {
		id   Identity
		want []string
	}{
		"maker in many spellings": {Identity{Maker: "DELL Computer Corp.", Serial: " ex59204 "}, []string{"number:ex59204", "serial:dell|ex59204"}},
		"japanese maker":          {Identity{Maker: "富士通株式会社", Serial: "ＥＸ５９２０４"}, []string{"number:ex59204", "serial:fujitsu|ex59204"}},
		"alias":                   {Identity{Maker: "Hewlett-Packard", Serial: "5CG0271"}, []string{"number:5cg0271", "serial:hp|5cg0271"}},
		"uuid without dashes":     {Identity{SMBIOSUUID: "{4C4C45440051301080 48B4C04F4E4D32}"}, nil},
		"uuid in braces":          {Identity{SMBIOSUUID: "{4C4C4544-0051-3010-8048-B4C04F4E4D32}"}, []string{"uuid:44454c4c510010308048b4c04f4e4d32"}},
		"mac notations":           {Identity{MACs: []string{"F8-B1-56-AA-00-01", "f8b156aa0001", "f8b1.56aa.0001"}}, []string{"mac:f8:b1:56:aa:00:01"}},
		"no maker":                {Identity{Serial: "5CG-0271"}, []string{"number:5cg-0271"}},
		"maker of nobody":         {Identity{Maker: "To Be Filled By O.E.M.", Serial: "5CG0271"}, []string{"number:5cg0271"}},
		"kinds of hyphens":        {Identity{Serial: "ＥＸ５９ー２０４"}, []string{"number:ex59-204"}},
		"model as serial":         {Identity{Maker: "Acme", Model: "NUC-7", Serial: "nuc-7"}, nil},
		"other byte order":        {Identity{SMBIOSUUID: "44454C4C-5100-1030-8048-B4C04F4E4D32"}, []string{"uuid:44454c4c510010308048b4c04f4e4d32"}},
		"virtual machine":         {Identity{MACs: []string{"00:0c:29:aa:bb:cc", "00:50:56:c0:00:08"}}, []string{"virtual:00:0c:29:aa:bb:cc"}},
		"name in a domain":        {Identity{DomainName: "PC-1.Hosp.Example."}, []string{"domain:facility-a|pc-1.hosp.example"}},
		"name in no domain":       {Identity{DomainName: "PC-1"}, nil},
		"host name is no key":     {Identity{HostName: "pc-1", MachineID: "abc"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := keysOf(Observation{FacilityID: fac, Source: SourceSNMP, Identity: tt.id}).all()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPlaceholders(t *testing.T) {
	for _, s := range []string{"", "To Be Filled By O.E.M.", "Default string", "0", "00000000", "0123456789", "12345678", "System Serial Number", "None", "N/A", "xxxxxxx", "........", "  ", "Ｎｏｎｅ", "不明", "-", "1"} {
		if got := serialKey("Dell", s); got != "" {
			t.Errorf("serial %q became the key %q", s, got)
		}
	}
	for _, s := range []string{"EX59-204417", "5CG0271", "1234509876", "00012A", "MXL0123456"} {
		if serialKey("Dell", s) == "" {
			t.Errorf("real serial %q is no key", s)
		}
	}
	for _, u := range []string{"03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Not Settable", ""} {
		if got := uuidKey(u); got != "" {
			t.Errorf("uuid %q became the key %q", u, got)
		}
	}
	for _, m := range []string{"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02:42:ac:11:00:02", "52:54:00:12:34:56", "00:50:56:c0:00:08", "08:00:27:00:00:01", "00:15:5d:01:02:03", "00:00:5e:00:01:0a", "01:00:5e:00:00:01", "00:e0:4c:68:00:01", "not a mac", "00:00:00:00:fe:80:00:00"} {
		if got := macKey(m); got != "" {
			t.Errorf("address %q became the key %q", m, got)
		}
	}
	if macKey("00:00:5e:00:53:17") == "" {
		t.Error("an ordinary address is no key")
	}
}

// A machine with a key of its hardware offers no host name, nor do addresses that
// drivers and docks put on every machine.
func TestNameKeys(t *testing.T) {
	for name, o := range map[string]Observation{
		"serial":         {FacilityID: fac, Identity: Identity{HostName: "pc-1", Serial: "EX59204", MACs: []string{"02:fc:00:00:00:01"}}},
		"real address":   {FacilityID: fac, Identity: Identity{HostName: "pc-1", MACs: []string{"02:fc:00:00:00:01", macA}}},
		"no name":        {FacilityID: fac, Identity: Identity{MACs: []string{"02:fc:00:00:00:01"}}},
		"localhost":      {FacilityID: fac, Identity: Identity{HostName: "localhost.localdomain", MACs: []string{"02:fc:00:00:00:01"}}},
		"group address":  {FacilityID: fac, Identity: Identity{HostName: "pc-1", MACs: []string{"03:fc:00:00:00:01"}}},
		"shared address": {FacilityID: fac, Identity: Identity{HostName: "pc-1", MACs: []string{"00:0c:29:00:00:01"}}},
	} {
		if k := keysOf(o); len(k.names) != 0 {
			t.Errorf("%s: %v", name, k.names)
		}
	}
}

func TestAgree(t *testing.T) {
	for _, tt := range []struct {
		f    Field
		a, b string
		want bool
	}{
		{FieldOSVersion, "12", "12.11", true},
		{FieldOSVersion, "12.1", "12.11", false},
		{FieldOSVersion, "11", "12", false},
		{FieldOSName, "Debian GNU/Linux 12 (bookworm)", "debian gnu/linux 12", true},
		{FieldOSName, "Windows 1", "Windows 10", false},
		{FieldHostName, "PC01", "pc01.hosp.example", true},
		{FieldHostName, "pc-1", "pc-1-old", false},
		{FieldDiskBytes, "274877000000", "274877906944", true},
		{FieldMemoryBytes, "4294967296", "8589934592", false},
		{FieldSerial, "EX59", "EX59 204", false},
		{FieldUser, "sato", "suzuki", true},
	} {
		a, b := Fact{Field: tt.f, Value: tt.a, Source: SourceAgent}, Fact{Field: tt.f, Value: tt.b, Source: SourceOCS}
		if agree(a, b) != tt.want || agree(b, a) != tt.want {
			t.Errorf("%s: %q and %q: want %v", tt.f, tt.a, tt.b, tt.want)
		}
		b.Source = SourceManual
		if tt.a != tt.b && agree(a, b) && fold(tt.a) != fold(tt.b) {
			t.Errorf("%s: what a person says has to be equal: %q, %q", tt.f, tt.a, tt.b)
		}
	}
}
