package collect

import (
	"cmp"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// usbStore is the name of a storage device's key: Disk&Ven_X&Prod_Y&Rev_Z.
var usbStore = regexp.MustCompile(`^(\w+)&Ven_([^&]*)&Prod_([^&]*)(?:&Rev_.*)?$`)

// usbDevice is the name of a USB device's key.
var usbDevice = regexp.MustCompile(`(?i)^VID_([0-9a-f]{4})&PID_([0-9a-f]{4})`)

// keyDeviceDates has the dates of a device; 0064 is when it was first installed,
// 0066 when it last came (DEVPKEY_Device_FirstInstallDate, _LastArrivalDate,
// devpkey.h). Only SYSTEM may read it.
const keyDeviceDates = `Properties\{83da6326-97a6-4088-9453-a1923f573b29}`

// usbStorage lists every storage device that was ever connected by USB: drives
// (USBSTOR), fast drives (UASPStor) and portable devices like phones (MTP).
func (r reg) usbStorage() []wire.USBStorage {
	devices := r.usbDevices()
	running := map[string]bool{}
	for _, service := range []string{"disk", "cdrom", "UASPStor", "WUDFWpdMtp"} {
		v := r.values(keyServices, service, "Enum")
		for _, name := range v.Names() {
			running[strings.ToLower(v.Text(name))] = true
		}
	}
	list := []wire.USBStorage{}
	for _, model := range r.subkeys(keyEnum, "USBSTOR") {
		part := usbStore.FindStringSubmatch(model)
		if part == nil {
			continue
		}
		for _, instance := range r.subkeys(keyEnum, "USBSTOR", model) {
			u := wire.USBStorage{Kind: storageKind(part[1]), Vendor: underscored(part[2]), Product: underscored(part[3]), Serial: deviceSerial(instance)}
			if d, ok := devices[strings.ToLower(u.Serial)]; ok && u.Serial != "" {
				u.VendorID, u.ProductID = d.vendor, d.product
			}
			u.Connected = running[strings.ToLower(`USBSTOR\`+model+`\`+instance)]
			r.dates(&u, keyEnum, "USBSTOR", model, instance)
			list = append(list, u)
		}
	}
	list = append(list, r.otherUSB(running)...)
	slices.SortFunc(list, func(a, b wire.USBStorage) int {
		return cmp.Or(strings.Compare(a.Vendor, b.Vendor), strings.Compare(a.Product, b.Product), strings.Compare(a.Serial, b.Serial), strings.Compare(a.Kind, b.Kind))
	})
	return list
}

// dates reads when a device was first and last seen.
func (r reg) dates(u *wire.USBStorage, device ...string) {
	for id, day := range map[string]*string{"0064": &u.FirstSeen, "0066": &u.LastSeen} {
		values, err := r.registry.Values(strings.Join(append(slices.Clone(device), keyDeviceDates, id), `\`))
		if errors.Is(err, fs.ErrPermission) {
			r.gaps.noRight = true
			r.gaps.say("when USB devices were first and last seen: only SYSTEM may read it")
		}
		if when := values.Time(""); !when.IsZero() {
			*day = when.Format("2006-01-02")
		}
	}
	if u.FirstSeen > u.LastSeen {
		u.LastSeen = u.FirstSeen
	}
}

// usbID is what a device says of itself.
type usbID struct{ vendor, product string }

// usbDevices lists the devices on USB by serial number in lower case.
func (r reg) usbDevices() map[string]usbID {
	found := map[string]usbID{}
	for _, name := range r.subkeys(keyEnum, "USB") {
		part := usbDevice.FindStringSubmatch(name)
		if part == nil {
			continue
		}
		for _, instance := range r.subkeys(keyEnum, "USB", name) {
			if serial := deviceSerial(instance); serial != "" {
				found[strings.ToLower(serial)] = usbID{strings.ToLower(part[1]), strings.ToLower(part[2])}
			}
		}
	}
	return found
}

// otherUSB lists devices on USB that are storage without being in USBSTOR.
func (r reg) otherUSB(running map[string]bool) []wire.USBStorage {
	kinds := map[string]string{"uaspstor": "disk", "wudfwpdmtp": "portable", "wudfwpdfs": "portable"}
	var list []wire.USBStorage
	for _, name := range r.subkeys(keyEnum, "USB") {
		part := usbDevice.FindStringSubmatch(name)
		if part == nil {
			continue
		}
		for _, instance := range r.subkeys(keyEnum, "USB", name) {
			v := r.values(keyEnum, "USB", name, instance)
			kind := kinds[strings.ToLower(v.Text("Service"))]
			if kind == "" {
				continue
			}
			u := wire.USBStorage{
				Kind: kind, Vendor: described(v.Text("Mfg")), Product: described(cmp.Or(v.Text("FriendlyName"), v.Text("DeviceDesc"))), Serial: deviceSerial(instance),
				VendorID: strings.ToLower(part[1]), ProductID: strings.ToLower(part[2]), Connected: running[strings.ToLower(`USB\`+name+`\`+instance)],
			}
			r.dates(&u, keyEnum, "USB", name, instance)
			list = append(list, u)
		}
	}
	return list
}

// deviceSerial is the serial number in an instance's name; "" when Windows made the
// name up, which shows by '&' as the second character.
func deviceSerial(instance string) string {
	if len(instance) > 1 && instance[1] == '&' {
		return ""
	}
	serial, _, _ := strings.Cut(instance, "&")
	return serial
}

func storageKind(class string) string {
	switch strings.ToLower(class) {
	case "disk":
		return "disk"
	case "cdrom":
		return "optical"
	case "sfloppy":
		return "floppy"
	}
	return "other"
}

// underscored gives back the spaces of a name.
func underscored(text string) string { return spaced(strings.ReplaceAll(text, "_", " ")) }

// described takes the text out of "@file.inf,%name%;text".
func described(text string) string {
	if strings.HasPrefix(text, "@") {
		_, text, _ = strings.Cut(text, ";")
	}
	return spaced(text)
}
