package collect

import (
	"errors"
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Origins of the parts of an address (nldef.h): a prefix that a router announced
// with a random end is a temporary address (RFC 8981), another one every day.
const (
	prefixFromRouter = 4
	suffixRandom     = 5
)

// nativeLinks calls GetAdaptersAddresses.
func nativeLinks(n *Native) error {
	n.AddressesOf = map[string][]string{}
	buf, err := adapters()
	if err != nil {
		return err
	}
	if len(buf) == 0 {
		return nil
	}
	for a, count := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0])), 0; a != nil && count < 4096; a, count = a.Next, count+1 {
		l := adapterLink(a)
		n.Links = append(n.Links, l)
		for u := a.FirstUnicastAddress; u != nil && len(n.AddressesOf[l.Name]) < 256; u = u.Next {
			ip := u.Address.IP()
			if ip == nil || u.PrefixOrigin == prefixFromRouter && u.SuffixOrigin == suffixRandom && u.OnLinkPrefixLength == 128 {
				continue
			}
			n.AddressesOf[l.Name] = append(n.AddressesOf[l.Name], fmt.Sprintf("%s/%d", ip, u.OnLinkPrefixLength))
		}
	}
	return nil
}

func adapters() ([]byte, error) {
	size := uint32(15 << 10) // as its page recommends
	for range 4 {
		buf := make([]byte, size)
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, windows.GAA_FLAG_INCLUDE_PREFIX|windows.GAA_FLAG_INCLUDE_GATEWAYS, 0, (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0])), &size)
		switch {
		case err == nil && size == 0, errors.Is(err, windows.ERROR_NO_DATA):
			return nil, nil
		case err == nil:
			return buf, nil
		case !errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) || size > maxTableBytes:
			return nil, fmt.Errorf("GetAdaptersAddresses: %w", err)
		}
	}
	return nil, errors.New("GetAdaptersAddresses: the table keeps growing")
}

// dhcpEnabled is IP_ADAPTER_DHCP_ENABLED (iptypes.h).
const dhcpEnabled = 0x4

func adapterLink(a *windows.IpAdapterAddresses) NativeLink {
	l := NativeLink{
		Name: windows.UTF16PtrToString(a.FriendlyName), ID: windows.BytePtrToString(a.AdapterName), Type: a.IfType,
		Up: a.OperStatus == windows.IfOperStatusUp, Loop: a.IfType == windows.IF_TYPE_SOFTWARE_LOOPBACK, Tunnel: a.IfType == windows.IF_TYPE_TUNNEL,
	}
	if length := a.PhysicalAddressLength; length > 0 && int(length) <= len(a.PhysicalAddress) {
		l.MAC = net.HardwareAddr(a.PhysicalAddress[:length]).String()
	}
	if l.Name == "" {
		l.Name = l.ID
	}
	if l.Loop {
		return l
	}
	// An adapter without a cable says "all ones".
	if speed := a.TransmitLinkSpeed; l.Up && speed < 1<<50 {
		l.SpeedMbps = int64(speed / 1_000_000)
	}
	dhcp := a.Flags&dhcpEnabled != 0
	l.DHCP = &dhcp
	if gateway := a.FirstGatewayAddress; gateway != nil {
		if ip := gateway.Address.IP(); ip != nil {
			l.Gateway = ip.String()
		}
	}
	for d := a.FirstDnsServerAddress; d != nil && len(l.DNS) < 8; d = d.Next {
		// fec0:0:0:ffff::1 to 3 stand where no server is set.
		if ip := d.Address.IP(); ip != nil && !(len(ip) == 16 && ip[0] == 0xfe && ip[1] == 0xc0) {
			l.DNS = append(l.DNS, ip.String())
		}
	}
	return l
}
