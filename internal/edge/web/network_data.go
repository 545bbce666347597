package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/edge/web/static"
	"sonae/internal/edge/web/view"
	"sonae/internal/platform/store"
	"sonae/internal/review/diagram"
	"sonae/internal/survey/network/layout"
)

// mapData is what the script of the map draws: every device with its place. Names of
// members are short because there are thousands of each; all texts are plain.
type mapData struct {
	Hash     string    `json:"hash"` // of the facts: places in Nodes hold for this hash only
	Boxes    []mapBox  `json:"boxes"`
	Lines    []mapLine `json:"lines"`
	Nodes    []mapNode `json:"nodes"`
	Links    []mapLink `json:"links"`
	Segments []string  `json:"segments"`
}

// mapBox is a box of the drawing.
type mapBox struct {
	Key    string  `json:"k"` // as it is sent back when it was moved
	Node   *int    `json:"n,omitempty"`
	X      float64 `json:"x"` // upper left corner
	Y      float64 `json:"y"`
	W      float64 `json:"w"`
	H      float64 `json:"h"`
	Title  string  `json:"t"`
	Sub    string  `json:"s,omitempty"`
	Tone   string  `json:"o,omitempty"`
	Icon   string  `json:"i,omitempty"`
	In     *int    `json:"p,omitempty"` // place in Boxes of the frame around it
	Area   bool    `json:"a,omitempty"`
	Moved  bool    `json:"m,omitempty"` // by hand
	Href   string  `json:"h_,omitempty"`
	Detail string  `json:"d,omitempty"` // whole name of what is no device
}

// mapLine joins two boxes: their places in Boxes.
type mapLine struct {
	A     int    `json:"a"`
	B     int    `json:"b"`
	Kind  string `json:"k"`
	Stale bool   `json:"s,omitempty"`
}

// mapNode is a device in words.
type mapNode struct {
	Key      string   `json:"k"`
	Name     string   `json:"n"`
	Href     string   `json:"h"`
	Kind     string   `json:"d"`
	Maker    string   `json:"m,omitempty"`
	State    string   `json:"s"`
	Tone     string   `json:"c"`
	Addrs    []string `json:"a,omitempty"`
	MACs     string   `json:"x,omitempty"`
	Segments []int    `json:"g,omitempty"` // places in Segments
	Last     string   `json:"l,omitempty"`
	Ports    bool     `json:"p,omitempty"` // has ports at which something hangs
}

// mapLink joins two devices: their places in Nodes.
type mapLink struct {
	A     int    `json:"a"`
	B     int    `json:"b"`
	APort string `json:"p,omitempty"`
	BPort string `json:"q,omitempty"`
	Kind  string `json:"k"`
	Stale bool   `json:"s,omitempty"`
}

