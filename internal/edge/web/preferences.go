package web

import (
	"net/http"
	"slices"

	"sonae/internal/platform/text"
)

// Cookies of display settings. They hold one word of a fixed list each, and
// anything else in them is ignored.
const (
	cookieLang    = "sonae_lang"
	cookieTheme   = "sonae_theme"
	cookieDensity = "sonae_density"
)

// preferences are the words each cookie may hold; the first is the default.
var preferences = map[string][]string{
	cookieLang:    text.Languages(),
	cookieTheme:   {"auto", "light", "dark"},
	cookieDensity: {"standard", "compact", "relaxed"},
}

// preference reads one cookie; empty when it is missing or holds another word.
func preference(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil || !slices.Contains(preferences[name], cookie.Value) {
		return ""
	}
	return cookie.Value
}

// look is how the page looks: as the cookie of this browser says, else as the person
// chose, else the default.
func (c *call) look(name, chosen string) string {
	if v := preference(c.r, name); v != "" {
		return v
	}
	if slices.Contains(preferences[name], chosen) {
		return chosen
	}
	return preferences[name][0]
}

// setPreference keeps one display setting for a year; other words are ignored.
func (c *call) setPreference(name, value string) {
	if !slices.Contains(preferences[name], value) {
		return
	}
	http.SetCookie(c.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: c.s.deps.TLS, SameSite: http.SameSiteLaxMode,
	})
}

// savePreferences answers the language and display menus, for anybody.
func savePreferences(_ *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	c.setPreference(cookieLang, c.value("lang"))
	c.setPreference(cookieTheme, c.value("theme"))
	c.setPreference(cookieDensity, c.value("density"))
	return c.redirect(c.value("next"))
}
