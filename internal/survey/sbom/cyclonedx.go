package sbom

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"sonae/internal/platform/fault"
)

const (
	cyclone         = "CycloneDX"
	cycloneVersions = "1.0–1.7"
)

// readCycloneJSON reads CycloneDX in JSON (ECMA-424).
func readCycloneJSON(text []byte) (Document, error) {
	// ancestors, descendants and variants (of a pedigree) hold components, too: they are
	// not taken, but decoded.
	top, err := scanJSON(text, "components", "ancestors", "descendants", "variants")
	if err != nil {
		return Document{}, err
	}
	if v := top["specVersion"]; !knownCyclone(v) {
		return Document{}, unknownVersion(cyclone, v, cycloneVersions)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return Document{}, valueFault(text, err)
	}
	doc := cycloneDocument(&bom)
	doc.Version, doc.Encoding = top["specVersion"], "json"
	return doc, nil
}

// readCycloneXML reads CycloneDX in XML.
func readCycloneXML(text []byte) (Document, error) {
	if err := scanXML(text); err != nil {
		return Document{}, err
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatXML).Decode(&bom); err != nil {
		if s, ok := errors.AsType[*xml.SyntaxError](err); ok {
			return Document{}, fault.Invalid("sbom.error.xml", "Line", s.Line, "Column", 1).WithHint("sbom.error.syntax.hint").Because(err)
		}
		return Document{}, valueFault(text, err)
	}
	_, version, _ := strings.Cut(bom.XMLNS, "/bom/")
	if !knownCyclone(version) {
		return Document{}, unknownVersion(cyclone, version, cycloneVersions)
	}
	doc := cycloneDocument(&bom)
	doc.Version, doc.Encoding = version, "xml"
	return doc, nil
}

func knownCyclone(version string) bool {
	return len(version) == 3 && version[:2] == "1." && version[2] >= '0' && version[2] <= '7'
}

func cycloneDocument(bom *cdx.BOM) Document {
	doc := Document{Standard: cyclone, ID: bom.SerialNumber, Revision: bom.Version}
	if m := bom.Metadata; m != nil {
		doc.CreatedMS = timeOf(m.Timestamp)
		doc.Authors = cycloneAuthors(m)
		if c := m.Component; c != nil {
			doc.Subject = Subject{Name: grouped(c.Group, c.Name), Version: c.Version, Supplier: supplierOf(c), Serial: serialOf(c.Properties, m.Properties), PURL: c.PackageURL, CPE: c.CPE}
		}
		doc.Subject.Supplier = first(doc.Subject.Supplier, entity(m.Supplier), entity(m.Manufacturer), entity(m.Manufacture))
		if m.Component != nil { // an assembly: its parts stand below the device
			doc.addCyclone(m.Component.Components)
		}
	}
	doc.addCyclone(bom.Components)
	if bom.Services != nil {
		doc.leave("service", len(*bom.Services))
	}
	return doc
}

// addCyclone takes components and those inside of them, in the order of the file.
func (d *Document) addCyclone(list *[]cdx.Component) {
	if list == nil {
		return
	}
	for i := range *list {
		c := &(*list)[i]
		switch c.Type {
		case cdx.ComponentTypeFile, cdx.ComponentTypeData, cdx.ComponentTypeCryptographicAsset:
			d.leave(string(c.Type), 1)
		default:
			d.add(Component{Ref: c.BOMRef, Kind: string(c.Type), Name: grouped(c.Group, c.Name), Version: c.Version, Supplier: supplierOf(c),
				PURL: c.PackageURL, CPE: c.CPE, Licence: cycloneLicence(c.Licenses), Hashes: cycloneHashes(c.Hashes)})
		}
		d.addCyclone(c.Components)
	}
}

func cycloneLicence(list *cdx.Licenses) string {
	if list == nil {
		return ""
	}
	var out []string
	for _, l := range *list {
		switch {
		case l.Expression != "":
			out = append(out, l.Expression)
		case l.License != nil:
			out = append(out, first(l.License.ID, l.License.Name))
		}
	}
	return joined(out, "; ")
}

func cycloneHashes(list *[]cdx.Hash) string {
	if list == nil {
		return ""
	}
	var out []string
	for _, h := range *list {
		if h.Value != "" {
			out = append(out, string(h.Algorithm)+":"+strings.ToLower(h.Value))
		}
	}
	return joined(out, " ")
}

// supplierOf is who delivered a component, else who made it.
func supplierOf(c *cdx.Component) string {
	author := c.Author
	if c.Authors != nil && len(*c.Authors) > 0 {
		author = (*c.Authors)[0].Name
	}
	return first(entity(c.Supplier), entity(c.Manufacturer), c.Publisher, author)
}

func entity(o *cdx.OrganizationalEntity) string {
	if o == nil {
		return ""
	}
	return o.Name
}

// serialOf finds the serial number of a device among properties, which have names of the
// maker's choice.
func serialOf(lists ...*[]cdx.Property) string {
	for _, list := range lists {
		if list == nil {
			continue
		}
		for _, p := range *list {
			name := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(p.Name))
			if strings.HasSuffix(name, "serialnumber") || strings.HasSuffix(name, "serialno") || strings.Contains(name, "製造番号") || strings.Contains(name, "シリアル") {
				return p.Value
			}
		}
	}
	return ""
}

// cycloneAuthors names the people and programs that wrote the document.
func cycloneAuthors(m *cdx.Metadata) (out []string) {
	if m.Authors != nil {
		for _, a := range *m.Authors {
			out = append(out, first(a.Name, a.Email))
		}
	}
	if m.Tools == nil {
		return out
	}
	if m.Tools.Tools != nil {
		for _, t := range *m.Tools.Tools {
			out = append(out, strings.TrimSpace(t.Name+" "+t.Version))
		}
	}
	if m.Tools.Components != nil {
		for _, t := range *m.Tools.Components {
			out = append(out, strings.TrimSpace(t.Name+" "+t.Version))
		}
	}
	return out
}

// grouped is a name with its group before it.
func grouped(group, name string) string {
	if group == "" || name == "" {
		return name
	}
	return group + "/" + name
}

func timeOf(text string) int64 {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1990 || t.Year() > 2200 {
		return 0
	}
	return t.UnixMilli()
}
