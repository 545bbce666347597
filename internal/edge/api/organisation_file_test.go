package api_test

import (
	"bytes"
	"strings"
)

// organisationFiles puts minutes beside a record and a letter beside an appointment,
// reads them back and takes them off.
func (w *world) organisationFiles(appointment string, succeeded map[string]bool) {
	w.t.Helper()
	record := w.send("POST", "/records", map[string]any{"facility_id": w.a.ID, "kind": "meeting", "title": "安全管理委員会", "held_on": "2026-10-02", "held_by": "医療情報室"}).text(w.t, "id")
	pdf := []byte("%PDF-1.4\n架空の議事録\n%%EOF\n")
	for name, base := range map[string]string{"Record": "/records/" + record, "Appointment": "/appointments/" + appointment} {
		send := func(name string, content []byte) answer {
			body, media := form(name, content)
			return w.do(request{method: "POST", path: base + "/files", token: w.admin, body: body, media: media})
		}
		made := send(`..\議事録.pdf`, pdf)
		if made.status != 201 || made.text(w.t, "name") != "議事録.pdf" || made.text(w.t, "media_type") != "application/pdf" {
			w.t.Fatalf("%s: upload: %d %s", name, made.status, made.body)
		}
		if rows := w.get(base + "/files").items(w.t); len(rows) != 1 || rows[0]["sha256"] != made.text(w.t, "sha256") {
			w.t.Errorf("%s: list: %v", name, rows)
		}
		path := base + "/files/" + made.text(w.t, "id")
		back := w.get(path)
		if !bytes.Equal(back.body, pdf) || back.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(back.header.Get("Content-Disposition"), "attachment") || back.header.Get("X-Content-Type-Options") != "nosniff" {
			w.t.Errorf("%s: download: %v %q", name, back.header, back.body)
		}
		for what, c := range map[string]struct {
			name    string
			content []byte
			status  int
		}{
			"a page that says it is a picture": {"x.png", []byte("<html>"), 415}, "nothing": {"x.pdf", nil, 422}, "more than 25 MB": {"x.pdf", append([]byte("%PDF-1.4\n"), make([]byte, 25<<20)...), 413},
		} {
			if got := send(c.name, c.content); got.status != c.status {
				w.t.Errorf("%s: %s: %d %.300s", name, what, got.status, got.body)
			}
		}
		if log := w.get("/audit?action=organisation.edit"); !strings.Contains(string(log.body), made.text(w.t, "sha256")) {
			w.t.Errorf("%s: the audit log does not hold the file's hash", name)
		}
		w.send("DELETE", path, nil)
		for _, method := range []string{"GET", "DELETE"} {
			if got := w.do(request{method: method, path: path, token: w.admin}); got.status != 404 {
				w.t.Errorf("%s: %s of a removed file: %d", name, method, got.status)
			}
		}
		for _, op := range []string{"list" + name + "Files", "add" + name + "File", "download" + name + "File", "remove" + name + "File"} {
			succeeded[op] = true
		}
	}
	note := map[string]any{"rev": 1, "why": "日付の誤り"}
	w.send("POST", "/records/"+record+"/withdraw", note)
	body, media := form("x.pdf", pdf)
	if got := w.do(request{method: "POST", path: "/records/" + record + "/files", token: w.admin, body: body, media: media}); got.status != 409 {
		w.t.Errorf("a file for a withdrawn record: %d %s", got.status, got.body)
	}
}
