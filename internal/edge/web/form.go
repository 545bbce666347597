package web

import (
	"net/http"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/platform/fault"
)

// wrong puts what is wrong with a form into the page that shows it again, with
// what was typed. nil leaves the page as it is. Errors that no field can repair
// come back and become a page of their own.
func (c *call) wrong(p *view.Page, err error) error {
	if err == nil {
		return nil
	}
	f := fault.Of(err)
	switch f.Code {
	case fault.CodeInvalid, fault.CodeConflict, fault.CodeTooLarge, fault.CodeTooMany, fault.CodeUnsupported:
	default:
		return err
	}
	c.keep(p)
	c.status = fault.Status(f)
	if _, sent := c.r.PostForm[f.Place]; sent {
		if p.Form.Errors == nil {
			p.Form.Errors = map[string]string{}
		}
		p.Form.Errors[f.Place] = c.text(f)
		return nil
	}
	p.Form.Alert = c.text(f)
	return nil
}

// keep copies what was typed into the page, except passwords and one-time codes.
func (c *call) keep(p *view.Page) {
	if p.Form.Values != nil {
		return
	}
	p.Form.Values = map[string][]string{}
	for name, values := range c.r.PostForm {
		if slices.Contains(secretFields, name) {
			p.Form.Values[name] = []string{""}
			continue
		}
		for _, v := range values {
			p.Form.Values[name] = append(p.Form.Values[name], strings.ToValidUTF8(v, "�"))
		}
	}
}

// choices makes the options of a select: values with their text keys.
func choices[V ~string](c *call, values []V, key func(V) string, current V) []view.Choice {
	out := make([]view.Choice, len(values))
	for i, v := range values {
		out[i] = view.Choice{Value: string(v), Label: c.tr.T(key(v)), Current: v == current}
	}
	return out
}

// whole reads a whole number between two bounds from a field; empty is the lower.
func (c *call) whole(name string, low, high int) (int, error) {
	text := c.value(name)
	if text == "" {
		return low, nil
	}
	n, ok := digits(text)
	if !ok || n < low || n > high {
		return 0, fault.Invalid("form.error.number", "Min", low, "Max", high).At(name)
	}
	return n, nil
}

// digits reads up to nine digits, half or full width as Japanese keyboards type.
func digits(s string) (int, bool) {
	n, count := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n = n*10 + int(r-'0')
		case r >= '０' && r <= '９':
			n = n*10 + int(r-'０')
		default:
			return 0, false
		}
		if count++; count > 9 {
			return 0, false
		}
	}
	return n, count > 0
}

// formStatus is the status of a page that shows a form: 200, or what is wrong.
func (c *call) formStatus() int {
	if c.status == 0 {
		return http.StatusOK
	}
	return c.status
}
