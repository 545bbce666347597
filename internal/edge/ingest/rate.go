package ingest

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is a token bucket: Burst requests at once, PerSecond in the long run.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// DefaultRequests is generous: a hospital's machines may all come through one address
// (proxy, NAT), and all at once after a restart.
var DefaultRequests = Rate{PerSecond: 500, Burst: 5000}

// maxBuckets bounds the addresses a limiter remembers; a bucket takes about 100 bytes.
const maxBuckets = 20_000

// limiter keeps a bucket for each address. Safe for concurrent use. It lives in one
// process: with several servers each allows its own share, which is good enough to
// keep a single address from taking everything.
type limiter struct {
	rate Rate
	mu   sync.Mutex
	by   map[netip.Prefix]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(rate Rate) *limiter {
	return &limiter{rate: rate, by: map[netip.Prefix]bucket{}}
}

// allow takes one token of the address. When there is none it tells how long to wait.
func (l *limiter) allow(address string, now time.Time) (wait time.Duration, ok bool) {
	who := subnet(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.by[who]
	if !known {
		if len(l.by) >= maxBuckets {
			l.forget(now)
		}
		b = bucket{tokens: l.rate.Burst, at: now}
	}
	b.tokens = min(l.rate.Burst, b.tokens+now.Sub(b.at).Seconds()*l.rate.PerSecond)
	b.at = now
	if b.tokens < 1 {
		l.by[who] = b
		return time.Duration((1 - b.tokens) / l.rate.PerSecond * float64(time.Second)), false
	}
	b.tokens--
	l.by[who] = b
	return 0, true
}

// forget drops buckets that are full again, and everything when none is: a flood from
// that many addresses is not for this limiter to stop.
func (l *limiter) forget(now time.Time) {
	for who, b := range l.by {
		if b.tokens+now.Sub(b.at).Seconds()*l.rate.PerSecond >= l.rate.Burst {
			delete(l.by, who)
		}
	}
	if len(l.by) >= maxBuckets {
		clear(l.by)
	}
}

// subnet is what counts as one address: an IPv4 address, or the /64 of IPv6, which is
// one subnet (RFC 4291, section 2.5.4). All that is no address counts as one.
func subnet(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}
