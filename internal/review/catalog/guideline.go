package catalog

// Part is a part of the guideline. Only governance, management and control hold catalogued items.
type Part string

// The parts of editions 6.0 and 7.0. PartAnnex is the question list for MDS/SDS of 7.0.
const (
	PartOverview   Part = "overview"   // 概説編
	PartGovernance Part = "governance" // 経営管理編
	PartManagement Part = "management" // 企画管理編
	PartControl    Part = "control"    // システム運用編
	PartOutsourced Part = "outsourced" // 保守委託機関編 (7.0)
	PartAnnex      Part = "annex"
)

// partTitles are the names of the parts, as the documents call them, with our English words.
var partTitles = map[Part]Text{
	PartOverview:   {JA: "概説編", EN: "Overview"},
	PartGovernance: {JA: "経営管理編", EN: "Governance"},
	PartManagement: {JA: "企画管理編", EN: "Management"},
	PartControl:    {JA: "システム運用編", EN: "Control"},
	PartOutsourced: {JA: "保守委託機関編", EN: "Outsourced maintenance"},
	PartAnnex:      {JA: "別紙", EN: "Annex"},
}

// Title returns the name of the part; zero for an unknown one.
func (p Part) Title() Text { return partTitles[p] }

// Role is a reader of the guideline.
type Role string

// The roles.
const (
	RoleExecutive       Role = "executive"        // 経営層
	RolePlanningManager Role = "planning_manager" // 企画管理者
	RoleOperator        Role = "operator"         // システム運用担当者
)

// Guideline is one edition of the ministry's guideline. Where ItemsCatalogued is false it serves as a target of
// references and documents only.
type Guideline struct {
	ID              string     `yaml:"id"` // "6.0"
	Title           Text       `yaml:"title"`
	Issued          Date       `yaml:"issued"`
	Page            string     `yaml:"page"`
	ItemsCatalogued bool       `yaml:"items_catalogued"`
	Completeness    Text       `yaml:"completeness"`
	Documents       []Document `yaml:"documents"`

	Parts    []*GuidelinePart `yaml:"-"` // governance, management, control
	itemByID map[string]*Item
}

// GuidelinePart is one part with its chapters.
type GuidelinePart struct {
	Part     Part
	Title    Text
	Reader   Role
	Chapters []*Chapter

	Guideline *Guideline
}

// Chapter is a chapter of a part. Items stand either in Sections (governance) or directly in the chapter.
type Chapter struct {
	Number   int
	Title    Text
	Sections []*GuidelineSection

	Part  *GuidelinePart
	items []*Item
}

// GuidelineSection is a section of a governance chapter. TitleVerified is false where the printed title was not seen.
type GuidelineSection struct {
	Number        string // "1.2.1"
	Title         Text
	TitleVerified bool

	Chapter *Chapter
	items   []*Item
}

// Item is one numbered requirement (遵守事項). Its text is reached by Requirement only, so that an item known by number
// alone cannot be shown as a requirement by accident.
type Item struct {
	ID               string // "control.8.3"; unique within a guideline edition
	Number           string // circled digit
	NumberVerified   bool
	Verified         bool
	TextSeen         string // full, partial, quoted, none; "" where not recorded
	TextSource       string // which published version or table the text was read in
	Heading          Text   // sub-heading under which numbers restart; may be zero
	Roles            []Role
	AppliesTo        []string // institution types Ⅰ Ⅱ Ⅲ Ⅳ; empty means unknown
	AppliesToShown   bool     // false: the types were derived, not printed
	CloudMaySimplify bool     // cloud users may simplify it where the vendor contract covers it
	SourcePage       string

	Part    *GuidelinePart
	Chapter *Chapter
	Section *GuidelineSection // nil outside governance

	requirement *Requirement // nil when the content is unknown
}

// Requirement is what a guideline item asks, in our own words, and what proves it.
type Requirement struct {
	Summary      Text
	EvidenceMode string // automatic, assisted, document or attestation
	EvidenceNote Text
	// LaterEdition says what public notes report about the same topic in a later guideline edition; nil when nothing.
	LaterEdition *LaterNote
}

// LaterNote is a remark about a later guideline edition, taken from secondary sources.
type LaterNote struct {
	EditionID string
	Text      Text
}

// Requirement returns what the item asks. ok is false when only the number of the item is known; such an item must not
// be shown as a requirement.
func (i *Item) Requirement() (req Requirement, ok bool) {
	if i.requirement == nil {
		return Requirement{}, false
	}
	return *i.requirement, true
}

// ContentKnown reports whether the item has a Requirement.
func (i *Item) ContentKnown() bool { return i.requirement != nil }

// Provisional reports whether the item's duty, or its number, was not confirmed.
func (i *Item) Provisional() bool { return !i.Verified || !i.NumberVerified }

// Part returns a part of the guideline.
func (g *Guideline) Part(p Part) (*GuidelinePart, bool) {
	for _, v := range g.Parts {
		if v.Part == p {
			return v, true
		}
	}
	return nil, false
}

// Item returns the item with this ID.
func (g *Guideline) Item(id string) (*Item, bool) {
	i, ok := g.itemByID[id]
	return i, ok
}

// Items returns all items of the part in printed order, those of unknown content included.
func (p *GuidelinePart) Items() []*Item {
	var items []*Item
	for _, c := range p.Chapters {
		items = append(items, c.Items()...)
	}
	return items
}

// Chapter returns the chapter with this number.
func (p *GuidelinePart) Chapter(number int) (*Chapter, bool) {
	for _, c := range p.Chapters {
		if c.Number == number {
			return c, true
		}
	}
	return nil, false
}

// Section returns the section with this number, for example "3.4.1".
func (p *GuidelinePart) Section(number string) (*GuidelineSection, bool) {
	for _, c := range p.Chapters {
		for _, s := range c.Sections {
			if s.Number == number {
				return s, true
			}
		}
	}
	return nil, false
}

// Items returns the items of the chapter, its sections included, in printed order.
func (c *Chapter) Items() []*Item {
	items := append([]*Item(nil), c.items...)
	for _, s := range c.Sections {
		items = append(items, s.items...)
	}
	return items
}

// Items returns the items of the section.
func (s *GuidelineSection) Items() []*Item { return append([]*Item(nil), s.items...) }
