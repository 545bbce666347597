package web

import "sonae/internal/identity"

// Rights beside the actions of identity's table.
const (
	public   identity.Action = ""          // anybody, also without signing in
	signedIn identity.Action = "signed in" // anybody who is signed in
)

// route is one line of the table: what is asked, who may ask, who answers.
type route struct {
	pattern string          // method and path, as net/http's ServeMux reads it
	action  identity.Action // an action of identity's table, public or signedIn
	handle  handler
	// maxBody bounds the body in bytes; 0 means maxFormBytes.
	maxBody int64
	// confined routes stay open while a person must first do something about
	// their own account (change the first password, set up a second factor).
	confined bool
}

// routes is every address of the pages. A test drives each one with every role
// and with none, and compares with identity's table of rights; another compares
// the public ones with a reviewed list.
func routes() []route {
	return []route{
		// Anybody
		{pattern: "POST /preferences", action: public, handle: savePreferences},

		// Everybody who is signed in
		{pattern: "POST /facility", action: signedIn, handle: chooseFacility},
		{pattern: "GET /search", action: identity.AssetRead, handle: search},
	}
}
