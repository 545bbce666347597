package discover

import (
	"bufio"
	"compress/gzip"
	"io"
)

// gunzip unpacks; the library would, too, but not past the first member of a file that was
// written in pieces.
func gunzip(in io.Reader) (*bufio.Reader, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(io.LimitReader(z, CaptureMaxBytes+1<<30), 1<<16), nil
}
