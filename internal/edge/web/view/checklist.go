package view

// Checklist is one sheet with the card of one row.
type Checklist struct {
	Page
	Heading, Sub, Facility, Subject string
	FacilityID                      string
	SheetPath                       string // address of the sheet without a query
	Provisional                     string // why the sheet or edition is provisional; empty: it is not
	Past, PastHref                  string // a past day is shown; the way back to now
	Official                        string // the ministry's own form
	PackHref                        string
	Editions                        []Choice // Value is the address
	Sheets                          []CountTab
	CanConfirm                      bool
	FileTypes                       string // endings that may be uploaded, as an accept attribute
	MaxMB                           int
	Tally                           Tally
	Rows                            []ChecklistRow
	Evidence                        *RowEvidence
}

// FormAction is where a form of the sheet goes.
func (v *Checklist) FormAction(what string) string { return v.SheetPath + "/" + what }

// Chosen is the answer to mark: what was sent, else what is proposed.
func (v *Checklist) Chosen(proposed string) string {
	if v.Form.Values != nil {
		return v.Form.Get("value")
	}
	return proposed
}

// Tally counts the answers of a sheet.
type Tally struct {
	Total, Yes, No, NotApplicable, Unanswered, Review, Left int
}

// YesWidth is the length of the part of はい in the bar, which is 1,000 units wide.
func (t Tally) YesWidth() int { return t.part(t.Yes + t.NotApplicable) }

// NoX is where the part of いいえ begins.
func (t Tally) NoX() int { return after(0, t.YesWidth()) }

// NoWidth is the length of the part of いいえ.
func (t Tally) NoWidth() int { return t.part(t.No) }

// NoneX is where the unanswered part begins.
func (t Tally) NoneX() int { return after(t.NoX(), t.NoWidth()) }

// after is where the next part of the bar begins: with a gap, unless there was no part.
func after(x, width int) int {
	if width == 0 {
		return x
	}
	return x + width + 4
}

// NoneWidth is the length of the unanswered part.
func (t Tally) NoneWidth() int { return max(1000-t.NoneX(), 0) }

func (t Tally) part(n int) int {
	if t.Total == 0 {
		return 0
	}
	return n * 1000 / t.Total
}

// ChecklistRow is a line of the table: a section's title, or a row.
type ChecklistRow struct {
	Section                         string // not empty: a line for a section
	ID, Number, Title, Target, Href string
	Mark, MarkWords                 string
	SuggestKind, Suggest            string
	AnswerKind, Answer, On, Review  string
	ModeIcon, Mode                  string
	Current                         bool
}

// RowEvidence is the card of one row: what is suggested and why, what was
// answered, and the form to answer.
type RowEvidence struct {
	ID, Number, Title, MarkWords, Wording    string
	ModeIcon, Mode                           string
	SuggestKind, Suggest, Summary            string
	Rule, RuleID, HumanMust, CannotProve     string
	Guideline, Acceptable                    []string
	Checks                                   []CheckLine
	Failing                                  []FailLine
	FailingTotal, FailingMore                int
	Sources                                  []SourceLine
	AsOfMS                                   int64
	SHA256                                   string
	Gate, MaySkip, NotNeeded                 bool
	Contradicts, MayBeYes                    bool
	Value, ConfirmedOn, TargetOn             string
	TargetMin, TargetMax, YearFrom, Proposal string
	NextRound                                int
	Rounds                                   []RoundLine
	Links                                    []ProofLink
}

// CheckLine is one condition and how it ended.
type CheckLine struct{ Kind, State, Title, Sentence string }

// FailLine is one thing that does not fulfil a condition.
type FailLine struct{ Name, Why, Href string }

// SourceLine says which source was read and how fresh it was.
type SourceLine struct {
	Kind, Title string
	Count       int
	NewestMS    int64
}

// RoundLine is an earlier answer.
type RoundLine struct {
	Round                       int
	Value, On, Target, By, Note string
}

// ProofLink is proof that a person put beside a row.
type ProofLink struct {
	ID, Kind, KindWords, Title string
	Target                     string // address, place, or address of the download
	Size, SHA256               string // of a file
	AddedMS                    int64
}

// VendorSheets lists the vendor's forms of an edition.
type VendorSheets struct {
	Page
	Heading, SheetPath, Provisional, Facility, FacilityID string
	Editions                                              []Choice
	Sheets                                                []CountTab
	Rows                                                  []VendorSheetRow
}

// VendorSheetRow is one vendor and system.
type VendorSheetRow struct {
	Href, Subject       string
	Answered, Total, No int
	Complete            bool
}
