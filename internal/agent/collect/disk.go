package collect

import (
	"context"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// sectorBytes is the unit of /sys/block/*/size, whatever the drive's own sector
// (Linux, Documentation/ABI/stable/sysfs-block).
const sectorBytes = 512

// notDrives are block devices made of others or of memory.
var notDrives = []string{"loop", "ram", "zram", "dm-", "md", "nbd", "fd", "drbd", "zd", "bcache"}

// disks reads the drives under /sys/block.
func disks(_ context.Context, src *Source) ([]wire.Disk, error) {
	if _, err := fs.Stat(src.Files, "sys/block"); err != nil {
		return nil, err
	}
	list := []wire.Disk{}
	for _, name := range src.names("/sys/block") {
		if slices.ContainsFunc(notDrives, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		d := readDisk(src, name)
		if d.SizeBytes == 0 && d.Kind != "optical" {
			continue // a card reader without a card
		}
		list = append(list, d)
	}
	return list, nil
}

func readDisk(src *Source, name string) wire.Disk {
	dir := "/sys/block/" + name
	where := src.link(dir) // ../devices/pci0000:00/…/ata1/host0/target0:0:0/0:0:0:0/block/sda
	vendor := strings.TrimSpace(src.line(dir + "/device/vendor"))
	if strings.HasPrefix(vendor, "0x") || vendor == "ATA" {
		vendor = "" // a PCI number, or the name of the bus
	}
	sectors, _ := strconv.ParseInt(src.line(dir+"/size"), 10, 64)
	d := wire.Disk{
		Name: name, SizeBytes: sectors * sectorBytes, Bus: diskBus(name, where),
		Model:  strings.TrimSpace(vendor + " " + src.line(dir+"/device/model")),
		Serial: diskSerial(src, dir),
	}
	if d.Model == "" {
		d.Model = src.line(dir + "/device/name") // eMMC and SD
	}
	d.Kind = diskKind(name, d.Bus, d.Model, src.line(dir+"/removable"), src.line(dir+"/queue/rotational"))
	if d.Kind == "optical" {
		d.SizeBytes = 0 // that of the last disc
	}
	return d
}

// diskSerial is where each bus keeps it: NVMe and eMMC at the device, virtio at
// the block device, SCSI and ATA in vital product data page 0x80 (SPC-4, 7.8.15),
// whose text follows four bytes.
func diskSerial(src *Source, dir string) string {
	for _, name := range []string{"/device/serial", "/serial"} {
		if serial := src.line(dir + name); serial != "" {
			return serial
		}
	}
	if page := src.line(dir + "/device/vpd_pg80"); len(page) > 4 {
		return strings.TrimSpace(page[4:])
	}
	return ""
}

func diskBus(name, where string) string {
	for _, bus := range []struct{ part, name string }{
		{"/usb", "usb"}, {"/nvme", "nvme"}, {"/virtio", "virtio"}, {"/ata", "sata"}, {"/mmc", "mmc"}, {"/vmbus", "vmbus"}, {"/xen", "xen"},
	} {
		if strings.Contains(where, bus.part) {
			return bus.name
		}
	}
	switch {
	case strings.HasPrefix(name, "vd"):
		return "virtio"
	case strings.HasPrefix(name, "xvd"):
		return "xen"
	case strings.HasPrefix(name, "nvme"):
		return "nvme"
	case strings.HasPrefix(name, "sd"), strings.HasPrefix(name, "sr"):
		return "scsi"
	}
	return ""
}

// virtualModels are drives that hypervisors make up.
var virtualModels = []string{"QEMU", "VBOX", "VMware", "Msft Virtual", "Virtual Disk", "Google", "Amazon Elastic"}

func diskKind(name, bus, model, removable, rotational string) string {
	switch {
	case strings.HasPrefix(name, "sr"):
		return "optical"
	case bus == "virtio", bus == "xen", bus == "vmbus",
		slices.ContainsFunc(virtualModels, func(m string) bool { return strings.Contains(model, m) }):
		return "virtual"
	case removable == "1", bus == "usb":
		return "removable"
	case rotational == "0":
		return "ssd"
	case rotational == "1":
		return "hdd"
	}
	return "unknown"
}
