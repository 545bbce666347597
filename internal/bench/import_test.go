//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"

	"sonae/internal/server/servertest"
)

const importRows = 3000

// importList measures a list of a hospital in CP932: sent, read, and its preview
// shown, as a person waits for it; then taken in to the end.
func importList(t *testing.T, engine, data, database string) {
	p := serve(t, data, database)
	facility, _ := p.Prepare(t, 1)
	start := time.Now()
	id := sendList(t, p, facility, hospitalList(t, importRows))
	var preview struct {
		Total int `json:"total"`
	}
	if err := p.Call(http.MethodGet, "/api/v1/imports/"+id+"/rows?limit=100", nil, &preview); err != nil {
		t.Fatal(err)
	}
	if preview.Total != importRows {
		t.Fatalf("the preview has %d rows, want %d", preview.Total, importRows)
	}
	atMost("import_preview_3000_rows_s", engine, time.Since(start).Seconds(), "s", 5)
	start = time.Now()
	if err := p.Call(http.MethodPost, "/api/v1/imports/"+id+"/start", nil, nil); err != nil {
		t.Fatal(err)
	}
	for {
		var now struct{ State string }
		if err := p.Call(http.MethodGet, "/api/v1/imports/"+id, nil, &now); err != nil {
			t.Fatal(err)
		}
		if now.State == "done" {
			break
		}
		if time.Since(start) > 2*time.Minute {
			t.Fatalf("the import is %q after two minutes", now.State)
		}
		time.Sleep(20 * time.Millisecond) // another process works on it
	}
	atMost("import_3000_rows_s", engine, time.Since(start).Seconds(), "s", 60)
	stored(t, p, importRows)
}

// hospitalList is a list as hospitals keep them: era dates, full-width digits and
// characters that only CP932 has.
func hospitalList(t *testing.T, rows int) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("管理番号,機器種別,機器名,メーカー,シリアル番号,ホスト名,MACアドレス,OS,メモリ(GB),部署,購入日,備考\r\n")
	for i := range rows {
		fmt.Fprintf(&b, "Ｍ－%05d,ノートＰＣ,端末%d,株式会社例示製作所,SN%08X,MNT-%04d,00-00-5E-%02X-%02X-%02X,Windows 11 Pro,１６,病棟①髙階,令和%d年%d月%d日,№%d\r\n",
			i, i, i*7919+0xA0000000, i, i>>16&255, i>>8&255, i&255, i%7+2, i%12+1, i%28+1, i) // 令和 begins in May of its first year
	}
	out, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sendList(t *testing.T, p *servertest.Process, facility string, list []byte) (id string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "台帳.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(list) // a buffer takes everything
	_ = w.WriteField("facility_id", facility)
	_ = w.Close()
	var made struct{ ID string }
	if err := p.Upload("/api/v1/imports", w.FormDataContentType(), form.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	return made.ID
}
