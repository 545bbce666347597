package collect

import (
	"context"
	"errors"
	"slices"

	"sonae/internal/wire"
)

// Native is what Windows and macOS say through their own interfaces. Empty
// members were not told; Gaps says why.
type Native struct {
	SMBIOS      []byte // raw table, Windows only
	Hardware    wire.Hardware
	OS          wire.OS
	Volumes     []wire.Volume
	Links       []NativeLink
	InstallID   string // of the installation, hashed before it is sent
	Gaps        []string
	AddressesOf map[string][]string // CIDR, by link
}

// NativeLink is a network interface. What follows Tunnel only Windows tells.
type NativeLink struct {
	Name, MAC        string
	Up, Loop, Tunnel bool

	ID        string // GUID, as in the registry
	Type      uint32 // ifType of the IANA
	SpeedMbps int64
	DHCP      *bool
	Gateway   string
	DNS       []string
}

func (s *Source) native() (*Native, error) {
	if s.Native == nil {
		return nil, errors.New("the source has no native interface")
	}
	return s.Native()
}

// nativeHardware takes maker, model and serial number from the SMBIOS table
// where there is one.
func nativeHardware(_ context.Context, src *Source) (*wire.Hardware, error) {
	var g gaps
	n, err := src.native()
	if err != nil {
		return nil, err
	}
	h := n.Hardware
	if len(n.SMBIOS) > 0 {
		table := parseSMBIOS(n.SMBIOS)
		h.Maker, h.Model, h.Serial, h.SMBIOSUUID = table.Maker, table.Model, table.Serial, table.SMBIOSUUID
		h.BIOSVersion, h.BIOSDate, h.Chassis = table.BIOSVersion, table.BIOSDate, table.Chassis
	}
	if h.Virtual = virtualName(h.Maker, h.Model, "", false); h.Virtual != "" {
		h.Chassis = "virtual"
	}
	h.OSFamily, h.HostName = src.OS, n.OS.HostName
	h.MachineID = hashedID(n.InstallID)
	for _, l := range n.Links {
		if !l.Loop && !l.Tunnel && realMAC(l.MAC) && !slices.Contains(h.MACs, l.MAC) {
			h.MACs = append(h.MACs, l.MAC)
		}
	}
	slices.Sort(h.MACs)
	for _, reason := range n.Gaps {
		g.say("%s", reason)
	}
	g.say("TPM and secure boot are not read by this version of the agent")
	return &h, g.err()
}

func nativeSystem(_ context.Context, src *Source) (*wire.OS, error) {
	n, err := src.native()
	if err != nil {
		return nil, err
	}
	o := n.OS
	o.Family, o.Arch = src.OS, src.Arch
	if o.Name == "" {
		return nil, errors.New("the system does not tell its name")
	}
	return &o, nil
}

func nativeVolumes(_ context.Context, src *Source) ([]wire.Volume, error) {
	var g gaps
	n, err := src.native()
	if err != nil {
		return nil, err
	}
	list := []wire.Volume{}
	for _, v := range n.Volumes {
		v.Encryption = "unknown"
		v.FreeBytes = v.FreeBytes >> 30 << 30
		list = append(list, v)
	}
	g.say("encryption of volumes is not read by this version of the agent")
	return list, g.err()
}

func nativeInterfaces(_ context.Context, src *Source) ([]wire.Interface, error) {
	var g gaps
	n, err := src.native()
	if err != nil {
		return nil, err
	}
	list := []wire.Interface{}
	for _, l := range n.Links {
		i := wire.Interface{Name: l.Name, Kind: "other", Up: l.Up, Addresses: n.AddressesOf[l.Name]}
		if realMAC(l.MAC) {
			i.MAC = l.MAC
		}
		switch {
		case l.Loop:
			i.Kind = "loopback"
		case l.Tunnel:
			i.Kind = "tunnel"
		}
		slices.Sort(i.Addresses)
		list = append(list, i)
	}
	g.say("gateway, name servers, DHCP and the kind of interface are not read by this version of the agent")
	return list, g.err()
}
