package demo

import (
	"fmt"
	"strings"

	"sonae/internal/survey/network"
)

// readings lets every managed device say what it sees: the backbone, the floors, the
// wireless points, and what hangs on them.
func (w *wiring) readings() {
	if w.n.Facility == "main" {
		w.backbone()
		w.floors()
		w.wireless()
		w.vpns()
	}
	for _, s := range w.stations {
		switch {
		case s.ref == movedPC:
			w.move(s)
		case !s.wireless || w.n.Facility != "main":
			w.plug(s)
		}
	}
	if w.n.Facility == "main" {
		w.oddities()
	}
	for _, ref := range w.order {
		w.equip(ref)
	}
	for _, ref := range w.order {
		w.n.Readings = append(w.n.Readings, *w.read[ref])
	}
}

// span is since when a device is seen: longer than people look back, but not all of one
// day.
func (w *wiring) span() (firstMS, lastMS int64) {
	return w.b.ago(seenDays+w.b.rnd.IntN(120), 0), w.b.ago(0, 3)
}

func (w *wiring) backbone() {
	first, last := w.span()
	w.link("CORE-01", "Te1/0/1", "CORE-02", "Te1/0/1", first, last)
	for i, ds := range backbone[2:] {
		w.link("CORE-01", fmt.Sprintf("Te1/0/%d", 11+i), ds, "Te1/0/49", first, last)
		if i < 3 { // server room and the lower floors have a second way
			w.link("CORE-02", fmt.Sprintf("Te1/0/%d", 11+i), ds, "Te1/0/50", first, last)
		}
	}
	w.link("CORE-01", "Te1/0/40", "FW-01", "port1", first, last)
	w.link("CORE-01", "Te1/0/41", "WLC-01", "port1", first, last)
	w.link("FW-01", "port3", "FW-VPN-01", "lan1", first, last)
	// A second way that has not been confirmed for three weeks, and one that is gone.
	w.link("DS-4F", "Te1/0/50", "DS-3F", "Te1/0/50", first, w.b.ago(20, 0))
	w.link("CORE-02", "Te1/0/20", "DS-ANX", "Te1/0/50", first, w.b.ago(38, 0))
}

// floors wires the switches of the rooms to the backbone.
func (w *wiring) floors() {
	ports := map[string]int{}
	for _, c := range w.closets {
		for _, sw := range c.switches {
			first, last := w.span()
			ports[c.zone]++
			port := fmt.Sprintf("Gi1/0/%d", ports[c.zone])
			w.up[sw] = c.zone + "|" + port
			w.link(c.zone, port, sw, "Te1/1/1", first, last)
		}
	}
}

// ssid is the wireless network of the hospital's own machines.
const ssid = "aobadai-karte"

// wireless hangs the points on the floor switches and the notebooks on the points.
func (w *wiring) wireless() {
	points := map[string][]string{} // by room
	for _, ref := range w.order {
		if !strings.HasPrefix(ref, "AP-") {
			continue
		}
		room := w.boxes[ref].Fields["room"]
		sw, port := w.port(room)
		first, last := w.span()
		w.link(sw, port, ref, "eth0", first, last)
		points[room] = append(points[room], ref)
	}
	for i, s := range w.stations {
		list := points[s.room]
		if !s.wireless || len(list) == 0 {
			continue
		}
		first, last := w.span()
		w.see("WLC-01", network.Observation{How: network.HowWiFi, Seer: w.at(list[i%len(list)]).Device, SeerPort: ssid, Seen: s.party(), VLAN: w.n.vlan(s.ip)}, first, last)
		w.resolved(s, first, last)
	}
}

// vpns hangs the vendors' boxes where they stand.
func (w *wiring) vpns() {
	for _, ref := range w.order {
		if t := w.boxes[ref]; t.Kind == "vpn" && t.Fields["room"] != serverRoom {
			sw, port := w.port(t.Fields["room"])
			first, last := w.span()
			w.link(sw, port, ref, "lan1", first, last)
		}
	}
}

// plug hangs a device on a switch of its room: its switch knows the port, the one above
// knows the switch, and the router knows its address.
func (w *wiring) plug(s station) {
	sw, port := w.port(s.room)
	first, last := w.span()
	w.plugAt(s, sw, port, first, last)
}

func (w *wiring) plugAt(s station, sw, port string, firstMS, lastMS int64) {
	vlan := w.n.vlan(s.ip)
	seen := network.Party{MAC: network.MACKey(s.mac)}
	w.see(sw, network.Observation{How: network.HowFDB, SeerPort: port, Seen: seen, VLAN: vlan}, firstMS, lastMS)
	if ds, dsPort, ok := strings.Cut(w.up[sw], "|"); ok {
		w.see(ds, network.Observation{How: network.HowFDB, SeerPort: dsPort, Seen: seen, VLAN: vlan}, firstMS, lastMS)
	}
	w.resolved(s, firstMS, lastMS)
}

// resolved lets the router know the address of a device.
func (w *wiring) resolved(s station, firstMS, lastMS int64) {
	router := "CORE-01"
	if w.n.Facility != "main" {
		router = clinicSwitch
	}
	if vlan := w.n.vlan(s.ip); vlan != 0 {
		w.see(router, network.Observation{How: network.HowARP, SeerPort: fmt.Sprintf("Vlan%d", vlan), Seen: s.party(), VLAN: vlan}, firstMS, lastMS)
	}
}
