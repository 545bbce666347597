package asset

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sizeSlack is how far two sizes may lie apart and still be one: sources round to MB,
// MiB or GB.
const sizeSlack = 100 // hundredth part

// boundaries are the signs after which a longer value only says more than a shorter
// one: "12" and "12.11", "Debian GNU/Linux 12" and "Debian GNU/Linux 12 (bookworm)",
// "pc01" and "pc01.hospital.example". Fields that are not here have to be equal.
var boundaries = map[Field]string{
	FieldOSVersion: ".", FieldHostName: ".", FieldOSName: " .(", FieldCPU: " @",
}

// agree reports whether two facts about a field say the same: a maker in another
// spelling and a number typed in another width do. Full inventories of one
// machine agree, too, when one is only more exact than the other, and about the user,
// whom each saw at its own time; what people and papers say has to be equal.
func agree(a, b Fact) bool {
	if same(a.Value, b.Value) || a.Field == FieldMaker && sameMaker(a.Value, b.Value) || a.Field == FieldSerial && sameNumber(a.Value, b.Value) {
		return true
	}
	if !slices.Contains(several, a.Source) || !slices.Contains(several, b.Source) {
		return false
	}
	if a.Field == FieldUser {
		return true
	}
	if info, ok := Info(a.Field); ok && info.Type == TypeBytes {
		x, errX := strconv.ParseInt(a.Value, 10, 64)
		y, errY := strconv.ParseInt(b.Value, 10, 64)
		return errX == nil && errY == nil && max(x, y)-min(x, y) <= max(x, y)/sizeSlack
	}
	return moreExact(a.Field, fold(a.Value), fold(b.Value))
}

// moreExact reports whether the longer of two values goes on where the shorter ends.
func moreExact(f Field, short, long string) bool {
	stops, ok := boundaries[f]
	if !ok {
		return false
	}
	if len(short) > len(long) {
		short, long = long, short
	}
	rest, continued := strings.CutPrefix(long, short)
	next, _ := utf8.DecodeRuneInString(rest)
	return continued && short != "" && (strings.ContainsRune(stops, next) || unicode.IsSpace(next))
}
