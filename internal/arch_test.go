// Package internal holds the test of the import table: which room may import
// which. It reads the source, so it needs no build and covers every OS.
package internal

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// groups are the areas of docs: the longest prefix of a package's folder wins.
var groups = []string{
	"cmd", "catalog",
	"internal/server", "internal/wire", "internal/agent", "internal/migration", "internal/browser", "internal/bench", "internal/demo",
	"internal/survey", "internal/assess", "internal/treat", "internal/train", "internal/review",
	"internal/identity", "internal/edge", "internal/platform",
}

// allowed says what each group may import of the project.
var allowed = map[string][]string{
	"cmd":                {"internal/server", "internal/agent", "internal/wire"},
	"catalog":            {},
	"internal/server":    {"internal/wire", "internal/migration", "internal/survey", "internal/assess", "internal/treat", "internal/train", "internal/review", "internal/identity", "internal/edge", "internal/platform", "internal/agent", "internal/demo", "catalog"},
	"internal/wire":      {},
	"internal/agent":     {"internal/wire"},
	"internal/migration": {},
	"internal/survey":    {"internal/platform"},
	"internal/identity":  {"internal/platform"},
	"internal/assess":    {"internal/survey", "internal/identity", "internal/platform"},
	"internal/treat":     {"internal/assess", "internal/survey", "internal/identity", "internal/platform"},
	"internal/train":     {"internal/assess", "internal/survey", "internal/identity", "internal/platform"},
	"internal/review":    {"internal/train", "internal/treat", "internal/assess", "internal/survey", "internal/identity", "internal/platform"},
	"internal/edge":      {"internal/review", "internal/train", "internal/treat", "internal/assess", "internal/survey", "internal/identity", "internal/platform"},
	"internal/platform":  {},
	// Simulated machines run the agent's own code.
	"internal/bench": {"internal/wire", "internal/agent"},
	// The fictional hospital speaks to the server like any agent or API client. What is
	// seen on its network has no entry in the API: it is built in the words of that room.
	"internal/demo": {"internal/wire", "internal/agent", "internal/survey"},
}

// arrows are imports beside the table, each with its reason. Inside a step and
// inside platform, rooms import each other only along arrows written here.
var arrows = map[string]string{
	"internal/survey/intake → internal/survey/asset":              "lists become observations of the ledger",
	"internal/survey/intake → internal/survey/sbom":               "a bill of materials is one more form of file",
	"internal/survey/intake → internal/survey/software":           "its components become installs",
	"internal/survey/network → internal/survey/asset":             "a device that was seen becomes a row of the ledger",
	"internal/survey/network/noprobe → internal/survey/asset":     "medical devices of the ledger are never scanned",
	"internal/survey/silence → internal/survey/asset":             "who does not report is a source of a machine of the ledger",
	"internal/survey/silence → internal/identity":                 "a policy sets how often an agent reports, or stops it",
	"internal/platform/text → internal/platform/fault":            "a date that cannot be read is a refusal people see",
	"internal/edge/ingest → internal/wire":                        "reports arrive in its messages",
	"internal/edge/ingest/foreign → internal/wire":                "its limits and refusals hold for other agents, too",
	"internal/edge/ingest/oldwindows → internal/wire":             "what a script collects becomes a report",
	"internal/edge/web → internal/edge/directory":                 "its page sets directories up and tests them",
	"internal/edge/api → internal/edge/directory":                 "so do its operations",
	"internal/edge/web → internal/edge/discover/scanner":          "its pages keep credentials of searches and try them",
	"internal/edge/api → internal/edge/discover/scanner":          "so do its operations",
	"internal/review/evidence → internal/review/catalog":          "rules are catalog data",
	"internal/review/inspection → internal/review/catalog":        "sheets are catalog data",
	"internal/review/inspection → internal/review/evidence":       "answers rest on evidence",
	"internal/review/inspection → internal/review/audit":          "a pack's hash goes into the audit log",
	"internal/platform/store/storetest → internal/migration":      "tests open databases with the real schema",
	"internal/platform/store/storetest → internal/platform/store": "it opens stores",
	"internal/platform/job → internal/platform/store":             "the queue is a table",
	"internal/platform/transport → internal/platform/authority":   "the listener shows agents its leaf",
	"internal/platform/blob → internal/platform/store":            "pieces are rows",
	"internal/platform/blob → internal/platform/fault":            "size limits are refusals people see",
	"internal/platform/job → internal/platform/fault":             "a job's end is shown to people",
	"internal/platform/document → internal/platform/chart":        "a drawing is a page of a PDF",
	"internal/platform/document → internal/platform/fault":        "size limits are refusals people see",
	"internal/platform/text/sortkeys → internal/platform/text":    "the tool edits its files",
}

