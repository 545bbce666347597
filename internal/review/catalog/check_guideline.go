package catalog

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// partFile is the form of guideline/<edition>/<part>.yaml.
type partFile struct {
	Schema   string        `yaml:"schema"`
	Edition  string        `yaml:"edition"`
	Part     Part          `yaml:"part"`
	Title    Text          `yaml:"title"`
	Reader   Role          `yaml:"reader"`
	Chapters []chapterYAML `yaml:"chapters"`
}

type chapterYAML struct {
	Number   int           `yaml:"number"`
	Title    Text          `yaml:"title"`
	Sections []sectionYAML `yaml:"sections"`
	Items    []itemYAML    `yaml:"items"`
}

type sectionYAML struct {
	Number        string     `yaml:"number"`
	Title         Text       `yaml:"title"`
	TitleVerified bool       `yaml:"title_verified"`
	Items         []itemYAML `yaml:"items"`
}

type itemYAML struct {
	ID             string `yaml:"id"`
	Number         string `yaml:"number"`
	Heading        Text   `yaml:"heading"`
	NumberVerified bool   `yaml:"number_verified"`
	ContentKnown   bool   `yaml:"content_known"`
	Verified       bool   `yaml:"verified"`
	Verification   struct {
		TextSeen string `yaml:"text_seen"`
		Source   string `yaml:"source"`
	} `yaml:"verification"`
	Roles            []Role   `yaml:"roles"`
	AppliesTo        []string `yaml:"applies_to"`
	AppliesToShown   bool     `yaml:"applies_to_shown"`
	CloudMaySimplify bool     `yaml:"cloud_may_simplify"`
	Summary          Text     `yaml:"summary"`
	Evidence         struct {
		Mode string `yaml:"mode"`
		Note Text   `yaml:"note"`
	} `yaml:"evidence"`
	LaterEdition struct {
		Edition string `yaml:"edition"`
		JA      string `yaml:"ja"`
		EN      string `yaml:"en"`
	} `yaml:"later_edition"`
	SourcePage string `yaml:"source_page"`
	Remark     string `yaml:"remark"` // for whoever corrects the item; not loaded
}

var (
	guidelineID = regexp.MustCompile(`^\d\.\d$`)
	sectionForm = regexp.MustCompile(`^\d{1,2}(\.\d{1,2}){1,2}$`)
	sha256Form  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	documentID  = regexp.MustCompile(`^\d{9}$`)
)

// circled are the digits ① to ⑳.
var circled = []rune("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")

// circledValue returns 1–20, or 0 when s is not one circled digit.
func circledValue(s string) int {
	r := []rune(s)
	if len(r) != 1 {
		return 0
	}
	return slices.Index(circled, r[0]) + 1
}

func (l *loader) checkGuidelines(s *fileSet) {
	at := s.guidelines.at(l)
	at.schema(s.guidelines.data.Schema, "sonae.guideline-editions/1")
	for i, g := range s.guidelines.data.Editions {
		a := at.key("editions").index(i)
		l.checkGuidelineEdition(a, g)
	}
	l.cat.guidelines = s.guidelines.data.Editions
	for i := range s.parts {
		l.checkPart(s.parts[i].at(l), &s.parts[i].data)
	}
	for i, g := range l.cat.guidelines {
		if g.ItemsCatalogued != (len(g.Parts) > 0) {
			at.key("editions").index(i).key("items_catalogued").fail("is %t, but there are %d part files", g.ItemsCatalogued, len(g.Parts))
		}
	}
}

func (l *loader) checkGuidelineEdition(a place, g *Guideline) {
	a.require("id", "title", "issued", "page", "items_catalogued", "completeness", "documents")
	if !guidelineID.MatchString(g.ID) {
		a.key("id").fail("%q is not an edition like 6.0", g.ID)
	}
	a.key("title").text(g.Title)
	a.key("completeness").text(g.Completeness)
	a.key("issued").date(g.Issued)
	a.key("page").link(g.Page)
	for i, d := range g.Documents {
		b := a.key("documents").index(i)
		b.require("id", "part", "url")
		b.document(d)
	}
	g.itemByID = map[string]*Item{}
	register(a, l.cat.guidelineByID, g.ID, g)
}

