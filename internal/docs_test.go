package internal

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Pages for those who run Sonae stand in both languages: the same sections, tables and
// commands, and a link to each other.
func TestPagesInBothLanguages(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.ja.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no page in Japanese: %v", err)
	}
	for _, japanese := range append(pages, "../README.ja.md") {
		english := strings.TrimSuffix(japanese, ".ja.md") + ".md"
		ja, en := page(t, japanese), page(t, english)
		for what, pattern := range map[string]string{"headings": `(?m)^#+ `, "rows of tables": `(?m)^\|`, "blocks of code": "(?m)^```", "points of lists": `(?m)^(- |\d+\. )`, "tests named": "Test[A-Z]\\w+"} {
			count := func(text string) int { return len(regexp.MustCompile(pattern).FindAllString(text, -1)) }
			if count(ja) != count(en) {
				t.Errorf("%s has %d %s, %s has %d", japanese, count(ja), what, english, count(en))
			}
		}
		if !strings.Contains(ja, "[English]("+filepath.Base(english)+")") || !strings.Contains(en, "[日本語]("+filepath.Base(japanese)+")") {
			t.Errorf("%s and %s do not lead to each other", japanese, english)
		}
	}
}

var pageLink = regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)`)

// What a page leads to is there.
func TestLinksOfPages(t *testing.T) {
	pages := []string{"../README.md", "../README.ja.md", "../CONTRIBUTING.md", "../SECURITY.md"}
	for _, pattern := range []string{"../docs/*.md", "../docs/decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	for _, name := range pages {
		for _, link := range pageLink.FindAllStringSubmatch(page(t, name), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), link[1])); err != nil {
				t.Errorf("%s leads to %s, which is not there", name, link[1])
			}
		}
	}
}

func page(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(name) //nolint:gosec // pages of the project
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
