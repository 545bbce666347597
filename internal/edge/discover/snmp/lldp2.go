package snmp

import (
	"context"
	"strconv"
)

// LLDP-V2-MIB (IEEE 802.1AB-2009), and TIMETRA-LLDP-MIB of Nokia, which is the same
// table with the columns one number lower.
const (
	lldp2Rem     = ".1.3.111.2.802.1.1.13.1.4.1.1"
	lldp2RemAddr = ".1.3.111.2.802.1.1.13.1.4.2.1.3"
	nokiaRem     = ".1.3.6.1.4.1.6527.3.1.2.59.4.1.1"
	nokiaRemAddr = ".1.3.6.1.4.1.6527.3.1.2.59.4.2.1.3"
)

var lldp2Roots = []string{lldp2Rem + ".6", lldp2RemAddr, nokiaRem + ".5", nokiaRemAddr}

// lldp2 reads the same of devices that have the newer form: its rows name the interface
// itself. What both forms tell is taken once.
func (r *reader) lldp2(ctx context.Context) error {
	err := r.remote(ctx, lldp2Rem, lldp2RemAddr, 5)
	nokia := r.remote(ctx, nokiaRem, nokiaRemAddr, 4)
	if err == nil {
		err = nokia
	}
	return err
}

// remote reads a table whose column first is the kind of the chassis ID, and whose
// others follow it.
func (r *reader) remote(ctx context.Context, entry, addresses string, first int) error {
	column := func(n int) string { return strconv.Itoa(first + n) }
	if r.absent[entry+"."+column(1)] {
		return nil
	}
	table := &neighbours{rows: map[string]*neighbour{}}
	err := r.columns(ctx, entry, []string{column(1), column(0), column(2), column(3), column(4), column(5), column(6), column(8)}, func(column int, index []uint32, v Value) {
		if len(index) == 4 { // time mark, ifIndex, destination, number
			table.set(column, table.at(index, 1), v)
		}
	})
	addr := r.walk(ctx, addresses, func(index []uint32, _ Value) bool {
		if len(index) > 9 {
			table.address(index[:4], index[4:])
		}
		return true
	})
	for _, n := range table.order {
		r.neighbour(n, r.portName(n.local))
	}
	if err == nil {
		err = addr
	}
	return err
}
