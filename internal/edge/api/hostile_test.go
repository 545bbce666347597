package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sonae/internal/platform/store"
)

// TestTexts sends texts that other ledgers stumbled over (class S1) and reads them
// back: not a byte may change, in answers, history, search and export.
func TestTexts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for i, s := range []string{
			`<script>alert("x")</script>`, `"><img src=x onerror=alert(1)>`, `'; DROP TABLE asset_asset; --`, `{{7*7}} ${7*7} #{7*7}`,
			`\\server\share\..\..`, `a\nb \u0041 %00 %2e%2e`, "改行\nタブ\t復帰\r", "髙﨑 𠮷野 ㈱ ﾊﾝｶｸ ｶﾞ が が", "👩‍⚕️🏥", "\u202eabc", "=cmd|' /C calc'!A0", "  両端の空白  ", "null", "true", "0",
			strings.Repeat("長", 500),
		} {
			made := w.send("POST", "/assets", map[string]any{"facility_id": w.a.ID, "kind": "other", "values": map[string]string{"name": s, "purpose": s}})
			var got struct {
				ID, Name string
				Values   map[string]string
			}
			decode(t, w.get("/assets/"+made.text(t, "id")).body, &got)
			if got.Values["name"] != s || got.Values["purpose"] != s || got.Name != s {
				t.Errorf("text %d: sent %q, got %q", i, s, got.Values["name"])
			}
			var history struct{ Items []struct{ Field, New string } }
			decode(t, w.get("/assets/"+got.ID+"/history").body, &history)
			for _, c := range history.Items {
				if c.Field == "purpose" && c.New != s {
					t.Errorf("text %d: history has %q", i, c.New)
				}
			}
		}
	})
}

// TestHostileRequests: what cannot be read is refused with a code, and nothing of it
// is stored.
func TestHostileRequests(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
		name := func(n string) string {
			return fmt.Sprintf(`{"facility_id":%q,"kind":"other","values":{"name":%s}}`, w.a.ID, n)
		}
		for what, c := range map[string]struct {
			body   string
			media  string
			status int
			code   string
		}{
			"no JSON":               {`{"facility_id":`, "", 400, "invalid"},
			"two values":            {name(`"x"`) + name(`"y"`), "", 400, "invalid"},
			"not UTF-8":             {name("\"\xff\xfe\""), "", 400, "invalid"},
			"Shift_JIS":             {name("\"\x93\x64\x8e\x71\""), "", 400, "invalid"},
			"NUL":                   {name(`"a\u0000b"`), "", 400, "invalid"},
			"half a surrogate pair": {name(`"\ud83d"`), "", 400, "invalid"},
			"a name twice":          {`{"facility_id":"x","facility_id":"y"}`, "", 400, "invalid"},
			"deep nesting":          {deep, "", 400, "invalid"},
			"wrong types":           {name(`["x"]`), "", 422, "invalid"},
			"unknown names":         {`{"facility_id":"x","admin":true}`, "", 422, "invalid"},
			"null":                  {`null`, "", 422, "invalid"},
			"a list":                {`[]`, "", 422, "invalid"},
			"nothing":               {``, "", 400, "invalid"},
			"more than 1 MB":        {name(`"` + strings.Repeat("x", 1<<20) + `"`), "", 413, "too_large"},
			"too long a text":       {name(`"` + strings.Repeat("x", 501) + `"`), "", 422, "invalid"},
			"another media type":    {name(`"x"`), "application/xml", 415, "unsupported"},
			"a form":                {"name=x", "application/x-www-form-urlencoded", 415, "unsupported"},
		} {
			got := w.do(request{method: "POST", path: "/assets", token: w.admin, body: c.body, media: c.media})
			if got.status != c.status || got.header.Get("Content-Type") != "application/problem+json" || got.text(t, "code") != c.code || got.text(t, "hint") == "" {
				t.Errorf("%s: %d %.300s", what, got.status, got.body)
			}
		}
		for _, path := range []string{"/assets?q=%ff", "/assets?q=%00", "/assets?q=a%zz", "/vendors?q=%00", "/assets?cursor=%ff", "/staff?cursor=AAAA", "/audit?q=%c3%28",
			"/assets?q=" + strings.Repeat("x", 20<<10), "/assets?facility=" + strings.Repeat("x&facility=", 300)} {
			if got := w.do(request{method: "GET", path: path, token: w.admin}); got.status/100 != 4 || got.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%.60s: %d %.200s", path, got.status, got.body)
			}
		}
		for _, path := range []string{"/assets/%ff", "/assets/..%2f..%2fetc", "/assets/%00", "/assets/' OR 1=1", "/nothing", "/assets/" + strings.Repeat("a", 4000)} {
			if got := w.do(request{method: "GET", path: strings.ReplaceAll(path, " ", "%20"), token: w.admin}); got.status/100 != 4 {
				t.Errorf("%.60s: %d %.200s", path, got.status, got.body)
			}
		}
		if got := w.get("/assets").object(t)["total"]; got != float64(0) {
			t.Errorf("%v assets were stored", got)
		}
	})
}

