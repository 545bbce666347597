package wire

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// maxTimeMS is the end of the year 2100: a later time is a broken clock or an
// attempt to live for ever in lists sorted by time.
const maxTimeMS = 4133980799999

// allowed values of enumerations.
var (
	osFamilies   = []string{"linux", "windows", "darwin"}
	chassisKinds = []string{"", "desktop", "laptop", "server", "virtual", "other", "unknown"}
	diskKinds    = []string{"", "ssd", "hdd", "virtual", "optical", "removable", "unknown"}
	diskHealth   = []string{"", "ok", "failing", "unknown"}
	encryptions  = []string{"on", "off", "unknown"}
	netKinds     = []string{"", "ethernet", "wifi", "loopback", "virtual", "tunnel", "mobile", "other"}
	startKinds   = []string{"auto", "manual", "disabled", "other"}
	protocols    = []string{"tcp", "udp"}
	protectKinds = []string{"antimalware", "edr", "integrity", "other"}
	states       = []State{NoData, NoRight, Failed, Partial, NotYet}
)

// checker collects the first fault; the calls after it do nothing, so that the
// rules below read as a list.
type checker struct {
	place   []string
	refusal *Refusal
}

// Check tells whether the values of a decoded report make sense: addresses,
// ports, times, enumerations, and that the digests are those of the bodies. It
// returns nil or a *Refusal. It knows no clock: how far CollectedMS is from the
// server's time is for the server to judge (MaxClockSkewMS).
func (r *Report) Check() error {
	var c checker
	if r.Version != Version {
		c.bad("version", "this server speaks version %d", Version)
	}
	c.token("device_id", r.DeviceID)
	c.that(r.Seq > 0, "seq", "must be above zero")
	c.time("collected_ms", r.CollectedMS)
	c.that(r.CollectedMS > 0, "collected_ms", "is missing")
	c.token("agent.os", r.Agent.OS)
	c.agent(&r.Agent)
	for i, n := range r.Notes {
		c.at(func() {
			c.token("section", string(n.Section))
			c.that(slices.Contains(states, n.State), "state", "unknown state")
		}, "notes", i)
	}
	if r.Whole != "" {
		raw, err := hex.DecodeString(r.Whole)
		c.that(err == nil && len(raw) == 32 && r.Whole == strings.ToLower(r.Whole), "whole", "not a SHA-256 in lower-case hex")
		c.that(len(r.Digests) == 0 && len(r.Sections.Carried()) == 0 && len(r.Notes) == 0, "whole", "stands for digests, sections and notes, and comes without them")
	}
	c.digests(r)
	c.sections(&r.Sections)
	if c.refusal != nil {
		return c.refusal
	}
	return nil
}

func (c *checker) digests(r *Report) {
	for section, digest := range r.Digests {
		place := "digests." + plainName([]byte(section))
		raw, err := hex.DecodeString(digest)
		c.token(place, string(section))
		c.that(err == nil && len(raw) == 32 && digest == strings.ToLower(digest), place, "not a SHA-256 in lower-case hex")
	}
	for _, body := range r.Sections.Carried() {
		c.that(r.Digests[body.Section] == Digest(body.Value), "digests."+string(body.Section), "is not the digest of the section")
	}
}

func (c *checker) sections(s *Sections) {
	if s.Hardware != nil {
		c.hardware(s.Hardware)
	}
	if s.OS != nil {
		c.os(s.OS)
	}
	rows(c, SecDisks, s.Disks, (*checker).disk)
	rows(c, SecVolumes, s.Volumes, (*checker).volume)
	rows(c, SecInterfaces, s.Interfaces, (*checker).netInterface)
	rows(c, SecPackages, s.Packages, (*checker).pkg)
	rows(c, SecServices, s.Services, (*checker).service)
	rows(c, SecPorts, s.Ports, (*checker).port)
	rows(c, SecAccounts, s.Accounts, (*checker).account)
	if s.Security != nil {
		c.security(s.Security)
	}
	if s.Updates != nil {
		c.updates(s.Updates)
	}
	if s.Peripherals != nil {
		c.peripherals(s.Peripherals)
	}
	rows(c, SecExtensions, s.Extensions, (*checker).extension)
	rows(c, SecStartup, s.Startup, (*checker).startup)
	rows(c, SecGroups, s.Groups, (*checker).group)
	if s.Hardening != nil {
		c.hardening(s.Hardening)
	}
	rows(c, SecSwitchedOff, s.SwitchedOff, (*checker).switchedOff)
	rows(c, SecBackups, s.Backups, (*checker).backup)
}

