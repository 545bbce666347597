package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// volatile are members that change by themselves. They are left out of digests,
// so that a machine on which nothing was done has the same digests tomorrow.
var volatile = []string{"free_bytes", "last_login_ms"}

// Digest gives the hex SHA-256 of a section's canonical JSON: RFC 8785 (members
// sorted, no space, shortest escapes), without empty members and without the
// volatile ones. section is a field of Sections, or what it points to. It
// panics on a value that has no JSON form, which no section is.
func Digest(section any) string {
	c := canons.Get().(*canon)
	defer canons.Put(c)
	c.plain.Reset()
	encoder := json.NewEncoder(&c.plain)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(section); err != nil {
		panic("wire: digest of a value without JSON form: " + err.Error())
	}
	c.src, c.out, c.pos = c.plain.Bytes(), c.out[:0], 0
	c.value()
	sum := sha256.Sum256(c.out)
	return hex.EncodeToString(sum[:])
}

// Whole gives the hex SHA-256 over the digests of all sections, in the order of their
// names: each as length, name, length, digest. Report.Whole is made of it.
func Whole(digests map[Section]string) string {
	h := sha256.New()
	for _, section := range slices.Sorted(maps.Keys(digests)) {
		fmt.Fprintf(h, "%d:%s=%d:%s;", len(section), section, len(digests[section]), digests[section])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// canons keeps the buffers: a server checks the digests of every report.
var canons = sync.Pool{New: func() any { return new(canon) }}

// canon rewrites compact JSON of encoding/json in the canonical form. Its input
// is always well-formed; numbers are integers, whose shortest form is the one
// encoding/json writes.
type canon struct {
	plain    bytes.Buffer // what src stands in
	src, out []byte
	pos      int
	members  []member // of the open objects, innermost last
	sorting  []byte   // an object's members in their order, while it is sorted
}

// member is one member of an object: where its text stands in out, and the length
// of its name.
type member struct {
	start, end, name int
}

func (c *canon) value() {
	switch c.src[c.pos] {
	case '{':
		c.object()
	case '[':
		c.array()
	case '"':
		c.text()
	default:
		start := c.pos
		for c.pos < len(c.src) && strings.IndexByte(",]}\n", c.src[c.pos]) < 0 {
			c.pos++
		}
		c.out = append(c.out, c.src[start:c.pos]...)
	}
}

func (c *canon) array() {
	c.take(1)
	for c.src[c.pos] != ']' {
		if c.src[c.pos] == ',' {
			c.take(1)
		}
		c.value()
	}
	c.take(1)
}

func (c *canon) object() {
	c.take(1)
	outer := len(c.members)
	for c.src[c.pos] != '}' {
		if c.src[c.pos] == ',' {
			c.pos++
		}
		m := member{start: len(c.out)}
		c.text()
		m.name = len(c.out) - m.start - 2
		c.take(1)
		c.value()
		m.end = len(c.out)
		if slices.Contains(volatile, string(c.name(m))) {
			c.out = c.out[:m.start]
			continue
		}
		c.members = append(c.members, m)
	}
	c.pos++
	c.sort(c.members[outer:])
	c.members = c.members[:outer]
	c.out = append(c.out, '}')
}

// name is a member's name without its quotes.
func (c *canon) name(m member) []byte { return c.out[m.start+1 : m.start+1+m.name] }

// sort puts the members at the end of out in order of their names, with commas. All
// names of the protocol are ASCII, for which byte order is the UTF-16 order that
// RFC 8785, 3.2.3 asks for.
func (c *canon) sort(members []member) {
	if len(members) == 0 {
		return
	}
	first := members[0].start
	slices.SortFunc(members, func(a, b member) int { return bytes.Compare(c.name(a), c.name(b)) })
	c.sorting = c.sorting[:0]
	for i, m := range members {
		if i > 0 {
			c.sorting = append(c.sorting, ',')
		}
		c.sorting = append(c.sorting, c.out[m.start:m.end]...)
	}
	c.out = append(c.out[:first], c.sorting...)
}

// text copies a string. encoding/json escapes as RFC 8785, 3.2.2.2 does, except
// that it also escapes U+2028 and U+2029, which have to stand as they are.
func (c *canon) text() {
	start := c.pos
	for c.pos++; c.src[c.pos] != '"'; c.pos++ {
		if c.src[c.pos] != '\\' {
			continue
		}
		rest := c.src[c.pos:]
		if line := bytes.HasPrefix(rest, []byte(`\u2028`)); line || bytes.HasPrefix(rest, []byte(`\u2029`)) {
			c.out = append(c.out, c.src[start:c.pos]...)
			c.out = append(c.out, "\u2029"...)
			if line {
				c.out[len(c.out)-1]--
			}
			c.pos += 5
			start = c.pos + 1
			continue
		}
		c.pos++
	}
	c.pos++
	c.out = append(c.out, c.src[start:c.pos]...)
}

func (c *canon) take(n int) {
	c.out = append(c.out, c.src[c.pos:c.pos+n]...)
	c.pos += n
}

// Carried lists the sections whose bodies s holds, in report order, each with
// its body.
func (s *Sections) Carried() []Body {
	all := []Body{
		{SecHardware, s.Hardware, s.Hardware != nil}, {SecOS, s.OS, s.OS != nil},
		{SecDisks, s.Disks, s.Disks != nil}, {SecVolumes, s.Volumes, s.Volumes != nil},
		{SecInterfaces, s.Interfaces, s.Interfaces != nil}, {SecPackages, s.Packages, s.Packages != nil},
		{SecServices, s.Services, s.Services != nil}, {SecPorts, s.Ports, s.Ports != nil},
		{SecAccounts, s.Accounts, s.Accounts != nil}, {SecSecurity, s.Security, s.Security != nil},
		{SecUpdates, s.Updates, s.Updates != nil}, {SecPeripherals, s.Peripherals, s.Peripherals != nil},
		{SecExtensions, s.Extensions, s.Extensions != nil}, {SecStartup, s.Startup, s.Startup != nil},
		{SecGroups, s.Groups, s.Groups != nil}, {SecHardening, s.Hardening, s.Hardening != nil},
		{SecSwitchedOff, s.SwitchedOff, s.SwitchedOff != nil}, {SecBackups, s.Backups, s.Backups != nil},
	}
	return slices.DeleteFunc(all, func(b Body) bool { return !b.present })
}

// Body is the body of one section.
type Body struct {
	Section Section
	Value   any // a pointer, the field of Sections
	present bool
}

// Only keeps the bodies of the named sections and drops the others.
func (s *Sections) Only(keep ...Section) Sections {
	var out Sections
	for _, section := range keep {
		switch section {
		case SecHardware:
			out.Hardware = s.Hardware
		case SecOS:
			out.OS = s.OS
		case SecDisks:
			out.Disks = s.Disks
		case SecVolumes:
			out.Volumes = s.Volumes
		case SecInterfaces:
			out.Interfaces = s.Interfaces
		case SecPackages:
			out.Packages = s.Packages
		case SecServices:
			out.Services = s.Services
		case SecPorts:
			out.Ports = s.Ports
		case SecAccounts:
			out.Accounts = s.Accounts
		case SecSecurity:
			out.Security = s.Security
		case SecUpdates:
			out.Updates = s.Updates
		case SecPeripherals:
			out.Peripherals = s.Peripherals
		case SecExtensions:
			out.Extensions = s.Extensions
		case SecStartup:
			out.Startup = s.Startup
		case SecGroups:
			out.Groups = s.Groups
		case SecHardening:
			out.Hardening = s.Hardening
		case SecSwitchedOff:
			out.SwitchedOff = s.SwitchedOff
		case SecBackups:
			out.Backups = s.Backups
		}
	}
	return out
}

// Seal fills the digests of every section that r carries and keeps those of the
// others.
func (r *Report) Seal() {
	if r.Digests == nil {
		r.Digests = map[Section]string{}
	}
	for _, body := range r.Sections.Carried() {
		r.Digests[body.Section] = Digest(body.Value)
	}
}
