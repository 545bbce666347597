package view

// Today is the first page: what to do now, what ends when, how fresh the data is.
type Today struct {
	Page
	Heading string
	Sub     string
	KPIs    []KPI
	Todos   []Todo
	Hidden  int // further things to do that are not shown
	Ends    []Deadline
	Fresh   []Freshness
}

// KPI is one figure with a link to the list behind it.
type KPI struct {
	Href, Label, Value, Unit string
	Note                     string
	NoteKind                 string // "", ok, warn, danger
}

// Todo is one thing to do: a sentence, why it matters, one button.
type Todo struct {
	N              int
	Title, Why     string
	BadgeKind      string
	Badge          string
	Meta           []string
	Href, Button   string
	First, Pressed bool // the first has the filled button; Pressed: due now
}

// Deadline is one day that comes nearer.
type Deadline struct {
	Days        int
	Title, Note string
	Href        string
	Soon        bool
}

// Freshness is one source of data with its last word.
type Freshness struct{ Kind, Label, When string }
