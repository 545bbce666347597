package snmp

import (
	"context"

	"sonae/internal/survey/network"
)

// BRIDGE-MIB (RFC 4188), dot1dStp.
const (
	stpBase      = ".1.3.6.1.2.1.17.2"
	stpPortState = ".1.3.6.1.2.1.17.2.15.1.3"
)

var treeRoots = []string{stpBase, stpPortState}

// portStates are the words of dot1dStpPortState by number.
var portStates = []string{"", "disabled", "blocking", "listening", "learning", "forwarding", "broken"}

// tree reads the spanning tree.
func (r *reader) tree(ctx context.Context) error {
	if r.absent[stpBase] {
		return nil
	}
	v, err := r.get(ctx, stpBase+".2.0", stpBase+".5.0", stpBase+".6.0", stpBase+".7.0", bridgeAddress)
	if err != nil {
		return err
	}
	root := v[1].Bytes // two bytes of priority, six of address
	if v[1].Kind == KindBytes && len(root) == 8 {
		t := network.Tree{Root: Value{Kind: KindBytes, Bytes: root[2:]}.MAC(), Bridge: v[4].MAC(), Priority: v[0].Small(), RootCost: v[2].Small()}
		if p := v[3].Small(); p > 0 {
			t.RootPort = r.portName(r.interfaceOf(p))
		}
		if t.Root != "" {
			r.Tree = &t
		}
	}
	return r.walk(ctx, stpPortState, func(index []uint32, v Value) bool {
		if n := v.Small(); len(index) == 1 && n > 0 && n < len(portStates) {
			if p := r.ports[r.interfaceOf(int(index[0]))]; p != nil {
				p.state.Tree = portStates[n]
			}
		}
		return true
	})
}
