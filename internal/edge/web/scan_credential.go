package web

import (
	"context"
	"strings"

	"sonae/internal/edge/discover/scanner"
	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

const scanKeyPath = "/network/credentials"

// scanKeyList shows the credentials with which devices are asked, without their secrets.
func scanKeyList(s *site, c *call) error {
	page, err := c.page(c.tr.T("scan.keys"))
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	seen := c.seen(identity.NetworkRead)
	list, err := scan.Credentials(c.r.Context(), s.deps.DB, seen)
	if err != nil {
		return err
	}
	plans, err := scan.Plans(c.r.Context(), s.deps.DB, seen)
	if err != nil {
		return err
	}
	used := map[string][]string{}
	for _, p := range plans {
		for _, id := range p.Settings.Credentials {
			used[id] = append(used[id], p.Name)
		}
	}
	v := &view.ScanKeys{Page: page, CanEdit: c.who.Can(identity.CredentialManage), Many: len(seen) != 1 && len(names) > 1}
	for _, k := range list {
		row := c.scanKey(k, names)
		row.Used = used[k.ID]
		v.Rows = append(v.Rows, row)
	}
	return c.render(v)
}

func (c *call) scanKey(k scan.Credential, names map[string]string) view.ScanKey {
	v := view.ScanKey{ID: k.ID, Name: k.Name, Facility: names[k.FacilityID], Version: "SNMPv" + k.Version, User: k.User, By: k.By, UpdatedMS: k.UpdatedMS}
	switch {
	case k.Version == "2c":
		v.Protection = c.tr.T("scan.key.plain")
	case k.Auth == "":
		v.Protection = c.tr.T("scan.key.noauth")
	case k.Priv == "":
		v.Protection = strings.ToUpper(k.Auth)
	default:
		v.Protection = strings.ToUpper(k.Auth + " + " + k.Priv)
	}
	return v
}

// scanKeyOne reads the credential of the address, with the right to change it.
func (c *call) scanKeyOne() (scan.Credential, error) {
	id, err := c.id("id")
	if err != nil {
		return scan.Credential{}, err
	}
	k, err := scan.CredentialByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return k, errNothing
	}
	if err != nil {
		return k, err
	}
	return k, c.need(identity.NetworkRead, identity.CredentialManage, k.FacilityID, "")
}

func scanKeyNew(_ *site, c *call) error {
	return c.scanKeyPage(scan.Credential{Version: "3", Auth: "sha256", Priv: "aes"}, nil)
}

func scanKeyShow(_ *site, c *call) error {
	k, err := c.scanKeyOne()
	if err != nil {
		return err
	}
	return c.scanKeyPage(k, nil)
}

func (c *call) scanKeyPage(k scan.Credential, wrong error) error {
	title := k.Name
	if k.ID == "" {
		title = c.tr.T("scan.keys.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	v := &view.ScanKeyForm{Page: page, ID: k.ID, Row: c.scanKey(k, names), Revision: k.Revision, Context: k.Context, CanEdit: true,
		Versions: []view.Choice{{Value: "3", Label: c.tr.T("scan.key.v3"), Current: k.Version == "3"}, {Value: "2c", Label: c.tr.T("scan.key.v2c"), Current: k.Version == "2c"}},
		Auths:    c.scanProtocols(scanner.AuthProtocols(), k.Auth), Privs: c.scanProtocols(scanner.PrivProtocols(), k.Priv)}
	if k.ID == "" {
		if v.Places, _, err = c.places(identity.CredentialManage); err != nil {
			return err
		}
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func (c *call) scanProtocols(list []string, now string) []view.Choice {
	out := []view.Choice{{Label: c.tr.T("scan.key.without"), Current: now == ""}}
	for _, w := range list {
		out = append(out, view.Choice{Value: w, Label: strings.ToUpper(w), Current: w == now})
	}
	return out
}

// scanKeyInput reads the form; the secrets come apart and are never shown again.
func scanKeyInput(c *call, k scan.Credential) (scan.Credential, scan.Secret) {
	k.Name, k.Version, k.User, k.Auth, k.Priv, k.Context, k.By = c.value("name"), c.value("version"), c.value("user"), c.value("auth"), c.value("priv"), c.value("context"), c.by()
	return k, scan.Secret{Community: c.r.PostFormValue("community"), AuthKey: c.r.PostFormValue("auth_key"), PrivKey: c.r.PostFormValue("priv_key")}
}

func scanKeyObject(k scan.Credential) audit.Object {
	return audit.Object{Kind: "scan_credential", ID: k.ID, Name: k.Name, FacilityID: k.FacilityID}
}

// scanKeyAudit is what the audit log keeps of a credential: never a secret.
func scanKeyAudit(k scan.Credential) map[string]any {
	return map[string]any{"name": k.Name, "version": k.Version, "user": k.User, "auth": k.Auth, "priv": k.Priv, "context": k.Context}
}

func scanKeyCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.CredentialManage)
	k, secret := scanKeyInput(c, scan.Credential{FacilityID: facility})
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.CredentialManage, scanKeyObject(k), func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := s.deps.Scanner.Create(ctx, tx, k, secret)
			if err == nil {
				k = made
			}
			return audit.Made{Object: scanKeyObject(made), Detail: scanKeyAudit(made)}, err
		})
	}
	if err != nil {
		k.ID = ""
		return c.scanKeyPage(k, err)
	}
	return c.done(scanKeyPath+"/"+k.ID+"/edit", "scan.key.created", "Name", k.Name)
}

func scanKeyUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	old, err := c.scanKeyOne()
	if err != nil {
		return err
	}
	k, secret := scanKeyInput(c, old)
	k.Revision = c.revision()
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.CredentialManage, scanKeyObject(old), func(ctx context.Context, tx *store.Tx) (any, error) {
		after, err := s.deps.Scanner.Update(ctx, tx, k, secret)
		return map[string]any{"before": scanKeyAudit(old), "after": scanKeyAudit(after), "secret": !secret.Empty()}, err
	})
	if err != nil {
		return c.scanKeyPage(old, err)
	}
	return c.done(scanKeyPath+"/"+k.ID+"/edit", "form.saved")
}

func scanKeyRemove(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	k, err := c.scanKeyOne()
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.CredentialManage, scanKeyObject(k), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"removed": true}, scan.RemoveCredential(ctx, tx, k, c.revision())
	})
	if err != nil {
		return c.scanKeyPage(k, err)
	}
	return c.done(scanKeyPath, "scan.key.removed", "Name", k.Name)
}

// scanKeyTry tries a credential on one address and says in words what came of it.
func scanKeyTry(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	k, err := c.scanKeyOne()
	if err != nil {
		return err
	}
	var r scan.Run
	address := c.value("address")
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.CredentialManage, scanKeyObject(k), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		r, err = scan.Try(ctx, tx, k, address, c.by(), c.nowMS())
		return map[string]string{"tried": address}, err
	})
	if err != nil {
		return c.scanKeyPage(k, err)
	}
	t, err := s.deps.Scanner.Try(c.r.Context(), k, r)
	if err != nil {
		return err
	}
	line := c.scanLine(t, nil)
	switch t.State {
	case scan.Answered:
		c.flash("ok", c.tr.T("scan.try.answered", "Address", t.Address, "Name", line.Name))
	case scan.LeftOut:
		c.flash("warn", c.tr.T("scan.try.left_out", "Address", t.Address, "Rule", line.Words))
	default:
		c.flash("danger", t.Address+": "+line.Words)
	}
	return c.redirect(scanKeyPath + "/" + k.ID + "/edit")
}
