package foreign

import (
	"math"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Units of sizes, as the agents write them: memory and file systems in MiB, drives in
// decimal MB (a drive of 256 GiB, 274,877,906,944 bytes, reads 274877).
const (
	mebibyte = 1 << 20
	megabyte = 1_000_000
)

// maxSize is 2^53 bytes; beyond it nobody means what he says.
const maxSize = 1 << 53

// size reads a number in a unit; 0 when there is none, or one that cannot be.
func size(text string, unit float64) int64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(n) || n <= 0 || n*unit > maxSize {
		return 0
	}
	return int64(math.Round(n * unit))
}

// firstDay is where dates begin: before it a date means "none" (1970-01-01, and
// 1970-00-01 of OCS, are what empty reads as).
const firstDay = "1980-01-01"

// Forms of dates. The order of day and month cannot be told from the value, so the
// caller names the form of its field.
const (
	isoDay      = "2006-01-02"
	slashDay    = "2006/01/02" // OCS
	americanDay = "01/02/2006" // SMBIOS: DMTF DSP0134, type 0
	europeanDay = "02/01/2006" // software of FusionInventory on Windows
)

// day reads the date at the beginning of text, or gives "".
func day(text string, layouts ...string) string {
	for _, layout := range layouts {
		if len(text) < len(layout) {
			continue
		}
		if t, err := time.Parse(layout, text[:len(layout)]); err == nil {
			if d := t.Format(isoDay); d >= firstDay && t.Year() < 2100 {
				return d
			}
		}
	}
	return ""
}

// speedMbps reads "1000", "1 Gbps", "100 Mbps", "-1 Mbps"; 0 = unknown. A bare number
// over a million is in bit/s.
func speedMbps(text string) int64 {
	number, unit, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n <= 0 || n > 1e15 {
		return 0
	}
	switch {
	case strings.HasPrefix(strings.ToLower(unit), "g"):
		n *= 1000
	case unit == "" && n >= 1e6:
		n /= 1e6
	}
	return int64(n)
}

// prefix joins an address and its mask to 192.0.2.7/24; "" when the address is none. A
// mask that is none, and that of the IPv6 loopback (which agents get wrong), counts as
// one host.
func prefix(address, mask string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.WithZone("").Unmap()
	n := a.BitLen()
	if a.Is4() || !a.IsLoopback() {
		if m := maskBits(mask); m > 0 && m <= n {
			n = m
		}
	}
	return netip.PrefixFrom(a, n).String()
}

// maskBits counts the ones at the start of 255.255.255.0 or ffff:ffff::; a bare number is
// the count itself.
func maskBits(mask string) int {
	if n, err := strconv.Atoi(mask); err == nil {
		return n
	}
	m, err := netip.ParseAddr(mask)
	if err != nil {
		return 0
	}
	n := 0
	for _, b := range m.AsSlice() {
		ones := bits.LeadingZeros8(^b)
		n += ones
		if ones < 8 {
			break
		}
	}
	return n
}

// yes reads what agents write for true.
func yes(text string) bool {
	switch strings.ToLower(text) {
	case "1", "yes", "true", "on", "up":
		return true
	}
	return false
}
