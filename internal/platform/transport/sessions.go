package transport

import (
	"crypto/rand"
	"crypto/tls"
	"slices"
	"sync"
)

// sessions remembers TLS sessions of agents, so that what goes over the line to take one
// up again is a number of 16 bytes. The tickets of crypto/tls carry the client's
// certificate, both ways at every check-in. A session is taken up once, on the server
// that remembers it; elsewhere, and after a restart, the handshake is a whole one.
//
// Whether the device is still trusted is asked for each request, not here.
type sessions struct {
	mu    sync.Mutex
	byID  map[string][]byte
	order []string // oldest first; also some that were taken up since
}

// maxSessions bounds the memory: one is about 1 kB.
const maxSessions = 20_000

// wrap is for tls.Config.WrapSession.
func (s *sessions) wrap(_ tls.ConnectionState, state *tls.SessionState) ([]byte, error) {
	body, err := state.Bytes()
	if err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails (crypto/rand, Go 1.24)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string][]byte{}
	}
	s.byID[string(id)] = body
	s.order = append(s.order, string(id))
	for len(s.byID) > maxSessions {
		delete(s.byID, s.order[0])
		s.order = s.order[1:]
	}
	if len(s.order) > 2*maxSessions {
		s.order = slices.DeleteFunc(s.order, func(id string) bool { return s.byID[id] == nil })
	}
	return id, nil
}

// unwrap is for tls.Config.UnwrapSession; what is not known is no session.
func (s *sessions) unwrap(id []byte, _ tls.ConnectionState) (*tls.SessionState, error) {
	s.mu.Lock()
	body := s.byID[string(id)]
	delete(s.byID, string(id))
	s.mu.Unlock()
	if body == nil {
		return nil, nil //nolint:nilnil // the documented way to say: none
	}
	return tls.ParseSessionState(body)
}
