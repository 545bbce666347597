package collect

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// winSwitchedOff lists protections that somebody turned off, with when the
// setting's key was last written.
func winSwitchedOff(_ context.Context, src *Source) ([]wire.SwitchedOff, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	list := []wire.SwitchedOff{}
	list = append(list, r.updatesOff()...)
	list = append(list, r.updatesPaused(src.Now())...)
	list = append(list, r.defenderOff()...)
	if len(r.defenderOff()) == 0 { // installers of other products disable the service too
		list = append(list, r.serviceOff("malware_protection", "Microsoft Defender Antivirus", "WinDefend")...)
	}
	list = append(list, r.firewallOff()...)
	list = append(list, r.serviceOff("event_log", "Windows Event Log", "EventLog")...)
	list = append(list, r.timeOff()...)
	if s := (setting{keySystemPolicy, "EnableLUA", false}); r.values(s.key).Is(s.name, 0) {
		list = append(list, r.offBy("user_account_control", "", s, "0"))
	}
	list = append(list, r.locksOff()...)
	slices.SortFunc(list, func(a, b wire.SwitchedOff) int {
		return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Name, b.Name), strings.Compare(a.Evidence, b.Evidence))
	})
	return slices.Compact(list), g.err()
}

// keyUpdateUX has what people set on the page of Windows Update.
const keyUpdateUX = `HKLM\SOFTWARE\Microsoft\WindowsUpdate\UX\Settings`

// updatesPaused is the pause that anybody at the machine may start.
func (r reg) updatesPaused(now time.Time) []wire.SwitchedOff {
	text := r.values(keyUpdateUX).Text("PauseUpdatesExpiryTime")
	until, err := time.Parse(time.RFC3339, text)
	if err != nil || until.Before(now) {
		return nil
	}
	return []wire.SwitchedOff{r.offBy("auto_updates", "Windows Update", setting{keyUpdateUX, "PauseUpdatesExpiryTime", false}, text)}
}

func (r reg) firewallOff() []wire.SwitchedOff {
	list := r.serviceOff("firewall", "Windows firewall", "mpssvc")
	for _, p := range r.profiles() {
		if p.on != nil && !*p.on {
			list = append(list, r.offBy("firewall", p.name, setting{p.key, "EnableFirewall", p.byPolicy}, "0"))
		}
	}
	return list
}

func (r reg) timeOff() []wire.SwitchedOff {
	list := r.serviceOff("time_sync", "Windows Time", "W32Time")
	for _, s := range []setting{{keyPolicies + `\W32Time\Parameters`, "Type", true}, {keyTime + `\Parameters`, "Type", false}} {
		if kind := r.values(s.key).Text(s.name); kind != "" {
			if strings.EqualFold(kind, "NoSync") {
				list = append(list, r.offBy("time_sync", "Windows Time", s, kind))
			}
			break // the policy decides
		}
	}
	return list
}

// locksOff lists people whose screen saver is turned off: a machine that never had
// one set has no value.
func (r reg) locksOff() []wire.SwitchedOff {
	if r.values(keySystemPolicy).Int("InactivityTimeoutSecs") > 0 {
		return nil // the machine locks whatever they set
	}
	names := r.profileNames()
	var list []wire.SwitchedOff
	for _, sid := range r.userHives() {
		for _, s := range []setting{
			{`HKU\` + sid + `\Software\Policies\Microsoft\Windows\Control Panel\Desktop`, "ScreenSaveActive", true},
			{`HKU\` + sid + `\Control Panel\Desktop`, "ScreenSaveActive", false},
		} {
			n, ok := r.values(s.key).Number(s.name)
			if ok && n == 0 {
				list = append(list, r.offBy("screen_lock", cmp.Or(names[strings.ToUpper(sid)], sid), s, "0"))
			}
			if ok {
				break
			}
		}
	}
	return list
}
