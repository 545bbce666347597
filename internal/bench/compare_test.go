//go:build linux

package bench

import (
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonae/internal/agent/collect"
	"sonae/internal/wire"
)

// element is any element of another agent's inventory.
type element struct {
	XMLName xml.Name
	Text    string    `xml:",chardata"`
	Inside  []element `xml:",any"`
}

func (e element) text(name string) string {
	for _, in := range e.Inside {
		if in.XMLName.Local == name {
			return strings.TrimSpace(in.Text)
		}
	}
	return ""
}

// row is one thing with its fields, "" where an agent does not say.
type row map[string]string

// inventory is kind → key → fields, in the same words for every agent.
type inventory map[string]map[string]row

func (i inventory) put(kind, key string, fields row) {
	if key == "" {
		return
	}
	if i[kind] == nil {
		i[kind] = map[string]row{}
	}
	if i[kind][key] == nil {
		i[kind][key] = row{}
	}
	for field, value := range fields {
		if value == "" {
			continue
		}
		if old := i[kind][key][field]; old != "" && field == "addresses" {
			list := append(strings.Fields(old), value)
			slices.Sort(list)
			value = strings.Join(slices.Compact(list), " ")
		}
		i[kind][key][field] = value
	}
}

// ofXML reads what both other agents write; they share the schema, not its use.
func ofXML(t *testing.T, file string) inventory {
	t.Helper()
	body, err := os.ReadFile(file) //nolint:gosec // written by the agents of this test
	if err != nil {
		t.Fatal(err)
	}
	var root element
	if err := xml.Unmarshal(body, &root); err != nil {
		t.Fatal(err)
	}
	out := inventory{}
	for _, content := range root.Inside {
		for _, e := range content.Inside {
			take(out, e)
		}
	}
	return out
}

func take(out inventory, e element) {
	switch e.XMLName.Local {
	case "SOFTWARES":
		if e.text("FROM") == "deb" || e.text("FROM") == "rpm" {
			name, arch, _ := strings.Cut(e.text("NAME"), ":") // one of them writes "libc6:amd64"
			for _, more := range []string{"ARCH", "ARCHITECTURE"} {
				if e.text(more) != "" {
					arch = e.text(more)
				}
			}
			out.put("package", name+" "+e.text("VERSION")+" "+arch, row{"publisher": e.text("PUBLISHER"), "installed": e.text("INSTALLDATE"), "size": e.text("FILESIZE"), "category": e.text("SYSTEM_CATEGORY")})
		}
	case "NETWORKS":
		mac := strings.ToLower(e.text("MACADDR"))
		if mac == "00:00:00:00:00:00" { // the loopback has none
			mac = ""
		}
		fields := row{"mac": mac, "up": strings.ToLower(e.text("STATUS")), "mtu": e.text("MTU"), "driver": e.text("DRIVER")}
		for _, name := range []string{"IPADDRESS", "IPADDRESS6"} {
			out.put("interface", e.text("DESCRIPTION"), row{"addresses": e.text(name)})
		}
		out.put("interface", e.text("DESCRIPTION"), fields)
	case "STORAGES":
		out.put("disk", e.text("NAME"), row{"gb": gigabytes(e.text("DISKSIZE"), 1e6), "serial": e.text("SERIALNUMBER"), "maker": e.text("MANUFACTURER"), "model": e.text("MODEL")})
	case "DRIVES":
		out.put("volume", e.text("TYPE"), row{"file system": e.text("FILESYSTEM"), "gb": gigabytes(e.text("TOTAL"), 1<<20), "device": e.text("VOLUMN")})
	case "LOCAL_USERS":
		id := e.text("ID") + e.text("ID_USER")
		out.put("user", e.text("LOGIN"), row{"id": id, "full name": e.text("NAME"), "home": e.text("HOME"), "shell": e.text("SHELL")})
	}
}

// gigabytes makes sizes of several units comparable.
func gigabytes(text string, unit float64) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n == 0 {
		return ""
	}
	return strconv.FormatFloat(math.Round(n*unit/1e9), 'f', 0, 64)
}

