package sbom

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func read(t testing.TB, name string) Document {
	t.Helper()
	body := fixture(t, name)
	if !Is(body) {
		t.Errorf("%s is not recognised", name)
	}
	doc, err := Read(body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return doc
}

func TestCycloneDX(t *testing.T) {
	got := read(t, "pump.cdx.json")
	want := Document{Standard: "CycloneDX", Version: "1.5", Encoding: "json", Charset: "utf-8", ID: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", Revision: 1, CreatedMS: 1788220800000,
		Authors: []string{"架空SBOM作成ツール 1.0"}, Subject: Subject{Name: "輸液ポンプ KP-100", Version: "2.4.0", Supplier: "架空メディカル株式会社", Serial: "KP100-000123"},
		Components: []Component{
			{Number: 1, Ref: "os", Kind: "operating-system", Name: "架空RTOS", Version: "5.2.1", Supplier: "架空組込システム株式会社", CPE: "cpe:2.3:o:kaku:kaku_rtos:5.2.1:*:*:*:*:*:*:*", Licence: "商用ライセンス"},
			{Number: 2, Ref: "pkg:generic/openssl@3.0.13", Kind: "library", Name: "openssl", Version: "3.0.13", Supplier: "OpenSSL Project", PURL: "pkg:generic/openssl@3.0.13",
				CPE: "cpe:2.3:a:openssl:openssl:3.0.13:*:*:*:*:*:*:*", Licence: "Apache-2.0", Hashes: "SHA-256:88525753f79d3bec27d2fa7c66aa0b92b3aa9498dafd93d7cfa4b3780cdae313"},
			{Number: 3, Ref: "zlib", Kind: "deb", Name: "zlib", Version: "1.2.11", Arch: "arm64", PURL: "pkg:deb/debian/zlib1g@1.2.11?arch=arm64", Licence: "Zlib"},
			{Number: 4, Ref: "ui", Kind: "application", Name: "点滴制御パネル", Version: "2.4.0", Supplier: "架空メディカル株式会社"},
			{Number: 5, Ref: "log4j", Kind: "maven", Name: "org.apache.logging.log4j/log4j-core", Version: "2.17.1", PURL: "pkg:maven/org.apache.logging.log4j/log4j-core@2.17.1", Licence: "Apache-2.0"},
			{Number: 6, Ref: "radio", Kind: "firmware", Name: "無線モジュール", Supplier: "架空無線株式会社"},
		}, LeftOut: []Count{{"file", 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = read(t, "pump.cdx.xml")
	want.Version, want.Encoding, want.Authors, want.Subject.Serial, want.LeftOut = "1.4", "xml", nil, "", nil
	want.Components = []Component{
		{Number: 1, Ref: "openssl", Kind: "library", Name: "openssl", Version: "3.0.13", PURL: "pkg:generic/openssl@3.0.13",
			CPE: "cpe:2.3:a:openssl:openssl:3.0.13:*:*:*:*:*:*:*", Licence: "Apache-2.0", Hashes: "SHA-256:88525753f79d3bec27d2fa7c66aa0b92b3aa9498dafd93d7cfa4b3780cdae313"},
		{Number: 2, Ref: "os", Kind: "operating-system", Name: "架空RTOS", Version: "5.2.1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Both forms of SPDX say the same.
func TestSPDX(t *testing.T) {
	got := read(t, "pacs.spdx.json")
	want := Document{Standard: "SPDX", Version: "2.3", Encoding: "json", Charset: "utf-8", ID: "https://kaku-gazou.example/spdx/pacs-7.1", CreatedMS: 1787187600000,
		Authors: []string{"Organization: 架空画像システムズ ()", "Tool: 架空SBOM-1.0"}, Subject: Subject{Name: "架空PACS", Version: "7.1", Supplier: "架空画像システムズ"},
		Components: []Component{
			{Number: 1, Ref: "SPDXRef-dcmtk", Kind: "deb", Arch: "amd64", Name: "dcmtk", Version: "3.6.7", Supplier: "OFFIS e.V. (info@offis.example)", Licence: "BSD-3-Clause",
				PURL: "pkg:deb/debian/dcmtk@3.6.7-9?arch=amd64", CPE: "cpe:2.3:a:offis:dcmtk:3.6.7:*:*:*:*:*:*:*", Hashes: "SHA1:85d6b0f1a1a31b5f3ce2f2a2d0ffb1e2d3e6c9aa"},
			{Number: 2, Ref: "SPDXRef-pg", Kind: "package", Name: "postgresql", Version: "15.8", Licence: "PostgreSQL"}},
		LeftOut: []Count{{"file", 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	tags := read(t, "pacs.spdx")
	if diff := cmp.Diff(got, tags, cmpopts.IgnoreFields(Document{}, "Version", "Encoding", "Authors")); diff != "" {
		t.Error(diff)
	}
}
