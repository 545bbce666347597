package probe

import (
	"bytes"
	"context"
	"net"

	"sonae/internal/survey/network"
)

// sshBytes is how much is read for the line of an SSH server: 255 bytes (RFC 4253, 4.2),
// and lines that may come before it.
const sshBytes = 2048

// ssh reads the line with which a server begins; nothing is sent.
func (h *host) ssh(_ context.Context, c net.Conn) error {
	var b []byte
	buf := make([]byte, 512)
	for len(b) < sshBytes {
		n, err := c.Read(buf)
		b = append(b, buf[:n]...)
		if readSSH(b, &h.traits) || err != nil {
			return err
		}
	}
	return nil
}

// readSSH looks for the line; ok is false while it is not whole.
func readSSH(b []byte, t *traits) (ok bool) {
	for line := range bytes.Lines(b) {
		if bytes.HasPrefix(line, []byte("SSH-")) && bytes.HasSuffix(line, []byte("\n")) {
			t.add(network.TraitSSHBanner, clean(line, 255))
			return true
		}
	}
	return false
}
