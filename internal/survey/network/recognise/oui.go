package recognise

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the table of addresses
	"io"
	"strconv"
	"strings"
	"sync"

	"sonae/internal/survey/network"
)

// ouiTable is the IEEE's public list of MA-L, MA-M and MA-S blocks, from the npm package
// oui-data (see data/README.md). Lines: organisation, tab, blocks of 6, 7 or 9
// hexadecimal digits with spaces between.
//
//go:embed data/oui.txt.gz
var ouiTable []byte

// ouis maps a block, with its length in digits, to an organisation.
var ouis = sync.OnceValue(func() map[uint64]string {
	out := make(map[uint64]string, 56000)
	eachLine(ouiTable, func(name, blocks string) {
		for b := range strings.FieldsSeq(blocks) {
			if k, ok := blockKey(b); ok {
				out[k] = name
			}
		}
	})
	return out
})

// enterpriseTable is IANA's list of Private Enterprise Numbers (see data/README.md).
// Lines: number, tab, organisation.
//
//go:embed data/enterprises.txt.gz
var enterpriseTable []byte

// organisations maps an enterprise number to who has it.
var organisations = sync.OnceValue(func() map[string]string {
	out := make(map[string]string, 62000)
	eachLine(enterpriseTable, func(number, name string) {
		name, _, _ = strings.Cut(name, " (formerly")
		out[number] = name
	})
	return out
})

// eachLine reads an embedded table: two columns with a tab between.
func eachLine(table []byte, fn func(first, second string)) {
	z, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(text)) {
		if a, b, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			fn(a, b)
		}
	}
}

func blockKey(digits string) (uint64, bool) {
	n, err := strconv.ParseUint(digits, 16, 40)
	return n<<4 | uint64(len(digits)), err == nil
}

// Organisation gives who bought the block of a hardware address, as written in IEEE's
// list. Empty: not known, not a 48-bit address, multicast, or made up by a device itself
// (locally administered: IEEE 802, 8.2.2): such an address has no maker.
func Organisation(mac string) string {
	k := network.MACKey(mac)
	if len(k) != 12 {
		return ""
	}
	if first, err := strconv.ParseUint(k[:2], 16, 8); err != nil || first&3 != 0 {
		return ""
	}
	for _, n := range []int{9, 7, 6} {
		if b, ok := blockKey(k[:n]); ok {
			if name := ouis()[b]; name != "" {
				return name
			}
		}
	}
	return ""
}

// macClaims says who made a network card. Devices are often made by another than their
// card's maker, so it is a hint only.
func macClaims(macs []string) []Claim {
	var out []Claim
	for _, m := range macs[:min(len(macs), MaxTraits)] {
		name := Organisation(m)
		if name == "" || strings.EqualFold(name, "Private") || strings.EqualFold(name, "IEEE Registration Authority") {
			continue
		}
		out = add(out, FieldMaker, name, 30, "oui", "mac", network.MACKey(m))
	}
	return out
}
