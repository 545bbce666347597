package view

// Problem is the page of something that did not work, for people who are not
// signed in: what happened, so what, what next.
type Problem struct {
	Page
	ProblemBody
}

// AppProblem is the same inside the shell.
type AppProblem struct {
	Page
	ProblemBody
}

// ProblemBody is what both show.
type ProblemBody struct {
	Status              int
	What, SoWhat, Next  string
	NextHref, NextLabel string
	RequestID           string // to find the line in the log
}
