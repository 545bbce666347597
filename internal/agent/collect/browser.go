package collect

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// chromiumFolders are where browsers built on Chromium keep the profiles of a
// person, below the home folder, by system ("User Data Directory",
// chromium.googlesource.com/chromium/src/+/main/docs/user_data_dir.md).
var chromiumFolders = map[string][]struct{ browser, folder string }{
	"windows": {
		{"chrome", "AppData/Local/Google/Chrome/User Data"}, {"edge", "AppData/Local/Microsoft/Edge/User Data"},
		{"brave", "AppData/Local/BraveSoftware/Brave-Browser/User Data"}, {"vivaldi", "AppData/Local/Vivaldi/User Data"}, {"chromium", "AppData/Local/Chromium/User Data"},
	},
	"linux": {
		{"chrome", ".config/google-chrome"}, {"chromium", ".config/chromium"}, {"chromium", "snap/chromium/common/chromium"},
		{"edge", ".config/microsoft-edge"}, {"brave", ".config/BraveSoftware/Brave-Browser"}, {"vivaldi", ".config/vivaldi"},
	},
	"darwin": {
		{"chrome", "Library/Application Support/Google/Chrome"}, {"edge", "Library/Application Support/Microsoft Edge"},
		{"brave", "Library/Application Support/BraveSoftware/Brave-Browser"}, {"chromium", "Library/Application Support/Chromium"},
	},
}

// firefoxFolders are the folders of Firefox' profiles (support.mozilla.org,
// "Profiles").
var firefoxFolders = map[string][]string{
	"windows": {"AppData/Roaming/Mozilla/Firefox/Profiles"},
	"linux":   {".mozilla/firefox", "snap/firefox/common/.mozilla/firefox", ".config/mozilla/firefox"},
	"darwin":  {"Library/Application Support/Firefox/Profiles"},
}

// maxProfiles bounds the profiles of one browser of one person.
const maxProfiles = 50

// browserExtensions lists the extensions in the profiles of one person whose home
// folder is home (with slashes, from the root of Source.Files).
func browserExtensions(src *Source, home, user string, g *gaps) []wire.Extension {
	var list []wire.Extension
	for _, b := range chromiumFolders[src.OS] {
		folder := home + "/" + b.folder
		profiles := 0
		for _, profile := range src.names(folder) {
			if profiles >= maxProfiles {
				break
			}
			if profile != "Default" && !strings.HasPrefix(profile, "Profile ") && profile != "Guest Profile" {
				continue
			}
			profiles++
			found := map[string]wire.Extension{}
			for _, file := range []string{"Preferences", "Secure Preferences"} {
				text, err := src.text(folder + "/" + profile + "/" + file)
				if err != nil {
					if !errors.Is(err, fs.ErrNotExist) {
						g.add("extensions of "+b.browser, err)
					}
					continue
				}
				parseChromium(text, found)
			}
			for _, e := range found {
				e.Browser, e.User, e.Profile = b.browser, user, profile
				list = append(list, e)
			}
		}
	}
	for _, folder := range firefoxFolders[src.OS] {
		names := src.names(home + "/" + folder)
		for _, profile := range names[:min(len(names), maxProfiles)] {
			text, err := src.text(home + "/" + folder + "/" + profile + "/extensions.json")
			if err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					g.add("extensions of firefox", err)
				}
				continue
			}
			for _, e := range parseFirefox(text) {
				e.User, e.Profile = user, profile
				list = append(list, e)
			}
		}
	}
	return list
}

// Where an extension came from (chromium, extensions/common/manifest.h,
// ManifestLocation): parts of the browser itself are left out.
const (
	fromComponent         = 5
	fromPolicyDownload    = 7
	fromPolicy            = 9
	fromExternalComponent = 10
)

// parseChromium adds the extensions of a file of preferences, by id.
func parseChromium(text string, found map[string]wire.Extension) {
	var file struct {
		Extensions struct {
			Settings map[string]struct {
				State          *int            `json:"state"`
				Location       int             `json:"location"`
				DisableReasons json.RawMessage `json:"disable_reasons"`
				Manifest       struct {
					Name    string `json:"name"`
					Version string `json:"version"`
					Theme   any    `json:"theme"`
				} `json:"manifest"`
			} `json:"settings"`
		} `json:"extensions"`
	}
	if json.Unmarshal([]byte(text), &file) != nil {
		return
	}
	for id, s := range file.Extensions.Settings {
		if s.Location == fromComponent || s.Location == fromExternalComponent || s.Manifest.Version == "" || s.Manifest.Theme != nil {
			continue
		}
		// Newer versions leave the state out and give reasons why one is off.
		on := s.State == nil || *s.State == 1
		if reasons := strings.Trim(string(s.DisableReasons), " []{}"); reasons != "" && reasons != "0" && reasons != "null" {
			on = false
		}
		name := spaced(s.Manifest.Name)
		if strings.HasPrefix(name, "__MSG_") {
			name = "" // a key of its own dictionary
		}
		found[id] = wire.Extension{ID: id, Name: name, Version: s.Manifest.Version, Enabled: on, Forced: s.Location == fromPolicy || s.Location == fromPolicyDownload}
	}
}

// parseFirefox reads extensions.json of a profile (toolkit/mozapps/extensions,
// XPIDatabase); parts of the browser itself are left out.
func parseFirefox(text string) []wire.Extension {
	var file struct {
		Addons []struct {
			ID       string `json:"id"`
			Version  string `json:"version"`
			Type     string `json:"type"`
			Active   bool   `json:"active"`
			Location string `json:"location"`
			Locale   struct {
				Name string `json:"name"`
			} `json:"defaultLocale"`
			Telemetry struct {
				Source string `json:"source"`
			} `json:"installTelemetryInfo"`
		} `json:"addons"`
	}
	if json.Unmarshal([]byte(text), &file) != nil {
		return nil
	}
	var list []wire.Extension
	for _, a := range file.Addons {
		if a.ID == "" || a.Type != "extension" || strings.HasPrefix(a.Location, "app-builtin") || strings.HasPrefix(a.Location, "app-system") {
			continue
		}
		list = append(list, wire.Extension{Browser: "firefox", ID: a.ID, Name: spaced(a.Locale.Name), Version: a.Version, Enabled: a.Active, Forced: a.Telemetry.Source == "enterprise-policy"})
	}
	return list
}

// sortExtensions puts them in the order of a report, each once.
func sortExtensions(list []wire.Extension) []wire.Extension {
	slices.SortFunc(list, func(a, b wire.Extension) int {
		return cmp.Or(strings.Compare(a.Browser, b.Browser), strings.Compare(a.User, b.User), strings.Compare(a.Profile, b.Profile), strings.Compare(a.ID, b.ID))
	})
	return slices.Compact(list)
}
