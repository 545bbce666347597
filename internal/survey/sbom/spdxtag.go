package sbom

import (
	"bytes"
	"strings"

	"sonae/internal/platform/fault"
)

// readTags reads SPDX 2 as lines of "Tag: value" (SPDX 2.3, 5 and annex E). A value that
// begins with <text> goes on to </text>, over any number of lines.
func readTags(text []byte) (Document, error) {
	t := tagReader{text: text}
	for t.more() {
		tag, value, err := t.next()
		if err != nil {
			return Document{}, err
		}
		if err := t.take(tag, value); err != nil {
			return Document{}, err
		}
	}
	if v, ok := knownSPDX(t.doc.SPDXVersion); !ok {
		return Document{}, unknownVersion(spdx, v, spdxVersions)
	}
	return t.doc.document("tag-value"), nil
}

type tagReader struct {
	text   []byte
	line   int // of the tag, from 1
	next1  int // of the line after it, from 0
	values int
	doc    spdxDocument
	// inPackage: tags belong to the last package; else to the document or to a part
	// (file, snippet, licence) that is not taken.
	inPackage, elsewhere bool
}

func (t *tagReader) more() bool {
	for len(t.text) > 0 {
		trimmed := bytes.TrimLeft(t.text, " \t\r")
		if len(trimmed) > 0 && trimmed[0] != '\n' && trimmed[0] != '#' {
			return true
		}
		t.cutLine()
	}
	return false
}

func (t *tagReader) cutLine() []byte {
	line, rest, _ := bytes.Cut(t.text, []byte("\n"))
	t.text = rest
	t.next1++
	return bytes.TrimRight(line, "\r")
}

func (t *tagReader) next() (tag, value string, err error) {
	line := t.cutLine()
	t.line = t.next1
	name, after, ok := bytes.Cut(line, []byte(":"))
	tag = strings.TrimSpace(string(name))
	if !ok || tag == "" || strings.ContainsAny(tag, " \t<>") {
		return "", "", fault.Invalid("sbom.error.tag", "Line", t.line).WithHint("sbom.error.syntax.hint")
	}
	begin, long, opened := bytes.Cut(after, []byte("<text>"))
	if !opened {
		return tag, strings.TrimSpace(string(begin)), nil
	}
	if inner, _, closed := bytes.Cut(long, []byte("</text>")); closed {
		return tag, string(inner), nil
	}
	end := bytes.Index(t.text, []byte("</text>"))
	if end < 0 {
		return "", "", fault.Invalid("sbom.error.truncated", "Line", t.line).WithHint("sbom.error.syntax.hint")
	}
	value = string(long) + "\n" + string(t.text[:end])
	t.next1 += bytes.Count(t.text[:end], []byte("\n"))
	t.text = t.text[end:]
	t.cutLine()
	return tag, value, nil
}

func (t *tagReader) take(tag, value string) error {
	if t.values++; t.values > MaxValues {
		return fault.TooLarge("sbom.error.many_values", "Max", MaxValues, "Line", t.line)
	}
	d := &t.doc
	switch tag {
	case "PackageName":
		d.Packages = append(d.Packages, spdxPackage{Name: value})
		t.inPackage, t.elsewhere = true, false
		if len(d.Packages) > MaxComponents {
			return fault.TooLarge("sbom.error.many_components", "Max", MaxComponents, "Line", t.line)
		}
	case "FileName":
		d.Files = append(d.Files, struct{}{})
		t.inPackage, t.elsewhere = false, true
	case "SnippetSPDXID", "LicenseID":
		t.inPackage, t.elsewhere = false, true
	case "Relationship":
		t.relation(value)
	case "SPDXVersion":
		if d.SPDXVersion != "" {
			return fault.Invalid("sbom.error.twice", "Key", tag, "Line", t.line)
		}
		d.SPDXVersion = value
	case "SPDXID":
		t.id(value)
	default:
		if t.inPackage {
			d.Packages[len(d.Packages)-1].take(tag, value)
		} else {
			d.take(tag, value)
		}
	}
	return nil
}

func (t *tagReader) id(value string) {
	switch {
	case t.inPackage:
		t.doc.Packages[len(t.doc.Packages)-1].SPDXID = value
	case !t.elsewhere:
		t.doc.SPDXID = value
	}
}

// relation reads "SPDXRef-A CONTAINS SPDXRef-B".
func (t *tagReader) relation(value string) {
	if f := strings.Fields(value); len(f) == 3 {
		t.doc.Relationships = append(t.doc.Relationships, spdxRelation{SPDXElementID: f[0], RelationshipType: f[1], RelatedSPDXElement: f[2]})
	}
}

func (s *spdxDocument) take(tag, value string) {
	switch tag {
	case "DocumentName":
		s.Name = value
	case "DocumentNamespace":
		s.DocumentNamespace = value
	case "Creator":
		s.CreationInfo.Creators = append(s.CreationInfo.Creators, value)
	case "Created":
		s.CreationInfo.Created = value
	}
}

func (p *spdxPackage) take(tag, value string) {
	switch tag {
	case "PackageVersion":
		p.VersionInfo = value
	case "PackageSupplier":
		p.Supplier = value
	case "PackageOriginator":
		p.Originator = value
	case "PackageLicenseConcluded":
		p.LicenseConcluded = value
	case "PackageLicenseDeclared":
		p.LicenseDeclared = value
	case "PrimaryPackagePurpose":
		p.PrimaryPackagePurpose = value
	case "PackageChecksum":
		if algorithm, sum, ok := strings.Cut(value, ":"); ok {
			p.Checksums = append(p.Checksums, spdxChecksum{strings.TrimSpace(algorithm), strings.TrimSpace(sum)})
		}
	case "ExternalRef":
		if f := strings.Fields(value); len(f) == 3 {
			p.ExternalRefs = append(p.ExternalRefs, spdxRef{f[1], f[2]})
		}
	}
}
