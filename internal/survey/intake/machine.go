package intake

import (
	"context"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Form is what an import holds.
type Form string

// Forms.
const (
	FormList     Form = "list"     // a table: a row is an asset
	FormMachines Form = "machines" // what machines or their makers wrote: a file, or a folder of them, is an asset
	FormBill     Form = "sbom"     // a bill of materials of one asset: a row is a component
)

// Kind is how a machine's file was made. Shown by "intake.kind." + word.
type Kind string

// Kinds of files.
const (
	KindSealed  Kind = "sealed"     // sonae-agent once, with a collection kit
	KindScript  Kind = "script"     // folder of the collector for old Windows
	KindSysInfo Kind = "systeminfo" // output of systeminfo, or of wmic qfe
	KindUnknown Kind = "unknown"
)

// File is a file that came, with its place in the archive it came in.
type File struct {
	Name string
	Body []byte
}

// Content is how many rows of a section a file brings. Section is a word of the agent's
// reports.
type Content struct {
	Section string `json:"section"`
	Rows    int    `json:"rows"` // 1 for a section that is not a list
}

// Gap is why a section is empty or not complete. State and Section are words of the
// agent's reports; Reason is English, for the help desk.
type Gap struct {
	Section string `json:"section"`
	State   string `json:"state"`
	Reason  string `json:"reason"`
}

// Machine is one machine that spoke in the files of an import.
type Machine struct {
	Place    string // file or folder, with its place in an archive
	Kind     Kind
	Name     string // host name, or what the file calls it
	Source   asset.Source
	AtMS     int64  // when the facts were taken, as far as that can be believed
	SHA256   string // of what it was read from, hex
	KitID    string // collection kit; empty = none
	KitName  string
	Contents []Content
	Gaps     []Gap
	// Problem is why it cannot be taken in; nil = it can.
	Problem *fault.Error
	// Report is the door's own.
	Report any
}

// Sight is what a machine's file would do if it were taken in now, or did.
type Sight struct {
	Outlook asset.Outlook
	// Same: the source says what it said last.
	Same bool
	// BeforeMS is when the source last spoke of the asset; 0 = never.
	BeforeMS int64
	// Problem is why it cannot be taken in.
	Problem *fault.Error
}

// Door takes in what machines say of themselves in files: the same way as reports over
// the network. The room edge/ingest is one; tests have their own.
type Door interface {
	// Sort tells lists (tables) from files of machines. Archives are opened before.
	Sort(files []File) (lists, machines []File)
	// Read finds the machines in files, in the order of their places. What cannot be read
	// is a machine with a problem. nowMS bounds the times that are believed.
	Read(ctx context.Context, q store.Querier, o Order, files []File, nowMS int64) ([]Machine, error)
	// Foresee works out what Take would do and stores nothing. Errors are trouble with the
	// database; what is wrong with the machine's file stands in the sight.
	Foresee(ctx context.Context, q store.Querier, o Order, m Machine) (Sight, error)
	// Take stores what a machine says and gives its asset, and what TakeBack needs.
	Take(ctx context.Context, tx *store.Tx, o Order, m Machine) (asset.Result, Before, error)
	// TakeBack undoes Take; see asset.TakeBackReport.
	TakeBack(ctx context.Context, tx *store.Tx, assetID string, s asset.Source, atMS int64, before Before, u asset.Undoing) (asset.ReportBack, error)
	// HandOn leaves what was taken of fromMS as a statement of toMS; see asset.HandOn.
	HandOn(ctx context.Context, tx *store.Tx, assetID string, s asset.Source, fromMS, toMS int64, by string, u asset.Undoing) error
}

// Before is what a source had said of a machine before its file.
type Before struct {
	SeenMS int64  // when it last spoke; 0 = never
	State  string // the door's own; empty = not kept
}

// Refuse notes why a machine's file cannot be taken in. It returns nil: the file is what
// is wrong, not the reading.
func (m *Machine) Refuse(f *fault.Error) error {
	m.Problem = f
	return nil
}
