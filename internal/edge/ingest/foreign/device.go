package foreign

import (
	"errors"

	"sonae/internal/wire"
)

// Sections of a device that was asked over the network, by the names of the JSON form;
// the elements of the XML form are gathered under the same.
const (
	secDevice    = "NETWORK_DEVICE"
	secPorts     = "NETWORK_PORTS"
	secFirmwares = "FIRMWARES"
	secError     = "ERROR"
)

// maxDevices of one message: a network of 4,096 addresses asked at once.
const maxDevices = maxRows

// device is one DEVICE of a result in XML, gathered while it is read. A mistake in it is
// its own: the others are taken.
type device struct {
	content content
	port    row
	portNo  int
	problem *wire.Refusal // the first
}

func (x *xmlReader) openDevice() error {
	if len(x.message.devices) >= maxDevices {
		return refuse(wire.CodeTooMany, "DEVICE", "more than %d devices", maxDevices)
	}
	x.message.devices = append(x.message.devices, device{content: content{secDevice: {row{}}}})
	x.device = &x.message.devices[len(x.message.devices)-1]
	return nil
}

// start opens the rows of lists; path begins below DEVICE.
func (d *device) start(path []string) {
	switch {
	case len(path) == 1 && path[0] == "PORTS" && !d.content.has(secPorts):
		d.content[secPorts] = []row{} // present, and empty until the first
	case len(path) == 2 && path[0] == "PORTS" && path[1] == "PORT":
		d.port, d.portNo = d.open(secPorts)
	case len(path) == 1 && path[0] == secFirmwares:
		d.open(secFirmwares)
	}
}

// open adds a row; nil when there are too many.
func (d *device) open(section string) (row, int) {
	r, n, err := d.content.open(section)
	d.note(err)
	return r, n
}

func (d *device) note(err error) {
	var refusal *wire.Refusal
	if d.problem == nil && errors.As(err, &refusal) {
		d.problem = refusal
	}
}

// endDevice puts the text of the element that ends where it belongs.
func (x *xmlReader) endDevice() {
	if len(x.path) == 3 {
		x.device = nil
		return
	}
	x.device.end(x.path[3:], x.text.String())
}

func (d *device) end(path []string, text string) {
	section, field := secDevice, path[len(path)-1]
	if field == "IP" && len(path) > 1 && path[len(path)-2] == "IPS" {
		field, path = "IPS", path[:len(path)-1]
	}
	var r row
	n := 0
	switch {
	case len(path) == 3 && path[0] == "PORTS" && path[1] == "PORT":
		section, r, n = secPorts, d.port, d.portNo
	case len(path) == 2 && path[0] == secFirmwares:
		section = secFirmwares
		if rows := d.content[section]; len(rows) > 0 {
			r, n = rows[len(rows)-1], len(rows)-1
		}
	case len(path) == 2 && path[0] == secError:
		section = secError
		if !d.content.has(section) {
			d.open(section)
		}
		r = d.content.first(section)
	case len(path) == 1, len(path) == 2 && path[0] == "INFO":
		r = d.content.first(secDevice)
	}
	if r != nil && keeps(section, field) {
		d.note(r.add(section, n, field, text))
	}
}
