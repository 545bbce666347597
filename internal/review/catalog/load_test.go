package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	datafiles "sonae/catalog"
)

// copyOfReal returns the embedded catalog as a file system that tests may change.
func copyOfReal(t testing.TB) fstest.MapFS { return copyOf(t, datafiles.FS) }

func copyOf(t testing.TB, fsys fs.FS) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		m[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	r6  = "checklists/r6.yaml"
	r7  = "checklists/r7.yaml"
	r8  = "checklists/r8.yaml"
	inv = "rules/AE-INV-01.yaml"
	gov = "guideline/6.0/governance.yaml"
	con = "guideline/6.0/control.yaml"
)

// Each mistake is one replacement in one real file; the error names the file, the line of the changed text (unless
// line says otherwise) and the path.
func TestMistakesNameTheirPlace(t *testing.T) {
	tests := []struct {
		name, file, old, new string
		path, message        string
	}{
		{"unknown key in a row", r7, "        control: safety_officer\n", "        control: safety_officer\n        colour: red\n", "sheets[0].rows[1].colour", `unknown key "colour"`},
		{"unknown key in a rule", inv, "mode: full\n", "mode: full\nspeed: 3\n", "speed", `unknown key "speed"`},
		{"key twice", inv, "mode: full\n", "mode: full\nmode: full\n", "mode", "already defined"},
		{"wrong type", r7, "fiscal_year: 2025", "fiscal_year: this year", "fiscal_year", "cannot unmarshal"},
		{"missing key", r7, "        control: safety_officer\n", "", "sheets[0].rows[1]", `key "control" is missing`},
		{"empty value", r7, "        control: safety_officer\n", "        control:\n", "sheets[0].rows[1].control", "value is empty"},
		{"title in one language", r7, "{ja: 安全管理責任者の任命, en: A person responsible for safety management is appointed}", "{ja: 安全管理責任者の任命}", "sheets[0].rows[1].title", `text in "en" is missing`},
		{"dangling rule", r7, "{rule: AE-GOV-01, mode: assisted}", "{rule: AE-GOV-09, mode: assisted}", "sheets[0].rows[1].evidence.rule", `no rule "AE-GOV-09"`},
		{"mode unlike the rule's", r7, "{rule: AE-GOV-01, mode: assisted}", "{rule: AE-GOV-01, mode: full}", "sheets[0].rows[1].evidence.mode", `is "full", but rule AE-GOV-01 is "assisted"`},
		{"dangling control", r7, "        control: safety_officer\n", "        control: safety_office\n", "sheets[0].rows[1].control", "not in controls.yaml"},
		{"dangling guideline edition", r7, "guideline: '6.0'", "guideline: '6.1'", "guideline", `guideline edition "6.1"`},
		{"dangling guideline item", r7, "items: [control.8.3]", "items: [control.8.33]", "sheets[0].rows[7].guideline_refs[0].items[0]", `no item "control.8.33"`},
		{"item of another part", r7, "items: [control.8.3]", "items: [management.8.3]", "sheets[0].rows[7].guideline_refs[0].items[0]", "in part control"},
		{"item reference without item", r7, "ref: '8③', items: [control.8.3], ", "ref: '8③', ", "sheets[0].rows[7].guideline_refs[0]", "names 1 items, but items lists 0"},
		{"chapter that does not exist", r7, "ref: '8.2'", "ref: '88.2'", "sheets[0].rows[7].guideline_refs[1].ref", "no chapter 88"},
		{"dangling source", r7, "        sources: [recall, mhlw-r6]\n", "        sources: [recall, mhlw-r66]\n", "sheets[0].rows[0].sources[1]", "not in sources.yaml"},
		{"number of another section", r7, "number: '1①'", "number: '2①'", "sheets[0].rows[1].number", "not a circled number of section 1"},
		{"number in the other style", r7, "number: '1①'", "number: 1(1)", "sheets[0].rows[1].number", "not a circled number"},
		{"id unlike the number", r7, "id: r7.medical.1.1\n", "id: r7.medical.1.2\n", "sheets[0].rows[1].id", `want "r7.medical.1.1"`},
		{"row id twice", r6, "id: r6.medical.2.4.pc\n", "id: r6.medical.2.4.server\n", "sheets[0].rows[10].id", "used twice"},
		{"rows out of order", r6, "        target: network\n        control: patching\n", "        target: server\n        control: patching\n", "sheets[0].rows[14]", "out of printed order"},
		{"unknown target", r7, "        target: server\n        control: access_log\n", "        target: servers\n        control: access_log\n", "sheets[0].rows[12].target", "not a target"},
		{"verified against the aspects", r7, "verified: false\n        verification: {exists: recall, number: recall", "verified: true\n        verification: {exists: recall, number: recall", "sheets[0].rows[0].verified", "is true, but"},
		{"confidence on a verified row", r7, "verification: {exists: mhlw_text, number: mhlw_text, target: none_printed}\n        change: renumbered\n        carries_over: [r6.medical.1.1]", "verification: {exists: mhlw_text, number: mhlw_text, target: none_printed}\n        confidence: low\n        carries_over: [r6.medical.1.1]", "sheets[0].rows[1].confidence", "not allowed here"},
		{"doubtful row on a confirmed sheet", r7, "confidence: high\n        note:", "confidence: low\n        note:", "sheets[0].rows[0].confidence", "makes its sheet provisional"},
		{"provisional without reason", r7, "    provisional: false\n    completeness:", "    provisional: true\n    completeness:", "sheets[0]", `key "provisional_reason" is missing`},
		{"sheet of a provisional edition", r8, "    one_per: institution\n    provisional: true\n", "    one_per: institution\n    provisional: false\n", "sheets[0].provisional", "sheet of a provisional edition"},
		{"dates that overlap", r7, "in_force: {from: '2025-04-01', to: '2026-03-31'}", "in_force: {from: '2025-03-01', to: '2026-03-31'}", "in_force", "fiscal year 2025 runs from"},
		{"previous is not the one before", r8, "previous: r7", "previous: r6", "previous", "the edition before is \"r7\""},
		{"half of a merged row", r7, "carries_over: [r6.medical.2.7.server, r6.medical.2.7.pc, r6.medical.2.7.network]", "carries_over: [r6.medical.2.7.server, r6.medical.2.7.pc]", "sheets[0].rows[7].carries_over", "but the edition before has [r6.medical.2.7.server, r6.medical.2.7.pc, r6.medical.2.7.network]"},
		{"document number unlike its link", r7, "{id: '001490745', kind: checklist, url", "{id: '001490746', kind: checklist, url", "documents[0].url", "does not end in the file number"},
		{"link without https", r7, "page: https:", "page: http:", "page", "not an https address"},
		{"other schema", r7, "schema: sonae.checklist/1", "schema: sonae.checklist/2", "schema", `want "sonae.checklist/1"`},

		{"parameter that does not exist", inv, "{days: $stale_days}", "{days: $stal_days}", "checks[4].args.days", "$stal_days is not a parameter"},
		{"share above one", inv, "default: 0.95", "default: 95", "parameters[0].default", "not a share"},
		{"parameter twice", inv, "name: stale_days", "name: stocktake_days", "parameters[3].name", "used twice"},
		{"unknown place in the sentence", inv, "{stocktake_days}以内", "{stocktake}以内", "judgement.ja", "{stocktake} is not a parameter"},
		{"check of unknown weight", inv, "args: {days: $stale_days}, decides: info", "args: {days: $stale_days}, decides: maybe", "checks[4].decides", `"maybe" is not one of`},
		{"version zero", inv, "version: 2", "version: 0", "version", "versions begin at 1"},
		{"rule id unlike its file", inv, "id: AE-INV-01", "id: AE-INV-02", "", "file must be named rules/AE-INV-02.yaml"},
		{"full without checks", "rules/AE-MDS-01.yaml", "mode: assisted", "mode: full", "mode", "full needs at least one check"},
		{"edition of a parameter", "rules/AE-PWD-01.yaml", "by_edition: {r8:", "by_edition: {r9:", "parameters[0].by_edition.r9", `no checklist edition "r9"`},

		{"item numbers that jump", gov, "          - id: governance.1.1.2\n            number: ②\n", "          - id: governance.1.1.2\n            number: ③\n", "chapters[0].sections[0].items[1].number", "where ② is due"},
		{"item id unlike its place", gov, "- id: governance.1.1.2\n", "- id: governance.1.1.9\n", "chapters[0].sections[0].items[1].id", `want "governance.1.1.2"`},
		{"text for unknown content", gov, "content_known: true", "content_known: false", "chapters[0].sections[0].items[0].summary", "not allowed here"},
		{"known content without text", con, "        content_known: false", "        content_known: true", "chapters[6].items[4]", `key "summary" is missing`},
		{"unknown role", gov, "roles: [executive]", "roles: [president]", "chapters[0].sections[0].items[0].roles[0]", "not one of"},
		{"control twice", "controls.yaml", "id: safety_officer", "id: system_presence", "controls[1].id", "used twice"},
		{"source of unknown kind", "sources.yaml", "kind: mhlw_original", "kind: rumour", "sources[1].kind", "not one of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := copyOfReal(t)
			data := m[tt.file].Data
			at := bytes.Index(data, []byte(tt.old))
			if at < 0 {
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			}
			m[tt.file] = &fstest.MapFile{Data: []byte(strings.Replace(string(data), tt.old, tt.new, 1))}
			_, err := Load(m)
			var le *LoadError
			if !errors.As(err, &le) {
				t.Fatalf("got %v, want a *LoadError", err)
			}
			for _, p := range le.Problems {
				if p.File == tt.file && p.Path == tt.path && strings.Contains(p.Message, tt.message) {
					checkLine(t, p, m[tt.file].Data)
					return
				}
			}
			t.Errorf("want %s: %s: %s, got\n%v", tt.file, tt.path, tt.message, err)
		})
	}
}

