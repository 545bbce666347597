package snmp

import (
	"context"

	"sonae/internal/survey/network"
)

// Printer-MIB (RFC 3805).
const (
	prtSerial    = ".1.3.6.1.2.1.43.5.1.1.17"
	prtSupply    = ".1.3.6.1.2.1.43.11.1.1"
	prtColour    = ".1.3.6.1.2.1.43.12.1.1.4"
	prtLifeCount = ".1.3.6.1.2.1.43.10.2.1.4"
)

var printerRoots = []string{prtSerial, prtSupply + ".6", prtColour, prtLifeCount}

// supplyKinds are the words of PrtMarkerSuppliesTypeTC by number.
var supplyKinds = map[int]string{3: "toner", 4: "waste", 5: "ink", 6: "ink", 7: "ribbon", 8: "waste", 9: "drum", 10: "developer", 11: "fuser_oil",
	12: "wax", 13: "wax", 14: "waste", 15: "fuser", 16: "corona_wire", 18: "cleaner", 20: "transfer", 21: "toner", 32: "staples"}

// printer reads serial number, supplies and the number of printed pages.
func (r *reader) printer(ctx context.Context) error {
	if !r.printing() {
		return nil
	}
	err := r.walk(ctx, prtSerial, func(_ []uint32, v Value) bool {
		r.trait(network.TraitEntitySerial, told(v.Name()))
		return false
	})
	pages := r.walk(ctx, prtLifeCount, func(_ []uint32, v Value) bool {
		r.Pages, _ = v.Int()
		r.Pages = max(0, r.Pages)
		return false
	})
	supplies := r.supplies(ctx)
	for _, e := range []error{err, pages, supplies} {
		if e != nil {
			return e
		}
	}
	return nil
}

// printing reports whether the device has Printer-MIB.
func (r *reader) printing() bool {
	return !r.absent[prtSupply+".6"] || !r.absent[prtLifeCount] || !r.absent[prtSerial]
}

// suppliesMost is how many supplies of a printer are read.
const suppliesMost = 200

func (r *reader) supplies(ctx context.Context) error {
	type row struct {
		device uint32
		colour int
		network.Supply
	}
	rows := map[string]*row{}
	var order []*row
	columns := []string{"6", "3", "5", "8", "9"}
	err := r.columns(ctx, prtSupply, columns, func(column int, index []uint32, v Value) {
		if len(index) != 2 {
			return
		}
		s := rows[oidText(index)]
		if s == nil {
			if len(order) >= suppliesMost {
				return
			}
			s = &row{device: index[0]}
			s.Level, s.Max, s.Kind = -2, -2, "other"
			rows[oidText(index)] = s
			order = append(order, s)
		}
		switch columns[column] {
		case "6":
			s.Name = v.Name()
		case "3":
			s.colour = v.Small()
		case "5":
			if k := supplyKinds[v.Small()]; k != "" {
				s.Kind = k
			}
		case "8":
			s.Max, _ = v.Int()
		case "9":
			s.Level, _ = v.Int()
		}
	})
	colours := map[[2]uint32]string{}
	names := r.walk(ctx, prtColour, func(index []uint32, v Value) bool {
		if len(index) == 2 {
			colours[[2]uint32{index[0], index[1]}] = told(v.Name())
		}
		return len(colours) < suppliesMost
	})
	for _, s := range order {
		if s.colour > 0 {
			s.Colour = colours[[2]uint32{s.device, uint32(s.colour)}]
		}
		s.Percent = percent(s.Level, s.Max)
		r.Supplies = append(r.Supplies, s.Supply)
	}
	if err == nil {
		err = names
	}
	return err
}

// percent of a supply; −1 when the device gives no numbers (RFC 3805: −3 some left,
// −2 unknown, −1 no limit).
func percent(level, most int64) int {
	switch {
	case level < 0 || most <= 0 || level > most:
		return -1
	case most > 1<<40:
		return -1
	}
	return int(level * 100 / most)
}
