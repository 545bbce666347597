package view

import "html/template"

// Profile is a person's own settings and ways to sign in.
type Profile struct {
	Page
	Login     string
	Name      string
	Languages []Choice
	Themes    []Choice
	Densities []Choice
	TOTP      bool // an authenticator is set up
	Second    bool // any second factor is set up
	Codes     int  // recovery codes left
	Passkeys  []Passkey
	CanAdd    bool // passkeys work at this address
	Sessions  []Session
	MustDo    string // what has to be done before anything else; empty: nothing
}

// Passkey is one registered passkey.
type Passkey struct {
	ID, Name       string
	AddedMS, UseMS int64
}

// Session is one place where the person is signed in.
type Session struct {
	ID, Device, Address string
	StartMS, SeenMS     int64
	Here                bool
}

// TOTP is the page on which an authenticator app is set up.
type TOTP struct {
	Page
	QR     template.URL // data: URL of a PNG, drawn by the server
	Secret Secret
}
