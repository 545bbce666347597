package view

// Login is the first step of signing in.
type Login struct {
	Page
	Hospital string // name of the only facility, else empty
	Next     string // local path to go to afterwards
	Passkeys bool   // passkeys work at this address
}

// LoginSecond is the second step: a code of the authenticator, or a recovery code.
type LoginSecond struct {
	Page
	Next     string
	Recovery bool // ask for a recovery code
	TOTP     bool // an authenticator is set up
	Passkeys bool // a passkey is set up and works at this address
}

// Setup is the first run: the hospital and its first administrator.
type Setup struct {
	Page
	Code     string
	Kinds    []Choice
	Facility string // a facility that is there already
	Beds     string
	Many     int // how many facilities there are already, when more than one: they stay as they are
}

// SetupGone is shown when set-up is done or its code is wrong.
type SetupGone struct {
	Page
	Done bool // there are users already
}
