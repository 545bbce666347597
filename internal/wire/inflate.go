package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Limits bound what decoding one message may cost. The zero value refuses
// everything; start from ReportLimits or EnrollLimits.
type Limits struct {
	WireBytes   int64 // compressed size
	BodyBytes   int64 // size after decompression
	Ratio       int64 // BodyBytes ÷ WireBytes allowed once the body is over ratioFreeBytes
	Depth       int   // nesting of objects and arrays
	StringBytes int   // any one string, unescaped
	Rows        int   // rows of a list without a limit of its own
	Values      int   // values in the whole message; bounds memory of parsed lists
}

// ReportLimits are the limits of a report.
func ReportLimits() Limits {
	return Limits{
		WireBytes: MaxWireBytes, BodyBytes: MaxBodyBytes, Ratio: MaxRatio, Depth: MaxDepth,
		StringBytes: MaxStringBytes, Rows: MaxRows, Values: MaxValues,
	}
}

// EnrollLimits are the limits of an enrolment request, which comes from a
// sender nobody knows yet.
func EnrollLimits() Limits {
	l := ReportLimits()
	l.WireBytes, l.BodyBytes, l.Rows, l.Values = MaxEnrollBytes, MaxEnrollBytes, 256, 1024
	return l
}

// Content encodings (HTTP Content-Encoding) that Inflate reads.
const (
	EncodingZstd     = "zstd"
	EncodingGzip     = "gzip"
	EncodingIdentity = "identity"
)

const (
	// ratioFreeBytes is how much may come out before the ratio counts: short
	// bodies of much repetition are honest.
	ratioFreeBytes = 1 << 20
	// maxWindowBytes is the largest zstd window a decoder should support by
	// RFC 8878, 3.1.1.1.2; it bounds the decoder's memory.
	maxWindowBytes = 8 << 20
)

// Inflate reads one compressed message whole. It stops at the first limit it
// meets, having read and kept no more than that limit allows, and returns a
// *Refusal; an error of r itself is returned as it is. encoding is the value of
// Content-Encoding, "" meaning identity.
func Inflate(r io.Reader, encoding string, limits Limits) ([]byte, error) {
	counted := &countedReader{r: r, left: limits.WireBytes}
	plain, release, err := opened(counted, encoding)
	if err != nil {
		return nil, counted.explain(err)
	}
	defer release()
	var body bytes.Buffer
	chunk := make([]byte, 32<<10)
	for {
		n, err := plain.Read(chunk)
		body.Write(chunk[:n])
		size := int64(body.Len())
		if size > limits.BodyBytes {
			return nil, refuse(CodeTooLarge, "", "more than %d bytes after decompression", limits.BodyBytes)
		}
		if size > ratioFreeBytes && size > counted.read*limits.Ratio {
			return nil, refuse(CodeRatio, "", "decompresses to more than %d times its size", limits.Ratio)
		}
		if err == io.EOF {
			return body.Bytes(), nil
		}
		if err != nil {
			return nil, counted.explain(err)
		}
	}
}

// opened puts the decompressor of encoding over r.
func opened(r io.Reader, encoding string) (io.Reader, func(), error) {
	switch encoding {
	case "", EncodingIdentity:
		return r, func() {}, nil
	case EncodingGzip, "x-gzip": // RFC 9110, 8.4.1.3: same thing
		z, err := gzip.NewReader(r)
		return z, func() {}, err
	case EncodingZstd:
		z, err := zstdReader(r)
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return nil, nil, refuse(CodeEncoding, "", "unknown content encoding; use zstd or gzip")
}

// zstdReader makes a decoder that works on the caller's goroutine. None is kept
// for reuse: one takes microseconds to make, and would outlive its test.
func zstdReader(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindowBytes), zstd.WithDecoderMaxMemory(MaxBodyBytes))
}

// errWireLimit is what a countedReader returns in place of more bytes.
var errWireLimit = errors.New("wire limit reached")

// countedReader counts compressed bytes and ends with errWireLimit.
type countedReader struct {
	r          io.Reader
	read, left int64
	cause      error // error of r other than io.EOF, kept because decompressors replace it
}

func (c *countedReader) Read(p []byte) (int, error) {
	if c.left <= 0 {
		// Exactly at the limit is allowed: only a further byte is too many.
		var one [1]byte
		n, err := c.r.Read(one[:])
		if n > 0 {
			c.cause = errWireLimit
			return 0, errWireLimit
		}
		return 0, c.keep(err)
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.read += int64(n)
	c.left -= int64(n)
	return n, c.keep(err)
}

func (c *countedReader) keep(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		c.cause = err
	}
	return err
}

// explain turns an error of a decompressor into what the sender should know.
func (c *countedReader) explain(err error) error {
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(c.cause, errWireLimit):
		return refuse(CodeTooLarge, "", "more than %d bytes on the wire", c.read)
	case c.cause != nil && !errors.Is(c.cause, io.ErrUnexpectedEOF):
		return c.cause
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return refuse(CodeTruncated, "", "the compressed bytes end too early")
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return refuse(CodeTooLarge, "", "asks for more memory than a report needs")
	}
	return refuse(CodeEncoding, "", "the compressed bytes are damaged")
}

// Deflate compresses body for sending, with zstd at a setting that needs little
// memory. The same body always gives the same bytes.
func Deflate(body []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(deflateWindowBytes),
		zstd.WithAllLitEntropyCompression(true)) // digests never match, and halve all the same
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// deflateWindowBytes keeps the encoder of an agent under 2 MB; a package list
// repeats itself at much shorter distances.
const deflateWindowBytes = 256 << 10
