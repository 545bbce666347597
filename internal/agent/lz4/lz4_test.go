package lz4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// frame puts blocks into a frame with 64 KiB blocks. Of a block the first byte
// says how it is kept: 'p' packed, 's' stored.
func frame(flags byte, blocks ...string) []byte {
	out := binary.LittleEndian.AppendUint32(nil, magic)
	out = append(out, 0x40|flags, 4<<4, 0)
	for _, b := range blocks {
		size := uint32(len(b) - 1)
		if b[0] == 's' {
			size |= 1 << 31
		}
		out = append(binary.LittleEndian.AppendUint32(out, size), b[1:]...)
	}
	return append(out, 0, 0, 0, 0)
}

func read(body []byte) (string, error) {
	z, err := NewReader(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	out, err := io.ReadAll(io.LimitReader(z, 1<<30))
	return string(out), err
}

func TestRead(t *testing.T) {
	const independent = 0x20
	tests := []struct {
		name string
		body []byte
		want string // "" = refused
	}{
		{"stored", frame(independent, "shello"), "hello"},
		{"literals only", frame(independent, "p\x50hello"), "hello"},
		{"a match that overlaps itself", frame(independent, "p\x1fa\x01\x00\x05\x10b"), strings.Repeat("a", 25) + "b"},
		{"a match into the block before", frame(0, "shello ", "p\x01\x06\x00\x10!"), "hello hello!"},
		{"the same, but blocks are on their own", frame(independent, "shello ", "p\x01\x06\x00\x10!"), ""},
		{"offset zero", frame(independent, "p\x10a\x00\x00\x10b"), ""},
		{"offset beyond the start", frame(independent, "p\x10a\x02\x00\x10b"), ""},
		{"literals beyond the end", frame(independent, "p\x50hel"), ""},
		{"length without end", frame(independent, "p\xf0\xff\xff"), ""},
		{"cut", frame(independent, "shello")[:12], ""},
		{"no end mark", frame(independent, "shello")[:16], ""},
		{"gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), ""},
		{"nothing", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(tt.body)
			switch {
			case tt.want == "" && !errors.Is(err, ErrFormat):
				t.Errorf("read = %q, %v; want ErrFormat", got, err)
			case tt.want != "" && (err != nil || got != tt.want):
				t.Errorf("read = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// TestLikeTheTool reads what the lz4 command packs, with every block size.
func TestLikeTheTool(t *testing.T) {
	tool, err := exec.LookPath("lz4")
	if err != nil {
		t.Skip("no lz4 on this machine")
	}
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for text.Len() < 6<<20 {
		text.WriteString([]string{"Package: ", "Version: 1.2.3\n", "x", "\n\n", strings.Repeat("z", 300)}[random.IntN(5)])
	}
	for _, options := range []string{"-B4 -BD", "-B5", "-B7 -9", "-B6 -BX --content-size"} {
		pack := exec.Command(tool, append(strings.Fields(options), "-c")...)
		pack.Stdin = strings.NewReader(text.String())
		packed, err := pack.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(packed); err != nil || got != text.String() {
			t.Errorf("%s: %d bytes, %v; want the %d that were packed", options, len(got), err, text.Len())
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(frame(0, "shello ", "p\x01\x06\x00\x10!"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := read(body); err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("error = %v, want ErrFormat", err)
		}
	})
}
