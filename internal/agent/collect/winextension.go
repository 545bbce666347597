package collect

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// extensionPolicies are lists of extensions that a policy installs for everybody
// (ExtensionInstallForcelist of Chrome and Edge).
var extensionPolicies = []struct{ browser, key string }{
	{"chrome", `HKLM\SOFTWARE\Policies\Google\Chrome\ExtensionInstallForcelist`},
	{"edge", `HKLM\SOFTWARE\Policies\Microsoft\Edge\ExtensionInstallForcelist`},
	{"chromium", `HKLM\SOFTWARE\Policies\Chromium\ExtensionInstallForcelist`},
	{"brave", `HKLM\SOFTWARE\Policies\BraveSoftware\Brave\ExtensionInstallForcelist`},
}

// winExtensions lists the extensions of browsers in every profile of every person,
// logged on or not, and those a policy asks for.
func winExtensions(_ context.Context, src *Source) ([]wire.Extension, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	list := []wire.Extension{}
	for _, sid := range r.subkeys(keyProfiles) {
		folder := r.values(keyProfiles, sid).Text("ProfileImagePath")
		if !person(sid) || !strings.HasPrefix(strings.ToUpper(folder), "C:") {
			continue
		}
		home := inWindows(folder)
		list = append(list, browserExtensions(src, home, home[strings.LastIndexByte(home, '/')+1:], &g)...)
	}
	for _, policy := range extensionPolicies {
		v := r.values(policy.key)
		for _, name := range v.Names() {
			id, _, _ := strings.Cut(v.Text(name), ";")
			if id = strings.TrimSpace(id); id == "" {
				continue
			}
			present := false
			for i := range list {
				if list[i].Browser == policy.browser && list[i].ID == id {
					list[i].Forced, present = true, true
				}
			}
			if !present {
				list = append(list, wire.Extension{Browser: policy.browser, ID: id, Enabled: true, Forced: true})
			}
		}
	}
	return sortExtensions(slices.Clip(list)), g.err()
}
