package view

import (
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
)

// Page is what every view has: the reader's language and settings, and the shell.
// Package web fills it; a view embeds it.
type Page struct {
	Translator text.Translator
	Now        time.Time // when the page was made; "ago" counts from here

	Title   string // of the browser window and of paper, in the reader's language
	Theme   string // light, dark, auto
	Density string // compact, standard, relaxed
	Path    string // local path and query of this page, where preference forms return to
	Wide    bool   // gate pages only: the wide layout of first-run set-up

	Nav        []NavGroup
	Facilities []Choice // offered in the switcher; empty: no switcher
	Facility   string   // name of the facility in view, or of all
	Person     string   // name of who is signed in; empty: nobody
	Role       string   // what they are, for the menu and for paper
	Query      string   // what stands in the search field
	Demo       bool     // sample data: marked on every page

	Flash  *Flash
	Form   Form   // input to show again and what is wrong with it
	Script string // further script of static/js, such as "passkey.js"; empty: none
}

// Flash is one piece of news after an action.
type Flash struct {
	Kind string // ok, info, warn, danger
	Text string
}

// NavGroup is one of the five steps, or the lines before and after them (Number 0).
type NavGroup struct {
	Number int // 1–5, or 0
	Title  string
	Items  []NavItem
}

// NavItem is one line of the navigation.
type NavItem struct {
	Href, Icon, Label string
	Count             int    // waiting work; 0 shows nothing
	CountLabel        string // the count in words, for screen readers
	Urgent            bool   // the count is red
	Current           bool
}

// Choice is one thing to choose in a menu or a select.
type Choice struct {
	Value, Label, Icon string
	Current            bool
}

// page makes every struct that embeds Page a View.
func (p *Page) page() *Page { return p }

// T is the text of a key in the reader's language; see text.Translator.T.
func (p *Page) T(key string, args ...any) string { return p.Translator.T(key, args...) }

// Lang is the language of the page, for <html lang>.
func (p *Page) Lang() string { return p.Translator.Lang() }

// Ago writes a time (Unix ms, 0 = never) as seen now: 今日 8:15, 3日前, a date.
func (p *Page) Ago(ms int64) string { return p.Translator.Ago(p.Now, store.Time(ms)) }

// Date writes the day of a time (Unix ms, 0 gives a dash).
func (p *Page) Date(ms int64) string { return p.Translator.Date(store.Time(ms)) }

// DateWeekday writes a day on which somebody acts, with the day of the week.
func (p *Page) DateWeekday(ms int64) string { return p.Translator.DateWeekday(store.Time(ms)) }

// DateTime writes a minute (Unix ms, 0 gives a dash).
func (p *Page) DateTime(ms int64) string { return p.Translator.DateTime(store.Time(ms)) }

// Era writes a day as on paper (Unix ms): 令和8年11月24日.
func (p *Page) Era(ms int64) string { return p.Translator.Era(store.Time(ms)) }

// Today is the reader's day as date fields hold it.
func (p *Page) Today() string { return p.Now.In(p.Translator.Zone()).Format(time.DateOnly) }

// Day writes a day that is stored as 2006-01-02; anything else stays as it is.
func (p *Page) Day(day string) string {
	at, err := time.ParseInLocation(time.DateOnly, day, p.Translator.Zone())
	if err != nil {
		return day
	}
	return p.Translator.Date(at)
}

// DayWeekday is Day with the day of the week, for days on which somebody acts.
func (p *Page) DayWeekday(day string) string {
	at, err := time.ParseInLocation(time.DateOnly, day, p.Translator.Zone())
	if err != nil {
		return day
	}
	return p.Translator.DateWeekday(at)
}

// ISO writes a time for machines: the datetime attribute of <time>.
func (p *Page) ISO(ms int64) string { return store.Time(ms).Format(time.RFC3339) }

// Number writes a whole number with thousands.
func (p *Page) Number(n int) string { return p.Translator.Number(int64(n)) }

// Printed is the line at the top right of paper.
func (p *Page) Printed() string {
	return p.T("shell.printed", "At", p.Translator.DateTime(p.Now), "Person", p.Person)
}

// Picker is one button of the preferences menu.
type Picker struct {
	Name, Value, Icon, Label string
	Current                  bool
}

// Pick makes the button for a value of "theme" or "density".
func (p *Page) Pick(name, value, icon string) Picker {
	now := p.Theme
	if name == "density" {
		now = p.Density
	}
	return Picker{Name: name, Value: value, Icon: icon, Label: p.T("shell." + name + "." + value), Current: now == value}
}
