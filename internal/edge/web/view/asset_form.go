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
	Chosen string // entry whose form was sent
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
	ClosedBy, Note                            string
	CanClose                                  bool
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
