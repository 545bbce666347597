//go:build unix

package server_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sonae/internal/identity"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/server"
	"sonae/internal/server/servertest"
	"sonae/internal/wire"
)

// poison is a name that is a statement for databases, an element for pages, a formula
// for spreadsheets and a template for whoever would fill one. XML and CSV carry it.
const poison = `=1+1"'><img src=x onerror=alert(1)><svg/onload=x()>{{.T "x"}}%s'; DROP TABLE asset_asset; -- \` + "\u202e毒"

// poisoned marks which machine a name came with: the entry it used.
func poisoned(entry string) string { return poison + entry }

// estate is a running server with one hostile machine for each way in.
type estate struct {
	t        *testing.T
	p        *servertest.Process
	facility string
	client   *http.Client // signed in to the pages
}

// Whatever way hostile machines come in, their names are stored byte for byte or
// refused, stand as text on every page, and as text in every export.
func TestPoisonFromEveryEntry(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			o := servertest.Options{Data: t.TempDir()}
			if engine == "postgres" {
				o.Database = storetest.PostgresURL(t)
			}
			e := estate{t: t, p: servertest.Start(t, o)}
			facility, enroll := e.p.Prepare(t, 4)
			e.facility = facility
			e.native(enroll)
			e.xml(string(identity.ProtocolFusion), "/plugins/fusioninventory/", "NAME")
			e.xml(string(identity.ProtocolOCS), "/ocsinventory", "NAME")
			e.list()
			e.storedExactly("native", "fusioninventory", "ocs", "csv")
			e.signIn()
			e.pages()
			e.exports()
		})
	}
}

func (e *estate) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *estate) native(enroll string) {
	m, err := e.p.Enroll(enroll, 1, 20)
	e.must(err)
	name := poisoned("native")
	s := &m.Report.Sections
	s.OS.HostName, s.OS.Name, s.Hardware.Model, s.Hardware.CPUModel = name, name, name, name
	s.Hardware.HostName = name
	(*s.Packages)[0] = wire.Package{Name: name, Version: name, Publisher: name, Kind: "registry"}
	(*s.Services)[0] = wire.Service{Name: name, Title: name, Start: "auto", Path: name, RunAs: name}
	(*s.Accounts)[0] = wire.Account{Name: name, FullName: name, Groups: []string{name}, Why: name, Enabled: true}
	(*s.Ports)[0].Process = name
	m.Report.Seal()
	body, signature, err := m.Body()
	e.must(err)
	e.must(e.p.Send(m.Device, body, signature))
}

// xml sends an inventory as agents of other makers do, through an opened entry.
func (e *estate) xml(protocol, path, field string) {
	var opened struct{ Secret, User string }
	e.must(e.p.Call(http.MethodPost, "/api/v1/entries", map[string]any{"facility_id": e.facility, "protocol": protocol, "note": strings.ReplaceAll(poison, "\u202e", "")}, &opened))
	var name bytes.Buffer
	e.must(xml.EscapeText(&name, []byte(poisoned(protocol))))
	body := fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><REQUEST><CONTENT><HARDWARE><%[2]s>%[1]s</%[2]s><OSNAME>%[1]s</OSNAME><UUID>4C4C4544-0000-4000-8000-%012[3]X</UUID></HARDWARE>
<BIOS><SMANUFACTURER>%[1]s</SMANUFACTURER><SMODEL>%[1]s</SMODEL><SSN>SER-%[4]s</SSN></BIOS><OPERATINGSYSTEM><NAME>windows</NAME><FULL_NAME>%[1]s</FULL_NAME></OPERATINGSYSTEM>
<SOFTWARES><NAME>%[1]s</NAME><VERSION>%[1]s</VERSION><PUBLISHER>%[1]s</PUBLISHER></SOFTWARES><NETWORKS><DESCRIPTION>%[1]s</DESCRIPTION><MACADDR>00:00:5E:00:53:%02[3]x</MACADDR></NETWORKS>
<LOCAL_USERS><LOGIN>%[1]s</LOGIN></LOCAL_USERS></CONTENT><DEVICEID>%[4]s-2026-11-27-09-00-00</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>`, name.String(), field, len(protocol), protocol)
	req, err := http.NewRequest(http.MethodPost, e.p.URL+path, strings.NewReader(body))
	e.must(err)
	req.SetBasicAuth(opened.User, opened.Secret)
	req.Header.Set("Content-Type", "application/xml")
	req.Header.Set("User-Agent", poison) // what OCS once showed as it came
	res, err := e.p.HTTP.Do(req)
	e.must(err)
	answer, err := io.ReadAll(res.Body)
	e.must(errors.Join(err, res.Body.Close()))
	if res.StatusCode != http.StatusOK {
		e.t.Fatalf("%s: %s %s", protocol, res.Status, answer)
	}
}

