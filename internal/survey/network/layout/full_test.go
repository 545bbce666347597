package layout_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
)

func TestFullShowsEveryDevice(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		g, outside := random(r, 1+r.IntN(200))
		f := layout.Full(g, outside, layout.Options{Words: words()})
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			check(t, f)
			counted(t, g, f)
			for _, b := range f.Boxes {
				if len(b.Members) > 1 {
					t.Errorf("%q stands for %d devices", b.Key, len(b.Members))
				}
			}
			for _, l := range f.Lines {
				_, from := f.Box(l.From)
				if _, to := f.Box(l.To); !from || !to {
					t.Errorf("a line from %q to %q ends nowhere", l.From, l.To)
				}
			}
			if again := layout.Full(g, outside, layout.Options{Words: words()}); !cmp.Equal(f, again) {
				t.Error("the same graph gives another figure")
			}
		})
		if t.Failed() {
			return
		}
	}
}

// The outside stands along the upper edge, and what is below it in the order in which
// one comes in.
func TestFullReadsFromTheOutside(t *testing.T) {
	g, outside := ward()
	f := layout.Full(g, outside, layout.Options{Words: words()})
	area, ok := f.Box("area:outside")
	if !ok {
		t.Fatal("no outside")
	}
	for _, b := range f.Boxes {
		if b.Key != area.Key && b.In != area.Key && b.Y < area.Bottom() {
			t.Errorf("%q stands beside the outside", b.Key)
		}
	}
	core, _ := f.Box("core")
	for _, b := range f.Boxes {
		if b.Kind == layout.BoxArea && b.Segment != "" && b.Y < core.Bottom() {
			t.Errorf("%q stands above the infrastructure", b.Key)
		}
	}
}

func TestFullMovedByHand(t *testing.T) {
	g, outside := ward()
	plain := layout.Full(g, outside, layout.Options{Words: words()})
	var child layout.Box
	for _, b := range plain.Boxes {
		if b.In == "segment:v20" {
			child = b
		}
	}
	pins := map[string]layout.Point{"full/core": {900, 700}, "full/segment:v60": {30, 1800}, "full/" + child.Key: {40, 2500}, "core": {1, 1}}
	f := layout.Full(g, outside, layout.Options{Words: words(), Pins: pins})
	for key, want := range map[string]layout.Point{"core": {900, 700}, child.Key: {40, 2500}} {
		if b, _ := f.Box(key); b.X != want.X || b.Y != want.Y {
			t.Errorf("%s stands at %v, want %v", key, b.Rect, want)
		}
	}
	for _, b := range f.Boxes {
		if area, ok := f.Box(b.In); b.In != "" && (!ok || !area.Holds(b.Rect)) {
			t.Errorf("%q leaves %q", b.Key, b.In)
		}
	}
	was, _ := plain.Box("segment:v60")
	is, _ := f.Box("segment:v60")
	if was.W != is.W || was.H != is.H || is.X != 30 || is.Y != 1800 {
		t.Errorf("a moved frame stands at %v, was %v", is, was)
	}
	if over := layout.Overview(g, outside, layout.Options{Words: words(), Pins: map[string]layout.Point{"full/core": {900, 700}}}); !cmp.Equal(over, layout.Overview(g, outside, layout.Options{Words: words()})) {
		t.Error("what was moved on the full map moved on the overview")
	}
}

// A device more moves only devices of its kind that come after it.
func TestFullStaysWhenADeviceComes(t *testing.T) {
	g, outside := ward()
	plain := layout.Full(g, outside, layout.Options{Words: words()})
	g.Nodes = append(slices.Clone(g.Nodes), network.Node{Key: "zz", Name: "zz", Kind: "pc", State: network.StateListed, Segments: []string{"v20"}})
	f := layout.Full(g, outside, layout.Options{Words: words()})
	for _, b := range plain.Boxes {
		if now, ok := f.Box(b.Key); !ok || b.Kind == layout.BoxDevice && strings.HasPrefix(b.Key, "v20/") && now.Rect != b.Rect {
			t.Errorf("%q moved from %v to %v", b.Key, b.Rect, now.Rect)
		}
	}
}

func BenchmarkFull(b *testing.B) {
	g, outside := random(rand.New(rand.NewPCG(3, 3)), 2000)
	for b.Loop() {
		layout.Full(g, outside, layout.Options{Words: words()})
	}
}
