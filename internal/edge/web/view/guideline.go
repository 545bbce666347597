package view

// Guideline is one part of the ministry's guideline in our own words.
type Guideline struct {
	Page
	Name, Issued, Official, Completeness string
	Parts                                []CountTab
	Reader                               string
	PartURL                              string // the ministry's document of this part
	Chapters                             []GuidelineChapter
}

// GuidelineChapter is one chapter.
type GuidelineChapter struct {
	Number int
	Title  string
	Items  []GuidelineItem
}

// GuidelineItem is one numbered item. Without Known only its number may be shown.
type GuidelineItem struct {
	ID, Number, Section, Heading, Summary, Evidence, Mode, Later string
	Roles                                                        []string
	Known, Provisional, Cloud                                    bool
	Links                                                        []ChecklistLink
}

// ChecklistLink leads to a row of a checklist.
type ChecklistLink struct{ Href, Label, Title string }
