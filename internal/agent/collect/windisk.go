package collect

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"sonae/internal/agent/wmi"
	"sonae/internal/wire"
)

const (
	spaceCIM     = `root\cimv2`
	spaceStorage = `root\Microsoft\Windows\Storage`
	spaceWMI     = `root\wmi`
)

// wmi gives the WMI of a source.
func (s *Source) wmi() (wmi.WMI, error) {
	if s.Windows == nil || s.Windows.WMI == nil {
		return nil, errors.New("the source has no WMI")
	}
	return s.Windows.WMI, nil
}

// winDisks asks WMI for the physical disks with their health: the registry names
// drives, but knows neither size nor serial number.
func winDisks(ctx context.Context, src *Source) ([]wire.Disk, error) {
	g := gaps{account: "SYSTEM"}
	w, err := src.wmi()
	if err != nil {
		return nil, err
	}
	list, err := physicalDisks(ctx, w)
	if err != nil || len(list) == 0 { // before Windows 8, or storage management is damaged
		list, err = diskDrives(ctx, w)
	}
	if err != nil {
		return nil, err
	}
	rows, err := w.Query(ctx, spaceCIM, "Win32_CDROMDrive", "Drive", "Name", "SerialNumber")
	if err != nil && !errors.Is(err, wmi.ErrNotThere) {
		g.add("optical drives", err)
	}
	for _, row := range rows {
		list = append(list, wire.Disk{Name: cmp.Or(row.Text("Drive"), "CD-ROM"), Model: row.Text("Name"), Kind: "optical"})
	}
	slices.SortFunc(list, func(a, b wire.Disk) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Serial, b.Serial))
	})
	return list, g.err()
}

// Values of MSFT_PhysicalDisk (learn.microsoft.com, Windows Storage Management API).
var (
	diskBuses = map[int64]string{
		1: "scsi", 2: "atapi", 3: "ata", 4: "ieee1394", 6: "fibre channel", 7: "usb", 8: "raid", 9: "iscsi", 10: "sas", 11: "sata",
		12: "sd", 13: "mmc", 15: "virtual", 16: "storage spaces", 17: "nvme", 18: "scm",
	}
	diskMedia  = map[int64]string{3: "hdd", 4: "ssd", 5: "ssd"}
	diskStates = map[int64]string{0: "ok", 1: "failing", 2: "failing"}
)

func physicalDisks(ctx context.Context, w wmi.WMI) ([]wire.Disk, error) {
	rows, err := w.Query(ctx, spaceStorage, "MSFT_PhysicalDisk", "DeviceId", "FriendlyName", "Model", "SerialNumber", "MediaType", "BusType", "Size", "HealthStatus")
	if err != nil {
		return nil, err
	}
	list := []wire.Disk{}
	for _, row := range rows {
		d := wire.Disk{
			Name: "PhysicalDrive" + row.Text("DeviceId"), Model: cmp.Or(row.Text("FriendlyName"), row.Text("Model")),
			Serial: strings.Trim(row.Text("SerialNumber"), " ."), Bus: diskBuses[row.Int("BusType")], SizeBytes: max(0, row.Int("Size")),
			Kind: diskMedia[row.Int("MediaType")], Health: "unknown",
		}
		if n, ok := row.Number("HealthStatus"); ok {
			d.Health = cmp.Or(diskStates[n], "unknown")
		}
		d.Kind = winDiskKind(d)
		list = append(list, d)
	}
	return list, nil
}

// diskDrives reads the older class, and what drives themselves predict.
func diskDrives(ctx context.Context, w wmi.WMI) ([]wire.Disk, error) {
	rows, err := w.Query(ctx, spaceCIM, "Win32_DiskDrive", "Index", "Model", "SerialNumber", "InterfaceType", "MediaType", "Size", "PNPDeviceID", "Status")
	if err != nil {
		return nil, err
	}
	failing := map[string]string{}
	predicted, _ := w.Query(ctx, spaceWMI, "MSStorageDriver_FailurePredictStatus", "InstanceName", "PredictFailure")
	for _, p := range predicted {
		// The name is that of the device with "_0" after it.
		device := strings.ToLower(strings.TrimSuffix(p.Text("InstanceName"), "_0"))
		failing[device] = map[bool]string{true: "failing", false: "ok"}[p.True("PredictFailure")]
	}
	list := []wire.Disk{}
	for _, row := range rows {
		d := wire.Disk{
			Name: "PhysicalDrive" + row.Text("Index"), Model: row.Text("Model"), Serial: row.Text("SerialNumber"),
			Bus: strings.ToLower(row.Text("InterfaceType")), SizeBytes: max(0, row.Int("Size")), Health: failing[strings.ToLower(row.Text("PNPDeviceID"))],
		}
		if d.Health == "" {
			d.Health = "unknown"
			if strings.EqualFold(row.Text("Status"), "Pred Fail") {
				d.Health = "failing"
			}
		}
		if strings.Contains(strings.ToLower(row.Text("MediaType")), "removable") {
			d.Kind = "removable"
		}
		d.Kind = winDiskKind(d)
		list = append(list, d)
	}
	return list, nil
}

// winDiskKind goes by the model where the medium is not told: virtual machines
// and RAID controllers say "unspecified".
func winDiskKind(d wire.Disk) string {
	model := strings.ToLower(d.Model)
	for _, word := range []string{"vmware", "vbox", "virtual", "qemu", "xen"} {
		if strings.Contains(model, word) {
			return "virtual"
		}
	}
	switch {
	case d.Kind != "":
		return d.Kind
	case d.Bus == "virtual" || d.Bus == "storage spaces":
		return "virtual"
	case d.Bus == "nvme":
		return "ssd"
	case d.Bus == "usb" || d.Bus == "sd" || d.Bus == "mmc":
		return "removable"
	}
	return "unknown"
}