// checkLine compares the reported line with the last key of the path, which must stand on that line.
func checkLine(t *testing.T, p Problem, data []byte) {
	t.Helper()
	if p.Path == "" {
		return
	}
	lines := strings.Split(string(data), "\n")
	if p.Line < 1 || p.Line > len(lines) {
		t.Fatalf("line %d is outside the file", p.Line)
	}
	line := lines[p.Line-1]
	last := p.Path[strings.LastIndex(p.Path, ".")+1:]
	if key, _, isElement := strings.Cut(last, "["); !isElement && !strings.Contains(line, key) {
		t.Errorf("line %d is %q, which does not hold %q", p.Line, line, key)
	}
	if !strings.HasPrefix(p.String(), fmt.Sprintf("%s:%d: %s: ", p.File, p.Line, p.Path)) {
		t.Errorf("message %q does not begin with its place", p)
	}
}

func TestOverlappingEditions(t *testing.T) {
	m := copyOfReal(t)
	s := string(m[r8].Data)
	s = strings.Replace(s, "fiscal_year: 2026", "fiscal_year: 2025", 1)
	s = strings.Replace(s, "{from: '2026-04-01', to: '2027-03-31'}", "{from: '2025-04-01', to: '2026-03-31'}", 1)
	m[r8] = &fstest.MapFile{Data: []byte(s)}
	_, err := Load(m)
	if err == nil || !strings.Contains(err.Error(), "in_force: overlaps edition") {
		t.Errorf("got %v, want an overlap", err)
	}
}

