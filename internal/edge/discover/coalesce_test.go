package discover

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/survey/network"
)

// taken is a Sink that keeps what it is given, as "ip@seconds".
type taken struct{ lines []string }

func (k *taken) sink(_ context.Context, batch []network.Observation) error {
	for _, o := range batch {
		k.lines = append(k.lines, fmt.Sprintf("%s@%d", o.Seen.Address, o.AtMS/1000))
	}
	return nil
}

func seen(i int, second int64) network.Observation {
	return network.Observation{How: network.HowARP, Seen: network.Party{Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})}, AtMS: second * 1000}
}

func TestCoalesce(t *testing.T) {
	ctx, k := context.Background(), &taken{}
	c := NewCoalescer()
	c.Again = 100 * time.Second
	c.Add([]network.Observation{seen(1, 1), seen(2, 2), seen(1, 3)})
	if err := c.Flush(ctx, k.sink); err != nil {
		t.Fatal(err)
	}
	c.Add([]network.Observation{seen(1, 50), seen(2, 60)}) // again within the time: nothing new
	if err := c.Flush(ctx, k.sink); err != nil {
		t.Fatal(err)
	}
	c.Add([]network.Observation{seen(1, 104), seen(1, 90)}) // after it; an older one does not turn time back
	if err := c.Flush(ctx, k.sink); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(ctx, k.sink); err != nil { // the last time of the other
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"10.0.0.2@2", "10.0.0.1@3", "10.0.0.1@104", "10.0.0.2@60"}, k.lines); diff != "" {
		t.Error(diff)
	}
}

func TestCoalesceFull(t *testing.T) {
	ctx, k := context.Background(), &taken{}
	c := NewCoalescer()
	c.Max = 10
	for i := range 15 {
		c.Add([]network.Observation{seen(i, int64(i))})
	}
	if c.Dropped() != 5 || c.Waiting() != 10 {
		t.Errorf("dropped %d, waiting %d", c.Dropped(), c.Waiting())
	}
	if err := c.Flush(ctx, k.sink); err != nil {
		t.Fatal(err)
	}
	for i := range 100 { // what was handed on is forgotten for new ones
		c.Add([]network.Observation{seen(1000+i, int64(100+i))})
		if err := c.Flush(ctx, k.sink); err != nil {
			t.Fatal(err)
		}
	}
	if c.Dropped() != 5 || len(k.lines) != 110 || len(c.entries) > 10 {
		t.Errorf("dropped %d, %d handed on, %d kept", c.Dropped(), len(k.lines), len(c.entries))
	}
}

// TestSinkFails: what was not taken waits.
func TestSinkFails(t *testing.T) {
	ctx, k := context.Background(), &taken{}
	c := NewCoalescer()
	for i := range BatchMax + 1 {
		c.Add([]network.Observation{seen(i, int64(i))})
	}
	calls := 0
	err := c.Flush(ctx, func(ctx context.Context, batch []network.Observation) error {
		if calls++; calls == 2 {
			return errors.New("away")
		}
		return k.sink(ctx, batch)
	})
	if err == nil || c.Waiting() != 1 || len(k.lines) != BatchMax {
		t.Fatalf("%v, %d wait, %d taken", err, c.Waiting(), len(k.lines))
	}
	if err := c.Flush(ctx, k.sink); err != nil || len(k.lines) != BatchMax+1 {
		t.Errorf("%v, %d taken", err, len(k.lines))
	}
}

func TestDevices(t *testing.T) {
	a := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	got := Devices([]network.Observation{
		{How: network.HowARP, Seen: network.Party{MAC: "001122334455", Address: a("192.0.2.9")}, AtMS: 5, Traits: traits{{Key: "k", Value: "v"}}},
		{How: network.HowDICOM, Seen: network.Party{Address: a("192.0.2.9"), Name: "ct"}, AtMS: 9},
		{How: network.HowARP, Seen: network.Party{MAC: "00aabbccddee", Address: a("192.0.2.1")}, AtMS: 1},
		{How: network.HowARP, Seen: network.Party{MAC: "00aabbccddef", Address: a("192.0.2.1")}, AtMS: 1},
		{How: network.HowSSDP, Seen: network.Party{Address: a("192.0.2.1")}, AtMS: 1}, // whose of the two?
	})
	var lines []string
	for _, d := range got {
		lines = append(lines, fmt.Sprint(d.Key, d.MACs, d.Addrs, d.Names, d.How, d.FirstMS, d.LastMS))
	}
	want := []string{
		"ip:192.0.2.1[] [192.0.2.1] [] [ssdp] 1 1",
		"mac:00aabbccddee[00aabbccddee] [192.0.2.1] [] [arp] 1 1",
		"mac:00aabbccddef[00aabbccddef] [192.0.2.1] [] [arp] 1 1",
		"mac:001122334455[001122334455] [192.0.2.9] [ct] [arp dicom] 5 9",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}
