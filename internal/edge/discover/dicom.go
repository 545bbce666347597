package discover

import (
	"bytes"
	"encoding/binary"

	"sonae/internal/survey/network"
)

// PDUs and items of an association (DICOM PS3.8, 9.3.2 and 9.3.3; PS3.7, D.3.3).
const (
	dicomRequest     = 0x01
	dicomAccept      = 0x02
	dicomTitles      = 10 // called title, from the start of the PDU; 16 bytes each
	dicomItems       = 74
	dicomContext     = 0x10
	dicomUser        = 0x50
	dicomClass       = 0x52
	dicomVersion     = 0x55
	dicomContextName = "1.2.840.10008.3.1.1.1"
	// dicomMax is the longest PDU that is put together: 128 presentation contexts take
	// some 20 KB.
	dicomMax = 64 << 10
)

// dicomStart reports the beginning of an association, by its fixed fields and by the
// application context, which must come first and has one value only. length is that of
// the whole PDU.
func dicomStart(b []byte) (length int, ok bool) {
	if len(b) < dicomItems+4+len(dicomContextName) || b[0] != dicomRequest && b[0] != dicomAccept || b[1] != 0 {
		return 0, false
	}
	n := int(binary.BigEndian.Uint32(b[2:])) + 6
	if n < dicomItems || n > dicomMax || b[dicomItems] != dicomContext || !bytes.HasPrefix(b[dicomItems+4:], []byte(dicomContextName)) {
		return 0, false
	}
	return n, true
}

// dicom notes both ends of an association. A request tells the title and program of the
// one who calls, an acceptance those of the one who was called: a title that was only
// asked for proves nothing.
func (d *Decoder) dicom(b []byte) {
	called, calling := clean(b[dicomTitles:dicomTitles+16], 16), clean(b[dicomTitles+16:dicomTitles+32], 16)
	t := traits{}
	if b[0] == dicomRequest {
		t.add(network.TraitDICOMTitle, calling)
	} else {
		t.add(network.TraitDICOMTitle, called)
	}
	d.dicomUser(b[dicomItems:], &t)
	d.saw(d.party(d.p.dst), "", network.HowDICOM, d.source(), t)
}

// dicomUser looks for the program's name and version in the last of the items.
func (d *Decoder) dicomUser(b []byte, t *traits) {
	for len(b) >= 4 {
		kind, n := b[0], int(binary.BigEndian.Uint16(b[2:]))
		if len(b) < 4+n && kind != dicomUser {
			return
		}
		v := first(b[4:], n)
		switch kind {
		case dicomUser:
			d.dicomUser(v, t)
		case dicomClass:
			t.text(TraitDICOMClass, v)
		case dicomVersion:
			t.text(network.TraitDICOMImpl, v)
		}
		if len(b) < 4+n {
			return
		}
		b = b[4+n:]
	}
}