func TestGapInNumbers(t *testing.T) {
	m := copyOfReal(t)
	s := string(m[r7].Data)
	before, _, _ := strings.Cut(s, "      - id: r7.medical.2.9\n")
	to := strings.Index(s, "      - id: r7.medical.2.10\n")
	m[r7] = &fstest.MapFile{Data: []byte(before + s[to:])}
	_, err := Load(m)
	if err == nil || !strings.Contains(err.Error(), `"2⑩" leaves a gap after 8`) {
		t.Errorf("got %v, want a gap", err)
	}
}

func TestHostileFiles(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := 'b'; i <= 'j'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	tests := []struct {
		name, data, message string
	}{
		{"alias bomb", bomb, "anchors and aliases are not allowed"},
		{"merge key", "<<: {a: 1}\n", "keys are plain words"},
		{"too large", "a: " + strings.Repeat("x", maxFileBytes), "larger than"},
		{"too deep", "a: " + strings.Repeat("[", maxDepth+2) + "x" + strings.Repeat("]", maxDepth+2), "nested deeper"},
		{"far too deep", "a: " + strings.Repeat("[", 100_000), ""},
		{"too many values", "a: [" + strings.Repeat("x,", maxNodes+1) + "]", "more than"},
		{"not UTF-8", "a: \xff\xfe\n", "not UTF-8"},
		{"UTF-16", "\xff\xfea\x00:\x00", "not UTF-8"},
		{"two documents", "a: 1\n---\nb: 2\n", "more than one YAML document"},
		{"empty", "", "empty"},
		{"not a mapping", "- a\n- b\n", "cannot unmarshal"},
		{"syntax", "a: [1,\nb: }", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := copyOfReal(t)
			m[r7] = &fstest.MapFile{Data: []byte(tt.data)}
			_, err := Load(m)
			if err == nil || !strings.Contains(err.Error(), r7) || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("got %v, want %q about %s", err, tt.message, r7)
			}
		})
	}
}

