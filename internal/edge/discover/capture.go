package discover

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"sonae/internal/platform/fault"
)

// Limits of one capture file.
const (
	CaptureMaxBytes   = 8 << 30     // of packets, after unpacking a .gz
	CaptureMaxPackets = 200_000_000 // some hours of a busy gigabit line
	// captureSlack is how far a packet's time may be ahead of this machine's clock: one
	// that was set wrong must not make a device "last seen 2106".
	captureSlack = 24 * time.Hour
	// flushEvery is after how many packets the observations are handed on.
	flushEvery = 10_000
)

// Capture is what became of one capture file.
type Capture struct {
	Count
	FirstMS int64 // time of its first and last packet; 0 = no packets
	LastMS  int64
	// Cut is why the reading ended before the end of the file; nil = read to its end.
	// What was read up to there counts.
	Cut *fault.Error
}

// Progress is told now and then how far a reading is.
type Progress func(c Capture)

// ReadCaptureFile opens a capture file and reads it; see ReadCapture.
func ReadCaptureFile(ctx context.Context, name string, place Place, c *Coalescer, sink Sink, progress Progress) (Capture, error) {
	in, err := os.Open(name)
	if err != nil {
		return Capture{}, fault.Invalid("discover.error.open", "Name", name).Because(err)
	}
	defer func() { _ = in.Close() }()
	if info, err := in.Stat(); err == nil && info.IsDir() {
		return Capture{}, fault.Invalid("discover.error.folder", "Name", name)
	}
	return ReadCapture(ctx, in, place, c, sink, progress)
}

// ReadCapture reads a capture file, pcap or pcapng, also packed with gzip. A file that is
// cut or damaged is read up to there (Capture.Cut). Errors: invalid when it is no capture
// file at all, the Sink's, the context's; after these two the Coalescer may hold
// observations that were not handed on.
func ReadCapture(ctx context.Context, in io.Reader, place Place, c *Coalescer, sink Sink, progress Progress) (Capture, error) {
	src, err := openCapture(bufio.NewReaderSize(in, 1<<16))
	if err != nil {
		return Capture{}, err
	}
	r := capture{src: src, dec: NewDecoder(place), c: c, sink: sink, progress: progress, now: time.Now()}
	err = r.run(ctx)
	r.done.Count = r.dec.Count()
	return r.done, err
}

type capture struct {
	src      source
	dec      *Decoder
	c        *Coalescer
	sink     Sink
	progress Progress
	now      time.Time
	done     Capture
}

// source is a capture file that is open. next gives io.EOF at the end only.
type source interface {
	next() (data []byte, at time.Time, link layers.LinkType, err error)
}

func (r *capture) run(ctx context.Context) error {
	for n := 1; ; n++ {
		data, at, link, err := r.src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.done.Cut = fault.Invalid("discover.cut", "Packets", r.dec.counts.Packets).Because(err)
			break
		}
		if r.dec.counts.Packets >= CaptureMaxPackets || r.dec.counts.Bytes >= CaptureMaxBytes {
			r.done.Cut = fault.TooLarge("discover.cut_limit", "Packets", r.dec.counts.Packets)
			break
		}
		r.packet(data, at, link)
		if n%flushEvery == 0 {
			if err := r.pause(ctx); err != nil {
				return err
			}
		}
	}
	return r.c.Finish(ctx, r.sink)
}

func (r *capture) packet(data []byte, at time.Time, link layers.LinkType) {
	switch {
	case at.Unix() < 0 && r.done.LastMS > 0: // pcapng's simple packets have no time: that of the one before
		at = time.UnixMilli(r.done.LastMS)
	case at.Unix() < 0, at.After(r.now.Add(captureSlack)):
		at = r.now
	}
	ms := at.UnixMilli()
	if r.done.FirstMS == 0 || ms < r.done.FirstMS {
		r.done.FirstMS = ms
	}
	r.done.LastMS = max(r.done.LastMS, ms)
	r.c.Add(r.dec.Decode(link, data, at, 0))
}

func (r *capture) pause(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.progress != nil {
		r.done.Count = r.dec.Count()
		r.progress(r.done)
	}
	return r.c.Flush(ctx, r.sink)
}

// Magic numbers: the section header of pcapng, and gzip (RFC 1952, 2.3.1).
var (
	magicNg   = []byte{0x0a, 0x0d, 0x0d, 0x0a}
	magicGzip = []byte{0x1f, 0x8b}
)

func openCapture(in *bufio.Reader) (source, error) {
	head, err := in.Peek(4)
	if err != nil {
		return nil, fault.Invalid("discover.error.not_capture").WithHint("discover.error.not_capture_hint").Because(err)
	}
	if bytes.HasPrefix(head, magicGzip) {
		if in, err = gunzip(in); err == nil {
			head, err = in.Peek(4)
		}
		if err != nil {
			return nil, fault.Invalid("discover.error.not_capture").WithHint("discover.error.not_capture_hint").Because(err)
		}
	}
	if bytes.Equal(head, magicNg) {
		r, err := pcapgo.NewNgReader(in, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return nil, fault.Invalid("discover.error.not_capture").WithHint("discover.error.not_capture_hint").Because(err)
		}
		return &ngSource{r: r}, nil
	}
	r, err := pcapgo.NewReader(in)
	if err != nil {
		return nil, fault.Invalid("discover.error.not_capture").WithHint("discover.error.not_capture_hint").Because(err)
	}
	return &pcapSource{r: r}, nil
}

type pcapSource struct{ r *pcapgo.Reader }

func (s *pcapSource) next() ([]byte, time.Time, layers.LinkType, error) {
	data, ci, err := s.r.ZeroCopyReadPacketData()
	if errors.Is(err, io.EOF) && ci.CaptureLength > 0 {
		err = io.ErrUnexpectedEOF // a header without its packet
	}
	return data, ci.Timestamp, s.r.LinkType() & 0xffff, err // the upper half tells about check sums
}

type ngSource struct{ r *pcapgo.NgReader }

// interfacesMax bounds the interfaces and names that a pcapng file may announce.
const interfacesMax = 4096

func (s *ngSource) next() ([]byte, time.Time, layers.LinkType, error) {
	data, ci, err := s.r.ZeroCopyReadPacketData()
	if err == nil && s.r.NInterfaces()+s.r.NNames() > interfacesMax {
		err = fmt.Errorf("more than %d interfaces and names", interfacesMax)
	}
	return data, ci.Timestamp, ngLink(ci), err
}

func ngLink(ci gopacket.CaptureInfo) layers.LinkType {
	for _, a := range ci.AncillaryData {
		if l, ok := a.(layers.LinkType); ok {
			return l
		}
	}
	return layers.LinkTypeNull
}
