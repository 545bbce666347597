package discover

import (
	"bytes"

	"sonae/internal/survey/network"
)

// linesMax is how many header lines of a message are read.
const linesMax = 64

// readSSDP notes what UPnP devices say of themselves (UPnP Device Architecture 2.0, 1.2
// and 1.3): announcements and answers. A search names its sender and the program that
// searches; what it searches for is not its own.
func (d *Decoder) readSSDP(data []byte) {
	start, rest, _ := bytes.Cut(data, []byte("\n"))
	start = bytes.TrimSpace(start)
	search := bytes.HasPrefix(start, []byte("M-SEARCH "))
	if !search && !bytes.HasPrefix(start, []byte("NOTIFY ")) && !bytes.HasPrefix(start, []byte("HTTP/1.")) {
		d.bad("ssdp")
		return
	}
	var t traits
	for range linesMax {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok {
			ssdpHeader(&t, search, string(bytes.ToUpper(bytes.TrimSpace(first(name, 32)))), bytes.TrimSpace(value))
		}
		if len(rest) == 0 {
			break
		}
	}
	d.see(network.HowSSDP, d.source(), t)
}

func ssdpHeader(t *traits, search bool, name string, value []byte) {
	key := ""
	switch {
	case search && name == "USER-AGENT":
		key = TraitSSDPAgent
	case search:
	case name == "SERVER":
		key = network.TraitSSDPServer
	case name == "NT", name == "ST":
		key = network.TraitSSDPType
	case name == "USN":
		key = TraitSSDPName
	case name == "LOCATION":
		key = TraitSSDPLocation
	}
	if key != "" {
		t.text(key, value)
	}
}
