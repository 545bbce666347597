package intake

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		field     asset.Field
		cell      cell
		want, key string
	}{
		{"purchased_on", cell{shown: "令和7年4月1日"}, "2025-04-01", ""},
		{"purchased_on", cell{shown: "Ｒ７．４．１"}, "2025-04-01", ""},
		{"purchased_on", cell{shown: "平成31年4月30日"}, "2019-04-30", ""},
		{"purchased_on", cell{shown: "2025/4/1 0:00:00"}, "2025-04-01", ""},
		{"purchased_on", cell{shown: "20250401"}, "2025-04-01", ""},
		{"purchased_on", cell{shown: "45748"}, "2025-04-01", ""},
		{"purchased_on", cell{shown: "04-01-25", raw: "45748"}, "2025-04-01", ""},
		{"purchased_on", cell{shown: "04-01-25", raw: "44286", since1904: true}, "2025-04-01", ""},
		{"purchased_on", cell{shown: "2025"}, "", "intake.error.date"},
		{"purchased_on", cell{shown: "4/1/2025"}, "", "intake.error.date"},
		{"purchased_on", cell{shown: "不明"}, "", ""},
		{"kind", cell{shown: "ノートＰＣ"}, "pc", ""},
		{"kind", cell{shown: "Ｌ２ スイッチ"}, "network", ""},
		{"kind", cell{shown: "server"}, "server", ""},
		{"kind", cell{shown: "宇宙船"}, "", "intake.error.word"},
		{"status", cell{shown: "Ready to Deploy"}, "spare", ""},
		{"patient_data", cell{shown: "○"}, "yes", ""},
		{"patient_data", cell{shown: "×"}, "no", ""},
		{"patient_data", cell{shown: "－"}, "", ""},
		{"asset_tag", cell{shown: "　Ｍ－００１　"}, "M-001", ""},
		{"room", cell{shown: "３Ｆ（東）"}, "3F（東）", ""},
		{"note", cell{shown: "３Ｆ\n東"}, "３Ｆ\n東", ""},
		{"ip", cell{shown: "１９２．１６８．１．１"}, "192.168.1.1", ""},
		{"ip", cell{shown: "DHCP"}, "", ""},
		{"ip", cell{shown: "192.168.1.1、192.168.1.2"}, "", "asset.error.ip"},
		{"mac", cell{shown: "00-1A-2B-3C-4D-5E"}, "00:1a:2b:3c:4d:5e", ""},
		{"memory_bytes", cell{shown: "１６ ＧＢ"}, "17179869184", ""},
		{"memory_bytes", cell{shown: "8192", heading: "メモリ(MB)"}, "8589934592", ""},
		{"disk_bytes", cell{shown: "512GB"}, "512000000000", ""},
		{"disk_bytes", cell{shown: "大きい"}, "", "intake.error.size"},
		{"disposal_proof", cell{shown: "x"}, "", "intake.error.field"},
	} {
		got, err := value(c.field, c.cell)
		key := ""
		if err != nil {
			key = fault.Of(err).Key
		}
		if got != c.want || key != c.key {
			t.Errorf("%s %+v: %q %s, want %q %s", c.field, c.cell, got, key, c.want, c.key)
		}
	}
}

// TestSnipeIT: the headings of an export of Snipe-IT, as its importer names them.
func TestSnipeIT(t *testing.T) {
	got := Propose([]string{"Asset Tag", "Item Name", "Category", "Company", "Location", "Manufacturer", "Model Name", "Model Number", "Serial Number", "Status", "Supplier", "Purchase Date", "Purchase Cost", "Notes", "Full Name", "Department"})
	want := []asset.Field{"asset_tag", "name", "kind", "", "room", "maker", "model", "", "serial", "status", "vendor", "purchased_on", "", "note", "user_name", "department"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestWordFiles: no word means two things, and every line names a field or value that is.
func TestWordFiles(t *testing.T) {
	seen := map[string]string{}
	for field, words := range readWords(headingFile, 2) {
		if !importable(asset.Field(field)) {
			t.Errorf("headings.txt: no field %q", field)
		}
		for _, w := range words {
			if other, twice := seen[plain(w)]; twice && other != field {
				t.Errorf("heading %q means %s and %s", w, other, field)
			}
			seen[plain(w)] = field
		}
	}
	seen = map[string]string{}
	for key, words := range readWords(wordFile, 3) {
		for _, w := range words {
			list := key[:slices.Index([]byte(key), '\t')]
			if other, twice := seen[list+wordForm(w)]; twice && other != key {
				t.Errorf("word %q means %q and %q", w, other, key)
			}
			seen[list+wordForm(w)] = key
		}
	}
}

func FuzzValue(f *testing.F) {
	f.Add("令和7年4月1日", "45748")
	f.Add("１６ ＧＢ", "")
	f.Add("=cmd|' /C calc'!A0", "1e309")
	f.Fuzz(func(t *testing.T, shown, raw string) {
		for _, info := range asset.Fields {
			v, err := value(info.Name, cell{shown: shown, raw: raw, heading: shown})
			if err != nil {
				if fault.Of(err).Code == fault.CodeInternal {
					t.Fatalf("%s: %v", info.Name, err)
				}
				continue
			}
			if again, err := asset.Canonical(info.Name, v); utf8.ValidString(shown) && (err != nil || again != v) {
				t.Fatalf("%s: %q is not canonical: %q %v", info.Name, v, again, err)
			}
		}
	})
}
