package agent

import (
	"context"
	"io"
	"time"
)

// slowReader gives bytes no faster than rate a second.
type slowReader struct {
	ctx   context.Context
	from  io.Reader
	rate  int
	given int64
	begin time.Time
}

// slowPiece is read at once: four pieces a second at the slowest rate.
const slowPiece = 2 << 10

// Read waits until the bytes before have had their time.
func (s *slowReader) Read(p []byte) (int, error) {
	if s.begin.IsZero() {
		s.begin = time.Now()
	}
	due := time.Duration(s.given) * time.Second / time.Duration(s.rate)
	if wait := due - time.Since(s.begin); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-s.ctx.Done():
			return 0, s.ctx.Err()
		case <-timer.C:
		}
	}
	n, err := s.from.Read(p[:min(len(p), slowPiece)])
	s.given += int64(n)
	return n, err
}

// slowest is how long one message may take at most: the server ends a request that
// takes longer than two minutes.
const slowest = 80 * time.Second

// bytesPerSecond is the rate for a message of size bytes; 0 = no limit. A large message
// goes faster than the limit rather than never.
func bytesPerSecond(kbps, size int) int {
	if kbps <= 0 {
		return 0
	}
	return max(kbps*1000, int(int64(size)*int64(time.Second)/int64(slowest)))
}
