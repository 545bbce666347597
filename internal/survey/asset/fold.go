package asset

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// fold makes text comparable: width and compatibility forms unified (NFKC,
// Unicode Standard Annex #15), then lower case. "ＰＣ－０１" and "pc-01" agree, so
// do "ｻｰﾊﾞ" and "サーバ".
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// maxSearch bounds the folded text of one asset, in bytes; notes beyond it are
// not found by free text.
const maxSearch = 4096

// searchText joins the folded values that free text looks into, one a line.
func searchText(v Values) string {
	var b strings.Builder
	for _, f := range Fields {
		if value := v[f.Name]; f.Search && value != "" {
			b.WriteString(fold(value))
			b.WriteByte('\n')
			if f.Type == TypeMAC {
				b.WriteString(strings.ReplaceAll(value, ":", "") + "\n")
			}
		}
	}
	return cutText(b.String(), maxSearch)
}

// cutText shortens to at most n bytes at a character's edge.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 { // inside a character of UTF-8
		n--
	}
	return s[:n]
}

// searchWords splits a query at white space; a MAC address in another notation
// becomes the stored one. At most 8 words are used, the rest only narrows.
func searchWords(text string) []string {
	words := strings.Fields(fold(text))
	if len(words) > 8 {
		words = words[:8]
	}
	for i, w := range words {
		if mac, ok := ParseMAC(w); ok {
			words[i] = mac
		}
	}
	return words
}

// sortKey orders labels as people count: pc-2 before pc-10. Each run of digits
// gets its length in front. Cut to 200 bytes, because PostgreSQL's index rows end
// at 2704 bytes.
func sortKey(s string) string {
	s = fold(s)
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			b.WriteByte(s[i])
			i++
			continue
		}
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		digits := strings.TrimLeft(s[i:j], "0")
		fmt.Fprintf(&b, "0%02d%s", min(len(digits), 99), digits)
		i = j
	}
	return cutText(b.String(), 200)
}

// ipKey orders addresses by number, IPv4 before IPv6; empty for none.
func ipKey(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d%x", a.BitLen()/32, a.AsSlice())
}
