package discover

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/network"
)

func readBytes(t *testing.T, data []byte) (Capture, []string, error) {
	t.Helper()
	var got []string
	done, err := ReadCapture(context.Background(), bytes.NewReader(data), Place{}, NewCoalescer(), func(_ context.Context, batch []network.Observation) error {
		for _, o := range batch {
			got = append(got, tell(o))
		}
		return nil
	}, nil)
	return done, got, err
}

func TestReadCapture(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(pcapFile(packets...)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var want []string
	for name, data := range map[string][]byte{"pcap": pcapFile(packets...), "pcapng": ngFile(packets...), "gzip": packed.Bytes()} {
		done, got, err := readBytes(t, data)
		if err != nil || done.Cut != nil || done.Packets != int64(len(packets)) || done.FirstMS != at.UnixMilli() || done.LastMS != at.UnixMilli() {
			t.Errorf("%s: %v, %+v", name, err, done)
		}
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) < 15 {
			t.Errorf("%s: %d observations: %s", name, len(got), diff)
		}
	}
}

// TestCutCapture cuts capture files at every byte: what is whole before it counts, and
// the cut is told exactly when it is not between two packets.
func TestCutCapture(t *testing.T) {
	three := packets[:3]
	for name, make := range map[string]func(...[]byte) []byte{"pcap": pcapFile, "pcapng": ngFile} {
		whole := make(three...)
		ends := map[int]int64{}
		for n := range three {
			ends[len(make(three[:n+1]...))] = int64(n + 1)
		}
		packets := int64(0)
		for i := len(make()); i <= len(whole); i++ {
			if n, ok := ends[i]; ok {
				packets = n
			}
			done, _, err := readBytes(t, whole[:i])
			if err != nil || done.Packets != packets {
				t.Fatalf("%s cut at %d: %v, %d packets, want %d", name, i, err, done.Packets, packets)
			}
			if _, between := ends[i]; (done.Cut == nil) != (between || i == len(make())) {
				t.Fatalf("%s cut at %d: told %v", name, i, done.Cut)
			}
		}
	}
}

func TestNoCapture(t *testing.T) {
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("this is no capture file at all"), "short": {0xd4, 0xc3, 0xb2}, "gzip of nothing": {0x1f, 0x8b, 8, 0}} {
		if _, _, err := readBytes(t, data); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"missing.pcap", "."} {
		if _, err := ReadCaptureFile(context.Background(), filepath.Join(t.TempDir(), name), Place{}, NewCoalescer(), nil, nil); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStopCapture: a reading ends soon after it is stopped.
func TestStopCapture(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	list := make([][]byte, flushEvery+10)
	for i := range list {
		list[i] = packets[0]
	}
	done, err := ReadCapture(ctx, bytes.NewReader(pcapFile(list...)), Place{}, NewCoalescer(), func(context.Context, []network.Observation) error { return nil }, nil)
	if !errors.Is(err, context.Canceled) || done.Packets != flushEvery {
		t.Errorf("%v after %d packets", err, done.Packets)
	}
}

// TestRealCaptures reads captures of real networks (nDPI's, see the folder's README): the
// facts were read from them with tcpdump. Each file is also read when cut in half.
func TestRealCaptures(t *testing.T) {
	dir := os.Getenv("SONAE_TESTDATA")
	if dir == "" {
		t.Skip("SONAE_TESTDATA is not set: captures of real networks are left out")
	}
	files := untar(t, filepath.Join(dir, "pcap-discovery", "pcaps.tar.gz"))
	for name, want := range realFacts {
		t.Run(name, func(t *testing.T) {
			data := files["pcap/"+name]
			if data == nil {
				t.Fatal("the file is missing")
			}
			done, got, err := readBytes(t, data)
			if err != nil || done.Cut != nil {
				t.Fatalf("%v, %v", err, done.Cut)
			}
			all := strings.Join(got, "\n")
			for _, fact := range want {
				if !strings.Contains(all, fact) {
					t.Errorf("missing: %s\n", fact)
				}
			}
			if half, _, err := readBytes(t, data[:len(data)/2]); err != nil || half.Packets == 0 {
				t.Errorf("half: %v, %d packets", err, half.Packets)
			}
		})
	}
}
