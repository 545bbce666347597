package foreign

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/survey/asset"
)

// storages takes drives; a machine's size of disks leaves out what is taken out again.
func (in *Inventory) storages(rows []row) {
	disks, sum, seen := []asset.Disk{}, int64(0), map[string]bool{}
	for i, r := range rows {
		d := asset.Disk{
			Name: cmp.Or(r.get("NAME", "MODEL"), "disk "+strconv.Itoa(i)), Model: squeeze(r.get("MANUFACTURER") + " " + r.get("MODEL")),
			Serial: r.get("SERIALNUMBER", "SERIAL"), Kind: diskKind(r), Bus: r.get("INTERFACE"), SizeBytes: size(r.get("DISKSIZE"), megabyte), Health: "unknown",
		}
		if key := d.Name + "\x1f" + d.Serial; !seen[key] {
			seen[key] = true
			disks = append(disks, d)
			if d.Kind != "optical" && d.Kind != "removable" && sum+d.SizeBytes >= sum {
				sum += d.SizeBytes
			}
		}
	}
	in.Disks = &disks
	v := asset.Values{}
	if sum > 0 {
		v[asset.FieldDiskBytes] = strconv.FormatInt(sum, 10)
	}
	in.Groups[secDisks] = v
}

// diskKind reads the words agents use; "disk" alone says nothing.
func diskKind(r row) string {
	text := strings.ToLower(r.get("TYPE") + " " + r.get("DESCRIPTION") + " " + r.get("MODEL"))
	for _, k := range []struct{ word, kind string }{
		{"cd", "optical"}, {"dvd", "optical"}, {"usb", "removable"}, {"removable", "removable"}, {"virtual", "virtual"}, {"ssd", "ssd"}, {"nvme", "ssd"},
	} {
		if slices.ContainsFunc(strings.FieldsFunc(text, func(c rune) bool { return c < 'a' || c > 'z' }), func(w string) bool { return strings.HasPrefix(w, k.word) }) {
			return k.kind
		}
	}
	return "unknown"
}

// foreignDrives are volumes that belong to other machines or to a disc in the drive.
var foreignDrives = []string{"network", "cd-rom", "cd", "removable"}

func volumes(rows []row) *[]asset.Volume {
	out, seen := []asset.Volume{}, map[string]bool{}
	for _, r := range rows {
		mount, kind := r.get("TYPE"), ""
		if letter := r.get("LETTER"); letter != "" { // Windows: TYPE is the sort of drive
			mount, kind = strings.TrimRight(letter, `/\`)+`\`, strings.ToLower(r.get("TYPE"))
		}
		if mount == "" || seen[mount] || slices.ContainsFunc(foreignDrives, func(w string) bool { return strings.HasPrefix(kind, w) }) {
			continue
		}
		seen[mount] = true
		v := asset.Volume{Mount: mount, FileSystem: r.get("FILESYSTEM"), SizeBytes: size(r.get("TOTAL"), mebibyte), FreeBytes: size(r.get("FREE"), mebibyte), Encryption: asset.EncryptionUnknown}
		if kind == "" {
			v.Device = r.get("VOLUMN")
		}
		switch strings.ToLower(r.get("ENCRYPT_STATUS")) {
		case "yes":
			v.Encryption, v.Method = asset.EncryptionOn, strings.ToLower(r.get("ENCRYPT_NAME"))
		case "no":
			v.Encryption = asset.EncryptionOff
		}
		out = append(out, v)
	}
	return &out
}
