package sbom

import (
	"encoding/json"
	"strings"
)

const (
	spdx         = "SPDX"
	spdxVersions = "2.2, 2.3"
)

// spdxDocument is what matters here of an SPDX document (SPDX 2.3, 6–11; ISO/IEC
// 5962:2021). Texts are taken as they stand: "Organization: …" is told apart later, so
// that a document that forgets the word can be read all the same.
type spdxDocument struct {
	SPDXVersion       string         `json:"spdxVersion"`
	SPDXID            string         `json:"SPDXID"`
	Name              string         `json:"name"`
	DocumentNamespace string         `json:"documentNamespace"`
	CreationInfo      spdxCreation   `json:"creationInfo"`
	DocumentDescribes []string       `json:"documentDescribes"`
	Packages          []spdxPackage  `json:"packages"`
	Files             []struct{}     `json:"files"`
	Relationships     []spdxRelation `json:"relationships"`
}

type spdxCreation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	SPDXID                string         `json:"SPDXID"`
	Name                  string         `json:"name"`
	VersionInfo           string         `json:"versionInfo"`
	Supplier              string         `json:"supplier"`
	Originator            string         `json:"originator"`
	LicenseConcluded      string         `json:"licenseConcluded"`
	LicenseDeclared       string         `json:"licenseDeclared"`
	PrimaryPackagePurpose string         `json:"primaryPackagePurpose"`
	Checksums             []spdxChecksum `json:"checksums"`
	ExternalRefs          []spdxRef      `json:"externalRefs"`
}

type spdxChecksum struct {
	Algorithm     string `json:"algorithm"`
	ChecksumValue string `json:"checksumValue"`
}

type spdxRef struct {
	ReferenceType    string `json:"referenceType"`
	ReferenceLocator string `json:"referenceLocator"`
}

type spdxRelation struct {
	SPDXElementID      string `json:"spdxElementId"`
	RelationshipType   string `json:"relationshipType"`
	RelatedSPDXElement string `json:"relatedSpdxElement"`
}

// readSPDX reads SPDX 2 in JSON.
func readSPDX(text []byte) (Document, error) {
	top, err := scanJSON(text, "packages")
	if err != nil {
		return Document{}, err
	}
	if v, ok := knownSPDX(top["spdxVersion"]); !ok {
		return Document{}, unknownVersion(spdx, v, spdxVersions)
	}
	var d spdxDocument
	if err := json.Unmarshal(text, &d); err != nil {
		return Document{}, valueFault(text, err)
	}
	return d.document("json"), nil
}

func knownSPDX(version string) (string, bool) {
	v, _ := strings.CutPrefix(strings.TrimSpace(version), "SPDX-")
	return v, v == "2.1" || v == "2.2" || v == "2.3"
}

func (s *spdxDocument) document(encoding string) Document {
	d := Document{Standard: spdx, Encoding: encoding, ID: s.DocumentNamespace, CreatedMS: timeOf(s.CreationInfo.Created), Authors: s.CreationInfo.Creators}
	d.Version, _ = knownSPDX(s.SPDXVersion)
	subject := s.subject()
	for i := range s.Packages {
		p := &s.Packages[i]
		if i == subject {
			d.Subject = Subject{Name: p.Name, Version: p.VersionInfo, Supplier: p.supplier(), PURL: p.ref("purl"), CPE: p.cpe()}
			if len(s.Packages) > 1 {
				continue
			}
		}
		if p.PrimaryPackagePurpose == "FILE" {
			d.leave("file", 1)
			continue
		}
		d.add(Component{Ref: p.SPDXID, Kind: p.kind(), Name: p.Name, Version: said(p.VersionInfo), Supplier: p.supplier(), PURL: p.ref("purl"), CPE: p.cpe(), Licence: p.licence(), Hashes: p.hashes()})
	}
	d.leave("file", len(s.Files))
	return d
}

// subject is the package that the document describes, when it is one and no more; -1
// otherwise. Some programs name every package there.
func (s *spdxDocument) subject() int {
	described := map[string]bool{}
	for _, id := range s.DocumentDescribes {
		described[id] = true
	}
	for _, r := range s.Relationships {
		switch strings.ToUpper(r.RelationshipType) {
		case "DESCRIBES":
			if r.SPDXElementID == first(s.SPDXID, "SPDXRef-DOCUMENT") {
				described[r.RelatedSPDXElement] = true
			}
		case "DESCRIBED_BY":
			described[r.SPDXElementID] = true
		}
	}
	found := -1
	for i := range s.Packages {
		if described[s.Packages[i].SPDXID] {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// said is a text that says something (SPDX 2.3, 7.5).
func said(s string) string {
	if s == "NOASSERTION" || s == "NONE" {
		return ""
	}
	return s
}

// supplier is who delivered a package, else who made it: "Organization: name (address)".
func (p *spdxPackage) supplier() string {
	s := first(said(p.Supplier), said(p.Originator))
	for _, word := range []string{"Organization:", "Person:", "Tool:"} {
		s = strings.TrimPrefix(s, word)
	}
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "()"))
}

func (p *spdxPackage) kind() string {
	if p.PrimaryPackagePurpose == "" {
		return "package"
	}
	return strings.ToLower(p.PrimaryPackagePurpose)
}

func (p *spdxPackage) ref(kind string) string {
	for _, r := range p.ExternalRefs {
		if r.ReferenceType == kind || strings.HasSuffix(r.ReferenceType, "#"+kind) || strings.HasSuffix(r.ReferenceType, "/"+kind) {
			return r.ReferenceLocator
		}
	}
	return ""
}

func (p *spdxPackage) cpe() string { return first(p.ref("cpe23Type"), p.ref("cpe22Type")) }

func (p *spdxPackage) licence() string {
	return first(said(p.LicenseConcluded), said(p.LicenseDeclared))
}

func (p *spdxPackage) hashes() string {
	var out []string
	for _, c := range p.Checksums {
		if c.ChecksumValue != "" {
			out = append(out, c.Algorithm+":"+strings.ToLower(c.ChecksumValue))
		}
	}
	return joined(out, " ")
}
