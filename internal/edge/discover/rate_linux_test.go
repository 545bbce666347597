package discover

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"

	"sonae/internal/edge/discover/netlab"
	"sonae/internal/survey/network"
)

func figure(t *testing.T, name string, value float64, unit string, target float64, ok bool) {
	t.Helper()
	line, err := json.Marshal(map[string]any{"figure": name, "value": value, "unit": unit, "target": target, "ok": ok})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("FIGURE " + string(line))
	if !ok {
		t.Errorf("%s: %v %s, target %v", name, value, unit, target)
	}
}

// hospital is what 500 machines say: for each, what packets holds, with its own address.
func hospital() [][]byte {
	var out [][]byte
	for i := range 500 {
		mac := net.HardwareAddr{2, 0, 0, 1, byte(i >> 8), byte(i)}
		ip := fmt.Sprintf("10.20.%d.%d", i>>8, 1+i&0x7f)
		out = append(out, arpPacket(1, mac, ip, "10.20.0.1"), udpPacket(mac, ip, "224.0.0.251", 5353, 5353, mdnsSeed), udpPacket(mac, ip, "239.255.255.250", 1900, 1900, ssdpSeed),
			udpPacket(mac, ip, "10.20.255.255", 137, 137, netbiosSeed), udpPacket(mac, "0.0.0.0", "255.255.255.255", 68, 67, dhcpSeed(layers.DHCPOpRequest)),
			tcpPacket(mac, ip, "10.20.0.9", 40000, 104, 1, dicomSeed), tcpPacket(mac, ip, "10.20.0.9", 40000, 104, 1, make([]byte, 1400)))
	}
	return out
}

func processor(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestFigureDecode: packets that one core reads and joins in a second of its time.
func TestFigureDecode(t *testing.T) {
	if os.Getenv("SONAE_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	list := hospital()
	d, c := NewDecoder(Place{}), NewCoalescer()
	n := 0
	start := processor(t)
	for processor(t)-start < 3*time.Second {
		for _, p := range list {
			c.Add(d.Decode(layers.LinkTypeEthernet, p, at, 0))
			n++
		}
		if err := c.Flush(context.Background(), func(context.Context, []network.Observation) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	rate := float64(n) / (processor(t) - start).Seconds()
	figure(t, "discover_decode_packets_per_cpu_s", rate, "1/s", 50_000, rate >= 50_000 && c.Dropped() == 0)
}

// TestFigureListen: 50,000 packets a second over a real interface, none lost.
func TestFigureListen(t *testing.T) {
	if os.Getenv("SONAE_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	l := netlab.New(t)
	ns := l.Plug("s", "02:00:00:00:0d:01")
	const rate, seconds = 50_000, 5
	ctx, stop := context.WithCancel(context.Background())
	list := slices.DeleteFunc(hospital(), func(p []byte) bool { return len(p) > 1514 }) // of Ethernet
	go func() {
		time.Sleep(time.Second)
		began := time.Now()
		if err := netlab.Inside(ns, func() error { return blast("eth0", list, rate, rate*seconds) }); err != nil {
			t.Error(err)
		}
		t.Logf("sent %d packets in %v", rate*seconds, time.Since(began))
		time.Sleep(2 * time.Second)
		stop()
	}()
	var heard []Heard
	before := processor(t)
	if err := netlab.Inside(l.Switch, func() (err error) {
		heard, err = Listen(ctx, Listening{Interfaces: []string{"ports"}, Sink: func(context.Context, []network.Observation) error { return nil }})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d packets, %d lost, %v of processor time with the sender's", heard[0].Packets, heard[0].Lost, processor(t)-before)
	figure(t, "discover_listen_lost_of_250000_packets", float64(rate*seconds-min(heard[0].Packets, rate*seconds)), "packets", 0, heard[0].Lost == 0 && heard[0].Packets >= rate*seconds)
}

// blast sends n packets at a rate through a packet socket.
func blast(name string, list [][]byte, rate, n int) error {
	card, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	to := &unix.SockaddrLinklayer{Ifindex: card.Index}
	start := time.Now()
	for i := range n {
		for due := start.Add(time.Duration(i) * time.Second / time.Duration(rate)); i%100 == 0 && time.Until(due) > 0; {
			time.Sleep(time.Until(due))
		}
		if err := unix.Sendto(fd, list[i%len(list)], 0, to); err != nil {
			return fmt.Errorf("packet %d: %w", i, err)
		}
	}
	return nil
}
