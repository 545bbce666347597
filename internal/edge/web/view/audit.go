package view

// AuditList is the record of who did what.
type AuditList struct {
	Page
	Kinds      []Choice // groups of actions to filter by
	Rows       []AuditRow
	Pager      Pager
	Total      int
	Head       AuditHead
	Job        *Job          // the verification that was asked for and runs
	Last       *AuditOutcome // nil: the log was never verified
	CanExport  bool
	ExportHref string
	Filtered   bool
}

// AuditOutcome is what the last verification found.
type AuditOutcome struct {
	EndedMS     int64
	Size, From  int    // entries; those below From were not read again
	FullMS      int64  // when everything was read last, 0 = never
	Root        string // base64
	Checkpoints int
	OK          bool
	Words       string
}

// AuditRow is one entry.
type AuditRow struct {
	Seq                   int64
	AtMS                  int64
	Actor, ActorKind      string
	Action                string
	Object, ObjectKind    string
	ObjectHref            string // page of the object; empty: none
	Address, Detail, Icon string
}

// AuditHead is the state of the log at one moment and how it is signed.
type AuditHead struct {
	Size      int
	Root      string // base64
	SignedMS  int64  // time of the newest checkpoint, 0 = none
	Signed    int    // entries the checkpoint covers
	PublicKey string
}
