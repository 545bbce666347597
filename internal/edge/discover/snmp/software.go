package snmp

import (
	"context"
	"encoding/binary"
	"time"

	"sonae/internal/survey/network"
)

// HOST-RESOURCES-MIB (RFC 2790).
const (
	hrSWInstalled = ".1.3.6.1.2.1.25.6.3.1"
	hrDeviceType  = ".1.3.6.1.2.1.25.3.2.1.2"
	hrDeviceDescr = ".1.3.6.1.2.1.25.3.2.1.3"
	hrPrinter     = ".1.3.6.1.2.1.25.3.1.5"
)

var softwareRoots = []string{hrSWInstalled + ".2", hrDeviceType}

// programsMost is how many programs of a device are read.
const programsMost = 20_000

// software reads the installed programs, and the name by which a printer calls itself.
func (r *reader) software(ctx context.Context) error {
	rows := map[uint32]int{}
	err := r.columns(ctx, hrSWInstalled, []string{"2", "5"}, func(column int, index []uint32, v Value) {
		if len(index) != 1 {
			return
		}
		at, known := rows[index[0]]
		switch {
		case column == 0 && !known && len(r.Programs) < programsMost && v.Name() != "":
			rows[index[0]] = len(r.Programs)
			r.Programs = append(r.Programs, network.Program{Name: v.Name()})
		case column == 1 && known:
			r.Programs[at].InstalledMS = dateMS(v.Bytes)
		}
	})
	model := r.printerModel(ctx)
	if err == nil {
		err = model
	}
	return err
}

// printerModel asks printers only: a computer lists the printers that it prints to.
func (r *reader) printerModel(ctx context.Context) error {
	if !r.printing() {
		return nil
	}
	printer := ""
	err := r.walk(ctx, hrDeviceType, func(index []uint32, v Value) bool {
		if v.OID == hrPrinter {
			printer = oidText(index)
		}
		return printer == ""
	})
	if printer == "" || err != nil {
		return err
	}
	v, err := r.get(ctx, hrDeviceDescr+printer)
	if err == nil {
		r.trait(network.TraitEntityModel, told(v[0].Name()))
	}
	return err
}

// dateMS reads DateAndTime (RFC 2579): year in two bytes, month, day, hour, minute,
// second, tenth; without a zone it counts as UTC.
func dateMS(b []byte) int64 {
	if len(b) != 8 && len(b) != 11 {
		return 0
	}
	year, month, day := int(binary.BigEndian.Uint16(b)), time.Month(b[2]), int(b[3])
	if year < 1980 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || b[4] > 23 || b[5] > 59 || b[6] > 60 {
		return 0
	}
	at := time.Date(year, month, day, int(b[4]), int(b[5]), int(b[6]), 0, time.UTC)
	if len(b) == 11 {
		zone := time.Duration(b[9])*time.Hour + time.Duration(b[10])*time.Minute
		if b[8] == '-' {
			zone = -zone
		}
		at = at.Add(-zone)
	}
	return at.UnixMilli()
}
