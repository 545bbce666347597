package collect

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/wire"
)

const (
	keyPrint    = keyControl + `\Print`
	keyEnum     = `HKLM\SYSTEM\CurrentControlSet\Enum`
	keyMonitors = keyEnum + `\DISPLAY`
)

// winPeripherals reads printers, displays and USB storage from the registry.
func winPeripherals(_ context.Context, src *Source) (*wire.Peripherals, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	return &wire.Peripherals{Printers: r.printers(), Monitors: r.monitors(), USBStorage: r.usbStorage()}, g.err()
}

// sharedPrinter is PRINTER_ATTRIBUTE_SHARED (winspool.h).
const sharedPrinter = 0x8

// printers lists the queues of the machine and the connections of people to
// queues of servers.
func (r reg) printers() []wire.Printer {
	people := r.userHives()
	defaults := map[string]bool{}
	for _, sid := range people {
		device := r.values("HKU", sid, `Software\Microsoft\Windows NT\CurrentVersion\Windows`).Text("Device")
		name, _, _ := strings.Cut(device, ",")
		defaults[strings.ToLower(name)] = name != ""
	}
	list := []wire.Printer{}
	for _, key := range r.subkeys(keyPrint, "Printers") {
		v := r.values(keyPrint, "Printers", key)
		p := wire.Printer{Name: cmp.Or(v.Text("Name"), key), Driver: v.Text("Printer Driver"), Port: wire.WithoutSecrets(v.Text("Port"))}
		p.Shared = v.Int("Attributes")&sharedPrinter != 0
		p.Default = defaults[strings.ToLower(p.Name)]
		p.Address = r.printerAddress(p.Port)
		list = append(list, p)
	}
	for _, sid := range people {
		for _, key := range r.subkeys("HKU", sid, `Printers\Connections`) {
			// ",,server,queue" stands for \\server\queue.
			name := strings.ReplaceAll(key, ",", `\`)
			server, _, _ := strings.Cut(strings.TrimPrefix(name, `\\`), `\`)
			list = append(list, wire.Printer{Name: name, Port: name, Address: server, Default: defaults[strings.ToLower(name)]})
		}
	}
	slices.SortFunc(list, func(a, b wire.Printer) int { return strings.Compare(a.Name, b.Name) })
	return slices.Compact(list)
}

// printerAddress is the host of a port of TCP/IP, or the one in the port's name.
func (r reg) printerAddress(port string) string {
	first, _, _ := strings.Cut(port, ",") // a pool has several
	v := r.values(keyPrint, `Monitors\Standard TCP/IP Port\Ports`, first)
	if host := cmp.Or(v.Text("HostName"), v.Text("IPAddress")); host != "" {
		return host
	}
	if address, err := netip.ParseAddr(strings.TrimPrefix(first, "IP_")); err == nil {
		return address.String()
	}
	return ""
}

// monitors lists the displays that are connected: the registry keeps all there
// ever were, and names those whose driver runs.
func (r reg) monitors() []wire.Monitor {
	running := map[string]bool{}
	drivers := r.values(keyServices, `monitor\Enum`)
	for _, name := range drivers.Names() {
		running[strings.ToLower(drivers.Text(name))] = true
	}
	list := []wire.Monitor{}
	for _, model := range r.subkeys(keyMonitors) {
		for _, instance := range r.subkeys(keyMonitors, model) {
			if !running[strings.ToLower(`DISPLAY\`+model+`\`+instance)] {
				continue
			}
			data := r.values(keyMonitors, model, instance, "Device Parameters")["edid"].Data
			if m, ok := parseEDID(data); ok {
				list = append(list, m)
			}
		}
	}
	slices.SortFunc(list, func(a, b wire.Monitor) int {
		return cmp.Or(strings.Compare(a.Maker, b.Maker), strings.Compare(a.Model, b.Model), strings.Compare(a.Serial, b.Serial))
	})
	return list
}