// TestProblems: the same trouble in both languages, with equal codes.
func TestProblems(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.asset(w.a.ID, "x", "")
		reader := w.token(identityAuditor, true)
		for what, c := range map[string]struct {
			r      request
			status int
			code   string
		}{
			"no such path":     {request{method: "GET", path: "/nothing"}, 404, "not_found"},
			"wrong method":     {request{method: "DELETE", path: "/assets"}, 405, "unsupported"},
			"nobody":           {request{method: "GET", path: "/assets"}, 401, "unauthenticated"},
			"wrong token":      {request{method: "GET", path: "/assets", token: "sonae_wrong"}, 401, "unauthenticated"},
			"not allowed":      {request{method: "PATCH", path: "/assets/" + id, token: reader, body: map[string]any{"rev": 1}}, 403, "forbidden"},
			"not there":        {request{method: "GET", path: "/assets/" + store.NewID(), token: w.admin}, 404, "not_found"},
			"changed":          {request{method: "PATCH", path: "/assets/" + id, token: w.admin, body: map[string]any{"rev": 9, "values": map[string]string{"note": "y"}}}, 409, "conflict"},
			"wrong value":      {request{method: "PATCH", path: "/assets/" + id, token: w.admin, body: map[string]any{"rev": 1, "values": map[string]string{"ip": "x"}}}, 422, "invalid"},
			"wrong form":       {request{method: "PATCH", path: "/assets/" + id, token: w.admin, body: map[string]any{"rev": "one"}}, 422, "invalid"},
			"missing property": {request{method: "PATCH", path: "/assets/" + id, token: w.admin, body: map[string]any{}}, 422, "invalid"},
			"no JSON":          {request{method: "PATCH", path: "/assets/" + id, token: w.admin, body: `{"rev":1,}`}, 400, "invalid"},
		} {
			titles := map[string]string{}
			for _, lang := range []string{"ja", "en"} {
				w.clock.pass(burstTime)
				c.r.lang = lang
				got := w.do(c.r)
				p := got.object(t)
				titles[lang], _ = p["title"].(string)
				if got.status != c.status || p["code"] != c.code || p["status"] != float64(c.status) || titles[lang] == "" || got.header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s in %s: %d %s", what, lang, got.status, got.body)
				}
				if strings.Contains(string(got.body), "api.error") || strings.Contains(string(got.body), "expected ") {
					t.Errorf("%s in %s: raw words: %s", what, lang, got.body)
				}
			}
			if titles["ja"] == titles["en"] {
				t.Errorf("%s: the same title in both languages: %s", what, titles["ja"])
			}
		}
		got := w.do(request{method: "DELETE", path: "/assets", token: w.admin})
		if got.header.Get("Allow") != "GET, POST" {
			t.Errorf("Allow: %q", got.header.Get("Allow"))
		}
	})
}

// TestDescriptionIsServed: without a token, without the host of the request.
func TestDescriptionIsServed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.ok(request{method: "GET", path: "/openapi.json"})
		if !json.Valid(got.body) || strings.Contains(string(got.body), strings.TrimPrefix(w.url, "http://")) {
			t.Errorf("served description: %.200s", got.body)
		}
	})
}
