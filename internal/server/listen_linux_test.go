package server_test

import (
	"net"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonae/internal/edge/discover/netlab"
	"sonae/internal/server/servertest"
	"sonae/internal/survey/network"
)

// A server that listens keeps who speaks on the wire, and sends nothing itself.
func TestServeListens(t *testing.T) {
	l := netlab.New(t)
	p := servertest.Start(t, servertest.Options{Data: t.TempDir()})
	facility, _ := p.Prepare(t, 1)
	p.Stop()
	const wire = "eth0"
	ns := l.Plug("srv", "02:00:00:00:00:01")
	other := l.Plug("b", "02:00:00:00:00:02")

	servertest.StartInside(t, ns, servertest.Options{Data: p.Config().Data}, wire)
	rooms := p.Rooms(t)
	station := net.HardwareAddr{0x00, 0x00, 0x5e, 0x00, 0x53, 0x0a}
	deadline := time.Now().Add(90 * time.Second)
	for {
		announce(t, other, wire, station, net.IPv4(192, 0, 2, 10))
		list, err := network.Sightings(t.Context(), rooms.DB, facility, time.Now().UnixMilli())
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			if s := list[0]; s.Seen.MAC != "00005e00530a" || s.Seen.Address.String() != "192.0.2.10" || s.How != network.HowARP || s.SeerPort != wire {
				t.Errorf("seen %+v", s)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was kept")
		}
		time.Sleep(200 * time.Millisecond)
	}
	out, err := exec.Command("ip", "netns", "exec", ns, "cat", "/sys/class/net/"+wire+"/statistics/tx_packets").CombinedOutput()
	if err != nil || string(out) != "0\n" {
		t.Errorf("the server sent %q packets: %v", out, err)
	}
}

// announce sends an announcement from an interface of a namespace.
func announce(t *testing.T, namespace, port string, mac net.HardwareAddr, ip net.IP) {
	t.Helper()
	packet := announcement(t, mac, ip)
	if err := netlab.Inside(namespace, func() error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			return err
		}
		defer func() { _ = unix.Close(fd) }()
		card, err := net.InterfaceByName(port)
		if err != nil {
			return err
		}
		return unix.Sendto(fd, packet, 0, &unix.SockaddrLinklayer{Ifindex: card.Index, Halen: 6})
	}); err != nil {
		t.Fatal(err)
	}
}
