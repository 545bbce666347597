package demo

import (
	"fmt"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// closet is a room with the switches that its devices hang on.
type closet struct {
	room, zone string // zone: the switch of the backbone that it is wired to
	switches   []string
}

// portsUsed is how many ports of a floor switch are given to known devices; the rest is
// for those that nobody knows.
const portsUsed = 21

// closets are the rooms with network devices of their own, with as many switches as
// their devices need; their names are filled in by wire.
func closets() []closet {
	var list []closet
	need := map[string]int{}
	add := func(room, building string, n int) {
		if need[room] == 0 {
			zone := "DS-" + room[:1] + "F"
			if building == "別館" {
				zone = "DS-ANX"
			}
			list = append(list, closet{room: room, zone: zone})
		}
		need[room] += n
	}
	for _, p := range places {
		add(p.room, p.building, p.pcs+7) // three printers, up to four wireless points
	}
	for _, m := range modalities {
		if m.system != "" {
			add(m.room, "本館", m.count)
		}
	}
	for i := range list {
		list[i].switches = make([]string, (need[list[i].room]+portsUsed-1)/portsUsed)
	}
	return list
}

// station is a device that hangs on a switch, as its network sees it.
type station struct {
	ref, name, mac, ip, room, kind string
	wireless                       bool
}

func (s station) party() network.Party { return party("", s.mac, s.ip) }

// wiring is the network of a facility while it is put together.
type wiring struct {
	b        *builder
	n        *Network
	closets  []closet
	boxes    map[string]Thing // managed devices by Ref
	order    []string         // of boxes
	read     map[string]*network.Reading
	stations []station
	used     map[string]int    // ports in use by Ref of the switch
	up       map[string]string // floor switch → switch of the backbone, "|", its port
}

// wire takes the devices of a facility that are on its network.
func (b *builder) wire(n *Network) *wiring {
	w := &wiring{b: b, n: n, boxes: map[string]Thing{}, read: map[string]*network.Reading{}, used: map[string]int{}, up: map[string]string{}}
	if n.Facility == "main" {
		w.closets = closets()
	} else {
		w.closets = []closet{{room: clinicPlace.room, switches: []string{""}}}
	}
	for _, t := range b.h.Things {
		if t.Facility == n.Facility && t.Fields["ip"] != "" {
			w.takeThing(t)
		}
	}
	for _, m := range b.h.Machines {
		if m.Facility == n.Facility {
			w.takeMachine(m)
		}
	}
	return w
}

func (w *wiring) takeThing(t Thing) {
	switch {
	case t.Kind == "network" || t.Kind == "vpn":
		w.boxes[t.Ref] = t
		w.order = append(w.order, t.Ref)
		if strings.HasPrefix(t.Ref, "SW-") {
			w.nameSwitch(t)
		}
		return
	case t.Kind == "printer" || strings.HasPrefix(t.Ref, "UPS-"):
		w.boxes[t.Ref] = t
		w.order = append(w.order, t.Ref)
	}
	w.stations = append(w.stations, station{ref: t.Ref, name: t.Fields["name"], mac: t.Fields["mac"], ip: t.Fields["ip"], room: t.Fields["room"], kind: t.Kind})
}

// nameSwitch gives a floor switch to the room it stands in.
func (w *wiring) nameSwitch(t Thing) {
	for i := range w.closets {
		c := &w.closets[i]
		if at := slices.Index(c.switches, ""); c.room == t.Fields["room"] && at >= 0 {
			c.switches[at] = t.Ref
			return
		}
	}
}

// takeMachine finds where a machine is plugged in: by its address, since a few stand
// elsewhere in the ledger.
func (w *wiring) takeMachine(m Machine) {
	id := m.Report.Sections.Hardware.Identity
	ip, _, _ := strings.Cut((*m.Report.Sections.Interfaces)[0].Addresses[0], "/")
	s := station{ref: m.Ref, name: m.Ref, mac: id.MACs[0], ip: ip, room: m.Fields["room"], kind: m.Kind, wireless: strings.Contains(id.Model, "Note")}
	for _, p := range append(slices.Clone(places), clinicPlace) {
		if strings.HasPrefix(ip, p.subnet+".") {
			s.room = p.room
		}
	}
	if m.Kind == "server" && w.n.Facility != "main" {
		return // stands in the main hospital
	}
	w.stations = append(w.stations, s)
}

// port gives the next free port of the switch of a room that has most left; of the
// server room, of its own switch.
func (w *wiring) port(room string) (sw, port string) {
	sw = "DS-SV"
	for _, c := range w.closets {
		if c.room == room {
			sw = slices.MinFunc(c.switches, func(a, b string) int { return w.used[a] - w.used[b] })
		}
	}
	w.used[sw]++
	return sw, fmt.Sprintf("Gi1/0/%d", w.used[sw])
}

// at is the reading of a managed device.
func (w *wiring) at(ref string) *network.Reading {
	if r := w.read[ref]; r != nil {
		return r
	}
	t := w.boxes[ref]
	r := &network.Reading{Source: "snmp", How: network.HowSNMP, AtMS: w.b.ago(0, 3), Device: managed(t.Fields["name"], t.Fields["mac"], t.Fields["ip"])}
	firmware := t.Fields["firmware_version"]
	r.Traits = traits(network.TraitSysDescr, strings.TrimSpace(t.Fields["maker"]+" "+t.Fields["model"]+" "+firmware), network.TraitSysName, t.Fields["name"], network.TraitSysLocation, t.Fields["room"],
		network.TraitEntityMaker, t.Fields["maker"], network.TraitEntityModel, t.Fields["model"], network.TraitEntitySerial, t.Fields["serial"])
	if firmware != "" {
		r.Traits = append(r.Traits, traits(network.TraitEntityFW, firmware)...)
	}
	r.Interfaces = []network.Interface{{Name: "mgmt", MAC: t.Fields["mac"], Kind: "ethernet", Up: true, SpeedMbps: 1000, Addresses: []string{t.Fields["ip"]}}}
	w.read[ref] = r
	return r
}

// see adds to a reading what the device saw, first and last.
func (w *wiring) see(ref string, o network.Observation, firstMS, lastMS int64) {
	r := w.at(ref)
	r.Seen = append(r.Seen, said(o, firstMS, lastMS)...)
	if o.How != network.HowFDB && o.How != network.HowLLDP {
		return
	}
	if !slices.ContainsFunc(r.Interfaces, func(i network.Interface) bool { return i.Name == o.SeerPort }) {
		speed := int64(1000)
		if strings.HasPrefix(o.SeerPort, "Te") {
			speed = 10_000
		}
		r.Interfaces = append(r.Interfaces, network.Interface{Name: o.SeerPort, Kind: "ethernet", Up: true, SpeedMbps: speed})
	}
}

// link joins two managed devices by LLDP of both.
func (w *wiring) link(a, aPort, b, bPort string, firstMS, lastMS int64) {
	w.see(a, network.Observation{How: network.HowLLDP, SeerPort: aPort, Seen: w.at(b).Device, SeenPort: bPort}, firstMS, lastMS)
	w.see(b, network.Observation{How: network.HowLLDP, SeerPort: bPort, Seen: w.at(a).Device, SeenPort: aPort}, firstMS, lastMS)
}
