package directory

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"sonae/internal/platform/fault"
)

// Groups whose members rule the domain or its machines, by the last part of their
// SID (learn.microsoft.com, "Appendix C: Protected Accounts and Groups in Active
// Directory" and "Active Directory security groups"). DnsAdmins has no fixed number.
var (
	domainGroups  = map[uint32]bool{512: true, 518: true, 519: true, 520: true, 526: true, 527: true}
	builtinGroups = map[uint32]bool{544: true, 548: true, 549: true, 550: true, 551: true, 552: true}
	namedGroups   = map[string]bool{"dnsadmins": true}
)

// group is a group of the domain.
type group struct {
	dn, name string
	sid      sid
}

// sid is a security identifier without the parts that nothing here asks for.
type sid struct {
	builtin bool // S-1-5-32-…
	domain  bool // S-1-5-21-…
	last    uint32
}

// parseSID reads the binary form (MS-DTYP, section 2.4.2.2).
func parseSID(b []byte) (sid, error) {
	if len(b) < 12 || b[0] != 1 || len(b) != 8+4*int(b[1]) || b[1] > 15 {
		return sid{}, fmt.Errorf("SID of %d bytes", len(b))
	}
	first := binary.LittleEndian.Uint32(b[8:])
	nt := binary.BigEndian.Uint16(b[2:]) == 0 && binary.BigEndian.Uint32(b[4:]) == 5
	return sid{builtin: nt && first == 32 && b[1] == 2, domain: nt && first == 21 && b[1] == 5, last: binary.LittleEndian.Uint32(b[len(b)-4:])}, nil
}

func (g group) privileged() bool {
	return g.sid.builtin && builtinGroups[g.sid.last] || g.sid.domain && domainGroups[g.sid.last] || namedGroups[strings.ToLower(g.name)]
}

// climb finds who is in the privileged groups, also through groups inside groups
// and through the primary group, which no list of members names.
type climb struct {
	link   *link
	base   string
	groups map[string]group           // by lower-case DN
	known  map[string]string          // member's DN → GUID, empty = none
	found  map[string]map[string]bool // GUID → groups that make it privileged
	steps  int
}

// privileges gives for each privileged account (GUID) the groups that make it so.
func (l *link) privileges(base string) (map[string]string, error) {
	c := &climb{link: l, base: base, groups: map[string]group{}, known: map[string]string{}, found: map[string]map[string]bool{}}
	if err := c.readGroups(); err != nil {
		return nil, err
	}
	for dn, g := range c.groups {
		if g.privileged() {
			if err := c.visit(dn, g.name, map[string]bool{}); err != nil {
				return nil, err
			}
		}
	}
	out := make(map[string]string, len(c.found))
	for id, names := range c.found {
		list := make([]string, 0, len(names))
		for n := range names {
			list = append(list, n)
		}
		slices.Sort(list)
		out[id] = strings.Join(list, ", ")
	}
	return out, nil
}

func (c *climb) readGroups() error {
	return c.link.pages(c.base, groupFilter, groupAttributes, func(e *ldap.Entry) error {
		v := &values{entry: e, most: c.link.limits.value}
		g := group{dn: v.check("distinguishedName", e.DN), name: v.text("sAMAccountName")}
		var err error
		if g.sid, err = parseSID(e.GetRawAttributeValue("objectSid")); err != nil {
			v.wrong("objectSid", "directory.error.value_sid")
		}
		c.groups[strings.ToLower(g.dn)] = g
		return v.err
	})
}

// visit notes the members of a group under the name of the privileged group at the
// top. done holds the groups of this climb: groups may contain each other.
func (c *climb) visit(dn, top string, done map[string]bool) error {
	if done[dn] {
		return nil
	}
	done[dn] = true
	g := c.groups[dn]
	why := top
	if g.name != top {
		why = top + " ← " + g.name
	}
	members, err := c.members(g.dn)
	if err != nil {
		return err
	}
	for _, m := range members {
		inner := strings.ToLower(m)
		if _, isGroup := c.groups[inner]; isGroup {
			if err := c.visit(inner, top, done); err != nil {
				return err
			}
			continue
		}
		id, err := c.guidOf(m)
		if err != nil {
			return err
		}
		c.note(id, why)
	}
	if !g.sid.domain {
		return nil
	}
	filter := `(primaryGroupID=` + strconv.FormatUint(uint64(g.sid.last), 10) + `)`
	return c.link.pages(c.base, filter, []string{"objectGUID"}, func(e *ldap.Entry) error {
		id, err := guid(e.GetRawAttributeValue("objectGUID"))
		c.note(id, why)
		return err
	})
}

func (c *climb) note(id, why string) {
	if id == "" {
		return
	}
	if c.found[id] == nil {
		c.found[id] = map[string]bool{}
	}
	c.found[id][why] = true
}

// step counts what the climb asks for.
func (c *climb) step() error {
	if c.steps++; c.steps > c.link.limits.nested {
		return fault.New(fault.CodeUnavailable, "directory.error.nested", "Max", strconv.Itoa(c.link.limits.nested))
	}
	return nil
}

func (c *climb) guidOf(dn string) (string, error) {
	if id, ok := c.known[dn]; ok {
		return id, nil
	}
	if err := c.step(); err != nil {
		return "", err
	}
	e, err := c.link.one(dn, "objectGUID")
	if err != nil {
		return "", err
	}
	id := ""
	if e != nil { // not: an account of another domain
		id, _ = guid(e.GetRawAttributeValue("objectGUID"))
	}
	c.known[dn] = id
	return id, nil
}

// members reads all members of a group; long lists come in ranges (MS-ADTS, section
// 3.1.1.3.1.3.3).
func (c *climb) members(dn string) ([]string, error) {
	var out []string
	for {
		if err := c.step(); err != nil {
			return nil, err
		}
		e, err := c.link.one(dn, "member;range="+strconv.Itoa(len(out))+"-*")
		if err != nil || e == nil {
			return out, err
		}
		last := true
		got := 0
		for _, a := range e.Attributes {
			name, bounds, ranged := strings.Cut(strings.ToLower(a.Name), ";range=")
			if name != "member" {
				continue
			}
			got += len(a.Values)
			out = append(out, a.Values...)
			last = last && (!ranged || strings.HasSuffix(bounds, "-*"))
		}
		if last || got == 0 {
			return out, nil
		}
		if len(out) > c.link.limits.objects {
			return nil, fault.New(fault.CodeUnavailable, "directory.error.endless", "Max", strconv.Itoa(c.link.limits.objects))
		}
	}
}
