package probe

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/textproto"
	"strings"

	"sonae/internal/survey/network"
)

// messageBytes is how much of an answer in the manner of HTTP is read.
const messageBytes = 8 << 10

// sip asks by OPTIONS over UDP (RFC 3261, 11).
func (h *host) sip(_ context.Context, c net.Conn) error {
	if _, err := c.Write(sipOptions(c.LocalAddr().String(), c.RemoteAddr().String(), rand.Text())); err != nil {
		return err
	}
	buf := make([]byte, messageBytes)
	n, err := c.Read(buf)
	if err != nil {
		return err
	}
	if readSIP(buf[:n], &h.traits) {
		h.here()
		h.port = true
	}
	return nil
}

func sipOptions(from, to, call string) []byte {
	return fmt.Appendf(nil, "OPTIONS sip:%[2]s SIP/2.0\r\nVia: SIP/2.0/UDP %[1]s;branch=z9hG4bK%[3]s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:sonae@%[1]s>;tag=%[3]s\r\nTo: <sip:%[2]s>\r\n"+
		"Call-ID: %[3]s\r\nCSeq: 1 OPTIONS\r\nContact: <sip:sonae@%[1]s>\r\nAccept: application/sdp\r\nUser-Agent: Sonae network inventory\r\nContent-Length: 0\r\n\r\n", from, to, call)
}

// readSIP reads an answer; ok is false when it is none.
func readSIP(b []byte, t *traits) (ok bool) {
	head, ok := headOf(b, "SIP/2.0 ")
	if !ok {
		return false
	}
	for _, name := range []string{"User-Agent", "Server"} {
		t.add(network.TraitSIPAgent, clean([]byte(head.Get(name)), network.TraitMax))
	}
	t.add(TraitSIPAllow, clean([]byte(strings.Join(head.Values("Allow"), ", ")), 255))
	return true
}

// headOf reads the head of an answer that begins with a protocol's word.
func headOf(b []byte, begin string) (textproto.MIMEHeader, bool) {
	if !bytes.HasPrefix(b, []byte(begin)) {
		return nil, false
	}
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(b)))
	if _, err := r.ReadLine(); err != nil {
		return nil, false
	}
	head, err := r.ReadMIMEHeader()
	// A head that is cut is read as far as it goes.
	return head, head != nil && (err == nil || len(head) > 0)
}
