package transport

import (
	"crypto/rand"
	"crypto/tls"
	"slices"
	"sync"
)

// sessions remembers TLS sessions of agents, so that what goes over the line to take one
// up again is a number of 6 bytes, both ways at every check-in. The tickets of crypto/tls carry the client's
// certificate. The number is no secret (whoever takes the session up proves its key): who
// guesses one of 2^48 makes one agent shake hands anew. A session is taken up once, on the server
// that remembers it; elsewhere, and after a restart, the handshake is a whole one.
//
// Whether the device is still trusted is asked for each request, not here.
type sessions struct {
	mu    sync.Mutex
	byID  map[string][]byte
	order []string // oldest first; also some that were taken up since
}

const (
	maxSessions    = 20_000 // bounds the memory: one is about 1 kB
	sessionIDBytes = 6
)

// wrap is for tls.Config.WrapSession.
func (s *sessions) wrap(_ tls.ConnectionState, state *tls.SessionState) ([]byte, error) {
	body, err := state.Bytes()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string][]byte{}
	}
	id := make([]byte, sessionIDBytes)
	for s.byID[string(id)] != nil || id[0] == 0 { // taken, or not drawn yet
		_, _ = rand.Read(id) // never fails (crypto/rand, Go 1.24)
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
