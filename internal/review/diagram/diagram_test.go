package diagram

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonae/internal/platform/document"
	"sonae/internal/survey/network"
)

// writeAll makes every form of a sheet.
func writeAll(t *testing.T, s *Sheet) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, f := range Formats {
		var b bytes.Buffer
		if err := f.Write(s, &b, document.A3Landscape); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name] = b.Bytes()
	}
	return out
}

func TestSameStateSameBytes(t *testing.T) {
	a, b := writeAll(t, hospital(t, "ja")), writeAll(t, hospital(t, "ja"))
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("two prints as %s differ", name)
		}
	}
	// For people who want to look: SONAE_PRINTS=folder go test -run SameBytes
	folder := os.Getenv("SONAE_PRINTS")
	if folder == "" {
		return
	}
	for _, lang := range []string{"ja", "en"} {
		s := hospital(t, lang)
		for name, paper := range Papers {
			var out bytes.Buffer
			if err := s.PDF(&out, paper); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, lang+"-"+name+".pdf"), out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, data := range a {
		if err := os.WriteFile(filepath.Join(folder, "map."+name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHashFollowsContentOnly(t *testing.T) {
	s := hospital(t, "ja")
	was := s.Hash
	for i := range s.Graph.Nodes {
		s.Graph.Nodes[i].LastMS += 1000
	}
	if h, _ := s.Graph.Hash(s.facts()); h != was {
		t.Error("a later sighting is another revision")
	}
	if en := hospital(t, "en"); en.Hash != was {
		t.Error("another language is another revision")
	}
	s.Graph.Nodes[40].Addrs = []string{"10.9.9.9"}
	if h, _ := s.Graph.Hash(s.facts()); h == was {
		t.Error("another address is the same revision")
	}
}

// elements reads XML to its end and counts elements.
func elements(t *testing.T, name string, data []byte) map[string]int {
	t.Helper()
	count := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

func TestFilesHoldEverything(t *testing.T) {
	s := hospital(t, "ja")
	files := writeAll(t, s)
	g := elements(t, "graphml", files["graphml"])
	if want := len(s.Graph.Nodes) + len(s.Outside); g["node"] != want || g["edge"] != len(s.Graph.Links)+3 {
		t.Errorf("GraphML has %d nodes and %d edges", g["node"], g["edge"])
	}
	d := elements(t, "drawio", files["drawio"])
	f := s.Overview()
	if d["mxCell"] != len(f.Boxes)+len(f.Lines)+2 {
		t.Errorf("draw.io has %d cells", d["mxCell"])
	}
	if v := elements(t, "svg", files["svg"]); v["script"]+v["b"] > 0 || v["rect"] != len(f.Boxes) {
		t.Errorf("SVG has %v", v)
	}
	rows, err := csv.NewReader(bytes.NewReader(files["csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		seen[r[0]+r[7]] = true
	}
	if len(seen) != len(s.Graph.Nodes) {
		t.Errorf("CSV shows %d of %d devices", len(seen), len(s.Graph.Nodes))
	}
}

func TestNamesFromMachinesStayText(t *testing.T) {
	s := hospital(t, "ja")
	for i := range s.Graph.Nodes {
		s.Graph.Nodes[i].Name = `=cmd|'/c calc'!A1"><script>alert(1)</script>&#x0;` + "\u202E\x00\xff"
		s.Graph.Nodes[i].Model, s.Graph.Nodes[i].State = s.Graph.Nodes[i].Name, network.StateUnlisted
	}
	for i := range s.Graph.Links {
		s.Graph.Links[i].APort, s.Graph.Links[i].BPort = "\"><x>\u202E", "\"><x>\u202E"
	}
	for name, data := range writeAll(t, s) {
		switch name {
		case "csv":
			rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(rows[1][0], "'=") {
				t.Errorf("CSV begins with %q", rows[1][0])
			}
		case "pdf":
		default:
			if e := elements(t, name, data); e["script"] > 0 || e["x"] > 0 {
				t.Errorf("%s has %v", name, e)
			}
			if bytes.ContainsAny(data, "\x00") || bytes.Contains(data, []byte("\u202E")) {
				t.Errorf("%s lets control characters through", name)
			}
		}
	}
}

func TestEveryIconIsKnown(t *testing.T) {
	f := hospital(t, "ja").Overview()
	for _, b := range f.Boxes {
		if b.Kind != "area" && b.Icon == "" {
			t.Errorf("%s has no icon", b.Key)
		}
	}
}
