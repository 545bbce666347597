package view

// FieldGroup is one block of a form.
type FieldGroup struct {
	Label  string
	Fields []FormField
}

// FormField is one input, what stood in it when the form was made, and whether a
// complete row asks for it.
type FormField struct {
	Input  Input
	Was    string
	Wanted bool
}

// AssetNew is the form of a new device; without a kind it asks for that.
type AssetNew struct {
	Page
	Kinds                 []Choice
	Kind, KindLabel, Icon string
	Places                []Choice
	Groups                []FieldGroup
}

// AssetEdit is the form of a device.
type AssetEdit struct {
	Page
	ID, Name, Icon string
	Revision       int64
	Kinds          []Choice
	KindWas        string
	Groups         []FieldGroup
	Clashes        []Clash // fields that somebody else changed meanwhile, too
}

// Clash is a field with two new values.
type Clash struct{ Label, Mine, Stored string }

// AssetRetire is the form of a disposal.
type AssetRetire struct {
	Page
	ID, Name, Icon string
	Revision       int64
	Files          []Choice
	MaxMB          int
}

// AssetBulk is the page before many devices are changed.
type AssetBulk struct {
	Page
	Field, Label, Heading, ListQuery, Back string
	Rows                                   []BulkRow
	Input                                  Input
}

// BulkRow is one device that will be changed.
type BulkRow struct{ ID, Name, Tag, Icon, Now string }

// ConflictList is the queue of contradictions about identity.
type ConflictList struct {
	Page
	Closed bool
	Later  bool // with those that were put aside
	Rows   []ConflictRow
	Pager  Pager
}

// AssetLink leads to a device; Href is empty when the person may not see it.
type AssetLink struct{ Href, Name, Tag string }

// ConflictRow is one entry of the queue.
type ConflictRow struct {
	ID, Cause, Key, Value, SourceKind, Source string
	Asset, Other                              AssetLink
	OtherElsewhere                            bool
	FirstMS, AtMS, ClosedMS                   int64
	ClosedBy, Note, Outcome, Href             string
	LaterMS                                   int64 // put aside until then; 0 = not
}

// ConflictShow is one entry with its proof side by side.
type ConflictShow struct {
	Page
	ID, Cause, Key, Value, Source string
	FirstMS, LastMS, LaterMS      int64
	Mine, Theirs                  ConflictSide
	Pair                          bool // there is another device, and the person may see it
	Elsewhere                     bool // there is another device that the person may not see
	Keys                          []ConflictKey
	Fields                        []ConflictField
	ClosedMS                      int64
	ClosedBy, Note, Outcome       string
	CanAnswer, CanMerge           bool
	SplitHref                     string
}

// ConflictSide is one of two devices.
type ConflictSide struct{ ID, Href, Name, Tag, Facility string }

// ConflictKey sets the keys of one kind beside each other.
type ConflictKey struct {
	Label        string
	Mine, Theirs []ConflictValue
	Kind, State  string // of the badge
}

// ConflictValue is a key with who first brought it, and when.
type ConflictValue struct {
	Value, SourceKind, Source string
	AtMS                      int64
	Shared                    bool
}

// ConflictField is a value of both devices.
type ConflictField struct {
	Label, Mine, Theirs string
	Differs             bool
}

// AssetMerges is where rows of the ledger are made one, and taken apart.
type AssetMerges struct {
	Page
	Head    AssetHead
	Text    string // looked for
	Found   []ConflictSide
	More    bool // more were found than are shown
	Parts   []Choice
	Rows    []MergeRow
	CanEdit bool
	Split   bool // there is something to split off
}

// MergeRow is one merge or split.
type MergeRow struct {
	ID, Words, Name, Href, By, Note, UndoneBy string
	AtMS, UndoneMS                            int64
	CanUndo                                   bool
}

// ServiceList is where services are decided about.
type ServiceList struct {
	Page
	Show, Kind, Subject, Place, Here string
	Tabs, Kinds, Subjects            []Tab
	Places                           []Choice
	Rows                             []ServiceDecision
	Total                            int
	CanEdit                          bool
}

// ServiceDecision is one service on one kind of device.
type ServiceDecision struct {
	Name, Kind, KindLabel, Icon   string
	Assets                        int
	Verdict, VerdictLabel, Reason string
	AtMS                          int64
	Href                          string
}

// ConflictValues are the keys of one side, for their part of a template.
type ConflictValues struct {
	*Page
	Values []ConflictValue
}

// Each hands keys to their part of a template, with the page.
func (p *Page) Each(values []ConflictValue) ConflictValues { return ConflictValues{p, values} }
