package wire

import "testing"

// TestUnchangedReportIsSmall: a report of digests alone stays below 1,000 bytes on the wire.
func TestUnchangedReportIsSmall(t *testing.T) {
	r := full()
	for _, s := range AllSections {
		r.Digests[s] = Digest(&[]Package{{Name: string(s)}})
	}
	r.Sections = Sections{}
	packed, err := Deflate(encoded(t, r))
	if err != nil || len(packed) >= 1000 {
		t.Errorf("%d bytes, %v", len(packed), err)
	}
	t.Logf("%d bytes", len(packed))
}
