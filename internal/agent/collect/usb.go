package collect

import (
	"cmp"
	"context"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// usbStorage lists the USB storage that is connected now, and that the kernel's log
// messages still know of. The journal of systemd has another format and is not read.
func usbStorage(_ context.Context, src *Source) ([]wire.USBStorage, error) {
	var g gaps
	seen := map[string]*wire.USBStorage{}
	logs := 0
	for _, name := range []string{"/var/log/kern.log.1", "/var/log/kern.log", "/var/log/messages", "/var/log/syslog.1", "/var/log/syslog"} {
		text, err := tail(src, name, maxTextBytes)
		g.add(name, err)
		if err == nil {
			logs++
			parseUSBLog(text, src.Now().UnixMilli(), seen)
		}
	}
	if logs == 0 && src.exists("/var/log/journal") {
		g.say("USB storage of earlier days: only the journal of systemd has it, which is not read")
	}
	for _, u := range connectedStorage(src) {
		key := usbKey(u)
		if old := seen[key]; old != nil {
			u.FirstSeen = old.FirstSeen
		}
		u.LastSeen = src.Now().UTC().Format(time.DateOnly)
		u.FirstSeen = cmp.Or(u.FirstSeen, u.LastSeen)
		seen[key] = &u
	}
	list := []wire.USBStorage{}
	for _, u := range seen {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b wire.USBStorage) int { return strings.Compare(usbKey(a), usbKey(b)) })
	return list, g.err()
}

func usbKey(u wire.USBStorage) string { return u.VendorID + "/" + u.ProductID + "/" + u.Serial }

// connectedStorage finds devices with an interface of class 08, mass storage.
func connectedStorage(src *Source) []wire.USBStorage {
	var list []wire.USBStorage
	for _, file := range src.glob("/sys/bus/usb/devices/*/bInterfaceClass") {
		if src.line(file) != "08" {
			continue
		}
		dir := path.Dir(file)
		device, _, _ := strings.Cut(dir, ":")
		list = append(list, wire.USBStorage{
			Kind: massStorageKind(src.line(dir + "/bInterfaceSubClass")), Vendor: src.line(device + "/manufacturer"), Product: src.line(device + "/product"), Serial: src.line(device + "/serial"),
			VendorID: hexWord(src.line(device + "/idVendor")), ProductID: hexWord(src.line(device + "/idProduct")), Connected: true,
		})
	}
	return list
}

// massStorageKind reads the sub-class of mass storage (USB-IF, Mass Storage Class
// Specification Overview 1.4, table 1).
func massStorageKind(subClass string) string {
	switch subClass {
	case "02":
		return "optical"
	case "04":
		return "floppy"
	case "01", "06":
		return "disk"
	}
	return "other"
}

var hexID = regexp.MustCompile(`^[0-9a-f]{4}$`)

func hexWord(text string) string {
	if text = strings.ToLower(text); hexID.MatchString(text) {
		return text
	}
	return ""
}

// Messages of drivers/usb/core/hub.c (announce_device) and
// drivers/usb/storage/usb.c.
var (
	usbFound  = regexp.MustCompile(`\busb ([0-9.-]+): New USB device found, idVendor=([0-9a-f]{4}), idProduct=([0-9a-f]{4})`)
	usbText   = regexp.MustCompile(`\busb ([0-9.-]+): (Product|Manufacturer|SerialNumber): (.{1,200})$`)
	usbStores = regexp.MustCompile(`\b(?:usb-storage|uas) ([0-9.-]+):[0-9.]+: (?:USB Mass Storage device detected|.*uas)`)
)

// parseUSBLog adds the storage that a log names, with the days of its lines.
func parseUSBLog(text string, nowMS int64, seen map[string]*wire.USBStorage) {
	ports := map[string]*wire.USBStorage{}
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "usb") && !strings.Contains(line, "uas") {
			continue
		}
		line = strings.TrimRight(line, "\r\n")
		if m := usbFound.FindStringSubmatch(line); m != nil {
			if len(ports) < 1024 {
				ports[m[1]] = &wire.USBStorage{Kind: "disk", VendorID: m[2], ProductID: m[3]}
			}
		} else if m := usbText.FindStringSubmatch(line); m != nil && ports[m[1]] != nil {
			value := strings.TrimSpace(m[3])
			switch m[2] {
			case "Product":
				ports[m[1]].Product = value
			case "Manufacturer":
				ports[m[1]].Vendor = value
			default:
				ports[m[1]].Serial = value
			}
		} else if m := usbStores.FindStringSubmatch(line); m != nil && ports[m[1]] != nil {
			noteStorage(*ports[m[1]], logLineMS(line, nowMS), seen)
		}
	}
}

func noteStorage(u wire.USBStorage, ms int64, seen map[string]*wire.USBStorage) {
	day := ""
	if ms > 0 {
		day = time.UnixMilli(ms).UTC().Format(time.DateOnly)
	}
	key := usbKey(u)
	old := seen[key]
	if old == nil {
		if len(seen) >= wire.MaxRows {
			return
		}
		u.FirstSeen, u.LastSeen = day, day
		seen[key] = &u
		return
	}
	if day != "" && (old.FirstSeen == "" || day < old.FirstSeen) {
		old.FirstSeen = day
	}
	old.LastSeen = max(old.LastSeen, day)
}

// tail reads the last bytes of a log.
func tail(src *Source, name string, most int64) (string, error) {
	file, size, closer, err := src.readerAt(name)
	if err != nil {
		return "", err
	}
	defer closer.Close()
	from := max(0, size-most)
	body, err := io.ReadAll(io.NewSectionReader(file, from, size-from))
	return string(body), err
}
