package catalog

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Load reads and checks a whole catalog folder (see catalog/README.md for its layout). Any mistake makes it fail with a
// *LoadError that names file, line and path of everything found wrong; mistakes between files are looked for only when
// every file reads well by itself. The file system is treated as untrusted: sizes, depth and counts are bounded.
func Load(fsys fs.FS) (*Catalog, error) {
	l := &loader{cat: &Catalog{
		editionByID: map[string]*Edition{}, ruleByID: map[string]*Rule{}, guidelineByID: map[string]*Guideline{},
		controlByID: map[string]*Control{}, sourceByID: map[string]*Source{}, rowByID: map[string]*Row{},
	}}
	files := l.read(fsys)
	if err := l.err(); err != nil {
		return nil, err
	}
	l.checkLists(files)
	l.checkGuidelines(files)
	l.checkRules(files)
	l.checkEditions(files)
	if err := l.err(); err != nil {
		return nil, err
	}
	l.cat.sort()
	l.checkSequence(files)
	if err := l.err(); err != nil {
		return nil, err
	}
	return l.cat, nil
}

// loader collects the catalog and the problems found.
type loader struct {
	cat      *Catalog
	problems []Problem
}

func (l *loader) add(p Problem) { l.problems = append(l.problems, p) }

func (l *loader) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return &LoadError{Problems: l.problems}
}

// loaded is one decoded file with its document.
type loaded[T any] struct {
	doc  *document
	data T
}

func (f loaded[T]) at(l *loader) place { return place{l: l, doc: f.doc} }

// fileSet is the decoded content of the folder.
type fileSet struct {
	controls   loaded[controlsFile]
	sources    loaded[sourcesFile]
	guidelines loaded[guidelinesFile]
	parts      []loaded[partFile]
	rules      []loaded[*Rule]
	editions   []loaded[*Edition]
}

type controlsFile struct {
	Schema   string     `yaml:"schema"`
	Controls []*Control `yaml:"controls"`
}

type sourcesFile struct {
	Schema  string    `yaml:"schema"`
	Sources []*Source `yaml:"sources"`
}

type guidelinesFile struct {
	Schema   string       `yaml:"schema"`
	Editions []*Guideline `yaml:"editions"`
}

func (l *loader) read(fsys fs.FS) *fileSet {
	s := &fileSet{
		controls:   readFile[controlsFile](l, fsys, "controls.yaml"),
		sources:    readFile[sourcesFile](l, fsys, "sources.yaml"),
		guidelines: readFile[guidelinesFile](l, fsys, "guideline/editions.yaml"),
	}
	for _, name := range l.list(fsys, "guideline", true) {
		for _, file := range l.list(fsys, name, false) {
			s.parts = append(s.parts, readFile[partFile](l, fsys, file))
		}
	}
	for _, name := range l.list(fsys, "rules", false) {
		f := readFile[Rule](l, fsys, name)
		s.rules = append(s.rules, loaded[*Rule]{f.doc, &f.data})
	}
	for _, name := range l.list(fsys, "checklists", false) {
		f := readFile[Edition](l, fsys, name)
		s.editions = append(s.editions, loaded[*Edition]{f.doc, &f.data})
	}
	return s
}

// maxFiles bounds the files of one folder.
const maxFiles = 500

// list returns the sub-folders (folders true) or YAML files of a folder, and reports anything that does not belong.
func (l *loader) list(fsys fs.FS, dir string, folders bool) []string {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		l.add(Problem{File: dir, Message: err.Error()})
		return nil
	}
	if len(entries) > maxFiles {
		l.add(Problem{File: dir, Message: "too many files"})
		return nil
	}
	var names []string
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch isYAML := strings.HasSuffix(name, ".yaml"); {
		case e.IsDir() == folders && (folders || isYAML):
			names = append(names, name)
		case folders && name == "guideline/editions.yaml":
		default:
			l.add(Problem{File: name, Message: "unexpected in this folder"})
		}
	}
	if len(names) == 0 {
		l.add(Problem{File: dir, Message: "folder is empty"})
	}
	return names
}

func readFile[T any](l *loader, fsys fs.FS, name string) (f loaded[T]) {
	doc, problem := readDocument(fsys, name)
	if problem != nil {
		l.add(*problem)
		return f
	}
	f.doc = doc
	for _, p := range doc.decode(&f.data) {
		l.add(p)
	}
	return f
}

// schema reports a file of another format or version.
func (a place) schema(have, want string) {
	if have != want {
		a.key("schema").fail("schema is %q, want %q", have, want)
	}
}

// fileName reports a file that is not named after what it holds.
func (a place) fileName(want string) {
	if a.doc.name != want {
		a.fail("file must be named %s", want)
	}
}

func (l *loader) checkLists(s *fileSet) {
	at := s.controls.at(l)
	at.schema(s.controls.data.Schema, "sonae.controls/1")
	for i, c := range s.controls.data.Controls {
		a := at.key("controls").index(i)
		a.require("id", "title")
		a.key("id").name(c.ID)
		a.key("title").text(c.Title)
		register(a, l.cat.controlByID, c.ID, c)
	}
	l.cat.controls = s.controls.data.Controls

	at = s.sources.at(l)
	at.schema(s.sources.data.Schema, "sonae.sources/1")
	for i, c := range s.sources.data.Sources {
		a := at.key("sources").index(i)
		a.require("id", "title", "kind", "seen")
		a.key("title").text(c.Title)
		oneOf(a.key("kind"), c.Kind, "mhlw_original", "mhlw_text_copy", "secondary", "recall")
		oneOf(a.key("seen"), c.Seen, "full", "partial", "none", "not_opened")
		if a.has("url") {
			a.key("url").link(c.URL)
		}
		register(a, l.cat.sourceByID, c.ID, c)
	}
	l.cat.sources = s.sources.data.Sources
}

// register adds a value by ID and reports an ID that is empty or taken.
func register[T any](a place, byID map[string]T, id string, v T) {
	if id == "" {
		return // the missing key is reported already
	}
	if _, taken := byID[id]; taken {
		a.key("id").fail("id %q is used twice", id)
		return
	}
	byID[id] = v
}
