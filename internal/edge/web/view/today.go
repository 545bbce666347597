package view

// Today is the first page: what to do now, what ends when, how fresh the data is.
type Today struct {
	Page
	Heading string
	Sub     string
	KPIs    []KPI
	Todos   []Todo
	Hidden  int // further things to do that are not shown
	Later   []LaterTodo
	// Days between which a thing may be put aside, 2006-01-02.
	LaterFrom, LaterUntil string
	Ends                  []Deadline
	Fresh                 []Freshness
}

// KPI is one figure with a link to the list behind it.
type KPI struct {
	Href, Label, Value, Unit string
	Note                     string
	NoteKind                 string // "", ok, warn, danger
	Spark                    *Spark // nil: fewer than two days are known
	Trend, TrendIcon         string // how it moved, in words; empty: not known for this reader
	SparkWords               string // says the picture to those who do not see it
}

// Todo is one thing to do: a sentence, why it matters, one button.
type Todo struct {
	N              int
	Title, Why     string
	BadgeKind      string
	Badge          string
	Meta           []string
	Href, Button   string
	Topic          string // names it when it is put aside
	First, Pressed bool   // the first has the filled button; Pressed: due now
}

// LaterTodo is one thing to do that the reader put aside.
type LaterTodo struct{ Topic, Title, Until string }

// Deadline is one day that comes nearer.
type Deadline struct {
	Days        int
	Title, Note string
	Href        string
	Soon        bool
}

// Freshness is one source of data with its last word.
type Freshness struct{ Kind, Label, When string }