func TestFolderMistakes(t *testing.T) {
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"file missing", func(m fstest.MapFS) { delete(m, "controls.yaml") }, "controls.yaml: "},
		{"rule in use missing", func(m fstest.MapFS) { delete(m, inv) }, `no rule "AE-INV-01"`},
		{"stray file", func(m fstest.MapFS) { m["rules/notes.txt"] = &fstest.MapFile{} }, "rules/notes.txt: unexpected"},
		{"part file missing", func(m fstest.MapFS) { delete(m, con) }, `no item "control.8.3"`},
		{"no checklists", func(m fstest.MapFS) { delete(m, r6); delete(m, r7); delete(m, r8) }, "checklists"},
		{"edition in the middle missing", func(m fstest.MapFS) { delete(m, r7) }, `no checklist edition "r7"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := copyOfReal(t)
			tt.change(m)
			_, err := Load(m)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// The list of a broken catalog stays readable.
func TestLoadErrorIsShort(t *testing.T) {
	m := copyOfReal(t)
	m[r7] = &fstest.MapFile{Data: bytes.ReplaceAll(m[r7].Data, []byte("evidence_basis: "), []byte("evidence_basis: x"))}
	_, err := Load(m)
	if err == nil {
		t.Fatal("loaded")
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 21 {
		t.Errorf("lines: got %d, want 21\n%v", n, err)
	}
	if !strings.HasSuffix(err.Error(), "and 14 more") { // 34 rows of R7
		t.Errorf("got %v", err)
	}
}

// FuzzLoad puts any bytes in the place of one file of a small catalog: Load must answer without panic and never accept a catalog
// that lacks what the look-ups promise.
func FuzzLoad(f *testing.F) {
	base := copyOf(f, os.DirFS("testdata/small"))
	names := []string{r7, "rules/AE-PAT-01.yaml", con, "controls.yaml", "sources.yaml", "guideline/editions.yaml"}
	for i, n := range names {
		f.Add(uint8(i), base[n].Data)
	}
	f.Add(uint8(0), []byte("sheets: [{rows: [{number: 2⑤}]}]"))
	f.Add(uint8(1), []byte("parameters: [{name: a, default: [x]}]\nchecks: [{check: c, args: {a: $a}}]"))
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		m := fstest.MapFS{}
		maps.Copy(m, base)
		m[names[int(which)%len(names)]] = &fstest.MapFile{Data: data}
		c, err := Load(m)
		if err != nil {
			var le *LoadError
			if !errors.As(err, &le) || len(le.Problems) == 0 {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		for _, e := range c.Editions() {
			if e.InstitutionSheet() == nil {
				t.Fatalf("%s has no institution sheet", e.ID)
			}
			for _, s := range e.Sheets {
				for _, r := range s.Rows {
					if r.Rule == nil || r.Control == nil || r.Section == nil || r.Title.JA == "" || r.Title.EN == "" {
						t.Fatalf("row %s is not complete", r.ID)
					}
				}
			}
		}
	})
}

func TestSmallCatalogLoads(t *testing.T) {
	c, err := Load(os.DirFS("testdata/small"))
	if err != nil {
		t.Fatal(err)
	}
	r, ok := c.Row("r7.medical.1.1")
	if !ok || r.Mark() != MarkLikely || len(r.GuidelineRefs[0].Items) != 1 {
		t.Errorf("got %+v", r)
	}
}

// FuzzDocument reads any bytes as each kind of file, without the rest of the catalog.
func FuzzDocument(f *testing.F) {
	base := copyOfReal(f)
	for _, n := range []string{inv, "controls.yaml", "sources.yaml", "guideline/editions.yaml"} {
		f.Add(base[n].Data)
	}
	f.Add([]byte("a: &x [1]\nb: *x\n"))
	f.Add([]byte("a: {b: [c, {d: ②}]}\n? [x]\n: y\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, problem := parseDocument("x.yaml", data)
		if problem != nil {
			if problem.String() == "" {
				t.Fatal("problem without words")
			}
			return
		}
		for _, out := range []any{&Edition{}, &Rule{}, &partFile{}, &controlsFile{}, &sourcesFile{}, &guidelinesFile{}} {
			for _, p := range doc.decode(out) {
				if p.File != "x.yaml" || p.Message == "" || p.Line < 0 {
					t.Fatalf("problem without a place: %+v", p)
				}
			}
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(datafiles.FS); err != nil {
			b.Fatal(err)
		}
	}
}
