package directory

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
)

const readerPassword = "Read-er.2026"

// fill puts the people and machines of a fictional hospital into the domain.
func (d *domain) fill() {
	d.add("OU=病院", []string{"organizationalUnit"})
	d.add("OU=外来,OU=病院", []string{"organizationalUnit"})
	d.add("CN=GAIRAI-01,OU=外来,OU=病院", []string{"computer"}, "sAMAccountName", "GAIRAI-01$", "userAccountControl", "4096", "dNSHostName", "gairai-01.hosp.example",
		"operatingSystem", "Windows 11 Pro", "operatingSystemVersion", "10.0 (26100)", "description", "外来受付 1番")
	d.add("CN=DENSAN,OU=病院", []string{"computer"}, "sAMAccountName", "DENSAN$", "userAccountControl", "4098", "operatingSystem", "Windows Server 2022 Standard")
	d.add("CN=山田 太郎,OU=外来,OU=病院", []string{"user"}, "sAMAccountName", "yamada", "displayName", "山田 太郎", "mail", "Yamada@hosp.example", "employeeNumber", "１００２",
		"unicodePwd", quoted("Yama-da.2026"), "userAccountControl", "66048")
	d.add("CN=reader,OU=病院", []string{"user"}, "sAMAccountName", "sonae-reader", "unicodePwd", quoted(readerPassword), "userAccountControl", "512")
	d.add("CN=svc,OU=病院", []string{"user"}, "sAMAccountName", "svc-pacs", "servicePrincipalName", "HTTP/pacs.hosp.example", "userAccountControl", "514")
	d.add("CN=情報室,OU=病院", []string{"group"}, "sAMAccountName", "情報室")
	d.add("CN=保守,OU=病院", []string{"group"}, "sAMAccountName", "保守")
	d.join("CN=情報室,OU=病院", "CN=山田 太郎,OU=外来,OU=病院")
	d.join("CN=保守,OU=病院", "CN=情報室,OU=病院")
	d.join("CN=情報室,OU=病院", "CN=保守,OU=病院") // groups that contain each other
	d.join("CN=Domain Admins,CN=Users", "CN=保守,OU=病院")
	for i := range 100 { // more than one page
		n := strconv.Itoa(1000 + i)
		d.add("CN=BT-"+n+",CN=Computers", []string{"computer"}, "sAMAccountName", "BT-"+n+"$", "userAccountControl", "4096", "operatingSystem", "Windows 10 Enterprise LTSC")
	}
}

func (d *domain) source() Source {
	return Source{Name: "院内 AD", Address: d.address, BaseDN: d.base, BindName: "sonae-reader@hosp.example", CAPEM: d.ca}
}

// TestRealDomainController reads a real domain through its whole life, on both
// engines.
func TestRealDomainController(t *testing.T) {
	d := newDomain(t)
	d.fill()
	t.Run("check", func(t *testing.T) { checkDomain(t, d) })
	storetest.Each(t, func(t *testing.T, db *store.DB) { readDomain(t, newWorld(t, db), d) })
}

func readDomain(t *testing.T, w *world, d *domain) {
	s := w.create(d.source(), readerPassword)
	s = w.good(s.ID, Asked{})
	if s.State.Computers != 103 || s.State.FullMS == 0 {
		t.Errorf("%d computers in %+v", s.State.Computers, s.State)
	}
	pc := w.computers(s.ID, false)["GAIRAI-01"]
	if pc.Place != "病院 / 外来" || !pc.Enabled || pc.HostName != "gairai-01.hosp.example" || pc.Description != "外来受付 1番" {
		t.Errorf("computer: %+v", pc)
	}
	row := w.asset(pc.AssetID)
	want := asset.Values{asset.FieldHostName: "GAIRAI-01", asset.FieldOSName: "Windows 11 Pro", asset.FieldOSVersion: "10.0 (26100)", asset.FieldPurpose: "外来受付 1番"}
	for f, v := range want {
		if row.Values[f] != v {
			t.Errorf("%s is %q, want %q", f, row.Values[f], v)
		}
	}
	if row.Kind != asset.KindPC || row.LastSeenMS != 0 || row.MainSource != asset.SourceDirectory {
		t.Errorf("row: kind %s, seen %d, source %s", row.Kind, row.LastSeenMS, row.MainSource)
	}
	if server := w.computers(s.ID, false)["DENSAN"]; server.Enabled || w.asset(server.AssetID).Kind != asset.KindServer {
		t.Errorf("server: %+v", server)
	}
	checkAccounts(t, w)
	readChanges(t, w, d, s)
}

