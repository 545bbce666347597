package snmp

import "context"

// group is a part of what devices can be asked: its name as it stands in
// Reading.Partial, the tables by which a device shows that it has it (probed all at
// once), and the function that reads it.
type group struct {
	name  string
	roots []string
	read  func(*reader, context.Context) error
}

// groups is every group, in the order in which they build on each other: names of
// ports come first. The group "system" goes before all.
var groups = []group{
	{"interfaces", interfaceRoots, (*reader).interfaces},
	{"entity", entityRoots, (*reader).entity},
	{"extra", nil, (*reader).extra},
	{"addresses", addressRoots, (*reader).addresses},
	{"bridge", bridgeRoots, (*reader).bridgePorts},
	{"vlans", vlanRoots, (*reader).vlans},
	{"vlans_maker", makerVLANRoots, (*reader).makerVLANs},
	{"stp", treeRoots, (*reader).tree},
	{"lldp", lldpRoots, (*reader).lldp},
	{"lldp2", lldp2Roots, (*reader).lldp2},
	{"cdp", cdpRoots, (*reader).cdp},
	{"fdb", fdbRoots, (*reader).fdb},
	{"arp", arpRoots, (*reader).arp},
	{"nd", ndRoots, (*reader).nd},
	{"wireless", wirelessRoots, (*reader).wireless},
	{"printer", printerRoots, (*reader).printer},
	{"ups", upsRoots, (*reader).ups},
	{"software", softwareRoots, (*reader).software},
}

func roots() []string {
	var all []string
	for _, g := range groups {
		all = append(all, g.roots...)
	}
	return all
}

// columnsOf puts columns behind the entry of their table.
func columnsOf(entry string, columns ...string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = entry + "." + c
	}
	return out
}
