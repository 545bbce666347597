package discover

import "net/netip"

// calls are associations whose request came in several segments: the name of the program
// stands at its end. Streams are not put together beyond that.
type calls map[call]*partial

type call struct {
	src, dst         netip.Addr
	srcPort, dstPort uint16
}

type partial struct {
	data []byte
	want int
	next uint32 // sequence number that continues it
	atMS int64
}

const (
	callsMax = 256
	callMS   = 10_000
)

// readStream looks at a TCP segment for the beginning of an association or message. No
// port decides: hospitals use others than 104, 11112 and 2575, and the beginnings are long
// enough to be told from anything else.
func (d *Decoder) readStream(b []byte) {
	if len(b) == 0 {
		return
	}
	k := call{d.p.src, d.p.dst, d.p.srcPort, d.p.dstPort}
	if c := d.calls[k]; c != nil && d.p.seq == c.next {
		c.data, c.next = append(c.data, first(b, c.want-len(c.data))...), c.next+uint32(len(b))
		if len(c.data) >= c.want {
			delete(d.calls, k)
			d.dicom(c.data)
		}
		return
	}
	if want, ok := dicomStart(b); ok {
		if len(b) >= want {
			d.dicom(b[:want])
			return
		}
		d.dicom(b) // the titles, now; the program's name when the rest comes
		d.calls.room(d.p.atMS)
		d.calls[k] = &partial{data: append([]byte(nil), b...), want: want, next: d.p.seq + uint32(len(b)), atMS: d.p.atMS}
		return
	}
	if hl7Start(b) {
		d.hl7(b)
	}
}

// room makes room for one more: of those that were given up, else of any.
func (c calls) room(nowMS int64) {
	if len(c) < callsMax {
		return
	}
	for k, p := range c {
		if nowMS-p.atMS > callMS {
			delete(c, k)
		}
	}
	for k := range c {
		if len(c) < callsMax {
			return
		}
		delete(c, k)
	}
}
