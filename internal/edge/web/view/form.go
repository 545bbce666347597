package view

import "slices"

import "net/url"

// Form is what a person sent and what is wrong with it, so that a page can show
// both again. The zero value is an empty form.
type Form struct {
	Values url.Values        // as sent; never holds passwords
	Errors map[string]string // field name → sentence: place, cause, example
	Alert  string            // what is wrong with the whole; empty: nothing
}

// Get is the value of a field as sent.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// Has reports whether a field was sent with this value: for checkboxes.
func (f Form) Has(name, value string) bool {
	return slices.Contains(f.Values[name], value)
}

// Err is the sentence for a field; empty: nothing is wrong.
func (f Form) Err(name string) string { return f.Errors[name] }

// Bad reports whether anything is wrong.
func (f Form) Bad() bool { return f.Alert != "" || len(f.Errors) > 0 }

// Input is one labelled field, drawn by {{template "field" …}}. Templates build
// it from the page in a row of calls:
//
//	{{template "field" (.Input "login" "user.login").Must.Auto "username"}}
type Input struct {
	Name, Label, Type, Value, Error, Hint string
	Required                              string // the word 必須, or empty
	Autocomplete, Mode, Pattern, Example  string
	MaxLength, Rows                       int
	Class                                 string
	Choices                               []Choice
	Suggestions                           []string // offered while typing
	page                                  *Page
}

// Input starts a text field with the label of a text key; value and error come
// from the form.
func (p *Page) Input(name, labelKey string) Input {
	return Input{
		Name: name, Label: p.T(labelKey), Type: "text", MaxLength: 200,
		Value: p.Form.Get(name), Error: p.Form.Err(name), page: p,
	}
}

// ID is the id of the control; names are unique in a page's forms.
func (i Input) ID() string { return "f-" + i.Name }

// Described lists the ids of hint and error for aria-describedby.
func (i Input) Described() string {
	s := ""
	if i.Hint != "" {
		s = i.ID() + "-h"
	}
	if i.Error != "" {
		if s != "" {
			s += " "
		}
		s += i.ID() + "-e"
	}
	return s
}

// Must marks the field as required, in words and for the browser.
func (i Input) Must() Input { i.Required = i.page.T("form.required"); return i }

// Help adds a sentence under the field.
func (i Input) Help(key string, args ...any) Input { i.Hint = i.page.T(key, args...); return i }

// Kind sets the type attribute: password, number, date, email. A password is
// never shown again.
func (i Input) Kind(kind string) Input {
	i.Type = kind
	if kind == "password" {
		i.Value = ""
		i.MaxLength = 1000
	}
	return i
}

// Auto sets autocomplete.
func (i Input) Auto(what string) Input { i.Autocomplete = what; return i }

// Max bounds the length in UTF-16 units, as browsers count.
func (i Input) Max(n int) Input { i.MaxLength = n; return i }

// Long makes it a text area.
func (i Input) Long(rows int) Input { i.Rows = rows; i.MaxLength = 4000; return i }

// Sample shows an example inside the empty field.
func (i Input) Sample(key string) Input { i.Example = i.page.T(key); return i }

// Suggest offers values while somebody types; others may be typed too.
func (i Input) Suggest(values []string) Input { i.Suggestions = values; return i }

// Digits asks for digits only, in a large type: one-time codes.
func (i Input) Digits(n int) Input {
	i.Mode, i.MaxLength, i.Class = "numeric", n, " otp"
	return i
}

// Or gives the value to show when the form was not sent yet.
func (i Input) Or(value string) Input {
	if _, sent := i.page.Form.Values[i.Name]; !sent {
		i.Value = value
	}
	return i
}

// Shown is the value in words, for pages on which it cannot be changed.
func (i Input) Shown() string {
	for _, c := range i.Choices {
		if c.Current {
			return c.Label
		}
	}
	return i.Value
}

// From makes it a select over the choices; the sent value, else the one marked
// Current, is selected.
func (i Input) From(choices []Choice) Input {
	i.Choices = make([]Choice, len(choices))
	_, sent := i.page.Form.Values[i.Name]
	for n, c := range choices {
		if sent {
			c.Current = c.Value == i.Value
		}
		i.Choices[n] = c
	}
	return i
}
