package collect

import "net"

// nativeLinks is hostAddresses with what else Go knows of an interface.
func nativeLinks(n *Native) error {
	links, err := net.Interfaces()
	if err != nil {
		return err
	}
	addresses, err := hostAddresses()
	if err != nil {
		return err
	}
	n.AddressesOf = map[string][]string{}
	for _, l := range links {
		n.Links = append(n.Links, NativeLink{
			Name: l.Name, MAC: l.HardwareAddr.String(), Up: l.Flags&net.FlagUp != 0,
			Loop: l.Flags&net.FlagLoopback != 0, Tunnel: l.Flags&net.FlagPointToPoint != 0,
		})
		for _, p := range addresses[l.Name] {
			n.AddressesOf[l.Name] = append(n.AddressesOf[l.Name], p.String())
		}
	}
	return nil
}
