package discover

import (
	"testing"

	"golang.org/x/net/bpf"
)

func TestFilter(t *testing.T) {
	raw, err := filter()
	if err != nil {
		t.Fatal(err)
	}
	program, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("cannot be read back")
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	accepted := func(p []byte) bool {
		n, err := vm.Run(p)
		if err != nil {
			t.Fatal(err)
		}
		return n > 0
	}
	for i, p := range packets {
		if !accepted(p) {
			t.Errorf("packet %d does not come through", i)
		}
	}
	for name, p := range map[string][]byte{
		"HTTPS":             tcpPacket(macA, "192.0.2.9", "192.0.2.20", 40000, 443, 1, []byte("x")),
		"DNS":               udpPacket(macA, "192.0.2.9", "192.0.2.20", 40000, 53, []byte("x")),
		"HTTPS over IPv6":   tcpPacket(macA, "2001:db8::9", "2001:db8::1", 40000, 443, 1, []byte("x")),
		"spanning tree":     join(must([]byte{1, 0x80, 0xc2, 0, 0, 0}, error(nil)), macA, []byte{0, 38, 0x42, 0x42, 3}, make([]byte, 40)),
		"stream to a group": udpPacket(macA, "192.0.2.9", "239.1.2.3", 40000, 5004, []byte("x")),
	} {
		if accepted(p) {
			t.Errorf("%s comes through", name)
		}
	}
	for name, p := range map[string][]byte{
		"answer of a DICOM node": tcpPacket(macA, "192.0.2.9", "192.0.2.20", 11112, 40000, 1, []byte("x")),
		"DICOM over IPv6":        tcpPacket(macA, "2001:db8::9", "2001:db8::1", 40000, 104, 1, []byte("x")),
		"any broadcast":          udpPacket(macA, "192.0.2.9", "192.0.2.255", 9999, 9999, []byte("x")),
	} {
		if !accepted(p) {
			t.Errorf("%s does not come through", name)
		}
	}
}