func (c *checker) agent(a *Agent) {
	c.count("agent.policy", a.Policy)
	c.count("agent.cpu_ms", a.CPUMS)
	c.count("agent.peak_kb", a.PeakKB)
	c.that(len(a.Events) <= maxAgentEvents, "agent.events", "more than %d", maxAgentEvents)
	for i, e := range a.Events {
		c.at(func() {
			c.token("kind", e.Kind) // newer agents know more kinds
			c.time("at_ms", e.AtMS)
			c.that(len(e.Detail) <= 400, "detail", "longer than 400 bytes")
		}, "agent.events", i)
	}
}

// rows checks every row of a list, nil included.
func rows[T any](c *checker, section Section, list *[]T, check func(*checker, *T)) {
	if list == nil {
		return
	}
	for i := range *list {
		if c.refusal != nil {
			return
		}
		c.at(func() { check(c, &(*list)[i]) }, "sections."+string(section), i)
	}
}

func (c *checker) hardware(h *Hardware) {
	const at = "sections.hardware."
	for i, mac := range h.MACs {
		c.mac(fmt.Sprintf("%smacs[%d]", at, i), mac)
	}
	c.oneOf(at+"os_family", h.OSFamily, append(osFamilies, ""))
	c.day(at+"bios_date", h.BIOSDate)
	c.oneOf(at+"chassis", h.Chassis, chassisKinds)
	c.count(at+"cpu_sockets", int64(h.CPUSockets))
	c.count(at+"cpu_cores", int64(h.CPUCores))
	c.count(at+"cpu_threads", int64(h.CPUThreads))
	c.count(at+"memory_bytes", h.MemoryBytes)
	list(c, at+"memory_modules", h.MemoryModules, func(m *MemoryModule) {
		c.filled("slot", m.Slot)
		c.count("size_bytes", m.SizeBytes)
		c.count("speed_mts", int64(m.SpeedMTs))
	})
}

func (c *checker) os(o *OS) {
	c.oneOf("sections.os.family", o.Family, osFamilies)
	c.filled("sections.os.name", o.Name)
	c.time("sections.os.installed_ms", o.InstalledMS)
	c.time("sections.os.booted_ms", o.BootedMS)
}

func (c *checker) disk(d *Disk) {
	c.filled("name", d.Name)
	c.oneOf("kind", d.Kind, diskKinds)
	c.oneOf("health", d.Health, diskHealth)
	c.count("size_bytes", d.SizeBytes)
}

func (c *checker) volume(v *Volume) {
	c.filled("mount", v.Mount)
	c.oneOf("encryption", v.Encryption, encryptions)
	c.count("size_bytes", v.SizeBytes)
	c.count("free_bytes", v.FreeBytes)
}

func (c *checker) netInterface(n *Interface) {
	c.filled("name", n.Name)
	if n.MAC != "" {
		c.mac("mac", n.MAC)
	}
	c.oneOf("kind", n.Kind, netKinds)
	c.count("speed_mbps", n.SpeedMbps)
	for i, address := range n.Addresses {
		_, err := netip.ParsePrefix(address)
		c.that(err == nil, fmt.Sprintf("addresses[%d]", i), "not an address with its prefix length")
	}
	if n.Gateway != "" {
		c.address("gateway", n.Gateway)
	}
	for i, address := range n.DNS {
		c.address(fmt.Sprintf("dns[%d]", i), address)
	}
}

func (c *checker) pkg(p *Package) {
	c.filled("name", p.Name)
	c.token("kind", p.Kind)
	c.day("installed_on", p.InstalledOn)
}

func (c *checker) service(s *Service) {
	c.filled("name", s.Name)
	c.oneOf("start", s.Start, startKinds)
}

func (c *checker) port(p *Port) {
	c.oneOf("protocol", p.Protocol, protocols)
	c.address("address", p.Address)
	c.that(p.Number >= 1 && p.Number <= 65535, "number", "not a port number")
}