func ofReport(r *wire.Report) inventory {
	out := inventory{}
	for _, p := range *r.Sections.Packages {
		out.put("package", p.Name+" "+p.Version+" "+p.Arch, row{"publisher": p.Publisher})
	}
	for _, i := range *r.Sections.Interfaces {
		up := "down"
		if i.Up {
			up = "up"
		}
		out.put("interface", i.Name, row{"mac": i.MAC, "up": up})
		for _, a := range i.Addresses {
			address, _, _ := strings.Cut(a, "/")
			out.put("interface", i.Name, row{"addresses": address})
		}
	}
	for _, d := range *r.Sections.Disks {
		out.put("disk", d.Name, row{"gb": gigabytes(fmt.Sprint(d.SizeBytes), 1), "serial": d.Serial, "model": d.Model, "kind": d.Kind, "bus": d.Bus})
	}
	for _, v := range *r.Sections.Volumes {
		out.put("volume", v.Mount, row{"file system": v.FileSystem, "gb": gigabytes(fmt.Sprint(v.SizeBytes), 1), "device": v.Device, "encryption": v.Encryption})
	}
	for _, a := range *r.Sections.Accounts {
		out.put("user", a.Name, row{"id": a.ID, "full name": a.FullName, "privileged": fmt.Sprint(a.Privileged), "locked": fmt.Sprint(a.Locked)})
	}
	return out
}

// noThing are rows of others that are none of the kind, each with its reason.
func noThing(kind, key string, fields row) string {
	if kind == "disk" && (strings.HasPrefix(key, "zram") || strings.HasPrefix(key, "loop") || strings.HasPrefix(key, "ram")) && fields["gb"] == "" {
		return "memory or a file, and empty: no disk"
	}
	return ""
}

// compare prints field by field what one has and the other has not, and returns the
// rows and values that only the other agent found.
func compare(t *testing.T, name string, own, other inventory) (missing []string) {
	t.Helper()
	fields := map[string]map[string]int{"ours only": {}, name + " only": {}, "both differ": {}}
	for _, kind := range []string{"package", "interface", "disk", "volume", "user"} {
		t.Logf("%s: %ss: ours %d, theirs %d", name, kind, len(own[kind]), len(other[kind]))
		for key, theirs := range other[kind] {
			ours, ok := own[kind][key]
			if !ok {
				if why := noThing(kind, key, theirs); why != "" {
					t.Logf("%s: %s %s: not in ours: %s", name, kind, key, why)
				} else {
					missing = append(missing, kind+" "+key)
				}
				continue
			}
			for field, value := range theirs {
				switch mine := ours[field]; {
				case mine == "":
					fields[name+" only"][kind+" "+field]++
				case field == "addresses":
					for address := range strings.FieldsSeq(value) {
						if !slices.Contains(strings.Fields(mine), address) {
							missing = append(missing, fmt.Sprintf("%s %s: address %s", kind, key, address))
						}
					}
				case mine != value:
					fields["both differ"][kind+" "+field]++
					if field == "mac" || field == "id" || field == "serial" || field == "gb" || field == "file system" {
						missing = append(missing, fmt.Sprintf("%s %s: %s is %q, ours says %q", kind, key, field, value, mine))
					}
				}
			}
			for field := range ours {
				if theirs[field] == "" {
					fields["ours only"][kind+" "+field]++
				}
			}
		}
		for key := range own[kind] {
			if other[kind][key] == nil {
				fields["ours only"][kind+" (whole row)"]++
			}
		}
	}
	for _, side := range []string{"ours only", name + " only", "both differ"} {
		for field, n := range fields[side] {
			t.Logf("%s: %s: %s (%d rows)", name, side, field, n)
		}
	}
	return missing
}

// TestOtherAgentsFindNothingMore takes the inventory of this machine with ours and
// with Debian's two other agents.
func TestOtherAgentsFindNothingMore(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not root: each agent sees something else then")
	}
	for _, o := range others {
		t.Run(o.name, func(t *testing.T) {
			dir := t.TempDir()
			args := o.command(dir)
			if _, err := exec.LookPath(args[0]); err != nil {
				t.Skipf("%s is not installed", args[0])
			}
			if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil { //nolint:gosec // the agents to compare with
				t.Fatalf("%v: %v\n%s", args, err, out)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*.ocs"))
			if err != nil || len(files) != 1 {
				t.Skipf("%s wrote %d inventories", args[0], len(files))
			}
			report, err := collect.Report(t.Context(), "test")
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range compare(t, o.name, ofReport(&report), ofXML(t, files[0])) {
				t.Errorf("%s finds, ours does not: %s", o.name, m)
			}
		})
	}
}
