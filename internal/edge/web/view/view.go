// Package view draws the pages: one typed struct a view, one template a struct,
// strings already in the reader's language. It holds no rules and reads nothing:
// package web fills the structs, this package escapes and places what is in them.
//
// A view is a struct that embeds Page and has a line in list.go, which names its
// template file and, in the open, every partial that the file uses:
//
//	type AuditList struct {
//		Page
//		Rows []AuditRow
//	}
//
// In a template, texts come from the page itself: {{.T "audit.title"}}, inside a
// range {{$.T "audit.row" "Count" .Count}}. Fragments that htmx swaps are named
// templates of the same file ({{define "audit/rows"}}), drawn alone by Fragment.
package view

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"reflect"

	"sonae/internal/edge/web/static"
)

//go:embed *.html
var sources embed.FS

// View is a struct that embeds Page and is named in list.go.
type View interface{ page() *Page }

// Engine holds all templates, parsed once. Safe for concurrent use.
type Engine struct {
	byType map[reflect.Type]entry
}

type entry struct {
	layout string
	set    *template.Template
}

// spec is one line of list.go: a view, the layout around it, its file (without
// .html) and the partials that the file names.
type spec struct {
	view   View
	layout string
	file   string
	parts  []string
}

// New parses every template of list.go; files gives the addresses of static files.
func New(files *static.Files) (*Engine, error) {
	e := &Engine{byType: map[reflect.Type]entry{}}
	for _, s := range list() {
		names := append([]string{s.layout + ".html"}, layoutParts[s.layout]...)
		for _, p := range s.parts {
			names = append(names, "part_"+p+".html")
		}
		names = append(names, s.file+".html")
		set := template.New(s.layout).Funcs(functions(files)).Option("missingkey=error")
		if _, err := set.ParseFS(sources, names...); err != nil {
			return nil, fmt.Errorf("parse view %s: %w", s.file, err)
		}
		e.byType[typeOf(s.view)] = entry{layout: s.layout + ".html", set: set}
	}
	return e, nil
}

// Render writes the whole page of a view. The page is drawn to memory first, so
// an error leaves w untouched.
func (e *Engine) Render(w io.Writer, v View) error { return e.draw(w, v, "") }

// Fragment writes one named template of the view's file: the same markup that is
// inside the whole page, for htmx to swap.
func (e *Engine) Fragment(w io.Writer, v View, name string) error { return e.draw(w, v, name) }

func (e *Engine) draw(w io.Writer, v View, name string) error {
	known, ok := e.byType[typeOf(v)]
	if !ok {
		return fmt.Errorf("view %T has no line in list.go", v)
	}
	if name == "" {
		name = known.layout
	}
	var b bytes.Buffer
	if err := known.set.ExecuteTemplate(&b, name, v); err != nil {
		return fmt.Errorf("draw %T: %w", v, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// typeOf is the struct type, whether the view came by value or by pointer.
func typeOf(v View) reflect.Type {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// functions are the helpers that do not depend on the reader's language; the
// others are methods of Page.
func functions(files *static.Files) template.FuncMap {
	return template.FuncMap{
		"static":    files.URL,
		"hasStatic": files.Has,
		"icon":      func(name string) template.HTML { return icon(files, name, "") },
		"iconS":     func(name string) template.HTML { return icon(files, name, " i-s") },
		"iconL":     func(name string) template.HTML { return icon(files, name, " i-l") },
		"iconXL":    func(name string) template.HTML { return icon(files, name, " i-xl") },
		"badge":     func(kind, text string) template.HTML { return badge(files, kind, text) },
		"state":     func(kind, text string) template.HTML { return state(files, kind, text) },
		"src":       func(kind, text string) template.HTML { return src(files, kind, text) },
	}
}

// icon draws one icon of the sprite; it is decoration beside a text, always.
func icon(files *static.Files, name, class string) template.HTML {
	return template.HTML(`<svg class="i` + class + `" aria-hidden="true"><use href="` + //nolint:gosec // parts are escaped
		template.HTMLEscapeString(files.URL("sprite.svg")+"#"+name) + `"/></svg>`)
}

// badgeIcons gives each state its own shape, so that colour is never alone.
var badgeIcons = map[string]string{
	"ok": "circle-check", "warn": "alert-triangle", "danger": "alert-octagon", "info": "info-circle",
	"hold": "hand-stop", "exc": "shield-half", "unknown": "help-circle", "silent": "clock-pause", "none": "minus",
}

// badge draws a state: ok, warn, danger, info, hold (held by the vendor), exc
// (exception with an end), unknown, silent (not reporting), none.
func badge(files *static.Files, kind, text string) template.HTML {
	class := kind
	if kind == "silent" {
		class = "unknown"
	}
	return template.HTML(`<span class="badge badge-` + template.HTMLEscapeString(class) + `">` + //nolint:gosec // parts are escaped
		string(icon(files, badgeIcons[kind], "")) + template.HTMLEscapeString(text) + `</span>`)
}

// state is badge without the box, for running text and dense cells.
func state(files *static.Files, kind, text string) template.HTML {
	class := kind
	if kind == "unknown" || kind == "silent" {
		class = "none"
	}
	return template.HTML(`<span class="st st-` + template.HTMLEscapeString(class) + `">` + //nolint:gosec // parts are escaped
		string(icon(files, badgeIcons[kind], " i-s")) + template.HTMLEscapeString(text) + `</span>`)
}

// sourceIcons are the kinds of sources a fact may come from.
var sourceIcons = map[string]string{
	"agent": "cpu", "snmp": "sitemap", "netinventory": "sitemap", "passive": "ear", "manual": "pencil", "csv": "file-spreadsheet",
	"directory": "users", "contract": "file-text", "usb": "usb", "glpi": "cpu", "fusioninventory": "cpu", "ocs": "cpu", "vendor": "building-store", "feed": "world",
	"person": "user-circle", "import": "table-import",
}

// src says where a fact came from; text is the kind in the reader's language,
// often followed by the time.
func src(files *static.Files, kind, text string) template.HTML {
	name := sourceIcons[kind]
	if name == "" {
		name = "help-circle"
	}
	return template.HTML(`<span class="src">` + string(icon(files, name, " i-s")) + //nolint:gosec // parts are escaped
		template.HTMLEscapeString(text) + `</span>`)
}
