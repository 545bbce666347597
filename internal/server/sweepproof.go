package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"sonae/internal/edge/discover/probe"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
)

// Proof prints what a log says was sent to an address: every packet, or that there was
// none and why.
func Proof(address, name, language string, asJSON bool, w io.Writer) error {
	texts, err := text.Load()
	if err != nil {
		return err
	}
	t := texts.For(language)
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return spoken(t, fault.Invalid("probe.error.range", "Range", address))
	}
	addr = addr.Unmap()
	p := proof{t: t, w: w, json: asJSON, addr: addr, address: addr.String()}
	if err := readSweepLog(name, p.take); err != nil {
		return spoken(t, err)
	}
	p.killed()
	if p.failed == nil && !asJSON {
		_, p.failed = fmt.Fprintln(w, t.T("probe.proof", "Address", addr.String(), "Packets", p.packets, "Times", p.left, "Scans", p.scans, "Broadcasts", p.broadcasts, "Maybe", p.maybe, "File", name))
	}
	return p.failed
}

type proof struct {
	t                                       text.Translator
	w                                       io.Writer
	json                                    bool
	addr                                    netip.Addr
	address                                 string
	ahead                                   []logLine // those of the scan that is being read which hold the address
	scans, packets, left, broadcasts, maybe int
	failed                                  error
}

// follow takes the lines that say how far a scan is; those that are ahead when the next
// one begins, or nothing follows, were ahead when it was killed.
func (p *proof) follow(l logLine) {
	switch l.Kind {
	case "begin":
		p.killed()
	case "end":
		p.ahead = nil
	case "ahead":
		from, err1 := netip.ParseAddr(l.Address)
		to, err2 := netip.ParseAddr(l.To)
		if err1 == nil && err2 == nil && from.Compare(p.addr) <= 0 && p.addr.Compare(to) <= 0 {
			for a, n := from, 0; l.Next >= 0 && a != p.addr && n < probe.AddressesMax; n++ { // its own place
				a = a.Next()
				l.Next++
			}
			p.ahead = append(p.ahead, l)
		}
	case "progress":
		p.ahead = slices.DeleteFunc(p.ahead, func(a logLine) bool { return a.Next >= 0 && a.Next < l.Next })
	}
}

// killed tells of the lines that nothing followed.
func (p *proof) killed() {
	for _, l := range p.ahead {
		p.maybe++
		p.print(l, p.t.T("probe.proof.maybe"))
	}
	p.ahead = nil
}

func (p *proof) print(l logLine, words string) {
	var err error
	if p.json {
		err = json.NewEncoder(p.w).Encode(l)
	} else {
		_, err = fmt.Fprintln(p.w, l.At.In(text.Tokyo()).Format("2006-01-02 15:04:05")+"\t"+words)
	}
	p.failed = errors.Join(p.failed, err)
}

func (p *proof) take(l logLine) {
	p.follow(l)
	switch {
	case l.Kind == "begin":
		p.scans++
		return
	case l.Kind == "sent" && l.Broadcast && l.Address != p.address:
		p.broadcasts++ // everybody on that link heard it
		return
	case l.Address != p.address || l.Kind != "sent" && l.Kind != "left_out":
		return
	}
	if l.Kind == "left_out" {
		p.left++
		p.print(l, p.t.T("probe.dry.left_out", "Why", leftOut(p.t, l.Reason, l.Rule)))
		return
	}
	p.packets += l.Packets
	how := l.Method
	if l.Port > 0 {
		how += fmt.Sprintf(" %d", l.Port)
	}
	p.print(l, how+"\t"+p.t.T("probe.proof.sent", "Packets", l.Packets))
}