func checkAccounts(t *testing.T, w *world) {
	all := w.accounts(account.DirectoryFilter{})
	y := all["yamada"]
	if y.FullName != "山田 太郎" || y.Number != "１００２" || !y.Enabled || !y.PasswordNever || y.PasswordSetMS == 0 || y.Login != account.LoginNever || !slices.Equal(y.Groups, []string{"情報室"}) {
		t.Errorf("account: %+v", y)
	}
	if !y.Privileged || y.Why != "Administrators ← 情報室, Domain Admins ← 情報室" {
		t.Errorf("nested privilege: %v, %q", y.Privileged, y.Why)
	}
	if a := all["Administrator"]; !a.Privileged || a.Login != account.LoginAt {
		t.Errorf("administrator: %+v", a)
	}
	if svc := all["svc-pacs"]; !svc.Service || svc.Enabled || svc.Privileged {
		t.Errorf("service account: %+v", svc)
	}
	if r := all["sonae-reader"]; r.Privileged || r.Service {
		t.Errorf("reading account: %+v", r)
	}
}

// readChanges reads only what changed, then what went.
func readChanges(t *testing.T, w *world, d *domain, s Source) {
	const tmp = "CN=TMP-01,OU=病院"
	d.add(tmp, []string{"computer"}, "sAMAccountName", "TMP-01$", "userAccountControl", "4096", "operatingSystem", "Windows 10 Pro")
	d.set("CN=GAIRAI-01,OU=外来,OU=病院", "operatingSystemVersion", "10.0 (26200)")
	d.set("CN=Domain Admins,CN=Users", "member", "CN=Administrator,CN=Users,"+d.base)
	defer func() { // as it was, for the other engine
		d.set("CN=GAIRAI-01,OU=外来,OU=病院", "operatingSystemVersion", "10.0 (26100)")
		d.join("CN=Domain Admins,CN=Users", "CN=保守,OU=病院")
	}()
	before := s.State
	w.now = w.now.Add(time.Hour)
	s = w.good(s.ID, Asked{})
	pc := w.computers(s.ID, false)["GAIRAI-01"]
	if s.State.FullMS != before.FullMS || s.State.Computers != 104 || pc.OSVersion != "10.0 (26200)" || pc.SeenMS != store.MS(w.now) {
		t.Errorf("changes: %+v, %+v", s.State, pc)
	}
	if other := w.computers(s.ID, false)["BT-1000"]; other.SeenMS != before.GoodMS {
		t.Error("what did not change was read again")
	}
	if y := w.accounts(account.DirectoryFilter{})["yamada"]; y.Privileged {
		t.Error("left the privileged group and is still privileged")
	}
	if y := w.accounts(account.DirectoryFilter{AtMS: before.GoodMS + 1})["yamada"]; !y.Privileged {
		t.Error("history: was privileged before")
	}
	gone := w.computers(s.ID, false)["TMP-01"]
	d.remove(tmp)
	w.now = w.now.Add(time.Hour)
	if s = w.good(s.ID, Asked{}); s.State.Computers != 104 {
		t.Error("closed without a full reading")
	}
	w.now = w.now.Add(fullEvery)
	s = w.good(s.ID, Asked{})
	if s.State.Computers != 103 || s.State.FullMS != store.MS(w.now) {
		t.Errorf("after the full reading: %+v", s.State)
	}
	if left, ok := w.computers(s.ID, true)["TMP-01"]; !ok || left.GoneMS != store.MS(w.now) {
		t.Errorf("what left: %+v", left)
	}
	row := w.asset(gone.AssetID)
	if row.Values[asset.FieldOSName] != "" || row.Values[asset.FieldHostName] != "TMP-01" {
		t.Errorf("facts of what left: %v", row.Values)
	}
}
