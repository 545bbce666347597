package asset

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"sonae/internal/platform/store"
)

// journal is what a merge or split changed, and what it needs to be taken back.
type journal struct {
	Moves []store.Move
	Moved []Source // sources that came over whole: what they said since belongs back
}

// maxJournal bounds what is read back, in bytes: some hundred thousand rows.
const maxJournal = 512 << 20

// bytesMark begins a text that stands for bytes; JSON has none.
const bytesMark = "\x00bytes:"

func (j journal) pack() ([]byte, error) {
	for _, m := range j.Moves {
		for _, row := range []store.Image{m.Was, m.Now, m.From} {
			for col, v := range row {
				if raw, ok := v.([]byte); ok {
					row[col] = bytesMark + base64.StdEncoding.EncodeToString(raw)
				}
			}
		}
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if err := json.NewEncoder(w).Encode(j); err != nil {
		return nil, fmt.Errorf("write journal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write journal: %w", err)
	}
	return out.Bytes(), nil
}

func unpack(body []byte) (j journal, err error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return j, fmt.Errorf("read journal: %w", err)
	}
	d := json.NewDecoder(io.LimitReader(r, maxJournal))
	d.UseNumber()
	if err := d.Decode(&j); err != nil {
		return j, fmt.Errorf("read journal: %w", err)
	}
	for _, m := range j.Moves {
		for _, row := range []store.Image{m.Was, m.Now, m.From} {
			for col, v := range row {
				if row[col], err = columnValue(v); err != nil {
					return j, fmt.Errorf("read journal: %w", err)
				}
			}
		}
	}
	return j, nil
}

func columnValue(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n, nil
		}
		return v.Float64()
	case string:
		if len(v) > len(bytesMark) && v[:len(bytesMark)] == bytesMark {
			return base64.StdEncoding.DecodeString(v[len(bytesMark):])
		}
	}
	return v, nil
}
