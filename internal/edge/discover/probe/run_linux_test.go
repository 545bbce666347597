package probe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSweep: on a link without a protected device everybody is found by ARP.
func TestSweep(t *testing.T) {
	l := newLab(t)
	l.prober = l.Plug("p", "02:00:00:00:01:01", "10.98.0.1/24")
	l.Plug("a", "02:00:00:00:01:02", "10.98.0.2/24")
	l.Plug("b", "02:00:00:00:01:03", "10.98.0.77/24")
	out := l.run(job{Order: Order{Ranges: prefixes("10.98.0.0/24"), Methods: []Method{ARP, Ping, TCP}}, List: l.list()})
	if diff := cmp.Diff([]string{"10.98.0.2", "10.98.0.77"}, out.addresses()); diff != "" || out.Error != "" {
		t.Errorf("%s\n%s", out.Error, diff)
	}
	if diff := cmp.Diff(map[string]string{"10.98.0.1": "self"}, out.reasons()); diff != "" {
		t.Error(diff)
	}
	if out.Progress.Done != 254 || out.Progress.Cursor.Next != 254 {
		t.Errorf("%+v", out.Progress)
	}
	t.Logf("%v, %d packets", out.Took, out.Progress.Packets)
}
