package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"sonae/internal/edge/discover/probe"
	"sonae/internal/platform/fault"
)

// logLine is a line of the log of a scan, by kind:
//
//	begin    order, key and next: the address with which it goes on
//	ahead    address to to, which follow one another, are asked next; next: the place of the first
//	sent     address, mac, method, port, packets, broadcast
//	left_out address, mac, reason, rule
//	answer   address, mac
//	progress next, done, total
//	end      state: done or stopped
//
// A scan without its end was killed: anything may have been sent to those who were ahead of
// its last progress.
type logLine struct {
	Kind      string       `json:"kind"`
	At        time.Time    `json:"at"`
	Address   string       `json:"address,omitempty"`
	To        string       `json:"to,omitempty"`
	MAC       string       `json:"mac,omitempty"`
	Method    string       `json:"method,omitempty"`
	Port      uint16       `json:"port,omitempty"`
	Packets   int          `json:"packets,omitempty"`
	Broadcast bool         `json:"broadcast,omitempty"`
	Reason    probe.Reason `json:"reason,omitempty"`
	Rule      string       `json:"rule,omitempty"` // kind and value
	Order     *probe.Order `json:"order,omitempty"`
	Key       string       `json:"key,omitempty"`
	Next      int          `json:"next,omitempty"`
	Done      int          `json:"done,omitempty"`
	Total     int          `json:"total,omitempty"`
	State     string       `json:"state,omitempty"`
}

// sweepLog is a file to which lines are added and never changed.
type sweepLog struct {
	mu  sync.Mutex
	f   *os.File
	w   *bufio.Writer
	key string
}

func openSweepLog(name string, order probe.Order, from probe.Cursor) (*sweepLog, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the person who runs the command names it
	if err != nil {
		return nil, fmt.Errorf("open the log of what is sent: %w (choose another with --log)", err)
	}
	l := &sweepLog{f: f, w: bufio.NewWriter(f), key: order.Key()}
	if cut(name) {
		err = l.w.WriteByte('\n')
	}
	err = errors.Join(err, l.write(logLine{Kind: "begin", At: time.Now(), Order: &order, Key: l.key, Next: from.Next}), l.flush())
	return l, err
}

// cut reports whether a log ends within a line.
func cut(name string) bool {
	f, err := os.Open(name) //nolint:gosec // the person who runs the command names it
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	last := make([]byte, 1)
	if _, err := f.Seek(-1, io.SeekEnd); err != nil {
		return false
	}
	_, err = f.Read(last)
	return err == nil && last[0] != '\n'
}

func (l *sweepLog) write(line logLine) error {
	line.At = line.At.UTC()
	return json.NewEncoder(l.w).Encode(line)
}

// flush brings the lines to the disk: after a power cut they are there.
func (l *sweepLog) flush() error { return errors.Join(l.w.Flush(), l.f.Sync()) }

// ahead is the Log.Ahead of the command.
func (l *sweepLog) ahead(_ context.Context, parts []probe.Part) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, p := range parts {
		errs = append(errs, l.write(logLine{Kind: "ahead", At: time.Now(), Address: p.First.String(), To: p.Last.String(), Next: p.Seq}))
	}
	return errors.Join(append(errs, l.flush())...)
}

func (l *sweepLog) batch(b probe.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range b.Sent {
		errs = append(errs, l.write(logLine{Kind: "sent", At: time.UnixMilli(s.AtMS), Address: s.Address.String(), MAC: s.MAC.String(), Method: string(s.Method), Port: s.Port, Packets: s.Packets, Broadcast: s.Broadcast}))
	}
	for _, r := range b.Refused {
		line := logLine{Kind: "left_out", At: time.UnixMilli(r.AtMS), Address: r.Address.String(), MAC: r.MAC.String(), Reason: r.Reason}
		if r.Rule.Value != "" {
			line.Rule = string(r.Rule.Kind) + " " + r.Rule.Show()
		}
		errs = append(errs, l.write(line))
	}
	for _, a := range b.Answers {
		errs = append(errs, l.write(logLine{Kind: "answer", At: time.UnixMilli(a.AtMS), Address: a.Address.String(), MAC: a.MAC.String()}))
	}
	p := b.Progress
	errs = append(errs, l.write(logLine{Kind: "progress", At: time.Now(), Key: l.key, Next: p.Cursor.Next, Done: p.Done, Total: p.Total}), l.flush())
	return errors.Join(errs...)
}

func (l *sweepLog) end(state string) error {
	return errors.Join(l.write(logLine{Kind: "end", At: time.Now(), Key: l.key, State: state}), l.flush(), l.f.Close())
}

// lineMax bounds a line of the log when it is read.
const lineMax = 1 << 20

// readSweepLog calls fn for each line. The last of a scan may be cut, by a power cut; any
// other line that cannot be read is an error, because a proof must be whole.
func readSweepLog(name string, fn func(logLine)) error {
	f, err := os.Open(name) //nolint:gosec // the person who runs the command names it
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 0, 4096), lineMax)
	var broken error
	for n := 1; in.Scan(); n++ {
		var line logLine
		err := json.Unmarshal(in.Bytes(), &line)
		if broken != nil && (err != nil || line.Kind != "begin") {
			return broken
		}
		broken = nil
		if err != nil {
			broken = fault.Invalid("probe.error.log", "File", name, "Line", n).Because(err)
			continue
		}
		fn(line)
	}
	return in.Err()
}

// lastCursor is where the newest scan of an order in a log stopped.
func lastCursor(name, key string) (probe.Cursor, error) {
	c, state := probe.Cursor{}, ""
	err := readSweepLog(name, func(l logLine) {
		if l.Key != key {
			return
		}
		switch l.Kind {
		case "begin", "progress":
			c, state = probe.Cursor{Order: key, Next: l.Next}, ""
		case "end":
			state = l.State
		}
	})
	if err == nil && (c.Order == "" || state == "done") {
		err = fault.NotFound("probe.error.no_cursor", "File", name)
	}
	return c, err
}
