package view

// EntryShow is an entry for agents of another maker that certificates open.
type EntryShow struct {
	Page
	ID, Protocol, Note, Facility, By string
	Address                          string // agents report to
	How                              string // where the agent of this protocol takes its certificate from
	MadeMS, UsedMS, ClosedMS         int64
	Encrypted                        bool // without TLS nobody can show a certificate
	CanManage                        bool
	Certificates                     []EntryCertificateRow
}

// EntryCertificateRow is one certificate that opens the entry.
type EntryCertificateRow struct {
	ID, Kind, Subject, Issuer, SHA256, By string
	StartMS, EndMS, AddedMS               int64
	StateKind, State                      string
}
