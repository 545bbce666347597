package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sonae/internal/agent/spool"
)

// Settings is what the service reads at its start, so that neither a unit nor a
// command line has to name the server again. The enrolment token is not among
// them: see KeepToken.
type Settings struct {
	Server     string `json:"server"`                // "https://sonae.example.jp"; "" = not set up yet
	Pin        string `json:"pin,omitempty"`         // as Config.Pin
	CAFile     string `json:"ca_file,omitempty"`     // absolute path, as Config.CAFile
	IntervalMS int64  `json:"interval_ms,omitempty"` // between reports; 0 = DefaultInterval
}

// Interval is the time between reports, 0 when nothing is kept.
func (s Settings) Interval() time.Duration { return time.Duration(s.IntervalMS) * time.Millisecond }

// KeepSettings writes settings into the state folder, which it makes when it is
// missing. It refuses an address or a pin that New would refuse, and a folder
// that belongs to somebody who could read the token there.
func KeepSettings(dir string, s Settings) error {
	if _, err := checkURL(s.Server); err != nil {
		return err
	}
	if s.Pin != "" {
		if _, err := ParsePin(s.Pin); err != nil {
			return err
		}
	}
	if err := makeFolder(dir); err != nil {
		return err
	}
	if err := checkOwner(dir); err != nil {
		return err
	}
	return (&store{dir: dir}).write("settings", s)
}

// ReadSettings gives what KeepSettings kept; none is no error, one that may not
// be read is.
func ReadSettings(dir string) (Settings, error) {
	var s Settings
	if _, err := os.Stat(dir); err == nil {
		if err := secure(dir); err != nil { // they name the server that learns everything
			return s, err
		}
	}
	err := (&store{dir: dir}).read("settings", &s)
	return s, err
}

// makeFolder makes the state folder, for its owner and the system alone.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	return protect(dir)
}

// KeepToken puts an enrolment token into the state folder, for an agent that
// starts later. It is gone once the machine is enrolled.
func KeepToken(dir, token string) error {
	return spool.Write(filepath.Join(dir, "token"), []byte(token))
}
