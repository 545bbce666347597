package door

import (
	"context"
	"net"
	"net/netip"
	"os"
	"time"
)

// Listen hears ARP on interfaces of this machine until ctx ends, and sends nothing. So all
// doors of this process know who was heard within FreshMax, and may ask them also where a
// broadcast could reach a protected device. Errors: an interface that does not exist, no
// right to listen; nothing is heard then.
func Listen(ctx context.Context, interfaces []string) error {
	s := &system{arpSocket: map[int]*os.File{}, heardARP: func(index int, addr netip.Addr, mac net.HardwareAddr, _ bool) {
		if station(addr) {
			kernel.hear(addr, neighbour{link: index, mac: mac, at: time.Now()})
		}
	}}
	defer func() {
		for _, f := range s.arpSocket {
			_ = f.Close()
		}
	}()
	for _, name := range interfaces {
		card, err := net.InterfaceByName(name)
		if err != nil {
			return err
		}
		l, err := linkOf(card)
		if err != nil {
			return err
		}
		if l.mac == nil {
			continue
		}
		if err := s.openARP(l); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}
