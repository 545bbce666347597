package view

import (
	"bytes"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sonae/internal/edge/web/static"
	"sonae/internal/platform/text"
)

// samplePage is the shell with something in every place; markup in each name
// shows that nothing gets through unescaped.
func samplePage(t *testing.T, lang string) Page {
	t.Helper()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return Page{
		Translator: catalogue.For(lang),
		Now:        time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC),
		Title:      "title" + evil, Theme: "auto", Density: "compact", Path: "/x?y=1&z=2",
		Nav: []NavGroup{{Items: []NavItem{{Href: "/", Icon: "calendar-check", Label: "a", Count: 2, CountLabel: "2 things", Urgent: true, Current: true}}},
			{Number: 1, Title: "b", Items: []NavItem{{Href: "/assets", Icon: "device-desktop", Label: "c"}}}},
		Facilities: []Choice{{Value: "1", Label: evil, Icon: "building-hospital", Current: true}, {Label: "all", Icon: "sitemap"}},
		Facility:   evil, Person: evil, Role: "role", Query: evil, Demo: true,
		Flash: &Flash{Kind: "ok", Text: evil},
		Form:  Form{Values: url.Values{"name": {evil}}, Errors: map[string]string{"name": evil, "password": "bad"}},
	}
}

// evil would start a script or leave an attribute wherever escaping is missing.
const evil = `"'><script>evil()</script>`

// untranslated finds a text key that reached the page in place of its text.
var untranslated = regexp.MustCompile(`\b[a-z_]+(\.[a-z0-9_]+){2,}\b`)

func TestEveryView(t *testing.T) {
	files, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := New(files)
	if err != nil {
		t.Fatal(err)
	}
	missing := map[reflect.Type]bool{}
	for _, s := range list() {
		missing[typeOf(s.view)] = true
	}
	for _, lang := range text.Languages() {
		for _, sample := range samples {
			v := sample(samplePage(t, lang))
			delete(missing, typeOf(v))
			t.Run(lang+"/"+typeOf(v).Name(), func(t *testing.T) { checkView(t, engine, v, lang) })
		}
	}
	for kind := range missing {
		t.Errorf("%s has no sample in samples_test.go", kind)
	}
}

func checkView(t *testing.T, engine *Engine, v View, lang string) {
	var b bytes.Buffer
	if err := engine.Render(&b, v); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, " style=") || strings.Contains(page, "<style") {
		t.Error("markup from data, or inline code that the CSP blocks")
	}
	for _, bad := range []string{"/static/missing/", "ZgotmplZ", "<no value>", "%!"} {
		if strings.Contains(page, bad) {
			t.Errorf("page holds %q", bad)
		}
	}
	if !strings.Contains(page, `<html lang="`+lang+`"`) {
		t.Error("wrong lang attribute")
	}
	if key := untranslated.FindString(visible(root)); key != "" {
		t.Errorf("text key on the page: %s", key)
	}
	checkBalance(t, page)
	checkTree(t, root)
}

// visible is the text of a page with the attributes that people see or hear.
func visible(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data + " ")
		case n.Data == "script" || n.Data == "code":
			return
		}
		for _, a := range n.Attr {
			if a.Key == "aria-label" || a.Key == "title" || a.Key == "placeholder" || a.Key == "alt" {
				b.WriteString(a.Val + " ")
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

// void elements have no end tag (HTML standard, 13.1.2).
var void = map[string]bool{"meta": true, "link": true, "input": true, "br": true, "img": true, "hr": true, "col": true, "wbr": true}

// checkBalance finds tags that are not closed in order; parsing would repair them
// silently.
func checkBalance(t *testing.T, page string) {
	var open []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("left open: %v", open)
			}
			return
		case html.StartTagToken:
			if name, _ := z.TagName(); !void[string(name)] {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// checkTree checks what a parser does not: one h1, unique ids, labels and
// descriptions that point at something, no nested forms.
func checkTree(t *testing.T, root *html.Node) {
	ids, refs, h1, forms := map[string]int{}, []string{}, 0, 0
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, inForm bool) {
		if n.Type == html.ElementNode {
			for _, a := range n.Attr {
				switch a.Key {
				case "id":
					ids[a.Val]++
				case "for", "aria-describedby", "aria-labelledby", "aria-controls":
					refs = append(refs, strings.Fields(a.Val)...)
				}
			}
			if n.Data == "h1" {
				h1++
			}
			if n.Data == "form" {
				forms++
				if inForm {
					t.Error("a form inside a form")
				}
				inForm = true
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, inForm)
		}
	}
	walk(root, false)
	if h1 != 1 {
		t.Errorf("%d h1, want 1", h1)
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %s stands %d times", id, n)
		}
	}
	for _, ref := range refs {
		if ids[ref] == 0 {
			t.Errorf("nothing has the id %q that is referred to", ref)
		}
	}
}
