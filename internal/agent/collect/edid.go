package collect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// edidBytes is the size of the first block (VESA E-EDID, release A, rev. 2, 3.1).
const edidBytes = 128

// parseEDID reads who made a display, when, and what it is called; false when the
// bytes are no EDID.
func parseEDID(b []byte) (wire.Monitor, bool) {
	if len(b) < edidBytes || !bytes.Equal(b[:8], []byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}) {
		return wire.Monitor{}, false
	}
	maker := binary.BigEndian.Uint16(b[8:])
	m := wire.Monitor{Maker: pnpMaker(maker), MadeYear: 1990 + int(b[17])}
	if b[17] == 0 {
		m.MadeYear = 0
	}
	// Four descriptors of 18 bytes; those that begin with three zeros are texts:
	// 0xfc the name, 0xff the serial number (3.10.3).
	for at := 54; at+18 <= 126; at += 18 {
		d := b[at : at+18]
		if d[0] != 0 || d[1] != 0 || d[2] != 0 {
			continue
		}
		text := edidText(d[5:])
		switch d[3] {
		case 0xfc:
			m.Model = strings.TrimSpace(m.Model + text)
		case 0xff:
			m.Serial = text
		}
	}
	if m.Model == "" {
		m.Model = fmt.Sprintf("%04X", binary.LittleEndian.Uint16(b[10:]))
	}
	if number := binary.LittleEndian.Uint32(b[12:]); m.Serial == "" && number != 0 && number != 0x01010101 {
		m.Serial = strconv.FormatUint(uint64(number), 10)
	}
	return m, true
}

// edidText ends at a line feed; what is not ASCII is dropped.
func edidText(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{'\n'})
	return spaced(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, string(b)))
}

// pnpMaker unpacks three letters of five bits, and gives the name of makers whose
// displays stand in Japanese hospitals (UEFI Forum, PNP ID registry).
func pnpMaker(id uint16) string {
	letters := string([]byte{byte('@' + id>>10&31), byte('@' + id>>5&31), byte('@' + id&31)})
	if name := displayMakers[letters]; name != "" {
		return name
	}
	return letters
}

var displayMakers = map[string]string{
	"ENC": "EIZO", "EIZ": "EIZO", "IVM": "iiyama", "IOD": "I-O DATA", "NEC": "NEC", "DEL": "Dell", "HWP": "HP", "HPN": "HP", "LEN": "Lenovo",
	"SAM": "Samsung", "GSM": "LG", "ACR": "Acer", "AUS": "ASUS", "BNQ": "BenQ", "PHL": "Philips", "FUS": "Fujitsu", "SHP": "Sharp",
	"SNY": "Sony", "MEI": "Panasonic", "TSB": "Toshiba", "MEL": "Mitsubishi Electric", "JVC": "JVC", "TTL": "Totoku", "BAR": "Barco",
	"AUO": "AU Optronics", "BOE": "BOE", "LGD": "LG Display", "CMN": "Innolux", "APP": "Apple", "VSC": "ViewSonic", "AOC": "AOC",
}
