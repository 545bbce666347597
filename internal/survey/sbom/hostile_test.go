package sbom

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"sonae/internal/platform/fault"
)

func cdxJSON(components string) string {
	return `{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":` + components + `}`
}

func cdxXML(prolog, components string) string {
	return prolog + `<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>` + components + `</components></bom>`
}

const oneJSON = `[{"type":"library","name":"a","version":"1"}]`

// What is wrong is told with its place, and costs little whatever the size.
func TestHostile(t *testing.T) {
	many := func(s string, n int) string { return "[" + strings.Repeat(s+",", n) + s + "]" }
	for name, c := range map[string]struct {
		body string
		key  string
		line any
	}{
		"truncated":              {cdxJSON(oneJSON)[:70], "sbom.error.truncated", 1},
		"broken":                 {"{\"bomFormat\":\"CycloneDX\",\n\"specVersion\":x}", "sbom.error.syntax", 2},
		"trailing":               {cdxJSON(oneJSON) + "\n{}", "sbom.error.syntax", 2},
		"wrong value":            {cdxJSON("\n[{\"name\":7}]"), "sbom.error.value", 2},
		"list for object":        {cdxJSON(`{"a":1}`), "sbom.error.value", 1},
		"deep":                   {cdxJSON(strings.Repeat(`[{"name":"a","components":`, 5_000) + "[]" + strings.Repeat("}]", 5_000)), "sbom.error.deep", 1},
		"ten million components": {cdxJSON(many(`{}`, 8_000_000)), "sbom.error.many_components", 1},
		"ten million numbers":    {cdxJSON(many(`1`, 10_000_000)), "sbom.error.many_components", 1},
		"ancestors":              {cdxJSON(`[{"name":"a","pedigree":{"ancestors":` + many(`{}`, 1_000_000) + `}}]`), "sbom.error.many_components", 1},
		"tags":                   {cdxJSON(`[{"name":"a","tags":` + many(`""`, 5_000_000) + `}]`), "sbom.error.many_values", 1},
		"components twice":       {`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[],"components":` + oneJSON + `}`, "sbom.error.twice", 1},
		"nothing":                {cdxJSON("[]"), "sbom.error.no_components", nil},
		"a coming version":       {strings.Replace(cdxJSON(oneJSON), "1.6", "2.0", 1), "sbom.error.version", nil},
		"no version":             {`{"bomFormat":"CycloneDX","components":` + oneJSON + `}`, "sbom.error.version", nil},
		"zero bytes":             {cdxJSON("\n\n[{\"name\":\"a\x00b\"}]"), "sbom.error.charset", 3},
		"Shift_JIS":              {cp932(t, cdxJSON("\n[{\"name\":\"輸液ポンプ\"}]")), "sbom.error.charset", 2},
		"doctype":                {cdxXML("<?xml version=\"1.0\"?>\n<!DOCTYPE bom [<!ENTITY a \"b\">]>", `<component type="library"><name>&a;</name></component>`), "sbom.error.doctype", 2},
		"unknown entity":         {cdxXML("", "\n<component><name>&lol;</name></component>"), "sbom.error.xml", 2},
		"XML truncated":          {cdxXML("", "")[:80], "sbom.error.truncated", 1},
		"XML mismatch":           {cdxXML("", "\n</component>"), "sbom.error.xml", 2},
		"XML deep":               {cdxXML("", strings.Repeat("<component>", 100_000)), "sbom.error.deep", 1},
		"XML components":         {cdxXML("", strings.Repeat("<component/>", 2_000_000)), "sbom.error.many_components", 1},
		"XML attributes":         {cdxXML("", "<component "+strings.Repeat(`a="" `, 1_000_000)+"/>"), "sbom.error.many_values", 1},
		"XML other version":      {strings.Replace(cdxXML("", "<component/>"), "1.6", "3.0", 1), "sbom.error.version", nil},
		"XML unknown charset":    {cdxXML(`<?xml version="1.0" encoding="klingon"?>`, "<component/>"), "sbom.error.charset_name", nil},
		"SPDX 3":                 {`{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}`, "sbom.error.form", nil},
		"SPDX RDF":               {`<rdf:RDF xmlns:spdx="http://spdx.org/rdf/terms#"></rdf:RDF>`, "sbom.error.form", nil},
		"SPDX YAML":              {"SPDXID: \"SPDXRef-DOCUMENT\"\nspdxVersion: \"SPDX-2.3\"\n", "sbom.error.form", nil},
		"SPDX 2.9":               {`{"spdxVersion":"SPDX-2.9","packages":[]}`, "sbom.error.version", nil},
		"SPDX packages":          {`{"spdxVersion":"SPDX-2.3","packages":` + many(`null`, 4_000_000) + `}`, "sbom.error.many_components", 1},
		"SPDX relationships":     {`{"spdxVersion":"SPDX-2.3","relationships":` + many(`null`, 4_000_000) + `}`, "sbom.error.many_values", 1},
		"tags without colon":     {"SPDXVersion: SPDX-2.3\n\nnonsense\n", "sbom.error.tag", 3},
		"tags open text":         {"SPDXVersion: SPDX-2.3\nPackageName: <text>" + strings.Repeat("x\n", 5_000_000), "sbom.error.truncated", 2},
		"tags many packages":     {"SPDXVersion: SPDX-2.3\n" + strings.Repeat("PackageName: a\n", 1_000_000), "sbom.error.many_components", 50_002},
		"tags many values":       {"SPDXVersion: SPDX-2.3\n" + strings.Repeat("Created:\n", 2_000_000), "sbom.error.many_values", 600_001},
	} {
		begin := time.Now()
		body := []byte(c.body)
		if !Is(body) {
			t.Errorf("%s: not recognised", name)
			continue
		}
		_, err := Read(body)
		f := fault.Of(err)
		if f == nil || f.Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
			continue
		}
		if line := argument(f, "Line"); line != c.line {
			t.Errorf("%s: line %v, want %v", name, line, c.line)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func argument(f *fault.Error, name string) any {
	for i := 0; i+1 < len(f.Args); i += 2 {
		if f.Args[i] == name {
			return f.Args[i+1]
		}
	}
	return nil
}

func cp932(t testing.TB, s string) string {
	t.Helper()
	out, err := japanese.ShiftJIS.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What can be read for certain is read: marks, UTF-16, charsets that XML declares.
func TestCharsets(t *testing.T) {
	utf16 := func(order unicode.Endianness, mark unicode.BOMPolicy, s string) string {
		out, err := unicode.UTF16(order, mark).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	const name = `[{"type":"firmware","name":"輸液ポンプ"}]`
	const part = `<component type="firmware"><name>輸液ポンプ</name></component>`
	for charset, bodies := range map[string][]string{
		"utf-8": {cdxJSON(name), "\ufeff" + cdxJSON(name), "\n " + cdxJSON(name), cdxXML("\ufeff<?xml version='1.0' encoding='UTF-8'?>", part), cdxXML("\n<?xml version='1.0' encoding='UTF-8'?>", part)},
		"utf-16": {utf16(unicode.LittleEndian, unicode.UseBOM, cdxJSON(name)), utf16(unicode.BigEndian, unicode.UseBOM, cdxJSON(name)), utf16(unicode.LittleEndian, unicode.IgnoreBOM, cdxJSON(name)),
			utf16(unicode.LittleEndian, unicode.UseBOM, cdxXML(`<?xml version="1.0" encoding="utf-16"?>`, part))},
		"shift_jis": {cp932(t, cdxXML(`<?xml version="1.0" encoding="Shift_JIS"?>`, part))},
	} {
		for i, body := range bodies {
			doc, err := Read([]byte(body))
			if err != nil || doc.Charset != charset || doc.Components[0].Name != "輸液ポンプ" {
				t.Errorf("%s %d: %+v %v", charset, i, doc, err)
			}
		}
	}
}

// A component is judged by itself: the others are taken.
func TestComponentsOfTheirOwn(t *testing.T) {
	long := strings.Repeat("長", maxName+1)
	doc, err := Read([]byte(cdxJSON(`[{"name":""},{"name":"` + long + `"},{"bom-ref":"r","name":"<script>alert(1)</script>"},{"bom-ref":"r","name":"a\u202eb\u0000\n c"},
		{"name":"=cmd|' /C calc'!A0","version":"` + strings.Repeat("9", 5000) + `"},{"type":"file","name":"x"}]`)))
	if err != nil {
		t.Fatal(err)
	}
	c := doc.Components
	for i, want := range []string{"", strings.Repeat("長", 40) + "…", "<script>alert(1)</script>", "ab c", "=cmd|' /C calc'!A0"} {
		if c[i].Name != want {
			t.Errorf("name %d: %q", i, c[i].Name)
		}
	}
	for i, want := range []string{"sbom.error.no_name", "sbom.error.long_name", "", "", ""} {
		if (c[i].Problem == nil) != (want == "") || c[i].Problem != nil && c[i].Problem.Key != want {
			t.Errorf("problem %d: %v", i, c[i].Problem)
		}
	}
	if c[3].Remark == nil || c[3].Remark.Key != "sbom.remark.ref" || c[4].Remark == nil || c[4].Remark.Key != "sbom.remark.long" || c[4].Version != "" {
		t.Errorf("remarks: %v %v", c[3].Remark, c[4].Remark)
	}
}

// Files of other kinds are none of ours.
func TestOthersAreLeftAlone(t *testing.T) {
	for _, body := range []string{"", "資産番号,名称\nA-1,端末", "PK\x03\x04bomFormat", `{"collected_ms":1}`, "<html></html>", "\x00\x00\x00", `["bomFormat"]`} {
		if Is([]byte(body)) {
			t.Errorf("taken for a bill of materials: %q", body)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"pump.cdx.json", "pump.cdx.xml", "pacs.spdx.json", "pacs.spdx"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(`{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}`))
	f.Add([]byte("\xff\xfe<\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := Read(body)
		if err != nil {
			if f := fault.Of(err); f.Code == fault.CodeInternal || !strings.HasPrefix(f.Key, "sbom.") {
				t.Errorf("not a fault for people: %v", err)
			}
			return
		}
		if !Is(body) || len(doc.Components) == 0 || len(doc.Components) > MaxComponents {
			t.Errorf("%d components", len(doc.Components))
		}
		for i, c := range doc.Components {
			if c.Number != i+1 || c.Problem == nil && c.Name == "" || strings.ContainsAny(c.Name+c.Version+c.Supplier+c.PURL+c.CPE+c.Licence+c.Hashes, "\x00\n\u202e") {
				t.Errorf("component %+v", c)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var parts []string
	for i := range 20_000 {
		parts = append(parts, fmt.Sprintf(`{"type":"library","bom-ref":"r%d","name":"library-%d","version":"1.%d","purl":"pkg:npm/library-%d@1.%d","licenses":[{"license":{"id":"MIT"}}],"hashes":[{"alg":"SHA-256","content":"%064d"}]}`, i, i, i, i, i, i))
	}
	body := []byte(cdxJSON("[" + strings.Join(parts, ",") + "]"))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := Read(bytes.Clone(body)); err != nil {
			b.Fatal(err)
		}
	}
}