func group(dir string) string {
	best := ""
	for _, g := range groups {
		if (dir == g || strings.HasPrefix(dir, g+"/")) && len(g) > len(best) {
			best = g
		}
	}
	return best
}

// room is the folder that counts as one room: edge/web, survey/asset, platform/store.
func room(dir string) string {
	parts := strings.Split(dir, "/")
	n := min(len(parts), 3)
	return strings.Join(parts[:n], "/")
}

func imports(t *testing.T, root string) map[string]map[string]bool {
	t.Helper()
	found := map[string]map[string]bool{}
	eachImport(t, root, func(dir, name string) {
		ours, ok := strings.CutPrefix(name, "sonae/")
		if !ok {
			return
		}
		if found[dir] == nil {
			found[dir] = map[string]bool{}
		}
		found[dir][ours] = true
	})
	return found
}

// eachImport calls fn with every import of the product's own files: the folder below
// root that imports, and the path as it is written.
func eachImport(t *testing.T, root string, fn func(dir, name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "tools" || strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, filepath.Dir(path))
		for _, spec := range f.Imports {
			fn(filepath.ToSlash(rel), strings.Trim(spec.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportTable(t *testing.T) {
	used := map[string]bool{}
	for from, tos := range imports(t, "..") {
		if group(from) == "" {
			t.Errorf("folder %s is in no group of the import table", from)
			continue
		}
		for to := range tos {
			if problem := judge(from, to, used); problem != "" {
				t.Errorf("%s imports %s: %s", from, to, problem)
			}
		}
	}
	for arrow, reason := range arrows {
		if reason == "" {
			t.Errorf("arrow %s has no reason", arrow)
		}
		if !used[arrow] {
			t.Errorf("arrow %s is not used any more: remove it", arrow)
		}
	}
}

func judge(from, to string, used map[string]bool) string {
	if room(from) == room(to) && (group(from) != "internal/platform" || from == to) {
		return ""
	}
	arrow := from + " → " + to
	if _, ok := arrows[arrow]; ok {
		used[arrow] = true
		return ""
	}
	gf, gt := group(from), group(to)
	if gf == gt {
		if gf == "internal/server" || gf == "internal/agent" || gf == "cmd" || gf == "internal/demo" || gf == "internal/bench" {
			return ""
		}
		return "rooms of one step need an arrow with a reason in internal/arch_test.go"
	}
	if slices.Contains(allowed[gf], gt) {
		return ""
	}
	return gf + " may not import " + gt
}

// noProgram may be imported by no package of the product, so that no name from
// outside ever reaches a shell or an argument list, and nothing is decoded by the name
// of a type; each with the packages that tests and measurements are made of.
var noProgram = map[string][]string{
	"os/exec":      {"internal/server/servertest", "internal/platform/store/storetest", "internal/edge/discover/netlab"},
	"plugin":       nil,
	"encoding/gob": nil,
	"net/rpc":      nil,
}

func TestNoProgramIsStarted(t *testing.T) {
	seen := 0
	eachImport(t, "..", func(dir, name string) {
		seen++
		except, banned := noProgram[name]
		if banned && !slices.Contains(except, dir) {
			t.Errorf("%s imports %s", dir, name)
		}
	})
	if seen < 1000 {
		t.Errorf("only %d imports were looked at", seen)
	}
}

// onlyTests are packages that no package of the product may import.
var onlyTests = []string{"internal/edge/discover/netlab"}

func TestOnlyTestsUse(t *testing.T) {
	for dir, names := range imports(t, "..") {
		for _, name := range onlyTests {
			if names[name] {
				t.Errorf("%s imports %s, which is for tests", dir, name)
			}
		}
	}
}

func TestNoRoomIsCalledAfterNothing(t *testing.T) {
	banned := []string{"utils", "util", "common", "helpers", "helper", "models", "services", "manager", "misc", "base"}
	for dir := range imports(t, "..") {
		if slices.Contains(banned, filepath.Base(dir)) {
			t.Errorf("folder %s: name the thing of the field", dir)
		}
	}
}

func TestFilesStayShort(t *testing.T) {
	const most = 500 // lines; STYLE: aim at 400
	_ = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != ".." || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		body, err := os.ReadFile(path) //nolint:gosec // the project's own files
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(body), "\n"); n > most {
			t.Errorf("%s has %d lines, more than %d: split it by what it does", path, n, most)
		}
		return nil
	})
}
