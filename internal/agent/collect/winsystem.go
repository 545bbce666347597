package collect

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// winSystem reads what "winver" shows, the name and domain of the machine and who
// logged on last.
func winSystem(_ context.Context, src *Source) (*wire.OS, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	version := r.values(keyNT)
	o := &wire.OS{
		Family: src.OS, ID: "windows", Name: winName(version.Text("ProductName"), version.Text("CurrentBuild")),
		Version: r.winVersion(), Edition: version.Text("EditionID"), Kernel: version.Text("DisplayVersion"), Arch: src.Arch,
		HostName: r.hostName(), TimeZone: r.values(keyControl, "TimeZoneInformation").Text("TimeZoneKeyName"),
		Locale: r.values(`HKU\.DEFAULT\Control Panel\International`).Text("LocaleName"),
	}
	if o.Kernel == "" {
		o.Kernel = version.Text("ReleaseId") // before 20H2
	}
	if o.Name == "" {
		return nil, errors.New("the registry does not tell the name of the system")
	}
	if seconds, ok := version.Number("InstallDate"); ok && seconds < 1<<32 {
		o.InstalledMS = int64(seconds) * 1000
	}
	if native, err := src.native(); err == nil {
		o.BootedMS = native.OS.BootedMS
	}
	o.Domain = r.domain(src)
	o.LastUser = r.lastUser(src)
	return o, g.err()
}

// winName corrects the one name that is wrong: Windows 11 still calls itself 10
// in ProductName; its builds start at 22000.
func winName(name, build string) string {
	if number, err := strconv.Atoi(build); err == nil && number >= 22000 {
		name = strings.Replace(name, "Windows 10", "Windows 11", 1)
	}
	return name
}

// winVersion is major.minor.build.revision; the revision rises with every monthly
// update.
func (r reg) winVersion() string {
	v := r.values(keyNT)
	build := v.Text("CurrentBuild")
	major, ok := v.Number("CurrentMajorVersionNumber")
	if !ok {
		return strings.Trim(v.Text("CurrentVersion")+"."+build, ".") // before Windows 10
	}
	text := fmt.Sprintf("%d.%d.%s", major, v.Int("CurrentMinorVersionNumber"), build)
	if revision, ok := v.Number("UBR"); ok {
		text += fmt.Sprintf(".%d", revision)
	}
	return text
}

// hostName is the name in DNS; the NetBIOS name where there is none.
func (r reg) hostName() string {
	if name := r.values(keyServices, `Tcpip\Parameters`).Text("Hostname"); name != "" {
		return name
	}
	return r.values(keyControl, `ComputerName\ActiveComputerName`).Text("ComputerName")
}

// domain is the domain the machine is a member of, by its DNS name where that is
// known; the tenant of Entra ID where it joined that; "" in a workgroup.
func (r reg) domain(src *Source) string {
	dns := r.values(keyServices, `Tcpip\Parameters`).Text("Domain")
	if src.Windows.Calls.Join != nil {
		name, joined, err := src.Windows.Calls.Join()
		switch {
		case err == nil && joined && dns != "":
			return strings.ToLower(dns)
		case err == nil && joined:
			return name
		case err == nil:
			dns = ""
		default:
			r.gaps.add("membership in a domain", err)
		}
	}
	if dns != "" {
		return strings.ToLower(dns)
	}
	for _, id := range r.subkeys(keyControl, `CloudDomainJoin\JoinInfo`) {
		if tenant := r.values(keyControl, `CloudDomainJoin\JoinInfo`, id).Text("TenantId"); tenant != "" {
			return "entra:" + tenant
		}
	}
	return ""
}

// lastUser is who logged on last at the machine itself; where a policy hides that,
// who is logged on now.
func (r reg) lastUser(src *Source) string {
	v := r.values(keyWindows, `Authentication\LogonUI`)
	if name := v.Text("LastLoggedOnSAMUser"); name != "" {
		return strings.TrimPrefix(name, `.\`)
	}
	if name := v.Text("LastLoggedOnUser"); name != "" {
		return strings.TrimPrefix(name, `.\`)
	}
	if src.Windows.Calls.Sessions != nil {
		if names, err := src.Windows.Calls.Sessions(); err == nil && len(names) > 0 {
			return names[0]
		}
	}
	return ""
}

// winTimeMS reads a time of the registry that is not in the future.
func winTimeMS(when, now time.Time) int64 {
	if when.IsZero() || when.After(now.Add(48*time.Hour)) {
		return 0
	}
	return when.UnixMilli()
}
