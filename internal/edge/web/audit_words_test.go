package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/text"
)

// objectKind finds the kinds of objects that code writes into the audit log.
var objectKind = regexp.MustCompile(`\bObject\{Kind: "([^"]+)"`)

// Everything that stands in the audit log has words in every language: the kind of the
// object, as any code writes it, and what was done.
func TestAuditLogHasWords(t *testing.T) {
	kinds := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path) //nolint:gosec // our own source
		for _, m := range objectKind.FindAllStringSubmatch(string(source), -1) {
			kinds[m[1]] = path
		}
		return err
	})
	if err != nil || len(kinds) < 40 || kinds["segment"] == "" || kinds["external"] == "" || kinds["network_finding"] == "" {
		t.Fatalf("%d kinds found: %v", len(kinds), err)
	}
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"ja", "en"} {
		tr := texts.For(lang)
		for kind, path := range kinds {
			if !tr.Has("audit.object." + kind) {
				t.Errorf("%s: %s writes objects of the kind %q, which has no word", lang, path, kind)
			}
		}
		for _, a := range identity.Actions() {
			if !tr.Has("audit.action."+string(a)) && !tr.Has("identity.action."+string(a)) {
				t.Errorf("%s: %s has no words", lang, a)
			}
			group, _, _ := strings.Cut(string(a), ".")
			if !a.Reads() && !slices.Contains(auditGroups, group+".") && !slices.Contains([]string{"job", "view", "audit"}, group) {
				t.Errorf("the log cannot be narrowed to %s.", group)
			}
		}
		for _, g := range auditGroups {
			if !tr.Has("audit.kind." + strings.TrimSuffix(g, ".")) {
				t.Errorf("%s: group %s has no word", lang, g)
			}
		}
	}
}
