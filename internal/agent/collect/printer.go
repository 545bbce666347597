package collect

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"strings"

	"sonae/internal/wire"
)

// printers reads the queues of CUPS from printers.conf(5); the file belongs to root.
func printers(_ context.Context, src *Source) ([]wire.Printer, error) {
	text, err := src.text("/etc/cups/printers.conf")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parsePrinters(text), nil
}

func parsePrinters(text string) []wire.Printer {
	var list []wire.Printer
	var p wire.Printer
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		value = strings.TrimSpace(value)
		switch key {
		case "<Printer", "<DefaultPrinter":
			p = wire.Printer{Name: strings.TrimSuffix(value, ">"), Default: key == "<DefaultPrinter"}
		case "</Printer>", "</DefaultPrinter>":
			if p.Name != "" {
				list = append(list, p)
			}
			p = wire.Printer{}
		case "MakeModel":
			p.Driver = value
		case "Shared":
			p.Shared = strings.EqualFold(value, "yes")
		case "DeviceURI":
			p.Port, p.Address = printerPort(value)
		}
	}
	return list
}

// printerPort takes the password out of a device URI and gives the host of a network
// printer; of DNS-SD names the host is not known.
func printerPort(uri string) (port, address string) {
	u, err := url.Parse(uri)
	if err != nil {
		return wire.WithoutSecrets(uri), ""
	}
	switch u.Scheme {
	case "ipp", "ipps", "http", "https", "lpd", "socket", "smb":
		address = u.Hostname()
	}
	return wire.WithoutSecrets(uri), address
}
