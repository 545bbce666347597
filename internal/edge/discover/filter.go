package discover

import "golang.org/x/net/bpf"

// The filter that the kernel applies, so that a busy server's own traffic never reaches
// the decoders: what machines say to find each other, broadcasts, and the ports on which
// DICOM and HL7 are spoken.
var (
	filterUDP = []uint32{5353, 137, 138, 1900, 5355, 67, 68, 546, 547}
	filterTCP = []uint32{104, 11112, 2575} // IANA: acr-nema, dicom, hl7
)

// Offsets in a frame without a tag (the kernel takes the outer one off).
const (
	offKind    = 12
	offBody    = 14
	off4Proto  = offBody + 9
	off4Frag   = offBody + 6
	off6Next   = offBody + 6
	off6Body   = offBody + 40
	acceptAll  = 262144 // bytes: whole packets
	fragOffset = 0x1fff
)

// step is an instruction, or a comparison that leads to a mark when it is true (and else,
// with not, when it is false).
type step struct {
	ins  bpf.Instruction
	mark string // of this place
	cond bpf.JumpTest
	val  uint32
	to   string // where the comparison leads
	jump bool
}

// filter assembles the program.
func filter() ([]bpf.RawInstruction, error) {
	steps := filterSteps()
	place := map[string]int{}
	for i, s := range steps {
		if s.mark != "" {
			place[s.mark] = i
		}
	}
	program := make([]bpf.Instruction, len(steps))
	for i, s := range steps {
		if !s.jump {
			program[i] = s.ins
			continue
		}
		program[i] = bpf.JumpIf{Cond: s.cond, Val: s.val, SkipTrue: uint8(place[s.to] - i - 1)} //nolint:gosec // the program is shorter than 255
	}
	return bpf.Assemble(program)
}

func filterSteps() []step {
	load := func(off, size uint32) step { return step{ins: bpf.LoadAbsolute{Off: off, Size: int(size)}} }
	at := func(mark string, s step) step { s.mark = mark; return s }
	on := func(cond bpf.JumpTest, val uint32, to string) step {
		return step{cond: cond, val: val, to: to, jump: true}
	}
	is := func(val uint32, to string) step { return on(bpf.JumpEqual, val, to) }
	always := func(to string) step { return on(bpf.JumpGreaterOrEqual, 0, to) }
	ports := func(list []uint32) []step {
		var out []step
		for _, p := range list {
			out = append(out, is(p, "accept"))
		}
		return out
	}
	// both compares the ports behind a header: of four bytes, source and destination.
	both := func(src, dst step, list []uint32) []step {
		out := append([]step{src}, ports(list)...)
		out = append(out, dst)
		out = append(out, ports(list)...)
		return append(out, always("drop"))
	}
	var p []step
	add := func(s ...step) { p = append(p, s...) }

	add(load(offKind, 2), is(0x0806, "accept"), is(0x88cc, "accept"), is(0x8100, "accept"), is(0x88a8, "accept"), is(0x86dd, "v6"), is(0x0800, "v4"),
		on(bpf.JumpGreaterOrEqual, 0x0600, "drop"),
		load(offBody, 4), on(bpf.JumpNotEqual, 0xaaaa0300, "drop"), load(offBody+4, 4), is(0x000c2000, "accept"), always("drop"))

	add(at("v4", load(0, 4)), is(0xffffffff, "accept"), // to everybody
		load(offBody+16, 4), step{ins: bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xffffff00}}, is(0xe0000000, "accept"), // 224.0.0.0/24
		load(off4Frag, 2), on(bpf.JumpBitsSet, fragOffset, "drop"),
		step{ins: bpf.LoadMemShift{Off: offBody}},
		load(off4Proto, 1), is(6, "v4tcp"), on(bpf.JumpNotEqual, 17, "drop"))
	add(both(step{ins: bpf.LoadIndirect{Off: offBody, Size: 2}}, step{ins: bpf.LoadIndirect{Off: offBody + 2, Size: 2}}, filterUDP)...)
	tcp := both(step{ins: bpf.LoadIndirect{Off: offBody, Size: 2}}, step{ins: bpf.LoadIndirect{Off: offBody + 2, Size: 2}}, filterTCP)
	tcp[0].mark = "v4tcp"
	add(tcp...)

	add(at("v6", load(off6Next, 1)), is(6, "v6tcp"), is(17, "v6udp"), is(0, "accept"), // hop-by-hop: who joins which group
		on(bpf.JumpNotEqual, 58, "drop"),
		load(off6Body, 1), on(bpf.JumpLessThan, 133, "drop"), on(bpf.JumpGreaterThan, 137, "drop"), always("accept"))
	udp := both(load(off6Body, 2), load(off6Body+2, 2), filterUDP)
	udp[0].mark = "v6udp"
	add(udp...)
	tcp6 := both(load(off6Body, 2), load(off6Body+2, 2), filterTCP)
	tcp6[0].mark = "v6tcp"
	add(tcp6...)

	add(at("drop", step{ins: bpf.RetConstant{Val: 0}}), at("accept", step{ins: bpf.RetConstant{Val: acceptAll}}))
	return p
}