// list takes a CSV file in, with a hostile heading and file name besides.
func (e *estate) list() {
	var file, form bytes.Buffer
	rows := csv.NewWriter(&file)
	e.must(rows.WriteAll([][]string{{"資産番号", "ホスト名", "名称", poison}, {"T-1", poisoned("csv"), poisoned("csv"), poison}}))
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", poison+".csv")
	e.must(err)
	_, err = part.Write(file.Bytes())
	e.must(errors.Join(err, w.WriteField("facility_id", e.facility), w.Close()))
	var made struct{ ID string }
	e.must(e.p.Upload("/api/v1/imports", w.FormDataContentType(), form.Bytes(), &made))
	path := "/api/v1/imports/" + made.ID
	e.must(e.p.Call(http.MethodPost, path+"/start", nil, nil))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) { // another process works on it
		var now struct{ State string }
		e.must(e.p.Call(http.MethodGet, path, nil, &now))
		if now.State == "done" {
			return
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("the import is %q after a minute", now.State)
		}
	}
}

func (e *estate) storedExactly(entries ...string) {
	db := e.p.Rooms(e.t).DB
	for _, entry := range entries {
		var n int
		e.must(db.QueryRow(e.t.Context(), `SELECT count(*) FROM asset_asset WHERE host_name = $1`, poisoned(entry)).Scan(&n))
		if n != 1 {
			e.t.Errorf("%d assets hold the exact host name that came by %s, want 1", n, entry)
		}
	}
}

func (e *estate) signIn() {
	e.must(server.CreateUser(e.t.Context(), e.p.Config(), "test", server.GrantOptions{Name: "tanaka", Role: "administrator"}, strings.NewReader("correct horse battery\n"), discard{}))
	jar, err := cookiejar.New(nil)
	e.must(err)
	e.client = &http.Client{Jar: jar}
	res, err := e.client.PostForm(e.p.URL+"/login", url.Values{"login": {"tanaka"}, "password": {"correct horse battery"}})
	e.must(err)
	e.must(res.Body.Close())
}

func (e *estate) get(path string) (body []byte, media string) {
	e.t.Helper()
	res, err := e.client.Get(e.p.URL + path)
	e.must(err)
	body, err = io.ReadAll(res.Body)
	e.must(errors.Join(err, res.Body.Close()))
	if res.StatusCode != http.StatusOK {
		e.t.Errorf("%s: %s", path, res.Status)
	}
	return body, res.Header.Get("Content-Type")
}

// idInPath makes addresses of one kind of page equal, but for assets: each way in
// filled other pages of them.
var idInPath = regexp.MustCompile(`/(checklists|guidelines|imports|vendors|files)/[^?]*|row=[^&]*|[?&]page=\d+`)

// pages follows every link of this server and looks for elements that no page of ours
// holds.
func (e *estate) pages() {
	seen, queue, shown := map[string]bool{}, []string{"/", "/assets", "/imports", "/devices"}, 0
	for len(queue) > 0 && len(seen) < 400 {
		path := queue[0]
		queue = queue[1:]
		if kind := idInPath.ReplaceAllString(path, "$1"); seen[kind] || strings.Contains(path, "export") || strings.HasPrefix(path, "/static/") {
			continue
		} else {
			seen[kind] = true
		}
		body, media := e.get(path)
		if !strings.HasPrefix(media, "text/html") {
			continue
		}
		if strings.Contains(html.UnescapeString(string(body)), poison) {
			shown++
		}
		root, err := html.Parse(bytes.NewReader(body))
		e.must(err)
		queue = append(queue, e.inspect(path, root)...)
	}
	if shown < 12 {
		e.t.Errorf("the hostile name is shown on %d of %d pages: the test proves little", shown, len(seen))
	}
	e.t.Logf("%d pages, hostile names on %d", len(seen), shown)
}

// inspect reports what only hostile text could have brought, and gives the links.
func (e *estate) inspect(path string, n *html.Node) []string {
	var out []string
	if n.Type == html.ElementNode {
		if n.Data == "img" || n.Data == "iframe" || n.Data == "object" {
			e.t.Errorf("%s: <%s>", path, n.Data)
		}
		for _, a := range n.Attr {
			low := strings.ToLower(strings.TrimSpace(a.Val))
			if strings.HasPrefix(a.Key, "on") || (a.Key == "href" || a.Key == "action") && strings.HasPrefix(low, "javascript:") {
				e.t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			}
			if n.Data == "a" && a.Key == "href" && strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") {
				link, _, _ := strings.Cut(a.Val, "#")
				out = append(out, link)
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		out = append(out, e.inspect(path, c)...)
	}
	return out
}

// exports: no cell of the CSV begins as a formula, and the name is whole behind the mark.
func (e *estate) exports() {
	body, _ := e.get("/assets/export.csv")
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	e.must(err)
	whole := 0
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && cell != "-" {
				e.t.Errorf("a cell begins as a formula: %.60q", cell)
			}
			if strings.Contains(cell, poison) {
				whole++
			}
		}
	}
	if whole < 4 {
		e.t.Errorf("%d cells hold the whole name, want one of each of 4 machines at least", whole)
	}
}
