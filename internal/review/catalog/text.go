package catalog

import (
	"regexp"
	"time"
)

// Lang is a language of catalog texts.
type Lang string

// The two languages of the catalog. Japanese is the primary one.
const (
	Japanese Lang = "ja"
	English  Lang = "en"
)

// Text is one text in both languages. The loader refuses a text that lacks one of them.
type Text struct {
	JA string `yaml:"ja" json:"ja"`
	EN string `yaml:"en" json:"en"`
}

// In returns the text in lang; every language but English gives Japanese.
func (t Text) In(lang Lang) string {
	if lang == English {
		return t.EN
	}
	return t.JA
}

// IsZero reports whether neither language is set (an optional text that is absent).
func (t Text) IsZero() bool { return t == Text{} }

// Date is a calendar date without time zone in ISO form ("2025-04-01"). Dates compare as strings.
type Date string

// DateOf returns the calendar date of t in t's own location.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Valid reports whether d is a date that exists.
func (d Date) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// Period is a range of dates, both ends included.
type Period struct {
	From Date `yaml:"from"`
	To   Date `yaml:"to"`
}

// monthOrDate is the form of publication dates, of which sometimes only the month is known.
var monthOrDate = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$`)
