package agent

import (
	"crypto/tls"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestResume wants the key exchange that holds against quantum computers in every whole
// handshake, and the small one only where a session goes on.
func TestResume(t *testing.T) {
	made := httptest.NewTLSServer(nil)
	pair := made.TLS.Certificates[0]
	made.Close()
	var forget atomic.Bool
	server := &tls.Config{
		Certificates: []tls.Certificate{pair},
		UnwrapSession: func(id []byte, _ tls.ConnectionState) (*tls.SessionState, error) {
			if forget.Load() {
				return nil, nil
			}
			return tls.ParseSessionState(id)
		},
		WrapSession: func(_ tls.ConnectionState, s *tls.SessionState) ([]byte, error) { return s.Bytes() },
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Write([]byte("x")) // shakes hands first
				_, _ = conn.Read(make([]byte, 1))
			}()
		}
	}()
	checked := 0
	r := resumer{config: &tls.Config{
		InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(4),
		VerifyConnection: func(tls.ConnectionState) error { checked++; return nil },
	}}
	try := func(what string, resumed bool, curve tls.CurveID) {
		t.Helper()
		conn, err := r.dial(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Read(make([]byte, 1)); err != nil { // and takes the ticket
			t.Fatal(err)
		}
		if s := conn.(*tls.Conn).ConnectionState(); s.DidResume != resumed || s.CurveID != curve {
			t.Errorf("%s: resumed %v, key exchange %v", what, s.DidResume, s.CurveID)
		}
	}
	try("first", false, tls.X25519MLKEM768)
	try("second", true, tls.X25519)
	try("third", true, tls.X25519)
	forget.Store(true)
	try("the server has forgotten", false, tls.X25519MLKEM768)
	forget.Store(false)
	try("afterwards", true, tls.X25519)
	if checked != 5 { // the handshake in the place of the forgotten session ended before it
		t.Errorf("the server's certificate was checked %d times", checked)
	}
	_ = l.Close()
	if conn, err := r.dial(t.Context(), "tcp", l.Addr().String()); err == nil || conn != nil {
		t.Errorf("nobody answers: %v, %v", conn, err)
	}
}
