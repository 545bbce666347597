package sbom

import (
	"bytes"
	"regexp"

	"sonae/internal/platform/fault"
)

// form is what a file is, by its content.
type form string

const (
	formJSON  form = "cyclonedx-json"
	formXML   form = "cyclonedx-xml"
	formSPDX  form = "spdx-json"
	formTags  form = "spdx-tag-value"
	formSPDX3 form = "SPDX 3"
	formRDF   form = "SPDX RDF/XML"
	formYAML  form = "SPDX YAML"
)

var (
	bomXML   = []byte("://cyclonedx.org/schema/bom/")
	spdxTag  = regexp.MustCompile(`(?m)^[ \t]*SPDXVersion[ \t]*:`)
	spdxYAML = regexp.MustCompile(`(?m)^["']?spdxVersion["']?[ \t]*:`)
)

// headBytes is how far the first words of a file reach.
const headBytes = 64 << 10

// Is reports whether a file says of itself that it is a bill of materials, in a form that
// is read or not. A broken one still is one.
func Is(body []byte) bool { return formOf(body) != "" }

// formOf looks for the words that the standards demand in every document: bomFormat and
// spdxVersion may stand anywhere in a JSON file.
func formOf(body []byte) form {
	text := body
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		return ""
	}
	if bytes.IndexByte(body[:min(len(body), 4)], 0) >= 0 || bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) {
		text = bytes.ReplaceAll(body, []byte{0}, nil) // UTF-16: the ASCII words remain
	}
	text = bytes.TrimLeft(text, "\xef\xbb\xbf\xff\xfe \t\r\n")
	head := text[:min(len(text), headBytes)]
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return jsonForm(text)
	case bytes.HasPrefix(text, []byte("<")):
		switch {
		case bytes.Contains(head, bomXML):
			return formXML
		case bytes.Contains(head, []byte("spdx.org/rdf/")):
			return formRDF
		}
	case spdxTag.Match(head):
		return formTags
	case spdxYAML.Match(head):
		return formYAML
	}
	return ""
}

func jsonForm(text []byte) form {
	switch {
	case bytes.Contains(text, []byte(`"bomFormat"`)) || bytes.Contains(text[:min(len(text), headBytes)], []byte("cyclonedx.org/schema/bom")):
		return formJSON
	case bytes.Contains(text, []byte(`"spdxVersion"`)):
		return formSPDX
	case bytes.Contains(text, []byte(`"@context"`)) && bytes.Contains(text, []byte("spdx.org/rdf/3")):
		return formSPDX3
	}
	return ""
}

// unread refuses a form that is known and not read.
func unread(f form) *fault.Error {
	if f == "" {
		return fault.New(fault.CodeUnsupported, "sbom.error.unknown")
	}
	return fault.New(fault.CodeUnsupported, "sbom.error.form", "Form", string(f)).WithHint("sbom.error.form.hint")
}

// unknownVersion refuses a version of a standard that is not read.
func unknownVersion(standard, version, known string) *fault.Error {
	return fault.New(fault.CodeUnsupported, "sbom.error.version", "Standard", standard, "Version", clip(version, 20), "Known", known).WithHint("sbom.error.form.hint")
}