// networkData sends the map to the script of the page: the same facts, for the same
// people, as the drawing and its tables.
func networkData(_ *site, c *call) error {
	p, err := c.openNetwork()
	if err != nil {
		return err
	}
	body, err := json.Marshal(p.data())
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Vary", "Accept-Encoding")
	if static.AcceptsGzip(c.r) && len(body) > packFrom {
		if body, err = packed(body); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
	}
	sum := sha256.Sum256(body)
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	h.Set("Cache-Control", "private, no-cache") // kept, but asked for every time
	http.ServeContent(c.w, c.r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// packFrom is the size in bytes below which packing the map would gain no time.
const packFrom = 16 << 10

func packed(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the map of 2,000 devices: 1.2 MB become a tenth
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// data makes everything that the script draws.
func (p *networkPage) data() mapData {
	d := mapData{Hash: p.sheet.Hash, Nodes: p.mapNodes(), Boxes: []mapBox{}, Lines: []mapLine{}, Links: []mapLink{}, Segments: []string{}}
	for _, s := range p.sheet.Graph.Segments {
		d.Segments = append(d.Segments, layout.Plain(s.Name))
	}
	fig := p.sheet.Full()
	at := p.mapBoxes(&d, fig)
	for _, l := range fig.Lines {
		d.Lines = append(d.Lines, mapLine{at[l.From], at[l.To], string(l.Kind), l.Stale})
	}
	for _, l := range p.sheet.Graph.Links {
		a, okA := p.index[l.A]
		b, okB := p.index[l.B]
		if okA && okB {
			d.Links = append(d.Links, mapLink{a, b, layout.Plain(l.APort), layout.Plain(l.BPort), p.tr.T("network.link." + string(l.Kind)), l.Stale})
		}
	}
	return d
}

// mapBoxes adds the boxes and gives the place of each by its key.
func (p *networkPage) mapBoxes(d *mapData, fig layout.Figure) map[string]int {
	ways, moved, at := map[string]diagram.Way{}, map[string]bool{}, map[string]int{}
	for _, w := range p.sheet.Outside {
		ways["outside:"+w.Key] = w
	}
	for _, s := range p.sheet.Spots {
		moved[s.Box] = true
	}
	for i, b := range fig.Boxes {
		at[b.Key] = i
		box := mapBox{Key: layout.FullPrefix + b.Key, X: b.X, Y: b.Y, W: b.W, H: b.H, Title: strings.Join(b.Title, "\n"), Sub: strings.Join(b.Sub, "\n"), Tone: string(b.Tone), Icon: b.Icon,
			Area: b.Kind == layout.BoxArea, Moved: moved[layout.FullPrefix+b.Key]}
		if len(b.Members) == 1 {
			n := p.index[b.Members[0]]
			box.Node = &n
		}
		if in, ok := at[b.In]; ok && b.In != "" {
			box.In = &in
		}
		if w, ok := ways[b.Key]; ok {
			box.Href, box.Detail = p.wayHref(w), layout.Plain(w.Label)+"\n"+layout.Plain(w.Party)
		}
		d.Boxes = append(d.Boxes, box)
	}
	return at
}

// mapNodes are all devices in words, in the order of the graph.
func (p *networkPage) mapNodes() []mapNode {
	segments, ports := map[string]int{}, map[string]bool{}
	for i, s := range p.sheet.Graph.Segments {
		segments[s.ID] = i
	}
	for _, x := range p.sheet.Graph.Ports {
		ports[x.Node] = true
	}
	clashes := p.clashWords()
	out := make([]mapNode, 0, len(p.sheet.Graph.Nodes))
	for _, n := range p.sheet.Graph.Nodes {
		m := mapNode{Key: n.Key, Name: p.sheet.NodeName(n), Href: p.nodeHref(n.Key), Kind: p.sheet.KindWords(n.Kind), Maker: strings.TrimSpace(layout.Plain(n.Maker) + " " + layout.Plain(n.Model)),
			State: p.tr.T("network.state." + string(n.State)), Tone: nodeStateKinds[n.State], Addrs: n.Addrs, MACs: macWords(n.MACs), Ports: ports[n.Key]}
		if w := clashes[n.Key]; w != "" {
			m.State, m.Tone = w, "warn"
		}
		if n.LastMS != 0 {
			m.Last = p.tr.DateTime(store.Time(n.LastMS))
		}
		for _, id := range n.Segments {
			if i, ok := segments[id]; ok {
				m.Segments = append(m.Segments, i)
			}
		}
		out = append(out, m)
	}
	return out
}

// clashWords say what is contradictory about a device, by Node.Key.
func (p *networkPage) clashWords() map[string]string {
	out := map[string]string{}
	for _, c := range slices.Backward(p.sheet.Graph.Clashes) {
		for _, k := range c.Nodes {
			out[k] = p.tr.T("network.clash." + string(c.Kind))
		}
	}
	return out
}

// live tells the script of the page where its data is and what the page says about it.
func (p *networkPage) live() {
	v := view.NetworkLive{Source: address("/network/map.json", changed(p.values, func(u url.Values) { clearNetwork(u); u.Set("facility", p.sheet.FacilityID) })), Hash: p.sheet.Hash}
	var match, path, fresh []string
	for i, n := range p.sheet.Graph.Nodes {
		if p.match != nil && p.match(n) {
			match = append(match, strconv.Itoa(i))
		}
	}
	for _, k := range p.steps {
		path = append(path, strconv.Itoa(p.index[k]))
	}
	for _, k := range p.fresh {
		if i, ok := p.index[k]; ok {
			fresh = append(fresh, strconv.Itoa(i))
		}
	}
	v.Filtered, v.Match, v.Path, v.Changed = p.match != nil, strings.Join(match, " "), strings.Join(path, " "), strings.Join(fresh, " ")
	p.v.Live = v
}
