// Package layout places a network graph on a plane: what stands where, which label
// is broken how, where lines run. It knows no colour, no file form and no database:
// review/diagram makes a drawing of its figures.
//
// The overview reads from left to right: the outside with every way in, the devices
// at the boundary, the infrastructure as a tree of trunk links, then the segments
// with their devices, counted by kind. What needs a look (not in the ledger, visitor
// over date, contradiction) stands alone; a crowd of unlisted devices is counted, too.
// A sheet shows every device of one segment at its switch and port.
//
// The same graph gives the same figure to the last digit. A device more of a kind
// that is there already moves nothing; what needs a box of its own moves only what
// stands below. What a person moved (Options.Pins) stays where it was put.
//
// Lengths are in units of one CSS pixel; y grows downwards.
package layout

import "sonae/internal/survey/network"

// Point is a place.
type Point struct{ X, Y float64 }

// Rect is a box; X and Y are its upper left corner.
type Rect struct{ X, Y, W, H float64 }

// Right is the right edge.
func (r Rect) Right() float64 { return r.X + r.W }

// Bottom is the lower edge.
func (r Rect) Bottom() float64 { return r.Y + r.H }

// Overlaps reports whether two boxes share more than an edge.
func (r Rect) Overlaps(o Rect) bool {
	return r.X < o.Right() && o.X < r.Right() && r.Y < o.Bottom() && o.Y < r.Bottom()
}

// Holds reports whether o lies inside of r.
func (r Rect) Holds(o Rect) bool {
	return o.X >= r.X && o.Y >= r.Y && o.Right() <= r.Right() && o.Bottom() <= r.Bottom()
}

// BoxKind says what a box stands for.
type BoxKind string

// Kinds of boxes.
const (
	BoxDevice  BoxKind = "device"  // one node
	BoxGroup   BoxKind = "group"   // several nodes of one kind
	BoxOutside BoxKind = "outside" // a party or line outside
	BoxArea    BoxKind = "area"    // frame around others: a segment, the outside
)

// Tone says how a box is marked. The drawing gives each its own colour and stroke,
// never colour alone.
type Tone string

// Tones.
const (
	TonePlain Tone = ""      // inside
	ToneEntry Tone = "entry" // way in from outside
	// ToneProposed is what may be a way in and was never confirmed.
	ToneProposed Tone = "proposed"
	ToneEdge     Tone = "edge"    // device at the boundary, or infrastructure
	ToneUnknown  Tone = "unknown" // not in the ledger, visitor over date
	ToneVisitor  Tone = "visitor" // visitor's or rented device within its date
	ToneClash    Tone = "clash"   // contradiction among observations
)

// Outside is a way in from outside.
type Outside struct {
	Key   string   // unique, stable
	Label string   // what it is called: the party, the line
	Party string   // second line: who is behind it; may be empty
	Tone  Tone     // ToneEntry, ToneProposed, or TonePlain for what nobody can come in by
	Icon  string   // name in the sprite; empty = building
	Via   []string // Node.Key of the devices it comes in by; empty: not known
}

// Box is a thing with a place and a label.
type Box struct {
	Rect
	Key     string // stable: node key, "group:…", "segment:…", "outside:…"
	Kind    BoxKind
	Tone    Tone
	Icon    string   // name in the sprite; empty: none
	Title   []string // lines of the label in strong letters
	Sub     []string // lines below
	Full    string   // whole name, when the label was cut or for a tooltip
	Members []string // Node.Key of what it stands for, sorted; of an area: empty
	Segment string   // ID of the segment it is in or is; empty = none
	In      string   // key of the area around it; empty = none
	Asset   string   // ID in the ledger of a single device; empty = none
}

// LineKind tells what a line means.
type LineKind string

// Kinds of lines.
const (
	LineEntry LineKind = "entry" // a way in from outside
	// LineProposed is a way in that nobody confirmed.
	LineProposed LineKind = "proposed"
	LineInside   LineKind = "inside" // a link that was seen
	LineServes   LineKind = "serves" // devices of the segment hang below this device
)

// Line joins two boxes by a path of horizontal and vertical parts.
type Line struct {
	From, To string // Box.Key
	Kind     LineKind
	Stale    bool // every link behind it is stale
	Points   []Point
}

// Figure is a finished layout. Areas stand before what is in them.
type Figure struct {
	W, H  float64
	Boxes []Box
	Lines []Line
}

// Box finds a box by its key.
func (f *Figure) Box(key string) (Box, bool) {
	for _, b := range f.Boxes {
		if b.Key == key {
			return b, true
		}
	}
	return Box{}, false
}

// Words are the texts of labels in the reader's language. All are required.
type Words struct {
	Kind    func(kind string) string                    // of a device; "" = unknown kind
	Icon    func(kind string) string                    // name in the sprite
	Count   func(n int) string                          // "284台"
	State   func(state network.NodeState) string        // "台帳にない"
	Segment func(s network.Segment) (title, sub string) // title and second line of an area
	Clash   string                                      // "矛盾あり"
	Unnamed string                                      // a device without a name or address
	Outside string                                      // title of the outside
	Without string                                      // title of devices in no segment
	Empty   string                                      // a segment without devices
	Port    func(device, port string) string            // place of attachment: "SW-3N-01 ポート 12"
	NoPort  string                                      // heading: where it is attached is not known
}

// Options is what a layout needs besides the graph.
type Options struct {
	Words Words
	Pins  map[string]Point // Box.Key → upper left corner, as moved by hand; areas take along what is in them
}
