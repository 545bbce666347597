package diagram

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"sonae/internal/platform/chart"
	"sonae/internal/survey/network/layout"
)

// DrawIO writes the overview as an uncompressed mxGraph model, which draw.io and
// diagrams.net open and edit: https://www.drawio.com/doc/faq/diagram-source-edit
func (s *Sheet) DrawIO(w io.Writer) error {
	f := s.Overview()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<mxfile host="sonae"><diagram id="overview" name="%s"><mxGraphModel page="1" pageWidth="%.0f" pageHeight="%.0f"><root><mxCell id="0"/><mxCell id="1" parent="0"/>
`, chart.Escape(s.title()), f.W, f.H)
	ids := map[string]string{}
	for i, x := range f.Boxes {
		ids[x.Key] = fmt.Sprintf("b%d", i)
	}
	for _, x := range f.Boxes {
		parent, left, top := "1", x.X, x.Y
		if x.In != "" {
			for _, a := range f.Boxes {
				if a.Key == x.In {
					parent, left, top = ids[a.Key], x.X-a.X, x.Y-a.Y
				}
			}
		}
		fmt.Fprintf(&b, `<mxCell id="%s" value="%s" style="%s" vertex="1" parent="%s"><mxGeometry x="%.1f" y="%.1f" width="%.1f" height="%.1f" as="geometry"/></mxCell>`+"\n",
			ids[x.Key], chart.Escape(strings.Join(append(append([]string(nil), x.Title...), x.Sub...), "\n")), drawStyle(x), parent, left, top, x.W, x.H)
	}
	for i, l := range f.Lines {
		k := lineLooks[l.Kind]
		style := fmt.Sprintf("edgeStyle=orthogonalEdgeStyle;rounded=1;html=0;endArrow=none;strokeColor=%s;strokeWidth=%g;", k.stroke, k.width)
		if l.Stale || k.dashed {
			style += "dashed=1;"
		}
		fmt.Fprintf(&b, `<mxCell id="l%d" style="%s" edge="1" parent="1" source="%s" target="%s"><mxGeometry relative="1" as="geometry"/></mxCell>`+"\n", i, style, ids[l.From], ids[l.To])
	}
	b.WriteString("</root></mxGraphModel></diagram></mxfile>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// drawStyle is the style of a box. html=0: labels are plain text, whatever they hold.
func drawStyle(x layout.Box) string {
	k := looks[x.Tone]
	style := "rounded=1;whiteSpace=wrap;html=0;arcSize=8;"
	if x.Kind == layout.BoxArea {
		k = areaLook
		style += "verticalAlign=top;fontStyle=1;"
	}
	style += fmt.Sprintf("fillColor=%s;strokeColor=%s;fontColor=%s;strokeWidth=%g;", k.fill, k.stroke, k.text, k.width)
	if k.dashed {
		style += "dashed=1;"
	}
	return style
}
