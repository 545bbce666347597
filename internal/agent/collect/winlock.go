package collect

import (
	"context"
	"strings"

	"sonae/internal/agent/winreg"
	"sonae/internal/wire"
)

// keySystemPolicy has rules for everybody on the machine.
const keySystemPolicy = keyWindows + `\Policies\System`

// screenLocks lists the rule for the machine and that of each person who is
// logged on.
func (r reg) screenLocks() []wire.ScreenLock {
	var list []wire.ScreenLock
	yes := true
	if seconds := r.values(keySystemPolicy).Int("InactivityTimeoutSecs"); seconds > 0 {
		list = append(list, wire.ScreenLock{Seconds: seconds, On: &yes, Password: &yes, Enforced: true, Source: keySystemPolicy + `\InactivityTimeoutSecs`})
	}
	names := r.profileNames()
	for _, sid := range r.userHives() {
		list = append(list, r.userLock(sid, names[strings.ToUpper(sid)]))
	}
	return list
}

// userLock reads a person's screen saver: policy is stronger than the own
// setting, value by value.
func (r reg) userLock(sid, name string) wire.ScreenLock {
	ownKey := `HKU\` + sid + `\Control Panel\Desktop`
	policyKey := `HKU\` + sid + `\Software\Policies\Microsoft\Windows\Control Panel\Desktop`
	own, policy := r.values(ownKey), r.values(policyKey)
	lock := wire.ScreenLock{User: name, Source: ownKey, Enforced: policy.Has("ScreenSaveActive") && policy.Has("ScreenSaveTimeOut")}
	if lock.Enforced {
		lock.Source = policyKey
	}
	active, known := firstNumber("ScreenSaveActive", policy, own)
	secure, _ := firstNumber("ScreenSaverIsSecure", policy, own)
	saver := firstText("SCRNSAVE.EXE", policy, own)
	on := known && active == 1 && saver != ""
	asks := on && secure == 1
	lock.On, lock.Password = &on, &asks
	if seconds, ok := firstNumber("ScreenSaveTimeOut", policy, own); ok && on && seconds < 1<<31 {
		lock.Seconds = int(seconds)
	}
	return lock
}

func firstText(name string, keys ...winreg.Values) string {
	for _, v := range keys {
		if text := v.Text(name); text != "" {
			return text
		}
	}
	return ""
}

// profileNames are the names of the folders of people's profiles, by SID in upper
// case.
func (r reg) profileNames() map[string]string {
	names := map[string]string{}
	for _, sid := range r.subkeys(keyProfiles) {
		folder := r.values(keyProfiles, sid).Text("ProfileImagePath")
		if at := strings.LastIndexByte(folder, '\\'); at >= 0 {
			names[strings.ToUpper(sid)] = folder[at+1:]
		}
	}
	return names
}

// winScreenLock is after how many seconds the screen locks with a password for
// everybody the agent can see; 0 when it does not for one of them.
func winScreenLock(_ context.Context, src *Source) (int, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return 0, err
	}
	longest := 0
	for i, lock := range r.screenLocks() {
		if i == 0 && lock.User == "" && lock.Enforced {
			return lock.Seconds, nil // of the machine: nobody can be later
		}
		if lock.Password == nil || !*lock.Password || lock.Seconds == 0 {
			return 0, g.err()
		}
		longest = max(longest, lock.Seconds)
	}
	return longest, g.err()
}
