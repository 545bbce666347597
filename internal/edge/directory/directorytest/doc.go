// Package directorytest is an LDAP server for tests, over TLS on a free port: it
// answers as Active Directory does, as far as a reading asks, and misbehaves on
// request.
package directorytest
