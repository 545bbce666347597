//go:build unix

package recognise

import (
	"syscall"
	"testing"
	"time"
)

// TestSpeed: 5,000 devices are recognised well below three seconds of one processor,
// whatever else runs on the machine.
func TestSpeed(t *testing.T) {
	list := sampleDevices()
	for _, d := range list {
		Device(d, nil)
	}
	start := used(t)
	for i := range 5000 {
		d := list[i%len(list)]
		d[0].Value += " x" // nothing could be remembered from one to the next
		Device(d, []string{"00:00:0c:01:02:03"})
		if len(d[0].Value) > 300 {
			d[0].Value = d[0].Value[:50]
		}
	}
	took := used(t) - start
	t.Logf("5,000 devices in %v", took)
	if took > 3*time.Second && !raceEnabled {
		t.Errorf("5,000 devices take %v", took)
	}
}

// used is the processor time of this process so far.
func used(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
