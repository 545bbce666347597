package probe

import (
	"context"
	"io"
	"net"
	"strings"

	"sonae/internal/survey/network"
)

// rtsp asks by OPTIONS (RFC 2326, 10.1): version 1.0 is what cameras speak.
func (h *host) rtsp(_ context.Context, c net.Conn) error {
	if _, err := io.WriteString(c, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Sonae network inventory\r\n\r\n"); err != nil {
		return err
	}
	buf := make([]byte, messageBytes)
	n, err := c.Read(buf)
	readRTSP(buf[:n], &h.traits)
	return err
}

// readRTSP reads an answer; ok is false when it is none.
func readRTSP(b []byte, t *traits) (ok bool) {
	head, ok := headOf(b, "RTSP/")
	if !ok {
		return false
	}
	t.add(network.TraitRTSPServer, clean([]byte(head.Get("Server")), network.TraitMax))
	t.add(TraitRTSPPublic, clean([]byte(strings.Join(head.Values("Public"), ", ")), 255))
	return true
}
