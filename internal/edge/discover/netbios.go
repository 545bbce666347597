package discover

import (
	"encoding/binary"
	"fmt"

	"sonae/internal/survey/network"
)

// Fields of the NetBIOS name service (RFC 1002, 4.2.1.1 and 4.2.1.3).
const (
	nbResponse     = 0x8000
	nbOpQuery      = 0
	nbOpRegister   = 5
	nbOpRelease    = 6
	nbOpRefresh    = 8
	nbOpRefreshAlt = 9 // as Windows sends it
	nbOpMultiHomed = 15
	nbTypeNB       = 0x0020
	nbTypeStatus   = 0x0021
	nbGroupFlag    = 0x8000
	nbNamesMax     = 64
)

// readNetBIOS notes which names machines register or answer to (RFC 1002). A name that is
// asked for belongs to somebody else, if to anybody.
func (d *Decoder) readNetBIOS(data []byte) {
	if len(data) < 12 {
		d.bad("netbios")
		return
	}
	flags := binary.BigEndian.Uint16(data[2:])
	op, response := flags>>11&0xf, flags&nbResponse != 0
	seen, t := d.source(), traits{}
	ok := true
	switch {
	case response && op == nbOpQuery && flags&0xf == 0:
		ok = d.nbAnswer(data, &seen, &t)
	case !response && (op == nbOpRegister || op == nbOpRefresh || op == nbOpRefreshAlt || op == nbOpMultiHomed):
		ok = nbRegister(data, &seen, &t)
	}
	if !ok {
		d.bad("netbios")
	}
	d.see(network.HowNetBIOS, seen, t)
}

// nbRegister reads a registration: the name in the question, its flags and address in the
// additional record.
func nbRegister(data []byte, seen *network.Party, t *traits) bool {
	name, rest, ok := nbQuestion(data)
	if !ok {
		return false
	}
	rdata, ok := nbRecord(data, rest, nbTypeNB)
	if !ok || len(rdata) < 6 {
		return false
	}
	group := binary.BigEndian.Uint16(rdata)&nbGroupFlag != 0
	if a := address(rdata[2:6]); usable(a) && a != seen.Address {
		// Another card of the same machine, or a relayed registration: its name is not
		// the sender's for sure.
		*seen = network.Party{Address: a}
	}
	nbName(name, group, seen, t)
	return true
}

// nbAnswer reads an answer: the name that was asked for with its address, or, to a status
// request, all names of the machine.
func (d *Decoder) nbAnswer(data []byte, seen *network.Party, t *traits) bool {
	name, at, ok := nbEncoded(data, 12)
	if !ok || len(data) < at+10 {
		return false
	}
	kind, n := binary.BigEndian.Uint16(data[at:]), int(binary.BigEndian.Uint16(data[at+8:]))
	rdata := data[at+10:]
	if n > len(rdata) {
		return false
	}
	rdata = rdata[:n]
	switch {
	case kind == nbTypeNB && len(rdata) >= 6:
		if a := address(rdata[2:6]); a != d.p.src { // a name server answers for others
			*seen = d.party(own(a))
		}
		nbName(name, binary.BigEndian.Uint16(rdata)&nbGroupFlag != 0, seen, t)
	case kind == nbTypeStatus && len(rdata) >= 1:
		return nbStatus(rdata, seen, t)
	}
	return true
}

// nbStatus reads the names of RFC 1002, 4.2.18: 15 bytes, suffix, flags.
func nbStatus(rdata []byte, seen *network.Party, t *traits) bool {
	count := min(int(rdata[0]), nbNamesMax)
	for i := range count {
		at := 1 + i*18
		if at+18 > len(rdata) {
			return false
		}
		nbName(rdata[at:at+16], binary.BigEndian.Uint16(rdata[at+16:])&nbGroupFlag != 0, seen, t)
	}
	return true
}

// Suffixes of names (the sixteenth byte, [MS-NBTE] 2.2.1 and its references).
const (
	nbWorkstation = 0x00
	nbServer      = 0x20
)

// nbName notes a name of 16 bytes, the last of which tells what it is for.
func nbName(b []byte, group bool, seen *network.Party, t *traits) {
	if len(b) != 16 {
		return
	}
	name, suffix := clean(trimSpaces(b[:15]), nameMax), b[15]
	if name == "" || name == "*" {
		return
	}
	if group {
		t.add(TraitNetBIOSGroup, fmt.Sprintf("%s<%02X>", name, suffix))
		return
	}
	t.add(network.TraitNetBIOSName, fmt.Sprintf("%s<%02X>", name, suffix))
	if seen.Name == "" && (suffix == nbWorkstation || suffix == nbServer) {
		seen.Name = name
	}
}

// trimSpaces takes the fillers off a name: blanks, and zeros of some implementations.
func trimSpaces(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	return b
}

// nbQuestion reads the question's name; rest is where the next record begins.
func nbQuestion(data []byte) (name []byte, rest int, ok bool) {
	name, at, ok := nbEncoded(data, 12)
	if !ok || len(data) < at+4 {
		return nil, 0, false
	}
	return name, at + 4, true
}

// nbRecord gives the data of the record at a place.
func nbRecord(data []byte, at int, kind uint16) ([]byte, bool) {
	if len(data) < at+2 {
		return nil, false
	}
	if data[at]&0xc0 == 0xc0 {
		at += 2
	} else {
		var ok bool
		if _, at, ok = nbEncoded(data, at); !ok {
			return nil, false
		}
	}
	if len(data) < at+10 || binary.BigEndian.Uint16(data[at:]) != kind {
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(data[at+8:]))
	if len(data) < at+10+n {
		return nil, false
	}
	return data[at+10 : at+10+n], true
}

// nbEncoded reads a name at a place: 32 letters A to P, two for each byte (RFC 1001,
// 14.1), then the scope's labels.
func nbEncoded(data []byte, at int) (name []byte, next int, ok bool) {
	if len(data) < at+34 || data[at] != 32 {
		return nil, 0, false
	}
	name = make([]byte, 16)
	for i := range name {
		hi, lo := data[at+1+2*i]-'A', data[at+2+2*i]-'A'
		if hi > 15 || lo > 15 {
			return nil, 0, false
		}
		name[i] = hi<<4 | lo
	}
	for at += 33; at < len(data); at += 1 + int(data[at]) {
		switch {
		case data[at] == 0:
			return name, at + 1, true
		case data[at] > 63:
			return nil, 0, false
		}
	}
	return nil, 0, false
}

// readDatagram notes the sender of a NetBIOS datagram (RFC 1002, 4.4.2) and what a host
// announces to the browser service.
func (d *Decoder) readDatagram(data []byte) {
	if len(data) < 14 || data[0] < 0x10 || data[0] > 0x12 { // direct unique, direct group, broadcast
		if len(data) < 10 {
			d.bad("netbios")
		}
		d.see(network.HowNetBIOS, d.source(), nil)
		return
	}
	seen, t := d.source(), traits{}
	if a := address(data[4:8]); usable(a) && a != seen.Address {
		seen = network.Party{Address: a} // carried on by a distribution server
	}
	name, at, ok := nbEncoded(data, 14)
	if ok {
		nbName(name, false, &seen, &t)
		_, at, ok = nbEncoded(data, at)
	}
	if !ok {
		d.bad("netbios")
	} else {
		browser(data[at:], &seen, &t)
	}
	d.see(network.HowNetBIOS, seen, t)
}
