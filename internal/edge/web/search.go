package web

import "net/url"

// search sends the words of the search field to the ledger's list, which finds
// names, addresses, serial numbers, vendors and software.
func search(_ *site, c *call) error {
	return c.redirect("/assets?q=" + url.QueryEscape(c.r.URL.Query().Get("q")))
}
