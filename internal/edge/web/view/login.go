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

// Welcome is what a set-up link opens: the person chooses a password. Without a
// code the link does not work.
type Welcome struct {
	Page
	Code, Name, Login string
	Least             int // characters the password must have
}

// Prove asks somebody who is signed in for a password or factor before a change of
// what guards accounts.
type Prove struct {
	Page
	Action   string // where the form goes
	Carried  []Carried
	Password bool // the person has a password
	TOTP     bool
	Passkeys bool
}

// Carried is a field of the form that waits.
type Carried struct{ Name, Value string }

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
