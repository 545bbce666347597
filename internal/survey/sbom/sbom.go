// Package sbom reads software bills of materials: what the maker of a device or system
// says is in it. CycloneDX (ECMA-424) in JSON and XML, and SPDX 2 (ISO/IEC 5962) in JSON
// and tag-value, come from a person's file (survey/intake) and become one Document.
//
//	if sbom.Is(body) { doc, err := sbom.Read(body) }
//
// It opens nothing but the bytes it is given, stores nothing and follows no reference.
// CycloneDX is decoded by its own library after limits were checked; SPDX by the few
// fields that matter here (docs/decisions/0027-bills-of-materials.md).
package sbom

import (
	"sonae/internal/platform/fault"
)

// Limits of one file, beside the size of uploads. A decoded component takes some 700
// bytes, so that MaxValues bounds memory to some 400 MB at worst.
const (
	MaxComponents = 50_000  // as many as an import of a list has rows
	MaxValues     = 600_000 // objects and members of arrays, or elements and tags
	MaxDepth      = 64      // of objects, arrays or elements in each other
)

// Document is one bill of materials.
type Document struct {
	Standard  string // CycloneDX or SPDX
	Version   string // of the standard: 1.6, 2.3
	Encoding  string // json, xml or tag-value
	Charset   string // utf-8, utf-16, or what an XML file declares
	ID        string // serial number (CycloneDX) or namespace (SPDX); may be empty
	Revision  int    // how often the maker has written it anew (CycloneDX); 0 = not told
	CreatedMS int64  // when it was written, as it says; Unix ms, 0 = not told
	Authors   []string
	Subject   Subject
	// Components in the order of the file; at least one.
	Components []Component
	// LeftOut counts what is no software and was not taken, by kind: file, service.
	LeftOut []Count
}

// Count is how many there are of a kind.
type Count struct {
	Kind  string
	Count int
}

// Subject is what a document says it is about. All may be empty: it is a help for the
// person who chooses, never proof.
type Subject struct {
	Name, Version, Supplier string
	Serial                  string // serial number of the device
	PURL, CPE               string
}

// Component is one piece of software, or a part with software in it.
type Component struct {
	Number   int    // place among the components of the file, from 1
	Ref      string // what the file calls it
	Kind     string // type of its package URL (deb, npm), else of the component (firmware)
	Name     string // with its group before it, if there is one: org.apache/log4j-core
	Version  string // empty when the file does not say
	Supplier string
	Arch     string // from its package URL
	PURL     string // package URL, as it stands in the file
	CPE      string // name of the Common Platform Enumeration, 2.2 or 2.3
	Licence  string // SPDX expression or names
	Hashes   string // "SHA-256:…", several with a blank between
	// Problem is why it cannot be taken; Remark what a person should know of one that is.
	Problem, Remark *fault.Error
}

// Problems, by their keys.
var (
	errNothing = fault.Invalid("sbom.error.no_components")
)

// Read reads a document. Errors are faults with the place: invalid for what is broken,
// too_large beyond a limit, unsupported for forms and versions that are not read. What is
// wrong with a single component stands in it.
func Read(body []byte) (Document, error) {
	form := formOf(body)
	if form == "" || form == formSPDX3 || form == formRDF || form == formYAML {
		return Document{}, unread(form)
	}
	text, charset, err := decode(body, form == formXML)
	if err != nil {
		return Document{}, err
	}
	var doc Document
	switch form {
	case formJSON:
		doc, err = readCycloneJSON(text)
	case formXML:
		doc, err = readCycloneXML(text)
	case formSPDX:
		doc, err = readSPDX(text)
	default:
		doc, err = readTags(text)
	}
	if err != nil {
		return Document{}, err
	}
	doc.Charset = charset
	if len(doc.Components) == 0 {
		return Document{}, errNothing
	}
	tidy(&doc)
	return doc, nil
}
