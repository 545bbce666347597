package collect

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// diskFileSystems are those that keep data on a drive of this machine. Network
// file systems are left out: asking a dead server for its free space would hang.
var diskFileSystems = []string{
	"ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "f2fs",
	"jfs", "reiserfs", "zfs", "bcachefs", "ecryptfs", "udf", "hfsplus", "apfs",
}

// volumes reads mounted file systems and follows each down to its drive to see
// whether something encrypts on the way.
func volumes(ctx context.Context, src *Source) ([]wire.Volume, error) {
	var g gaps
	// Those of the first process: a service manager shows its services a file
	// system of their own.
	text, err := src.text("/proc/1/mountinfo")
	if err != nil || strings.TrimSpace(text) == "" {
		text, err = src.text("/proc/self/mountinfo")
	}
	if err != nil {
		return nil, err
	}
	list := []wire.Volume{}
	for _, m := range realMounts(parseMountInfo(text)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v := wire.Volume{Mount: m.point, Device: m.source, FileSystem: m.kind}
		v.Encryption, v.Method = encryption(src, m)
		if src.Space != nil {
			size, free, err := src.Space(m.point)
			g.add("space of "+m.point, err)
			v.SizeBytes, v.FreeBytes = size, free>>30<<30
		}
		list = append(list, v)
	}
	return list, g.err()
}

// mount is one line of /proc/self/mountinfo.
type mount struct {
	device string // major:minor
	root   string // what of the file system is mounted; "/" = all
	point  string
	kind   string
	source string
}

// parseMountInfo reads the form of proc_pid_mountinfo(5):
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
func parseMountInfo(text string) []mount {
	var list []mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 6 || len(right) < 2 {
			continue
		}
		list = append(list, mount{
			device: left[2], root: unescapeMount(left[3]), point: unescapeMount(left[4]),
			kind: right[0], source: unescapeMount(right[1]),
		})
	}
	return list
}

// unescapeMount undoes the octal escapes for space, tab, newline and backslash.
func unescapeMount(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// realMounts keeps one mount of each file system with data: bind mounts show a
// part of one that is there already. btrfs mounts its subvolumes the same way,
// and those are kept, as is the root of a container.
func realMounts(all []mount) []mount {
	var list []mount
	seen := map[string]bool{}
	for _, m := range all {
		switch {
		case m.point == "/" && m.kind == "overlay":
		case !slices.Contains(diskFileSystems, m.kind):
			continue
		case m.kind == "btrfs":
			if seen[m.point] {
				continue
			}
		case seen[m.device]:
			continue
		}
		seen[m.device], seen[m.point] = true, true
		list = append(list, m)
	}
	return list
}

// encryption tells whether every drive under a mount is reached through
// encryption. Drives that encrypt by themselves, and what a hypervisor does
// below a virtual drive, cannot be seen from here.
func encryption(src *Source, m mount) (state, method string) {
	switch m.kind {
	case "ecryptfs":
		return "on", "ecryptfs"
	case "zfs":
		return "unknown", "" // a property of the data set, known to its own tools only
	case "overlay":
		return "unknown", ""
	}
	if src.exists(path.Join(m.point, ".fscrypt")) {
		method = "fscrypt" // encrypts some folders: says nothing of the whole
	}
	device := blockName(src, m)
	if device == "" {
		return "unknown", method
	}
	on, how := encrypted(src, device, 0)
	if on {
		return "on", how
	}
	return "off", method
}

// blockName finds the kernel's name of the device of a mount, "dm-0" or "sda2".
// A major number of 0 stands for file systems over several devices (btrfs);
// their source names one of them.
func blockName(src *Source, m mount) string {
	if !strings.HasPrefix(m.device, "0:") {
		if target := src.link("/sys/dev/block/" + m.device); target != "" {
			return path.Base(target)
		}
	}
	if name, ok := strings.CutPrefix(m.source, "/dev/mapper/"); ok {
		for _, dm := range src.glob("/sys/block/dm-*") {
			if src.line("/"+dm+"/dm/name") == name {
				return path.Base(dm)
			}
		}
		return ""
	}
	name := path.Base(m.source)
	if strings.HasPrefix(m.source, "/dev/") && src.exists("/sys/class/block/"+name) {
		return name
	}
	return ""
}

// cryptMethods are the beginnings of a device-mapper UUID that cryptsetup gives
// (cryptsetup, lib/utils_dm.h); "CRYPT-VERITY" and "CRYPT-INTEGRITY" only protect
// against change.
var cryptMethods = []struct{ prefix, name string }{
	{"CRYPT-LUKS2-", "luks2"}, {"CRYPT-LUKS1-", "luks1"}, {"CRYPT-BITLK-", "bitlocker"},
	{"CRYPT-PLAIN-", "dm-crypt"}, {"CRYPT-TCRYPT-", "tcrypt"}, {"CRYPT-LOOPAES-", "loop-aes"}, {"CRYPT-FVAULT2-", "filevault2"},
}

// maxStack bounds how deep devices may stand on each other.
const maxStack = 16

// encrypted follows a block device down: through dm-crypt it is encrypted; a
// device over several others (LVM, RAID) is when all of them are; a partition
// is when its disk is.
func encrypted(src *Source, name string, depth int) (on bool, method string) {
	if depth > maxStack {
		return false, ""
	}
	dir := "/sys/class/block/" + name
	uuid := src.line(dir + "/dm/uuid")
	for _, m := range cryptMethods {
		if strings.HasPrefix(uuid, m.prefix) {
			return true, m.name
		}
	}
	if below := src.names(dir + "/slaves"); len(below) > 0 {
		for _, b := range below {
			if on, method = encrypted(src, b, depth+1); !on {
				return false, ""
			}
		}
		return true, method
	}
	if src.exists(dir + "/partition") {
		if disk := path.Base(path.Dir(src.link(dir))); disk != "." && disk != name {
			return encrypted(src, disk, depth+1)
		}
	}
	return false, ""
}
