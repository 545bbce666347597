package agent

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"sonae/internal/agent/spool"
	"sonae/internal/wire"
)

// maxStateBytes bounds a file of state.
const maxStateBytes = 64 << 10

// device is who this endpoint is to which server.
type device struct {
	ID     string `json:"id"`
	Server string `json:"server"`
}

// state is what the agent remembers between reports. Losing it costs one full
// report, nothing else.
type state struct {
	Seq         int64                   `json:"seq"`     // last one used
	Digests     map[wire.Section]string `json:"digests"` // what the server has
	RefreshedMS int64                   `json:"refreshed_ms"`
	LastTryMS   int64                   `json:"last_try_ms"`
	LastDoneMS  int64                   `json:"last_done_ms"`
	LastError   string                  `json:"last_error,omitempty"`
	NotesDigest string                  `json:"notes_digest,omitempty"` // of the notes the server has
	NoWhole     bool                    `json:"no_whole,omitempty"`     // the server did not take Report.Whole today
	NoSame      bool                    `json:"no_same,omitempty"`      // the server did not take wire.Same today
	PolicyTold  int64                   `json:"policy_told,omitempty"`  // version in the last report that was taken
	AskedMS     int64                   `json:"asked_ms,omitempty"`     // for a certificate
	NextMS      int64                   `json:"next_ms,omitempty"`      // when the next report is planned

	OffsetMS int64             `json:"offset_ms,omitempty"` // server's clock less this one's, at its last answer
	Heard    bool              `json:"heard,omitempty"`     // OffsetMS is known
	Events   []wire.AgentEvent `json:"events,omitempty"`    // not yet told
	LeftOut  map[string]int64  `json:"left_out,omitempty"`  // collectors, and until when (Unix ms)
	CPUMS    int64             `json:"cpu_ms,omitempty"`    // of the last inventory

	AliveMS        int64  `json:"alive_ms,omitempty"`   // last sign of the service
	StoppedMS      int64  `json:"stopped_ms,omitempty"` // orderly end of the service
	Program        string `json:"program,omitempty"`    // SHA-256 of the program at the last start
	ProgramVersion string `json:"program_version,omitempty"`
	Settings       string `json:"settings,omitempty"` // digest of the settings at the last start
}

// store is the state folder.
type store struct {
	dir    string
	key    ed25519.PrivateKey
	device device
	trust  trust
	policy wire.Policy // of the file "policy"; may be over
	state  state
	// damaged says which files were there and not whole.
	damaged []string
}

func spoolDir(dir string) string { return filepath.Join(dir, "spool") }

// openStore reads the folder, and makes folder and key when they are missing. A
// device of another server, or with a key that is lost, is not ours to be: state
// and ID start anew. What harms this machine is left out all the same.
func openStore(dir, serverURL string) (*store, error) {
	if dir == "" {
		return nil, errors.New("no state folder given")
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	if err := secure(dir); err != nil {
		return nil, err
	}
	s := &store{dir: dir}
	made, err := s.openKey()
	if err != nil {
		return nil, err
	}
	if err := s.read("device", &s.device); err != nil {
		return nil, err
	}
	if err := s.read("state", &s.state); err != nil {
		return nil, err
	}
	if made || s.device.Server != serverURL {
		kept := state{LeftOut: s.state.LeftOut}
		if s.device.ID == "" {
			kept.Events = s.state.Events // nobody was told yet
		}
		s.device, s.state = device{}, kept
		return s, nil
	}
	return s, errors.Join(s.readTrust(), s.readPolicy())
}

// readPolicy reads the policy in force; only a signed one counts, also here.
func (s *store) readPolicy() error {
	var signed wire.SignedPolicy
	if err := s.read("policy", &signed); err != nil || len(signed.Body) == 0 {
		return err
	}
	p, err := signed.Open(s.trust.PolicyKey, s.device.ID)
	if err != nil {
		s.damaged = append(s.damaged, "the kept policy is not the server's")
		return nil
	}
	s.policy = p
	return nil
}

// readTrust reads the file; one that does not fit the key any more counts as missing.
func (s *store) readTrust() error {
	var kept wire.Trust
	if err := s.read("trust", &kept); err != nil {
		return err
	}
	if t, err := readTrust(kept, s.key); err == nil {
		s.trust = t
	}
	return nil
}

// openKey reads the key, or makes it before anybody is told of it: an enrolment
// whose answer got lost is repeated with the same key.
func (s *store) openKey() (made bool, err error) {
	name := filepath.Join(s.dir, "key")
	seed, err := spool.Read(name, maxStateBytes)
	if errors.Is(err, spool.ErrEmpty) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return false, fmt.Errorf("make key: %w", err)
		}
		s.key = key
		return true, spool.Write(name, key.Seed())
	}
	if err != nil {
		return false, err
	}
	if len(seed) != ed25519.SeedSize {
		return false, fmt.Errorf("%s is not a key of this agent; remove it, the machine enrols anew then", name)
	}
	s.key = ed25519.NewKeyFromSeed(seed)
	return false, nil
}

// read fills to from a file; a missing or damaged one leaves it empty.
func (s *store) read(name string, to any) error {
	path := filepath.Join(s.dir, name)
	body, err := spool.Read(path, maxStateBytes)
	if errors.Is(err, spool.ErrEmpty) {
		if _, err := os.Lstat(path); err == nil {
			s.damaged = append(s.damaged, "the file "+name+" was damaged or changed")
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, to); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func (s *store) write(name string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return spool.Write(filepath.Join(s.dir, name), body)
}

func (s *store) save() error { return s.write("state", s.state) }

// become notes the ID that the server gave. What another server was trusted with goes
// first and the token last: a cut in between is a new beginning, not a mixture, and
// never a machine that waits for somebody with a token.
func (s *store) become(id, serverURL string) error {
	s.device = device{ID: id, Server: serverURL}
	s.state.Digests, s.state.RefreshedMS, s.state.LastDoneMS = nil, 0, 0
	s.trust, s.policy = trust{}, wire.Policy{}
	for _, step := range []func() error{
		func() error { return s.write("trust", s.trust.Trust) },
		func() error { return s.remove("policy") },
		func() error { return s.write("device", s.device) },
		s.save,
		func() error { return s.remove("token") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a file; one that is not there is no error.
func (s *store) remove(name string) error {
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// token is the kept one; "" when there is none.
func (s *store) token() string {
	token, err := spool.Read(filepath.Join(s.dir, "token"), maxStateBytes)
	if err != nil {
		return ""
	}
	return string(token)
}

// forget drops the ID and what belongs to it: the server does not know it.
func (s *store) forget() error {
	s.device = device{}
	s.trust, s.policy = trust{}, wire.Policy{}
	s.state.Digests = nil
	return errors.Join(s.write("device", s.device), s.write("trust", s.trust.Trust), s.save())
}

// nextSeq takes a number and makes sure that it is never taken again, also if
// the power fails before the report is sent.
func (s *store) nextSeq() (int64, error) {
	s.state.Seq++
	return s.state.Seq, s.save()
}

// acknowledge notes what the server has now.
func (s *store) acknowledge(digests map[wire.Section]string, without []wire.Section) error {
	s.state.Digests = maps.Clone(digests)
	for _, section := range without {
		delete(s.state.Digests, section)
	}
	return s.save()
}
