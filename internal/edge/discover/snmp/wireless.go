package snmp

import (
	"context"
	"net/netip"

	"sonae/internal/survey/network"
)

// clientTable is a maker's table of wireless clients. The client's hardware address
// stands in a column, or as the first six numbers of the index.
type clientTable struct {
	entry             string
	first             string // a column every row has
	mac, ip, ap, ssid string // columns; empty: none
	indexMAC          int    // how many numbers of the index are the address; −1: the column tells it
}

// clientTables: AIRESPACE-WIRELESS-MIB (Cisco controllers), WLSX-USER and AI-AP-MIB
// (Aruba), RUCKUS-ZD-WLAN-MIB, MIKROTIK-MIB, UBNT-AirMAX-MIB.
var clientTables = []clientTable{
	{entry: ".1.3.6.1.4.1.14179.2.1.4.1", first: "1", mac: "1", ip: "2", ap: "4", ssid: "7", indexMAC: -1},
	{entry: ".1.3.6.1.4.1.14823.2.3.3.1.2.4.1", first: "1", mac: "1", ip: "3", ap: "2", indexMAC: -1},
	{entry: ".1.3.6.1.4.1.14823.2.2.1.4.1.2.1", first: "5", indexMAC: 6},
	{entry: ".1.3.6.1.4.1.25053.1.2.2.1.1.3.1.1", first: "1", mac: "1", ip: "8", ap: "2", ssid: "4", indexMAC: -1},
	{entry: ".1.3.6.1.4.1.14988.1.1.1.2.1", first: "3", indexMAC: 6},
	{entry: ".1.3.6.1.4.1.41112.1.4.7.1", first: "1", mac: "1", ip: "10", indexMAC: -1},
}

// pointTable is a controller's table of access points.
type pointTable struct {
	entry                                         string
	first                                         string
	mac, ip, name, model, serial, software, place string
}

// pointTables: AIRESPACE-WIRELESS-MIB, WLSX-WLAN-MIB, AI-AP-MIB, RUCKUS-ZD-WLAN-MIB.
var pointTables = []pointTable{
	{entry: ".1.3.6.1.4.1.14179.2.2.1.1", first: "3", mac: "33", ip: "19", name: "3", model: "16", serial: "17", software: "8", place: "4"},
	{entry: ".1.3.6.1.4.1.14823.2.2.1.5.2.1.4.1", first: "3", ip: "2", name: "3", serial: "6", model: "13"},
	{entry: ".1.3.6.1.4.1.14823.2.3.3.1.2.1.1", first: "1", mac: "1", name: "2", ip: "3", serial: "4", model: "6"},
	{entry: ".1.3.6.1.4.1.25053.1.2.2.1.1.2.1.1", first: "1", mac: "1", place: "2", model: "4", serial: "5", ip: "10", software: "7"},
}

var wirelessRoots = func() []string {
	var out []string
	for _, t := range clientTables {
		out = append(out, t.entry+"."+t.first)
	}
	for _, t := range pointTables {
		out = append(out, t.entry+"."+t.first)
	}
	return out
}()

// Most rows that are read of a controller.
const (
	clientsMost = 50_000
	pointsMost  = 10_000
)

// wireless reads access points and clients of the common makers.
func (r *reader) wireless(ctx context.Context) error {
	var trouble error
	for _, t := range pointTables {
		if err := r.points(ctx, t); err != nil && trouble == nil {
			trouble = err
		}
	}
	for _, t := range clientTables {
		if err := r.clients(ctx, t); err != nil && trouble == nil {
			trouble = err
		}
	}
	return trouble
}

// points reads a table of access points. Rows of all tables read so are indexed by the
// hardware address.
func (r *reader) points(ctx context.Context, t pointTable) error {
	if r.absent[t.entry+"."+t.first] {
		return nil
	}
	rows := map[string]*network.AccessPoint{}
	var order []*network.AccessPoint
	columns, fields := wanted([]string{t.first, t.mac, t.ip, t.name, t.model, t.serial, t.software, t.place})
	err := r.columns(ctx, t.entry, columns, func(column int, index []uint32, v Value) {
		key := oidText(index)
		a := rows[key]
		if a == nil {
			if len(order) >= pointsMost {
				return
			}
			a = &network.AccessPoint{}
			if b, ok := octets(index); ok && len(b) == 6 {
				a.MAC = Value{Kind: KindBytes, Bytes: b}.MAC()
			}
			rows[key] = a
			order = append(order, a)
		}
		for _, f := range fields[column] {
			setPoint(a, f, v)
		}
	})
	for _, a := range order {
		if a.Empty() {
			continue
		}
		r.AccessPoints = append(r.AccessPoints, *a)
		o := network.Observation{How: network.HowTraffic, Seen: a.Party}
		o.Traits = addTrait(o.Traits, network.TraitEntityModel, a.Model)
		o.Traits = addTrait(o.Traits, network.TraitEntitySerial, a.Serial)
		r.observe(o)
	}
	return err
}

func setPoint(a *network.AccessPoint, field int, v Value) {
	switch field {
	case 1:
		if mac := v.MAC(); mac != "" {
			a.MAC = mac
		}
	case 2:
		if ip, ok := v.Address(); ok {
			a.Address = ip
		}
	case 3:
		a.Name = v.Name()
	case 4:
		a.Model = told(v.Name())
	case 5:
		a.Serial = told(v.Name())
	case 6:
		a.Software = told(v.Name())
	case 7:
		a.Place = told(v.Name())
	}
}

// wanted lists the columns that a table has, each once, and which fields each fills.
func wanted(fields []string) (columns []string, by [][]int) {
	for f, c := range fields {
		if c == "" {
			continue
		}
		at := -1
		for i, known := range columns {
			if known == c {
				at = i
			}
		}
		if at < 0 {
			at = len(columns)
			columns, by = append(columns, c), append(by, nil)
		}
		by[at] = append(by[at], f)
	}
	return columns, by
}

func (r *reader) clients(ctx context.Context, t clientTable) error {
	if r.absent[t.entry+"."+t.first] {
		return nil
	}
	type client struct {
		mac, ap, ssid string
		ip            netip.Addr
	}
	rows := map[string]*client{}
	var order []*client
	columns, fields := wanted([]string{t.first, t.mac, t.ip, t.ap, t.ssid})
	err := r.columns(ctx, t.entry, columns, func(column int, index []uint32, v Value) {
		key := oidText(index)
		c := rows[key]
		if c == nil {
			if len(order) >= clientsMost {
				return
			}
			c = &client{}
			if t.indexMAC > 0 && len(index) >= t.indexMAC {
				if b, ok := octets(index[:6]); ok {
					c.mac = Value{Kind: KindBytes, Bytes: b}.MAC()
				}
			}
			rows[key] = c
			order = append(order, c)
		}
		for _, f := range fields[column] {
			switch f {
			case 1:
				c.mac = v.MAC()
			case 2:
				c.ip, _ = v.Address()
			case 3:
				c.ap = v.MAC()
			case 4:
				c.ssid = v.Name()
			}
		}
	})
	for _, c := range order {
		if c.mac == "" {
			continue
		}
		o := network.Observation{How: network.HowWiFi, SeerPort: c.ssid, Seen: network.Party{MAC: c.mac, Address: c.ip}}
		if c.ap != "" {
			o.Seer = network.Party{MAC: c.ap}
			for _, a := range r.AccessPoints {
				if a.MAC == c.ap {
					o.Seer = a.Party
				}
			}
		}
		r.observe(o)
	}
	return err
}
