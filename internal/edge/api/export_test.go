package api

// ScopeOf is scopeOf, for tests.
var ScopeOf = scopeOf
