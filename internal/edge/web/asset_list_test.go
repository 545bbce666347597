package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// TestLedgerPages walks the list page by page: every device comes once.
func TestLedgerPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		l.tx(func(ctx context.Context, tx *store.Tx) error {
			for i := range 120 {
				_, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, l.main, asset.Values{asset.FieldKind: "printer", asset.FieldName: fmt.Sprintf("PRN-%03d", i)}, "佐藤", store.MS(l.clock())-dayMS)
				if err != nil {
					return err
				}
			}
			return nil
		})
		b := l.as("op")
		name := regexp.MustCompile(`<a class="t1" href="[^"]*">(PRN-[0-9]+)</a>`)
		next := regexp.MustCompile(`href="([^"]*)" rel="next"`)
		for _, start := range []string{"/assets?kind=printer", "/assets?kind=printer&sort=-last_seen", "/assets?kind=printer&as_of=2026-11-23"} {
			seen, pages := map[string]int{}, 0
			for at := start; at != ""; pages++ {
				a := b.get(at)
				b.want(a, http.StatusOK, "120台のうち")
				for _, m := range name.FindAllStringSubmatch(a.body, -1) {
					seen[m[1]]++
				}
				at = ""
				if m := next.FindStringSubmatch(a.body); m != nil {
					at = html.UnescapeString(m[1])
				}
			}
			for n, times := range seen {
				if times != 1 {
					t.Errorf("%s: %s came %d times", start, n, times)
				}
			}
			if len(seen) != 120 || pages != 3 {
				t.Errorf("%s: %d devices on %d pages", start, len(seen), pages)
			}
		}
	})
}

