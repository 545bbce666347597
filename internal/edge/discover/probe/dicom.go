package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"sonae/internal/survey/network"
)

// UIDs of an association for C-ECHO (DICOM PS3.6, table A-1). Our own is derived from a
// UUID (PS3.5, B.2).
const (
	uidContext      = "1.2.840.10008.3.1.1.1"
	uidVerification = "1.2.840.10008.1.1"
	uidImplicit     = "1.2.840.10008.1.2"
	uidSonae        = "2.25.115590191111239146271189916765441796183"
)

// PDUs (DICOM PS3.8, 9.3.1).
const (
	pduRequest = 1
	pduAccept  = 2
	pduReject  = 3
	pduData    = 4
	pduRelease = 5
	// pduMax bounds what is read of one PDU: an acceptance of one context has some hundred
	// bytes.
	pduMax = 16 << 10
)

// dicom asks by C-ECHO: are you there, and what program are you? Nothing is stored or
// looked up.
func (h *host) dicom(_ context.Context, c net.Conn) error {
	if _, err := c.Write(associate(h.order.Called, h.order.Calling)); err != nil {
		return err
	}
	kind, body, err := readPDU(c)
	if err != nil {
		return err
	}
	if !readAssociation(kind, body, h.order.Called, &h.traits) {
		return nil
	}
	if _, err := c.Write(echoRequest()); err != nil {
		return err
	}
	if kind, body, err = readPDU(c); err != nil {
		return err
	}
	if status, ok := readEcho(kind, body); ok && status == 0 {
		h.traits.add(TraitDICOMEcho, "success")
	} else if ok {
		h.traits.add(TraitDICOMEcho, fmt.Sprintf("status %04X", status))
	}
	if _, err := c.Write(pdu(pduRelease, make([]byte, 4))); err != nil {
		return err
	}
	_, _, err = readPDU(c)
	return err
}

func pdu(kind byte, body []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{kind, 0}, uint32(len(body))) //nolint:gosec // some hundred
	return append(b, body...)
}

func item(kind byte, body ...byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{kind, 0}, uint16(len(body))) //nolint:gosec // some hundred
	return append(b, body...)
}

// associate is an A-ASSOCIATE-RQ (PS3.8, 9.3.2) with one presentation context.
func associate(called, calling string) []byte {
	b := []byte{0, 1, 0, 0}
	b = fmt.Appendf(b, "%-16s%-16s", called, calling)
	b = append(b, make([]byte, 32)...)
	b = append(b, item(0x10, []byte(uidContext)...)...)
	context := []byte{1, 0, 0, 0}
	context = append(context, item(0x30, []byte(uidVerification)...)...)
	context = append(context, item(0x40, []byte(uidImplicit)...)...)
	b = append(b, item(0x20, context...)...)
	user := item(0x51, 0, 0, pduMax>>8, 0)
	user = append(user, item(0x52, []byte(uidSonae)...)...)
	user = append(user, item(0x55, []byte("SONAE")...)...)
	return pdu(pduRequest, append(b, item(0x50, user...)...))
}

// echoRequest is a C-ECHO-RQ (PS3.7, 9.3.5.1) in a P-DATA-TF; numbers are little-endian.
func echoRequest() []byte {
	var set []byte
	put := func(element uint16, value ...byte) {
		set = append(set, 0, 0)
		set = binary.LittleEndian.AppendUint16(set, element)
		set = binary.LittleEndian.AppendUint32(set, uint32(len(value))) //nolint:gosec // below 20
		set = append(set, value...)
	}
	put(0x0002, []byte(uidVerification+"\x00")...) // of even length
	put(0x0100, 0x30, 0)                           // C-ECHO-RQ
	put(0x0110, 1, 0)                              // message ID
	put(0x0800, 1, 1)                              // no data set
	rest := set
	set = nil
	put(0, binary.LittleEndian.AppendUint32(nil, uint32(len(rest)))...) //nolint:gosec // some dozen
	set = append(set, rest...)
	body := binary.BigEndian.AppendUint32(nil, uint32(len(set)+2)) //nolint:gosec // some dozen
	return pdu(pduData, append(append(body, 1, 3), set...))        // context 1; last part of a command
}

var errPDU = errors.New("no PDU of DICOM")

func readPDU(r io.Reader) (kind byte, body []byte, err error) {
	head := make([]byte, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[2:])
	if head[0] < 1 || head[0] > 7 || n > pduMax {
		return 0, nil, errPDU
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return head[0], body, err
}

// readAssociation reads the answer to a request: ok when C-ECHO may follow. A refusal
// tells that it is a DICOM node, too, and why.
func readAssociation(kind byte, b []byte, called string, t *traits) (ok bool) {
	if kind == pduReject && len(b) >= 4 {
		t.add(TraitDICOMEcho, fmt.Sprintf("rejected %d.%d.%d", b[1], b[2], b[3])) // result, source, reason: PS3.8, 9.3.4
		return false
	}
	if kind != pduAccept || len(b) < 68 {
		return false
	}
	for b = b[68:]; len(b) >= 4; {
		n := min(int(binary.BigEndian.Uint16(b[2:])), len(b)-4)
		v := b[4 : 4+n]
		switch b[0] {
		case 0x21:
			ok = len(v) >= 4 && v[2] == 0
		case 0x50:
			readUser(v, t)
		}
		b = b[4+n:]
	}
	if ok {
		t.add(network.TraitDICOMTitle, strings.TrimSpace(called))
	}
	return ok
}

// readUser reads the name and version of the program.
func readUser(b []byte, t *traits) {
	for len(b) >= 4 {
		n := min(int(binary.BigEndian.Uint16(b[2:])), len(b)-4)
		switch v := b[4 : 4+n]; b[0] {
		case 0x52:
			t.add(TraitDICOMClass, clean(v, 64))
		case 0x55:
			t.add(network.TraitDICOMImpl, clean(v, 16))
		}
		b = b[4+n:]
	}
}

// readEcho reads the status out of a C-ECHO-RSP.
func readEcho(kind byte, b []byte) (status uint16, ok bool) {
	if kind != pduData || len(b) < 6 {
		return 0, false
	}
	for b = b[6:]; len(b) >= 8; {
		n := binary.LittleEndian.Uint32(b[4:])
		if uint64(n) > uint64(len(b)-8) {
			return 0, false
		}
		if binary.LittleEndian.Uint16(b) == 0 && binary.LittleEndian.Uint16(b[2:]) == 0x0900 && n == 2 {
			return binary.LittleEndian.Uint16(b[8:]), true
		}
		b = b[8+n:]
	}
	return 0, false
}