func (c *checker) account(a *Account) {
	c.filled("name", a.Name)
	c.time("last_login_ms", a.LastLoginMS)
	c.time("password_set_ms", a.PasswordSetMS)
}

func (c *checker) security(s *Security) {
	c.count("sections.security.screen_lock_sec", int64(s.ScreenLockSec))
	for i, p := range s.Protection {
		c.at(func() {
			c.filled("product", p.Product)
			c.oneOf("kind", p.Kind, protectKinds)
			c.day("pattern_date", p.PatternDate)
		}, "sections.security.protection", i)
	}
	for i, l := range s.LogRetention {
		c.at(func() {
			c.filled("name", l.Name)
			c.time("oldest_ms", l.OldestMS)
			c.count("keep_days", int64(l.KeepDays))
			c.count("max_bytes", l.MaxBytes)
		}, "sections.security.log_retention", i)
	}
}

func (c *checker) updates(u *Updates) {
	c.time("sections.updates.checked_ms", u.CheckedMS)
	c.time("sections.updates.last_done_ms", u.LastDoneMS)
	for i, p := range u.Pending {
		c.at(func() { c.filled("name", p.Name) }, "sections.updates.pending", i)
	}
	for i, p := range u.Installed {
		c.at(func() {
			c.filled("id", p.ID)
			c.day("installed_on", p.InstalledOn)
		}, "sections.updates.installed", i)
	}
	for i, run := range u.History {
		c.at(func() {
			c.time("at_ms", run.AtMS)
			c.count("packages", int64(run.Packages))
			c.oneOf("result", run.Result, runResults)
		}, "sections.updates.history", i)
	}
}

// check tells whether an enrolment request is complete.
func (e *EnrollRequest) check() error {
	var c checker
	c.filled("token", e.Token)
	c.that(len(e.PublicKey) == 32, "public_key", "not an Ed25519 key of 32 bytes") // RFC 8032, 5.1.5
	for i, mac := range e.Identity.MACs {
		c.mac(fmt.Sprintf("identity.macs[%d]", i), mac)
	}
	c.oneOf("identity.os_family", e.Identity.OSFamily, append(osFamilies, ""))
	if len(e.CSR) > 0 {
		c.csr(e.CSR)
	}
	if c.refusal != nil {
		return c.refusal
	}
	return nil
}

// at runs rules about one row of a list.
func (c *checker) at(rules func(), list string, row int) {
	c.place = append(c.place, fmt.Sprintf("%s[%d].", list, row))
	rules()
	c.place = c.place[:len(c.place)-1]
}

func (c *checker) bad(place, format string, args ...any) {
	if c.refusal == nil {
		c.refusal = refuse(CodeBadValue, strings.Join(c.place, "")+place, format, args...)
	}
}

func (c *checker) that(ok bool, place, format string, args ...any) {
	if !ok {
		c.bad(place, format, args...)
	}
}

func (c *checker) filled(place, text string) {
	c.that(strings.TrimSpace(text) != "", place, "is empty")
}

func (c *checker) oneOf(place, value string, allowed []string) {
	c.that(slices.Contains(allowed, value), place, "not one of the values the protocol names")
}

// token wants a short machine word: letters, digits, '-', '_'.
func (c *checker) token(place, word string) {
	c.that(word != "" && plainName([]byte(word)) == word, place, "not a word of letters, digits, '-' and '_'")
}

func (c *checker) count(place string, n int64) {
	// 2^53: beyond it RFC 8785 and half of the world's JSON readers lose digits.
	c.that(n >= 0 && n <= 1<<53, place, "out of range")
}

func (c *checker) time(place string, ms int64) {
	c.that(ms >= 0 && ms <= maxTimeMS, place, "not a time between 1970 and 2100")
}

func (c *checker) day(place, day string) {
	if day == "" {
		return
	}
	_, err := time.Parse(time.DateOnly, day)
	c.that(err == nil, place, "not a date like 2006-01-02")
}

// mac takes EUI-48, EUI-64 and the 20 bytes of InfiniBand, in lower case.
func (c *checker) mac(place, text string) {
	mac, err := net.ParseMAC(text)
	c.that(err == nil && mac.String() == text, place, "not a hardware address like aa:bb:cc:dd:ee:ff")
}

func (c *checker) address(place, text string) {
	_, err := netip.ParseAddr(text)
	c.that(err == nil, place, "not an IP address")
}
