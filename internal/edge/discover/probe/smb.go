package probe

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"unicode/utf16"
)

// SMB 2 ([MS-SMB2]) and NTLM ([MS-NLMP]): lengths and places of what is read.
const (
	smbHead      = 64       // 2.2.1
	smbMax       = 64 << 10 // of one answer
	ntlmTarget   = 40       // fields of the target information in a challenge ([MS-NLMP] 2.2.1.2)
	ntlmVersion  = 48
	ntlmPairsMax = 32
)

var (
	smbMark  = []byte{0xfe, 'S', 'M', 'B'}
	ntlmMark = []byte("NTLMSSP\x00\x02\x00\x00\x00")
	errSMB   = errors.New("no answer of SMB 2")
)

// smb agrees on a dialect and begins, but does not end, a sign-in: the challenge tells
// name and version. No name, no password and no attempt to get in is sent.
func (h *host) smb(_ context.Context, c net.Conn) error {
	if _, err := c.Write(smbNegotiate()); err != nil {
		return err
	}
	answer, err := readSMB(c)
	if err != nil || !readDialect(answer, &h.traits) {
		return err
	}
	if _, err := c.Write(smbSession()); err != nil {
		return err
	}
	if answer, err = readSMB(c); err == nil {
		readChallenge(answer, &h.traits)
	}
	return err
}

func smbPacket(command, message uint16, body []byte) []byte {
	b := make([]byte, 4+smbHead, 4+smbHead+len(body))
	binary.BigEndian.PutUint32(b, uint32(smbHead+len(body))) //nolint:gosec // some hundred
	copy(b[4:], smbMark)
	binary.LittleEndian.PutUint16(b[8:], smbHead)
	binary.LittleEndian.PutUint16(b[16:], command)
	binary.LittleEndian.PutUint16(b[18:], 1) // credits asked for
	binary.LittleEndian.PutUint16(b[28:], message)
	return append(b, body...)
}

// dialects without 3.1.1, which wants more said ([MS-SMB2] 2.2.3.1); newer servers take an
// older one.
var dialects = []uint16{0x0202, 0x0210, 0x0300, 0x0302}

func smbNegotiate() []byte {
	b := make([]byte, 36, 64)
	binary.LittleEndian.PutUint16(b, 36)
	binary.LittleEndian.PutUint16(b[2:], uint16(len(dialects))) //nolint:gosec // four
	b[4] = 1                                                    // can sign
	_, _ = rand.Read(b[12:28])
	for _, d := range dialects {
		b = binary.LittleEndian.AppendUint16(b, d)
	}
	return smbPacket(0, 0, b)
}

func smbSession() []byte {
	// Unicode, target name and information, NTLM, version; no domain, no machine
	// ([MS-NLMP] 2.2.1.1).
	token := append([]byte("NTLMSSP\x00\x01\x00\x00\x00"), 0x05, 0x82, 0x88, 0xa2)
	token = append(token, make([]byte, 16)...)
	token = append(token, 10, 0, 0, 0, 0, 0, 0, 15)
	b := make([]byte, 24, 24+len(token))
	binary.LittleEndian.PutUint16(b, 25)
	b[3] = 1
	binary.LittleEndian.PutUint16(b[12:], smbHead+24)
	binary.LittleEndian.PutUint16(b[14:], uint16(len(token))) //nolint:gosec // forty
	return smbPacket(1, 1, append(b, token...))
}

// readSMB reads one message (direct TCP, [MS-SMB2] 2.1).
func readSMB(r io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head)
	if n < smbHead || n > smbMax {
		return nil, errSMB
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(b, smbMark) {
		return nil, errSMB
	}
	return b, nil
}

// readDialect reads which dialect the server chose ([MS-SMB2] 2.2.4).
func readDialect(b []byte, t *traits) (ok bool) {
	if len(b) < smbHead+6 || binary.LittleEndian.Uint32(b[8:]) != 0 {
		return false
	}
	d := binary.LittleEndian.Uint16(b[smbHead+4:])
	t.add(TraitSMBDialect, map[uint16]string{0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2"}[d])
	return true
}

// names of the pairs of a challenge ([MS-NLMP] 2.2.2.1).
var ntlmPairs = map[uint16]string{1: TraitSMBName, 2: TraitSMBDomain, 3: TraitSMBDNSName}

// readChallenge reads name and version out of the server's challenge.
func readChallenge(b []byte, t *traits) {
	i := bytes.Index(b, ntlmMark)
	if i < 0 || len(b)-i < ntlmVersion+8 {
		return
	}
	b = b[i:]
	if v := b[ntlmVersion:]; v[0] > 0 {
		t.add(TraitSMBVersion, fmt.Sprintf("%d.%d.%d", v[0], v[1], binary.LittleEndian.Uint16(v[2:])))
	}
	n, at := uint64(binary.LittleEndian.Uint16(b[ntlmTarget:])), uint64(binary.LittleEndian.Uint32(b[ntlmTarget+4:]))
	if at+n > uint64(len(b)) {
		return
	}
	for p, count := b[at:at+n], 0; len(p) >= 4 && count < ntlmPairsMax; count++ {
		id, size := binary.LittleEndian.Uint16(p), int(binary.LittleEndian.Uint16(p[2:]))
		if id == 0 || size > len(p)-4 {
			return
		}
		if key := ntlmPairs[id]; key != "" {
			t.add(key, clean([]byte(utf16Text(p[4:4+size])), 255))
		}
		p = p[4+size:]
	}
}

func utf16Text(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		u = append(u, binary.LittleEndian.Uint16(b))
	}
	return string(utf16.Decode(u))
}
