package tables

import (
	"regexp"
	"strings"
	"time"

	"sonae/internal/survey/network"
)

// iscLease begins a lease in dhcpd.leases (dhcpd.leases(5)).
var iscLease = regexp.MustCompile(`(?m)^\s*lease\s+([0-9.]+)\s*\{`)

func isISC(text string) bool { return iscLease.MatchString(text) }

// isc reads leases in braces. Declarations other than leases are passed over; they name
// no device.
func (p *parser) isc(text string) error {
	var d device
	inside, began := false, 0
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if m := iscLease.FindStringSubmatch(line); m != nil {
			if inside {
				p.unread(began, "lease "+d.address)
			}
			inside, began = true, number
			d = device{address: m[1], how: network.HowDHCP, atMS: p.at}
			continue
		}
		switch {
		case !inside:
		case line == "}":
			inside = false
			// An address in stock, or given up for a conflict, has no hardware address.
			if d.mac == "" {
				continue
			}
			if ok, err := p.add(d); err != nil {
				return err
			} else if !ok {
				p.unread(began, "lease "+d.address)
			}
		default:
			d.iscLine(line)
		}
	}
	if inside {
		p.unread(began, "lease "+d.address)
	}
	return nil
}

// iscLine takes one statement of a lease.
func (d *device) iscLine(line string) {
	line = strings.TrimSuffix(line, ";")
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "hardware":
		if kind, mac, _ := strings.Cut(rest, " "); kind == "ethernet" {
			d.mac = mac
		}
	case "client-hostname":
		d.name = unquote(rest)
	case "set":
		if key, value, ok := strings.Cut(rest, "="); ok && strings.TrimSpace(key) == "vendor-class-identifier" {
			d.vendor = unquote(strings.TrimSpace(value))
		}
	case "starts", "cltt": // when the lease began, and when the client last spoke
		if at := iscTime(rest); at > 0 {
			d.atMS = at
		}
	}
}

// iscTime reads "4 2026/11/26 03:14:15" (UTC), or "epoch 1795663455; # …".
func iscTime(text string) int64 {
	if rest, ok := strings.CutPrefix(text, "epoch "); ok {
		digits, _, _ := strings.Cut(rest, ";")
		return seconds(digits) * 1000
	}
	if _, rest, ok := strings.Cut(text, " "); ok {
		if t, err := time.Parse("2006/01/02 15:04:05", rest); err == nil {
			return t.UnixMilli()
		}
	}
	return 0
}

// unquote reads a string of dhcpd.leases: bytes that are no text stand there in octal.
func unquote(text string) string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`)
	var b []byte
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) && octal(text[i+1:i+4]) >= 0 {
			b = append(b, byte(octal(text[i+1:i+4]))) //nolint:gosec // three octal digits below 256
			i += 3
			continue
		}
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b = append(b, text[i])
	}
	return string(b)
}

func octal(digits string) int {
	n := 0
	for _, c := range digits {
		if c < '0' || c > '7' {
			return -1
		}
		n = n*8 + int(c-'0')
	}
	if n > 255 {
		return -1
	}
	return n
}
