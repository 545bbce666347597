package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/discover/netlab"
	"sonae/internal/survey/network/noprobe"
)

// lab is a network with a prober in it.
type lab struct {
	*netlab.Lab
	t      *testing.T
	prober string
}

func newLab(t *testing.T, tools ...string) *lab {
	t.Helper()
	return &lab{Lab: netlab.New(t, tools...), t: t}
}

// Run in a namespace of the lab, the test binary is the prober: it takes a job from the
// environment and prints what Run tells.
type job struct {
	Order  Order
	List   string // file of the do-not-probe list
	Cursor Cursor
	Stop   int // pause when so many addresses are done; 0 = never
	Out    string
}

type told struct {
	Answers  []Answer
	Sent     []Sent
	Refused  []Refused
	Ahead    []Part
	Progress Progress
	Error    string
	Took     time.Duration
}

const jobVariable = "SONAE_PROBE_JOB"

func TestMain(m *testing.M) {
	if text := os.Getenv(jobVariable); text != "" {
		if err := work(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func work(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	gate := noprobe.New(noprobe.File(j.List))
	if err := gate.Reload(context.Background()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var out told
	began := time.Now()
	p, err := Run(ctx, j.Order, gate, j.Cursor, Log{Ahead: func(_ context.Context, parts []Part) error {
		out.Ahead = append(out.Ahead, parts...)
		return nil
	}, Tell: func(_ context.Context, b Batch) error {
		out.Answers, out.Sent, out.Refused = append(out.Answers, b.Answers...), append(out.Sent, b.Sent...), append(out.Refused, b.Refused...)
		if j.Stop > 0 && b.Progress.Done >= j.Stop {
			stop()
		}
		return nil
	}})
	out.Progress, out.Took = p, time.Since(began)
	if err != nil {
		out.Error = err.Error()
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(j.Out, body, 0o600)
}

// run lets the prober do a job.
func (l *lab) run(j job) (out told) {
	l.t.Helper()
	j.Out = filepath.Join(l.t.TempDir(), "told.json")
	body, err := json.Marshal(j)
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", l.prober, os.Args[0])
	cmd.Env = append(os.Environ(), jobVariable+"="+string(body))
	if text, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("%v: %s", err, text)
	}
	body, err = os.ReadFile(j.Out)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		l.t.Fatal(err)
	}
	return out
}

func (l *lab) list(lines ...string) string {
	l.t.Helper()
	name := filepath.Join(l.t.TempDir(), "no-probe.txt")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return name
}

func (o told) addresses() (out []string) {
	for _, a := range o.Answers {
		out = append(out, a.Address.String())
	}
	slices.Sort(out)
	return out
}

func (o told) reasons() map[string]string {
	out := map[string]string{}
	for _, r := range o.Refused {
		out[r.Address.String()] = string(r.Reason)
	}
	return out
}