func TestLedgerList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		for _, c := range []struct {
			name, query  string
			have, absent []string
		}{
			{"all", "", []string{"EMR-3N-07", "FW-VPN-01", "CL-PC-01", "15日 報告なし", "食い違い", "期限まで40日"}, nil},
			{"kind", "?kind=vpn", []string{"FW-VPN-01", "種類: 保守回線・VPN"}, []string{"EMR-3N-07"}},
			{"text", "?q=ex59-000001", []string{"EMR-3N-07"}, []string{"EMR-3N-08"}},
			{"room", "?room=" + url.QueryEscape("3階北病棟"), []string{"EMR-3N-07", `aria-sort="ascending"`}, []string{"EMR-3N-08"}},
			{"contradicting", "?contradicting=1", []string{"EMR-3N-07"}, []string{"EMR-3N-08"}},
			{"attention", "?attention=1", []string{"EMR-3N-07", "EMR-3N-08"}, []string{">勤怠クラウド<"}},
			{"sorted down", "?sort=-ip", []string{`aria-sort="descending"`}, nil},
			{"columns", "?col=serial&col=mac", []string{"製造番号", "EX59-000001", "f8:b1:56:00:00:01"}, []string{"10.20.3.37"}},
			{"a past day", "?as_of=2026-11-01", []string{"FW-VPN-01", "いまの台帳ではありません"}, []string{"EMR-3N-07"}},
			{"past and filtered", "?as_of=2026-11-01&kind=medical", []string{"MOD-CT-01"}, []string{"FW-VPN-01"}},
			{"nothing", "?q=nowhere", []string{"当てはまる機器はありません"}, nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				a := b.get("/assets" + c.query)
				body := a.body[max(strings.Index(a.body, "<main"), 0):]
				if a.status != http.StatusOK {
					t.Fatalf("%d\n%s", a.status, main(a.body))
				}
				for _, w := range c.have {
					if !strings.Contains(body, w) {
						t.Errorf("lacks %q", w)
					}
				}
				for _, w := range c.absent {
					if strings.Contains(body, w) {
						t.Errorf("holds %q", w)
					}
				}
			})
		}
		for _, bad := range []string{"?kind=nothing", "?sort=password", "?as_of=2999-01-01", "?as_of=x", "?after=zzz", "?limit=50&as_of=2026-11-01&after=x"} {
			if a := b.get("/assets" + bad); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", bad, a.status)
			}
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM asset_asset`).Scan(&n); err != nil || n != 10 {
			t.Errorf("%d assets, %v", n, err)
		}
	})
}

func TestLedgerViews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		a := b.post("/assets/views", "name", "電子カルテ端末", "shared", "1", "query", "kind=pc&col=serial&sort=-ip")
		b.want(a, http.StatusSeeOther)
		if a.to() != "/assets?col=serial&kind=pc&sort=-ip" {
			t.Errorf("goes to %q", a.to())
		}
		other := l.as("reader")
		page := other.get("/assets")
		other.want(page, http.StatusOK, "電子カルテ端末", "ほかの人の見方")
		views, err := asset.Views(t.Context(), db, "nobody")
		if err != nil || len(views) != 1 {
			t.Fatalf("%v %v", views, err)
		}
		other.want(other.post("/assets/views/"+views[0].ID+"/delete"), http.StatusNotFound)
		b.want(b.post("/assets/views", "name", "", "query", ""), http.StatusUnprocessableEntity, "名前を1～60文字")
		b.want(b.post("/assets/views/"+views[0].ID+"/delete"), http.StatusSeeOther)
		l.verified()
	})
}

// What needs a look is a filter like any other: counted in its tab, kept in saved
// views, in past days and in exports.
func TestLedgerAttention(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		page := b.get("/assets?attention=1")
		b.want(page, http.StatusOK, "FW-VPN-01", "期限まで40日")
		if strings.Contains(page.body, "勤怠クラウド") || !strings.Contains(b.get("/assets").body, "勤怠クラウド") {
			t.Error("a device with nothing to look at is shown, or hidden from the whole list")
		}
		found := readCSV(t, b.get("/assets/export.csv?attention=1").body)
		count := strconv.Itoa(len(found))
		for _, path := range []string{"/assets", "/assets?kind=vpn", "/assets?attention=1"} {
			if !strings.Contains(b.get(path).body, "要確認<span class=\"count\">"+count+"</span>") {
				t.Errorf("%s: the tab does not count %s", path, count)
			}
		}
		if found["FW-VPN-01"] == nil || found["勤怠クラウド"] != nil {
			t.Errorf("export: %v", found)
		}
		if a := b.post("/assets/views", "name", "毎朝見る", "query", "attention=1&kind=vpn"); a.to() != "/assets?attention=1&kind=vpn" {
			t.Errorf("the view leads to %q", a.to())
		}
		b.want(b.get("/assets"), http.StatusOK, "毎朝見る", "/assets?attention=1&amp;kind=vpn")
		b.want(b.get("/assets?attention=1&as_of=2026-11-01"), http.StatusOK, "FW-VPN-01")
	})
}

func TestLedgerExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("reader")
		a := b.get("/assets/export.csv?kind=pc&col=maker&col=note&col=os_name")
		b.want(a, http.StatusOK)
		if d := a.header.Get("Content-Disposition"); d != "attachment; filename=sonae-assets-2026-11-24.csv" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers: %v", a.header)
		}
		found := readCSV(t, a.body)
		if row := found[hostile]; row == nil || row["製造元"] != hostile || row["OS"] != hostile {
			t.Errorf("hostile row came back as %v", row)
		}
		for line := range strings.SplitSeq(a.body, "\r\n") {
			if strings.HasPrefix(line, "=") || strings.Contains(line, ",=") || strings.Contains(line, `,"=`) {
				t.Errorf("a formula could run: %.80q", line)
			}
		}
		if found["FW-VPN-01"] != nil || found["EMR-3N-07"] == nil {
			t.Error("the filter does not apply to the export")
		}
		past := readCSV(t, b.get("/assets/export.csv?as_of=2026-11-01").body)
		if past["FW-VPN-01"] == nil || past["EMR-3N-07"] != nil {
			t.Errorf("past day: %v", past)
		}
		checkWorkbook(t, b.get("/assets/export.xlsx?all=1").body)
		l.verified()
	})
}

// readCSV gives the rows by name.
func readCSV(t *testing.T, body string) map[string]map[string]string {
	t.Helper()
	r := document.NewCSVReader(strings.NewReader(body), document.CSVLimits{})
	titles, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		for i, title := range titles {
			m[title] = row[i]
		}
		out[m["機器の名前"]] = m
	}
}

func checkWorkbook(t *testing.T, body string) {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	hits := 0
	for i, row := range rows {
		for j, cell := range row {
			name, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if formula, _ := f.GetCellFormula(f.GetSheetName(0), name); formula != "" {
				t.Errorf("%s holds the formula %q", name, formula)
			}
			if cell == hostile {
				hits++
			}
		}
	}
	if len(rows) != 11 || hits < 15 {
		t.Errorf("%d rows, hostile text in %d cells", len(rows), hits)
	}
}