// document checks what documents of guidelines and checklists share.
func (a place) document(d Document) {
	if !documentID.MatchString(d.ID) {
		a.key("id").fail("%q is not a file number of nine digits", d.ID)
	}
	a.key("url").link(d.URL)
	if base := path.Base(d.URL); strings.TrimSuffix(base, path.Ext(base)) != d.ID {
		a.key("url").fail("does not end in the file number %s", d.ID)
	}
	if a.has("sha256") && !sha256Form.MatchString(d.SHA256) {
		a.key("sha256").fail("is not a SHA-256 in lower-case hex")
	}
	if d.Pages < 0 || d.Pages > 1000 {
		a.key("pages").fail("%d is not a number of pages", d.Pages)
	}
}

func (l *loader) checkPart(a place, f *partFile) {
	a.schema(f.Schema, "sonae.guideline/1")
	a.require("edition", "part", "title", "reader", "chapters")
	a.key("title").text(f.Title)
	oneOf(a.key("part"), f.Part, PartGovernance, PartManagement, PartControl)
	oneOf(a.key("reader"), f.Reader, RoleExecutive, RolePlanningManager, RoleOperator)
	a.fileName(fmt.Sprintf("guideline/%s/%s.yaml", f.Edition, f.Part))
	g, ok := l.cat.guidelineByID[f.Edition]
	if !ok {
		a.key("edition").fail("guideline edition %q is not in guideline/editions.yaml", f.Edition)
		return
	}
	part := &GuidelinePart{Part: f.Part, Title: f.Title, Reader: f.Reader, Guideline: g}
	for i := range f.Chapters {
		l.checkChapter(a.key("chapters").index(i), part, &f.Chapters[i])
	}
	g.Parts = append(g.Parts, part)
	order := []Part{PartGovernance, PartManagement, PartControl}
	slices.SortFunc(g.Parts, func(x, y *GuidelinePart) int {
		return slices.Index(order, x.Part) - slices.Index(order, y.Part)
	})
}

func (l *loader) checkChapter(a place, part *GuidelinePart, f *chapterYAML) {
	a.require("number", "title")
	a.key("title").text(f.Title)
	if want := len(part.Chapters) + 1; f.Number != want {
		a.key("number").fail("chapter %d stands where chapter %d is due", f.Number, want)
	}
	if (len(f.Sections) > 0) == (len(f.Items) > 0) {
		a.fail("a chapter holds either sections or items")
	}
	c := &Chapter{Number: f.Number, Title: f.Title, Part: part}
	part.Chapters = append(part.Chapters, c)
	for i := range f.Sections {
		l.checkSection(a.key("sections").index(i), c, &f.Sections[i])
	}
	prefix := fmt.Sprintf("%s.%d.", part.Part, f.Number)
	c.items = l.checkItems(a.key("items"), c, nil, f.Items, prefix)
}

func (l *loader) checkSection(a place, c *Chapter, f *sectionYAML) {
	a.require("number", "title", "title_verified", "items")
	a.key("title").text(f.Title)
	if !sectionForm.MatchString(f.Number) || !strings.HasPrefix(f.Number, strconv.Itoa(c.Number)+".") {
		a.key("number").fail("%q is not a section of chapter %d", f.Number, c.Number)
	}
	if n := len(c.Sections); n > 0 && !sectionBefore(c.Sections[n-1].Number, f.Number) {
		a.key("number").fail("section %s stands after %s", f.Number, c.Sections[n-1].Number)
	}
	s := &GuidelineSection{Number: f.Number, Title: f.Title, TitleVerified: f.TitleVerified, Chapter: c}
	c.Sections = append(c.Sections, s)
	s.items = l.checkItems(a.key("items"), c, s, f.Items, fmt.Sprintf("%s.%s.", c.Part.Part, f.Number))
}

