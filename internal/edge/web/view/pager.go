package view

// Pager leads through a list that is paged by key: there is a first page and a
// next one, and no page numbers, since rows come and go meanwhile.
type Pager struct {
	Shown                        string // "1,204件のうち 50件"
	First, Next                  string // addresses; empty: there is none
	Label, FirstLabel, NextLabel string
}

// Pager makes one with its words in the reader's language.
func (p *Page) Pager(shown, first, next string) Pager {
	return Pager{
		Shown: shown, First: first, Next: next,
		Label: p.T("pager.label"), FirstLabel: p.T("pager.first"), NextLabel: p.T("pager.next"),
	}
}
