package collect

import (
	"encoding/binary"
	"fmt"
	"strings"

	"sonae/internal/wire"
)

// maxStructures bounds a walk through an SMBIOS table; real ones have some 100.
const maxStructures = 4096

// parseSMBIOS reads maker, model, serial number, UUID, firmware, chassis,
// processors and memory modules from the structures of an SMBIOS table (DMTF
// DSP0134 3.7.0, 6.1, 7.1 to 7.5 and 7.18).
func parseSMBIOS(table []byte) wire.Hardware {
	var h wire.Hardware
	for range maxStructures {
		if len(table) < 4 || int(table[1]) < 4 || int(table[1]) > len(table) {
			return h
		}
		head, rest := table[:table[1]], table[table[1]:]
		texts, after := smbiosTexts(rest)
		at := func(offset int) string {
			if offset >= len(head) || head[offset] == 0 || int(head[offset]) > len(texts) {
				return ""
			}
			return strings.TrimSpace(texts[head[offset]-1])
		}
		switch head[0] {
		case 0: // BIOS information
			h.BIOSVersion, h.BIOSDate = at(5), isoDate(at(8))
		case 1: // system information
			h.Maker, h.Model, h.Serial = at(4), at(5), at(7)
			if len(head) >= 24 {
				h.SMBIOSUUID = smbiosUUID(head[8:24])
			}
		case 3: // chassis
			if len(head) > 5 {
				h.Chassis = chassisName(int(head[5]))
			}
		case 4: // processor
			processorOf(head, at, &h)
		case 17: // memory device
			if m, ok := memoryOf(head, at); ok {
				h.MemoryModules = append(h.MemoryModules, m)
			}
		case 127: // end of table
			return h
		}
		table = after
	}
	return h
}

// smbiosTexts reads the texts after a structure: each ends with a zero byte, the
// set with another (6.1.3).
func smbiosTexts(b []byte) (texts []string, after []byte) {
	if len(b) >= 2 && b[0] == 0 && b[1] == 0 {
		return nil, b[2:]
	}
	for len(b) > 0 && b[0] != 0 {
		text, rest, ok := strings.Cut(string(b[:min(len(b), 4096)]), "\x00")
		if !ok {
			return texts, nil
		}
		texts = append(texts, text)
		b = b[len(b[:min(len(b), 4096)])-len(rest):]
	}
	if len(b) == 0 {
		return texts, nil
	}
	return texts, b[1:]
}

// smbiosUUID writes the UUID as firmware and operating systems show it: the
// first three fields are little-endian (7.2.1). All zero or all one means none.
func smbiosUUID(b []byte) string {
	same := true
	for _, c := range b {
		same = same && c == b[0]
	}
	if same && (b[0] == 0 || b[0] == 0xff) {
		return ""
	}
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:16])
}
