package transport

import (
	"crypto/tls"
	"testing"
)

// TestSessionsAreBounded fills the memory of sessions three times over, and takes a part
// of them up: the newest are there, each once, and nothing grows.
func TestSessionsAreBounded(t *testing.T) {
	var s sessions
	var last []byte
	for i := range 3 * maxSessions {
		id, err := s.wrap(tls.ConnectionState{}, &tls.SessionState{})
		if err != nil || len(id) != sessionIDBytes {
			t.Fatalf("%x, %v", id, err)
		}
		if i%3 == 0 {
			_, _ = s.unwrap(id, tls.ConnectionState{})
		}
		last = id
	}
	if len(s.byID) > maxSessions || len(s.order) > 2*maxSessions {
		t.Errorf("%d sessions, %d numbers", len(s.byID), len(s.order))
	}
	if s.byID[string(last)] == nil {
		t.Error("the newest is gone")
	}
	_, _ = s.unwrap(last, tls.ConnectionState{})
	if state, err := s.unwrap(last, tls.ConnectionState{}); state != nil || err != nil {
		t.Errorf("the second time: %v, %v", state, err)
	}
}
