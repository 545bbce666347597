package collect

import (
	"encoding/binary"
	"strings"

	"sonae/internal/wire"
)

// processorOf adds what a structure of type 4 tells of one socket (DMTF DSP0134
// 3.7.0, 7.5): model, cores and threads of a central processor that is there.
func processorOf(head []byte, at func(int) string, h *wire.Hardware) {
	const central, populated = 3, 1 << 6
	if len(head) < 0x1a || head[5] != central || head[0x18]&populated == 0 {
		return
	}
	h.CPUSockets++
	if h.CPUModel == "" {
		h.CPUModel = spaced(at(0x10))
	}
	if len(head) < 0x28 {
		return
	}
	h.CPUCores += coreCount(head, 0x23, 0x2a)
	h.CPUThreads += coreCount(head, 0x25, 0x2e)
}

// coreCount reads a count of one byte; 255 sends to the one of 16 bits, if there.
func coreCount(head []byte, short, long int) int {
	if head[short] == 0xff && len(head) >= long+2 {
		return int(binary.LittleEndian.Uint16(head[long:]))
	}
	return int(head[short])
}

// memoryOf reads a structure of type 17: one slot with a module in it; false for
// an empty one (7.18).
func memoryOf(head []byte, at func(int) string) (m wire.MemoryModule, ok bool) {
	if len(head) < 0x15 {
		return m, false
	}
	size := int64(binary.LittleEndian.Uint16(head[0x0c:]))
	switch {
	case size == 0x7fff && len(head) >= 0x20:
		size = int64(binary.LittleEndian.Uint32(head[0x1c:])&0x7fffffff) << 20
	case size == 0 || size == 0xffff:
		return m, false
	case size&0x8000 != 0:
		size = size & 0x7fff << 10
	default:
		size <<= 20
	}
	m = wire.MemoryModule{Slot: at(0x10), SizeBytes: size, Kind: memoryKinds[head[0x12]]}
	if m.Slot == "" {
		m.Slot = "unnamed"
	}
	if len(head) >= 0x1b {
		m.SpeedMTs = int(binary.LittleEndian.Uint16(head[0x15:]))
		m.Maker, m.Serial, m.Part = known(at(0x17)), known(at(0x18)), known(at(0x1a))
	}
	if len(head) >= 0x22 {
		if configured := int(binary.LittleEndian.Uint16(head[0x20:])); configured != 0 && configured != 0xffff {
			m.SpeedMTs = configured
		}
	}
	return m, true
}

// memoryKinds are the types of table 77 that PCs and servers have.
var memoryKinds = map[byte]string{
	0x0f: "SDRAM", 0x12: "DDR", 0x13: "DDR2", 0x14: "DDR2 FB-DIMM", 0x18: "DDR3", 0x1a: "DDR4", 0x1b: "LPDDR", 0x1c: "LPDDR2",
	0x1d: "LPDDR3", 0x1e: "LPDDR4", 0x20: "HBM", 0x21: "HBM2", 0x22: "DDR5", 0x23: "LPDDR5",
}

// known drops what firmware writes where it knows nothing.
func known(text string) string {
	text = spaced(text)
	switch strings.ToLower(strings.Trim(text, " 0")) {
	case "", "unknown", "not specified", "none", "undefined", "n/a":
		return ""
	}
	return text
}
