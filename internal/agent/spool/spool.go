// Package spool keeps what an agent may not lose: the report that is not yet
// sent, and small files of state. What it writes is there whole or not at all,
// whichever byte the power fails at; what reads back damaged counts as missing.
//
// One report is kept, the newest: a report is the state of the machine, so an
// older one has nothing to add. That also bounds the disk that it takes.
package spool

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrEmpty says that there is nothing (whole) to read.
var ErrEmpty = errors.New("nothing in the spool")

// ErrTooLarge says that a body is over the spool's limit. What was there stays.
var ErrTooLarge = errors.New("too large for the spool")

// A file is a mark, the body's length, its SHA-256, and the body.
const (
	mark      = "SONAESP1"
	headBytes = len(mark) + 8 + sha256.Size
	tempMark  = ".new-"
)

// Spool is a folder for one report. It is not safe for concurrent use.
type Spool struct {
	dir      string
	maxBytes int64
}

// Open makes the folder when it is missing, readable by its owner only, and
// removes what an interrupted write left. maxBytes bounds a report.
func Open(dir string, maxBytes int64) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), tempMark) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return nil, fmt.Errorf("open spool: %w", err)
			}
		}
	}
	return &Spool{dir: dir, maxBytes: maxBytes}, nil
}

func (s *Spool) file() string { return filepath.Join(s.dir, "report") }

// Put keeps body in place of what was there. When it returns nil, body survives
// a power loss.
func (s *Spool) Put(body []byte) error {
	if int64(len(body)) > s.maxBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(body), s.maxBytes)
	}
	return Write(s.file(), body)
}

// Get gives the kept body, or ErrEmpty. A damaged one is removed.
func (s *Spool) Get() ([]byte, error) {
	body, err := Read(s.file(), s.maxBytes)
	if errors.Is(err, ErrEmpty) {
		if err := s.Drop(); err != nil {
			return nil, err
		}
	}
	return body, err
}

// Drop empties the spool. It is no error when it is empty.
func (s *Spool) Drop() error {
	if err := os.Remove(s.file()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("empty spool: %w", err)
	}
	return nil
}

// Write puts body into a file that Read reads, whole or not at all, readable by
// its owner only: a new file beside it is written, flushed to the disk and moved
// over it.
func Write(name string, body []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+tempMark)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = temp.Write(pack(body))
	if err == nil {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // Open tries again
		return fmt.Errorf("write %s: %w", name, err)
	}
	syncFolder(filepath.Dir(name))
	return nil
}

// syncFolder makes the new name itself durable. Windows has no such call and
// needs none: NTFS journals names.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()  // not every file system can
		_ = d.Close() // read only
	}
}

// Read gives the body of a file of Write. It returns ErrEmpty when the file is
// missing, longer than maxBytes, or not what was written.
func Read(name string, maxBytes int64) ([]byte, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrEmpty
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if info.Size() > maxBytes+int64(headBytes) {
		return nil, ErrEmpty
	}
	packed, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return unpack(packed)
}

func pack(body []byte) []byte {
	out := make([]byte, 0, headBytes+len(body))
	out = append(out, mark...)
	out = binary.BigEndian.AppendUint64(out, uint64(len(body)))
	sum := sha256.Sum256(body)
	out = append(out, sum[:]...)
	return append(out, body...)
}

func unpack(packed []byte) ([]byte, error) {
	if len(packed) < headBytes || string(packed[:len(mark)]) != mark {
		return nil, ErrEmpty
	}
	body := packed[headBytes:]
	sum := sha256.Sum256(body)
	if binary.BigEndian.Uint64(packed[len(mark):]) != uint64(len(body)) || !bytes.Equal(sum[:], packed[headBytes-sha256.Size:headBytes]) {
		return nil, ErrEmpty
	}
	return body, nil
}
