package diagram

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/chart"
	"sonae/internal/platform/store"
)

// attribute is a column of a GraphML file.
type attribute struct{ id, on, kind string }

// graphAttributes are the columns in order.
var graphAttributes = []attribute{
	{"name", "node", "string"}, {"kind", "node", "string"}, {"maker", "node", "string"}, {"model", "node", "string"}, {"state", "node", "string"},
	{"segments", "node", "string"}, {"addresses", "node", "string"}, {"macs", "node", "string"}, {"last_seen", "node", "string"},
	{"link", "edge", "string"}, {"source_port", "edge", "string"}, {"target_port", "edge", "string"}, {"proof", "edge", "string"}, {"vlans", "edge", "string"}, {"stale", "edge", "boolean"},
}

// GraphML writes the whole graph, every device and link, with the ways in as nodes:
// http://graphml.graphdrawing.org/specification.html
func (s *Sheet) GraphML(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<graphml xmlns="http://graphml.graphdrawing.org/xmlns">` + "\n")
	for _, a := range graphAttributes {
		fmt.Fprintf(&b, `<key id="%s" for="%s" attr.name="%s" attr.type="%s"/>`+"\n", a.id, a.on, a.id, a.kind)
	}
	b.WriteString(`<graph id="network" edgedefault="undirected">` + "\n")
	segments := s.segmentNames()
	for _, n := range s.Graph.Nodes {
		element(&b, "node", fmt.Sprintf(`id="%s"`, chart.Escape(n.Key)), map[string]string{
			"name": n.Name, "kind": n.Kind, "maker": n.Maker, "model": n.Model, "state": string(n.State), "segments": joined(n.Segments, segments),
			"addresses": strings.Join(n.Addrs, " "), "macs": strings.Join(n.MACs, " "), "last_seen": stamp(n.LastMS)})
	}
	for _, o := range s.Outside {
		element(&b, "node", fmt.Sprintf(`id="outside:%s"`, chart.Escape(o.Key)), map[string]string{"name": o.Label, "kind": "outside", "model": o.Party, "state": string(o.Kind)})
	}
	for _, l := range s.Graph.Links {
		var how, vlans []string
		for _, h := range l.How {
			how = append(how, string(h))
		}
		for _, v := range l.VLANs {
			vlans = append(vlans, strconv.Itoa(v))
		}
		element(&b, "edge", fmt.Sprintf(`source="%s" target="%s"`, chart.Escape(l.A), chart.Escape(l.B)), map[string]string{
			"link": string(l.Kind), "source_port": l.APort, "target_port": l.BPort, "proof": strings.Join(how, " "), "vlans": strings.Join(vlans, " "), "stale": strconv.FormatBool(l.Stale)})
	}
	for _, o := range s.Outside {
		for _, k := range o.Via {
			if _, ok := s.Node(k); ok {
				element(&b, "edge", fmt.Sprintf(`source="outside:%s" target="%s"`, chart.Escape(o.Key), chart.Escape(k)), map[string]string{"link": "outside"})
			}
		}
	}
	b.WriteString("</graph>\n</graphml>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// element writes a node or edge with its columns.
func element(b *bytes.Buffer, tag, head string, data map[string]string) {
	fmt.Fprintf(b, "<%s %s>", tag, head)
	for _, a := range graphAttributes {
		if v := data[a.id]; v != "" && a.on == tag {
			fmt.Fprintf(b, `<data key="%s">%s</data>`, a.id, chart.Escape(v))
		}
	}
	fmt.Fprintf(b, "</%s>\n", tag)
}

// segmentNames are the names of the segments by ID.
func (s *Sheet) segmentNames() map[string]string {
	out := map[string]string{}
	for _, g := range s.Graph.Segments {
		out[g.ID] = g.Name
	}
	return out
}

func joined(ids []string, names map[string]string) string {
	var out []string
	for _, id := range ids {
		if n := names[id]; n != "" {
			out = append(out, n)
		}
	}
	return strings.Join(out, " / ")
}

// stamp is a moment in files for machines; empty for none.
func stamp(ms int64) string {
	if ms == 0 {
		return ""
	}
	return store.Time(ms).UTC().Format(time.RFC3339)
}
