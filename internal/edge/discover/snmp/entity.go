package snmp

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// ENTITY-MIB (RFC 6933).
const entityEntry = ".1.3.6.1.2.1.47.1.1.1.1"

var entityRoots = columnsOf(entityEntry, "5", "11", "13")

// modulesMost is how many parts of a device are read.
const modulesMost = 5_000

// entityClasses are the words of PhysicalClass by number.
var entityClasses = []string{"", "other", "", "chassis", "backplane", "container", "power", "fan", "sensor", "module", "port", "stack", "cpu"}

// entity reads the parts of the device. The chassis gives model, serial number, maker
// and software; a stack's first member stands for it.
func (r *reader) entity(ctx context.Context) error {
	parts := map[int]*network.Module{}
	var order []int
	columns := []string{"5", "4", "11", "13", "12", "7", "2", "8", "9", "10"}
	err := r.columns(ctx, entityEntry, columns, func(column int, index []uint32, v Value) {
		if len(index) != 1 || index[0] > 1<<31-1 {
			return
		}
		n := int(index[0])
		m := parts[n]
		if m == nil {
			if len(order) >= modulesMost {
				return
			}
			m = &network.Module{Index: n}
			parts[n] = m
			order = append(order, n)
		}
		setModule(m, columns[column], v)
	})
	for _, n := range order {
		// Sensors and ports are thousands on a chassis, and are no parts to list.
		m := parts[n]
		if m.Class != "sensor" && (m.Class != "port" || m.Serial != "") {
			r.Modules = append(r.Modules, *m)
		}
	}
	r.chassis()
	return err
}

func setModule(m *network.Module, column string, v Value) {
	text := v.Name()
	switch column {
	case "2":
		m.Text = text
	case "4":
		m.Within = v.Small()
	case "5":
		if n := v.Small(); n < len(entityClasses) {
			m.Class = entityClasses[n]
		}
	case "7":
		m.Name = text
	case "8":
		m.Hardware = text
	case "9":
		m.Firmware = text
	case "10":
		m.Software = text
	case "11":
		m.Serial = told(text)
	case "12":
		m.Maker = told(text)
	case "13":
		m.Model = told(text)
	}
}

// told drops what devices write in place of nothing.
func told(text string) string {
	switch strings.ToLower(strings.Trim(text, " .-_0*#")) {
	case "", "n/a", "na", "none", "unknown", "not available", "not specified", "not set", "null", "unspecified", "empty", "to be filled by o.e.m", "default string", "no such object":
		return ""
	}
	return strings.TrimSpace(text)
}

// chassis takes the traits of the first chassis that has a serial number, else of the
// first, else of the outermost part.
func (r *reader) chassis() {
	pick := slices.IndexFunc(r.Modules, func(m network.Module) bool { return m.Class == "chassis" && m.Serial != "" })
	if pick < 0 {
		pick = slices.IndexFunc(r.Modules, func(m network.Module) bool { return m.Class == "chassis" })
	}
	if pick < 0 {
		pick = slices.IndexFunc(r.Modules, func(m network.Module) bool { return m.Within == 0 && m.Class != "stack" && m.Serial != "" })
	}
	if pick < 0 {
		r.loneSerial()
		return
	}
	m := r.Modules[pick]
	r.trait(network.TraitEntityModel, m.Model)
	r.trait(network.TraitEntitySerial, m.Serial)
	r.trait(network.TraitEntityMaker, m.Maker)
	software := m.Software
	for _, other := range r.Modules {
		if software == "" && (other.Class == "module" || other.Class == "chassis") {
			software = other.Software
		}
	}
	r.trait(network.TraitEntityFW, software)
	r.loneSerial()
}

// loneSerial takes the serial number that is the only one among all parts: devices that
// list no chassis, or leave its line empty.
func (r *reader) loneSerial() {
	lone := ""
	for _, m := range r.Modules {
		switch {
		case m.Serial == "" || m.Serial == lone || m.Class == "port":
		case lone != "":
			return
		default:
			lone = m.Serial
		}
	}
	r.trait(network.TraitEntitySerial, lone)
}
