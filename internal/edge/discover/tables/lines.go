package tables

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"sonae/internal/survey/network"
)

// dnsmasqLine: expiry, hardware address (with its type in front when it is not Ethernet),
// address, name or *, client ID or * (dnsmasq(8), --dhcp-leasefile).
var dnsmasqLine = regexp.MustCompile(`^(\d{1,12}) ((?:[0-9a-fA-F]{2}[:-])+[0-9a-fA-F]{2}) ([0-9a-fA-F.:]+) (\S+)(?: (\S+))?$`)

func isDnsmasq(text string) bool { return dnsmasqLine.MatchString(firstLine(text)) }

func (p *parser) dnsmasq(text string) error {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if strings.HasPrefix(line, "duid ") {
			return nil // IPv6 leases follow: named by IAIDs, not by hardware addresses
		}
		m := dnsmasqLine.FindStringSubmatch(line)
		if m == nil {
			p.unread(number, line)
			continue
		}
		d := device{address: m[3], mac: m[2], name: strings.TrimPrefix(m[4], "*"), how: network.HowDHCP, atMS: p.at}
		// One that has run out was there until then at the latest.
		if end := seconds(m[1]) * 1000; end > 0 && end < d.atMS {
			d.atMS = end
		}
		if ok, err := p.add(d); err != nil {
			return err
		} else if !ok {
			p.unread(number, line)
		}
	}
	return nil
}

var vlanWord = regexp.MustCompile(`(?i)^(?:vlan|vl|ve|irb\.|bvi)[-_]?(\d{1,4})$`)

// isARP: some line holds an address and a hardware address.
func isARP(text string) bool {
	n := 0
	for line := range strings.Lines(text) {
		if d, words := pair(line); words && d.address != "" && d.mac != "" {
			return true
		}
		if n++; n > 200 {
			return false
		}
	}
	return false
}

// arp reads lines that hold one address and one hardware address, whatever stands around
// them: all systems print other columns in another order. Headings, and lines of
// addresses that nobody answered for, hold no such pair.
func (p *parser) arp(text string) error {
	number := 0
	for line := range strings.Lines(text) {
		number++
		d, words := pair(line)
		if !words || d.address == "" || d.mac == "" {
			if words && d.mac != "" {
				p.unread(number, line)
			}
			continue
		}
		d.atMS = p.at
		if _, err := p.add(d); err != nil {
			return err
		}
	}
	return nil
}

// lineMax is the length of a line in bytes that is looked at.
const lineMax = 1000

// pair finds the address, hardware address and VLAN of a line.
func pair(line string) (d device, words bool) {
	if len(line) > lineMax {
		line = line[:lineMax]
	}
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '\r' || r == '\n' || r == '"' }) {
		words = true
		word = strings.Trim(word, "()[]<>")
		switch {
		case d.mac == "" && macOf(word) != "":
			d.mac = macOf(word)
		case d.address == "" && isAddress(word):
			d.address = word
			d.how = network.HowARP
			if strings.Contains(word, ":") {
				d.how = network.HowND
			}
		default:
			if m := vlanWord.FindStringSubmatch(word); m != nil && d.vlan == 0 {
				if n, err := strconv.Atoi(m[1]); err == nil && n >= 1 && n <= 4094 {
					d.vlan = n
				}
			}
		}
	}
	return d, words
}

// macOf reads a hardware address. It wants separators: a number of twelve digits is none.
// macOS leaves zeros out (0:1b:21:a:b:c).
func macOf(word string) string {
	if len(word) > 17 || !strings.ContainsAny(word, ":-.") {
		return ""
	}
	if parts := strings.Split(word, ":"); len(parts) == 6 {
		for i, p := range parts {
			if len(p) == 1 {
				parts[i] = "0" + p
			}
		}
		word = strings.Join(parts, ":")
	}
	if k := network.MACKey(word); len(k) == 12 {
		return k
	}
	return ""
}

func isAddress(word string) bool {
	if !strings.ContainsAny(word, ".:") {
		return false
	}
	_, err := netip.ParseAddr(word)
	return err == nil
}
