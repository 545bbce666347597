package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"
)

// figure is one line of the output.
type figure struct {
	Figure string  `json:"figure"`
	Engine string  `json:"engine,omitempty"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Target float64 `json:"target,omitempty"`
	OK     bool    `json:"ok"`
}

// atLeast and atMost print a figure against its target.
func atLeast(name, engine string, value float64, unit string, target float64) {
	show(figure{name, engine, round(value), unit, target, value >= target})
}

func atMost(name, engine string, value float64, unit string, target float64) {
	show(figure{name, engine, round(value), unit, target, value <= target})
}

// tell prints a figure that has no target: others' figures, and parts of a sum.
func tell(name, engine string, value float64, unit string) {
	show(figure{Figure: name, Engine: engine, Value: round(value), Unit: unit, OK: true})
}

func round(v float64) float64 { return math.Round(v*1000) / 1000 }

func show(f figure) {
	line, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	// Standard output only holds figures; progress goes to standard error.
	_, _ = fmt.Fprintln(os.Stdout, "FIGURE "+string(line))
}

func progress(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stderr, format+"\n", args...)
}

func needBench(t *testing.T) {
	t.Helper()
	if os.Getenv("SONAE_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
}

// percentile of durations in milliseconds; p is 0–1.
func percentile(all []time.Duration, p float64) float64 {
	slices.Sort(all)
	i := min(len(all)-1, int(math.Ceil(p*float64(len(all))))-1)
	return float64(all[max(i, 0)].Microseconds()) / 1000
}

func TestPercentile(t *testing.T) {
	all := make([]time.Duration, 0, 100)
	for i := range 100 {
		all = append(all, time.Duration(100-i)*time.Millisecond)
	}
	for p, want := range map[float64]float64{0.95: 95, 0.5: 50, 1: 100, 0: 1} {
		if got := percentile(all, p); got != want {
			t.Errorf("percentile %v: got %v, want %v", p, got, want)
		}
	}
}
