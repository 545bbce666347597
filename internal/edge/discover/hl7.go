package discover

import (
	"bytes"

	"sonae/internal/survey/network"
)

// mllpStart begins a message (HL7 MLLP release 1: vertical tab before, FS CR behind).
const mllpStart = 0x0b

// hl7Max is how much of a message is looked at: the first segment only. What follows is
// about patients and is none of Sonae's business.
const hl7Max = 512

// hl7Start reports the beginning of an HL7 version 2 message: MSH, the sign that separates
// fields, and the four encoding characters of its second field (HL7 v2.5.1, 2.5.4).
func hl7Start(b []byte) bool {
	return len(b) >= 10 && b[0] == mllpStart && bytes.Equal(b[1:4], []byte("MSH")) && b[4] > ' ' && b[4] < 0x7f && bytes.IndexByte(b[5:10], b[4]) >= 3
}

// hl7 notes who sends messages to whom: MSH-3 and MSH-4 of the sender.
func (d *Decoder) hl7(b []byte) {
	b = first(b[1:], hl7Max)
	if end := bytes.IndexByte(b, '\r'); end >= 0 {
		b = b[:end]
	}
	fields := bytes.SplitN(b, b[3:4], 6)
	t := traits{}
	if len(fields) > 4 {
		t.text(network.TraitHL7App, fields[2])
		t.text(TraitHL7Facility, fields[3])
	}
	d.saw(d.party(d.p.dst), "", network.HowHL7, d.source(), t)
}
