package collect

import (
	"encoding/binary"
	"strings"
)

// chain is a base chain of nftables for packets that come in.
type chain struct {
	table, name string
	drops       bool   // what no rule decides is dropped
	rules       uint32 // rules, and jumps to it, in use
}

// Numbers of the kernel's netlink interface (linux/netfilter/nf_tables.h,
// nfnetlink.h, netfilter.h); attributes are type-length-value in the machine's
// byte order, their contents in network order.
const (
	nftMsgNewChain  = 10<<8 | 3 // NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWCHAIN
	nftaChainTable  = 1
	nftaChainName   = 3
	nftaChainHook   = 4
	nftaChainPolicy = 5
	nftaChainUse    = 6
	nftaHookNumber  = 1
	nfInetLocalIn   = 1 // NF_INET_LOCAL_IN
	nfDrop          = 0
	netlinkHead     = 16
	nfGenHead       = 4
	familyBridge    = 7
)

// parseChains picks the chains at the input hook of IP families from netlink
// messages, each with its header. Malformed ones are passed over.
func parseChains(messages [][]byte) []chain {
	var list []chain
	for _, m := range messages {
		if len(m) < netlinkHead+nfGenHead || binary.NativeEndian.Uint16(m[4:]) != nftMsgNewChain {
			continue
		}
		if family := m[netlinkHead]; family == familyBridge {
			continue
		}
		var c chain
		input := false
		eachAttribute(m[netlinkHead+nfGenHead:], func(kind uint16, value []byte) {
			switch kind {
			case nftaChainTable:
				c.table = strings.TrimRight(string(value), "\x00")
			case nftaChainName:
				c.name = strings.TrimRight(string(value), "\x00")
			case nftaChainPolicy:
				c.drops = number32(value) == nfDrop && len(value) == 4
			case nftaChainUse:
				c.rules = number32(value)
			case nftaChainHook:
				eachAttribute(value, func(kind uint16, value []byte) {
					if kind == nftaHookNumber {
						input = number32(value) == nfInetLocalIn
					}
				})
			}
		})
		if input {
			list = append(list, c)
		}
	}
	return list
}

func eachAttribute(b []byte, found func(kind uint16, value []byte)) {
	for len(b) >= 4 {
		size, kind := int(binary.NativeEndian.Uint16(b)), binary.NativeEndian.Uint16(b[2:])
		if size < 4 || size > len(b) {
			return
		}
		found(kind&0x3fff, b[4:size]) // the top bits say "nested" and "network order"
		b = b[min(len(b), (size+3)&^3):]
	}
}

func number32(b []byte) uint32 {
	if len(b) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}
