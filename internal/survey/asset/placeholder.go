package asset

import (
	_ "embed" // the table of placeholders
	"regexp"
	"strings"
)

//go:embed placeholders.txt
var placeholderTable string

// placeholders are the lines of the table, by kind.
var placeholders = func() map[string]map[string]bool {
	out := map[string]map[string]bool{"serial": {}, "uuid": {}}
	for line := range strings.Lines(placeholderTable) {
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		if kind, known := out[part[0]]; known {
			kind[fold(part[1])] = true
		}
	}
	return out
}()

// counting matches the serials that are a run of digits in order: 0123456789 and
// its beginnings from 12345 on.
var counting = regexp.MustCompile(`^0?12345(6(7(8(9(0(1(2(3(4(5(6(7)?)?)?)?)?)?)?)?)?)?)?)?$`)

// isPlaceholder wants the folded text.
func isPlaceholder(s string) bool {
	s = strings.Join(strings.Fields(s), " ")
	return s == "" || placeholders["serial"][s] || placeholders["serial"][strings.TrimRight(s, ".! ")]
}

// placeholderSerial wants the folded text.
func placeholderSerial(s string) bool {
	if isPlaceholder(s) || counting.MatchString(s) {
		return true
	}
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-_:/*#?()", r) {
			return -1
		}
		return r
	}, s)
	// One sign repeated: 000000, xxxxxxx, 1111; also a bare "0" or "1". A serial of
	// fewer than three signs tells nothing apart.
	return len(bare) < 3 || strings.Count(bare, bare[:1]) == len(bare) || counting.MatchString(bare)
}

// placeholderUUID wants 32 lower-case hexadecimal digits. One byte repeated is none
// either: all zeros and all ones mean "not set" (DSP0134 3.7.1, section 7.2.1).
func placeholderUUID(u string) bool {
	return placeholders["uuid"][u] || placeholders["uuid"][otherOrder(u)] || strings.Count(u, u[:1]) == len(u) || strings.Count(u, u[:2])*2 == len(u)
}

// otherOrder swaps the first three groups of 32 hexadecimal digits: SMBIOS before 2.6
// left their byte order open, and tools disagree to this day (DSP0134 3.7.1, section
// 7.2.1).
func otherOrder(u string) string {
	return u[6:8] + u[4:6] + u[2:4] + u[0:2] + u[10:12] + u[8:10] + u[14:16] + u[12:14] + u[16:]
}
