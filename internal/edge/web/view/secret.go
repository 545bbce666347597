package view

// Secret is a value that is shown once: a token, a code, a first password.
type Secret struct {
	ID, Value    string
	Copy, Copied string // the button, and what it says when done
}

// Secret makes one for the page.
func (p *Page) Secret(id, value string) Secret {
	return Secret{ID: id, Value: value, Copy: p.T("secret.copy"), Copied: p.T("secret.copied")}
}

// Once is the page after something was made whose secret is shown only now.
type Once struct {
	Page
	Heading, Lead, Warning string
	Items                  []OnceItem
	Codes                  []string // recovery codes
	BackHref, BackLabel    string
}

// OnceItem is one value with what it is for.
type OnceItem struct {
	Label  string
	Secret Secret
	Hint   string
}
