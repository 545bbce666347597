package api

import (
	"testing"

	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

// TestLabelledExportHasWords: every column and every fixed choice of a field has a
// word in both languages, so that no export for people shows a key.
func TestLabelledExportHasWords(t *testing.T) {
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range text.Languages() {
		e := &export{labels: true, t: texts.For(lang)}
		for _, c := range asset.ExportColumns() {
			if e.title(c) == "" {
				t.Errorf("%s: column %s has no title", lang, c.Field)
			}
			info, _ := asset.Info(c.Field)
			for _, v := range info.Choices {
				row := asset.Asset{Values: asset.Values{c.Field: v}, Kind: asset.Kind(v), Status: asset.Status(v)}
				if got := e.cell(row, c); got == "" || got == v {
					t.Errorf("%s: %s of %s is shown as %q", lang, v, c.Field, got)
				}
			}
		}
		for _, s := range asset.Sources {
			if got := e.cell(asset.Asset{MainSource: s}, asset.Column{Field: asset.FieldSource, Type: asset.TypeEnum}); got == string(s) {
				t.Errorf("%s: source %s has no word", lang, s)
			}
		}
	}
}