// sectionBefore compares section numbers part by part ("2.2.1" before "2.10").
func sectionBefore(a, b string) bool {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		return m - n
	}) < 0
}

// checkItems checks the items of a chapter or section: numbers rise by one, and begin again under a new heading.
func (l *loader) checkItems(a place, c *Chapter, s *GuidelineSection, items []itemYAML, prefix string) []*Item {
	var out []*Item
	heading, last := Text{}, 0
	for i := range items {
		f := &items[i]
		at := a.index(i)
		if f.Heading != heading {
			heading, last = f.Heading, 0
		}
		n := circledValue(f.Number)
		if n != last+1 {
			at.key("number").fail("number %q stands where %c is due", f.Number, circled[min(last, len(circled)-1)])
		}
		last = n
		id := prefix
		if !heading.IsZero() {
			id += heading.EN + "."
		}
		if want := id + strconv.Itoa(n); f.ID != want {
			at.key("id").fail("id is %q, want %q from its place", f.ID, want)
		}
		item := l.checkItem(at, f)
		item.Part, item.Chapter, item.Section = c.Part, c, s
		register(at, c.Part.Guideline.itemByID, f.ID, item)
		out = append(out, item)
	}
	return out
}

func (l *loader) checkItem(a place, f *itemYAML) *Item {
	a.require("id", "number", "number_verified", "content_known", "verified", "verification", "roles", "applies_to", "applies_to_shown", "source_page")
	a.key("source_page").link(f.SourcePage)
	a.optional("heading", f.Heading)
	a.key("verification").require("source")
	if f.Verification.TextSeen != "" {
		oneOf(a.key("verification").key("text_seen"), f.Verification.TextSeen, "full", "partial", "quoted", "none")
	}
	if len(f.Roles) == 0 {
		a.key("roles").fail("no role is named")
	}
	for i, r := range f.Roles {
		oneOf(a.key("roles").index(i), r, RoleExecutive, RolePlanningManager, RoleOperator)
	}
	for i, t := range f.AppliesTo {
		oneOf(a.key("applies_to").index(i), t, "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ")
	}
	item := &Item{
		ID: f.ID, Number: f.Number, NumberVerified: f.NumberVerified, Verified: f.Verified,
		TextSeen: f.Verification.TextSeen, TextSource: f.Verification.Source, Heading: f.Heading, Roles: f.Roles,
		AppliesTo: f.AppliesTo, AppliesToShown: f.AppliesToShown, CloudMaySimplify: f.CloudMaySimplify, SourcePage: f.SourcePage,
	}
	const why = "an item has a summary and evidence exactly when its content is known"
	a.when(f.ContentKnown, "summary", why)
	a.when(f.ContentKnown, "evidence", why)
	if !f.ContentKnown {
		a.when(false, "later_edition", why)
		if f.Verified {
			a.key("verified").fail("an item of unknown content cannot be verified")
		}
		return item
	}
	a.key("summary").text(f.Summary)
	a.key("evidence").require("mode", "note")
	a.key("evidence").key("note").text(f.Evidence.Note)
	oneOf(a.key("evidence").key("mode"), f.Evidence.Mode, "automatic", "assisted", "document", "attestation")
	item.requirement = &Requirement{Summary: f.Summary, EvidenceMode: f.Evidence.Mode, EvidenceNote: f.Evidence.Note}
	if a.has("later_edition") {
		note := Text{JA: f.LaterEdition.JA, EN: f.LaterEdition.EN}
		a.key("later_edition").text(note)
		if _, ok := l.cat.guidelineByID[f.LaterEdition.Edition]; !ok {
			a.key("later_edition").key("edition").fail("guideline edition %q is not in guideline/editions.yaml", f.LaterEdition.Edition)
		}
		item.requirement.LaterEdition = &LaterNote{EditionID: f.LaterEdition.Edition, Text: note}
	}
	return item
}
