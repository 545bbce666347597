package tables

import (
	"slices"
	"strconv"
	"strings"

	"sonae/internal/platform/document"
	"sonae/internal/survey/network"
)

// isKea: the heading of Kea's memfile (Kea Administrator Reference Manual, "Memfile").
func isKea(text string) bool {
	line := firstLine(text)
	return strings.HasPrefix(line, "address,hwaddr,") || strings.HasPrefix(line, "address,duid,")
}

func (p *parser) kea(text string) error {
	rows, head, err := grid(text)
	if err != nil {
		return err
	}
	return p.list(rows, func(cell func(...string) string) device {
		d := device{address: cell("address"), mac: cell("hwaddr"), name: strings.TrimSuffix(cell("hostname"), "."), how: network.HowDHCP, atMS: p.at}
		if began := seconds(cell("expire")) - seconds(cell("valid_lifetime")); began > 0 {
			d.atMS = began * 1000
		}
		// 1 = declined: somebody else answered there (Kea, "Lease States").
		if cell("state") == "1" {
			d.mac = ""
		}
		return d
	}, head)
}

// Headings of a Windows server's leases: of Get-DhcpServerv4Lease, and of the list that
// the console exports, in English and Japanese.
var (
	windowsAddress = []string{"ipaddress", "client ip address", "クライアント ip アドレス"}
	windowsMAC     = []string{"clientid", "unique id", "一意の id", "一意な id"}
	windowsName    = []string{"hostname", "name", "名前"}
)

func isWindows(text string) bool {
	for line := range strings.Lines(text) {
		// Export-Csv of older PowerShell writes a line with the type first.
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#TYPE") {
			continue
		}
		line = strings.ToLower(line)
		return slices.ContainsFunc(windowsAddress, func(w string) bool { return strings.Contains(line, w) }) &&
			slices.ContainsFunc(windowsMAC, func(w string) bool { return strings.Contains(line, w) })
	}
	return false
}

func (p *parser) windows(text string) error {
	if strings.HasPrefix(text, "#TYPE") {
		_, text, _ = strings.Cut(text, "\n")
	}
	rows, head, err := grid(text)
	if err != nil {
		return err
	}
	return p.list(rows, func(cell func(...string) string) device {
		return device{address: cell(windowsAddress...), mac: windowsKey(cell(windowsMAC...)), name: cell(windowsName...), how: network.HowDHCP, atMS: p.at}
	}, head)
}

// windowsKey is the hardware address in a client ID: alone, or with its type in front
// (RFC 2132, 9.14). Others, of remote access say, name no device on the wire.
func windowsKey(id string) string {
	k := strings.ToLower(strings.NewReplacer("-", "", ":", "", " ", "").Replace(id))
	if len(k) == 14 && strings.HasPrefix(k, "01") {
		k = k[2:]
	}
	return k
}

func grid(text string) (rows []document.GridRow, head map[string]int, err error) {
	g, err := document.ReadGrid([]byte(text), "", document.GridLimits{SizeBytes: 3 * SizeMax, Rows: RowsMax + 1, Cells: 40 * RowsMax})
	if err != nil || len(g.Rows) == 0 {
		return nil, nil, err
	}
	head = map[string]int{}
	for i, name := range g.Rows[0].Cells {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			if _, twice := head[name]; !twice {
				head[name] = i
			}
		}
	}
	return g.Rows[1:], head, nil
}

func (p *parser) list(rows []document.GridRow, read func(cell func(...string) string) device, head map[string]int) error {
	for _, r := range rows {
		d := read(func(names ...string) string {
			for _, n := range names {
				if i, ok := head[n]; ok && i < len(r.Cells) {
					return strings.TrimSpace(r.Cells[i])
				}
			}
			return ""
		})
		if d.mac == "" {
			continue // a lease without a hardware address: IPv6 by DUID, declined
		}
		if ok, err := p.add(d); err != nil {
			return err
		} else if !ok {
			p.unread(r.Number, strings.Join(r.Cells, ","))
		}
	}
	return nil
}

// seconds reads a Unix time; 0 when it is none, or lies past the year 9999.
func seconds(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 || n > 253402300799 {
		return 0
	}
	return n
}
