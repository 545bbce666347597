//go:build unix

package browser

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"testing"
	"time"

	"sonae/internal/server/servertest"
)

// The pages of a bill of materials: which device, what would change, what was done, and
// the list of the device.
func TestBillPages(t *testing.T) {
	ctx := chromium(t)
	p := sampleHospital(t)
	var list struct {
		Items []struct {
			ID         string `json:"id"`
			FacilityID string `json:"facility_id"`
		} `json:"items"`
	}
	if err := p.Call(http.MethodGet, "/api/v1/assets?kind=medical&limit=1", nil, &list); err != nil || len(list.Items) == 0 {
		t.Fatal(list, err)
	}
	device := list.Items[0]
	first := sendBill(t, p, device.FacilityID, "pump.cdx.json")
	call := func(method, path string, in any) {
		t.Helper()
		if err := p.Call(method, path, in, nil); err != nil {
			t.Fatal(err)
		}
	}
	tab := tab(t, ctx)
	withAxe(t, tab)
	cookie(t, tab, p.URL, "sonae_lang", "ja")
	cookie(t, tab, p.URL, "sonae_theme", "light")
	signIn(t, tab, p)
	bothThemes(t, tab, p, "ja", "/imports/"+first+"?part=ask")
	call(http.MethodPut, "/api/v1/imports/"+first+"/asset", map[string]string{"asset_id": device.ID})
	bothThemes(t, tab, p, "ja", "/imports/"+first+"?kind=chosen")
	call(http.MethodPost, "/api/v1/imports/"+first+"/start", nil)
	done(t, p, first)
	second := sendBill(t, p, device.FacilityID, "pump-2.cdx.json")
	call(http.MethodPut, "/api/v1/imports/"+second+"/asset", map[string]string{"asset_id": device.ID})
	bothThemes(t, tab, p, "ja", "/imports/"+second+"?edition=newer")
	call(http.MethodPost, "/api/v1/imports/"+second+"/start", nil)
	done(t, p, second)
	bothThemes(t, tab, p, "ja", "/imports/"+second)
	bothThemes(t, tab, p, "ja", "/assets/"+device.ID+"/software")
}

// sendBill brings a bill of materials and gives its import.
func sendBill(t *testing.T, p *servertest.Process, facility, name string) string {
	t.Helper()
	body, err := os.ReadFile("../survey/sbom/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(body) // memory never fails
	_ = w.WriteField("facility_id", facility)
	_ = w.Close()
	var made struct {
		ID string `json:"id"`
	}
	if err := p.Upload("/api/v1/imports", w.FormDataContentType(), b.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// done waits for an import that the server carries out.
func done(t *testing.T, p *servertest.Process, id string) {
	t.Helper()
	for range 100 {
		var m struct {
			State string `json:"state"`
		}
		if err := p.Call(http.MethodGet, "/api/v1/imports/"+id, nil, &m); err != nil {
			t.Fatal(err)
		}
		if m.State == "done" {
			return
		}
		time.Sleep(200 * time.Millisecond) // another process works on it
	}
	t.Fatalf("import %s is not done", id)
}
