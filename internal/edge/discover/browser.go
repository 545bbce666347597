package discover

import (
	"bytes"
	"fmt"

	"sonae/internal/survey/network"
)

// Offsets in an SMB transaction that carries a mailslot message ([MS-CIFS] 2.2.4.33.1,
// [MS-MAIL] 2.2.1): 32 bytes of header, 17 words, byte count, then the mailslot's name.
const (
	smbHeader   = 32
	smbCommand  = 4
	smbTrans    = 0x25
	smbNameAt   = smbHeader + 1 + 17*2 + 2
	browserName = 16
)

// Announcements of the browser service ([MS-BRWS] 2.2).
const (
	browserHost   = 0x01 // HostAnnouncement
	browserDomain = 0x0c // DomainAnnouncement: the name is the domain's
	browserMaster = 0x0f // LocalMasterAnnouncement
)

// browser reads what a machine announces of itself: name, version of its system, comment.
func browser(data []byte, seen *network.Party, t *traits) {
	if len(data) < smbNameAt || !bytes.HasPrefix(data, []byte("\xffSMB")) || data[smbCommand] != smbTrans {
		return
	}
	slot, body, ok := bytes.Cut(data[smbNameAt:], []byte{0})
	if !ok || !bytes.EqualFold(slot, []byte(`\MAILSLOT\BROWSE`)) || len(body) < 6+browserName {
		return
	}
	kind, name := body[0], clean(trimSpaces(upToZero(body[6:6+browserName])), nameMax)
	rest := body[6+browserName:]
	switch kind {
	case browserHost, browserMaster:
		if name != "" {
			seen.Name = name
		}
		if len(rest) >= 2 {
			t.add(TraitNetBIOSVersion, fmt.Sprintf("%d.%d", rest[0], rest[1]))
		}
		if len(rest) > 10 { // version, type, browser's version and signature before it
			t.text(TraitNetBIOSComment, upToZero(rest[10:]))
		}
	case browserDomain:
		if name != "" {
			t.add(TraitNetBIOSGroup, name+"<1E>")
		}
	}
}

func upToZero(b []byte) []byte {
	before, _, _ := bytes.Cut(b, []byte{0})
	return before
}
