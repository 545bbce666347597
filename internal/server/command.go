package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"sonae/internal/edge/api"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/review/inspection"

	catalogdata "sonae/catalog"
)

// cliName is who local commands act as in the audit log.
const cliName = "command line"

// GrantOptions describe a new user or token.
type GrantOptions struct {
	Name       string
	Role       string
	Facilities []string // names, codes or IDs; empty = all
	Department string
	Expires    time.Duration // tokens; 0 = never
	ReadOnly   bool          // tokens
}

// local opens the rooms for one command and closes them after fn.
func local(ctx context.Context, cfg Config, version string, fn func(r *Rooms, by identity.Principal) error) error {
	if cfg.Database == "" && cfg.mustExist {
		if err := needDatabase(cfg); err != nil {
			return err
		}
	}
	r, err := Open(ctx, cfg, version, "http://localhost", Logger(cfg.LogLevel))
	if err != nil {
		return err
	}
	err = fn(r, identity.System(cliName))
	return errors.Join(r.plain(err), r.Close())
}

// plain writes a fault in English for the terminal: what, where, what next.
func (r *Rooms) plain(err error) error {
	return spoken(r.Texts.For("en"), err)
}

// grants turns names of facilities into limits.
func (r *Rooms) grants(ctx context.Context, o GrantOptions) ([]identity.Grant, error) {
	role := identity.Role(o.Role)
	if !role.Valid() {
		names := make([]string, 0, 6)
		for _, known := range identity.Roles() {
			names = append(names, string(known))
		}
		return nil, fmt.Errorf("--role %q: choose one of %s", o.Role, strings.Join(names, ", "))
	}
	if len(o.Facilities) == 0 {
		return []identity.Grant{{Role: role, Department: o.Department}}, nil
	}
	var grants []identity.Grant
	for _, name := range o.Facilities {
		f, err := r.facility(ctx, name)
		if err != nil {
			return nil, err
		}
		grants = append(grants, identity.Grant{Role: role, FacilityID: f.ID, Department: o.Department})
	}
	return grants, nil
}

// facility finds a facility as typed, and names the known ones when there is none.
func (r *Rooms) facility(ctx context.Context, name string) (identity.Facility, error) {
	f, err := r.Identity.FacilityByName(ctx, r.DB, name)
	if !fault.Is(err, fault.CodeNotFound) {
		return f, err
	}
	all, listErr := r.Identity.Facilities(ctx, r.DB)
	if listErr != nil {
		return f, listErr
	}
	if len(all) == 0 {
		return f, errors.New("there is no facility yet: start sonae and open its set-up address first")
	}
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.Name
	}
	return f, fmt.Errorf("no facility is called %q; known: %s", name, strings.Join(names, ", "))
}

// CreateToken prints a new API token, and nothing else, on w.
func CreateToken(ctx context.Context, cfg Config, version string, o GrantOptions, w io.Writer) error {
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		grants, err := r.grants(ctx, o)
		if err != nil {
			return err
		}
		if len(grants) > 1 {
			return errors.New("a token is for one facility or for all: give --facility once, or not at all")
		}
		secret, err := r.token(ctx, by, identity.NewToken{Name: o.Name, Grant: grants[0], Write: !o.ReadOnly, ExpiresMS: r.expiry(o.Expires)})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w, secret)
		return err
	})
}

func (r *Rooms) expiry(life time.Duration) int64 {
	if life == 0 {
		return 0
	}
	return store.MS(r.Now().Add(life))
}

func (r *Rooms) token(ctx context.Context, by identity.Principal, n identity.NewToken) (string, error) {
	var secret string
	err := audit.Do(ctx, r.DB, by, identity.TokenManage, audit.Object{Kind: "token", Name: n.Name}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var t identity.Token
		var err error
		secret, t, err = r.Identity.CreateToken(ctx, tx, by, n)
		return audit.Made{Object: audit.Object{Kind: "token", ID: t.ID, Name: t.Name, FacilityID: t.Grant.FacilityID}, Detail: t}, err
	})
	return secret, err
}

// CreateEnrollToken prints a new enrolment token for machines of a facility.
func CreateEnrollToken(ctx context.Context, cfg Config, version, facility string, uses int, life time.Duration, w io.Writer) error {
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		f, err := r.facility(ctx, facility)
		if err != nil {
			return err
		}
		secret, err := r.enrollToken(ctx, by, f, uses, life, cliName)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w, secret)
		return err
	})
}

func (r *Rooms) enrollToken(ctx context.Context, by identity.Principal, f identity.Facility, uses int, life time.Duration, note string) (string, error) {
	var secret string
	err := audit.Do(ctx, r.DB, by, identity.DeviceManage, audit.Object{Kind: "enroll_token", FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var t identity.EnrollToken
		var err error
		secret, t, err = r.Identity.CreateEnrollToken(ctx, tx, by, identity.EnrollToken{FacilityID: f.ID, Note: note, MaxUses: int64(uses), ExpiresMS: r.expiry(life)})
		return audit.Made{Object: audit.Object{Kind: "enroll_token", ID: t.ID, FacilityID: f.ID}, Detail: map[string]any{"uses": uses, "expires_ms": t.ExpiresMS}}, err
	})
	return secret, err
}

// VerifyAudit checks the whole audit log; damage is an error that names the first
// bad entry.
func VerifyAudit(ctx context.Context, cfg Config, version string, asJSON bool, w io.Writer) error {
	cfg.mustExist = true
	return local(ctx, cfg, version, func(r *Rooms, _ identity.Principal) error {
		report, err := r.Audit.Verify(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(w).Encode(report); err != nil {
				return err
			}
		}
		if d := report.Damage; d != nil {
			return fmt.Errorf("the audit log is damaged at entry %d: %s (%s); keep a copy of the database as it is, and compare with a backup", d.Seq, d.Kind, d.Detail)
		}
		if asJSON {
			return nil
		}
		_, err = fmt.Fprintf(w, "%d entries, none damaged; %d signed checkpoints agree, the newest covers %d entries\nroot %s\n", report.Checked, report.Checkpoints, report.Signed, report.Root)
		return err
	})
}

// PackOptions say which pack to make.
type PackOptions struct{ Edition, Facility, Date, Language, File string }

// MakePack makes an inspection pack and writes its ZIP to a file.
func MakePack(ctx context.Context, cfg Config, version string, o PackOptions, w io.Writer) error {
	cfg.mustExist = true
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		day := r.Now().In(text.Tokyo())
		if o.Date != "" {
			var err error
			if day, err = text.ParseDate(o.Date); err != nil {
				return err
			}
		}
		if _, ok := r.Catalog.Edition(o.Edition); !ok {
			return fmt.Errorf("--edition %q: choose one of %s", o.Edition, strings.Join(editionIDs(r.Catalog), ", "))
		}
		f, err := r.facility(ctx, o.Facility)
		if err != nil {
			return err
		}
		return r.writePack(ctx, by, f, day, o, w)
	})
}

func editionIDs(c *catalog.Catalog) []string {
	var ids []string
	for _, e := range c.Editions() {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}

// PrintDescription prints the OpenAPI document; it needs no database.
func PrintDescription(version string, w io.Writer) error {
	texts, err := text.Load()
	if err != nil {
		return err
	}
	cat, err := catalog.Load(catalogdata.FS)
	if err != nil {
		return err
	}
	body, err := api.New(api.Deps{Text: texts, Catalog: cat, Now: time.Now, Version: version}).Description()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, body, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = out.WriteTo(w)
	return err
}

// packDeps is what making packs needs.
func (r *Rooms) packDeps() inspection.Deps {
	return inspection.Deps{DB: r.DB, Catalog: r.Catalog, Texts: r.Texts, Facility: r.Identity.FacilityByID, Now: r.Now}
}

// writePack makes the pack, stores it like one made in the page, and copies its
// ZIP to the file.
func (r *Rooms) writePack(ctx context.Context, by identity.Principal, f identity.Facility, day time.Time, o PackOptions, w io.Writer) error {
	p, err := inspection.Make(ctx, r.packDeps(), inspection.Request{Edition: o.Edition, FacilityID: f.ID, Date: day.Format(time.DateOnly), Lang: o.Language, By: audit.ActorOf(by)})
	if err != nil {
		return err
	}
	zip, err := p.Open(ctx, r.DB)
	if err != nil {
		return err
	}
	// O_EXCL would refuse the usual "make it again"; the pack itself is stored anyway.
	out, err := os.Create(o.File)
	if err != nil {
		return fmt.Errorf("write %s: %w (the pack is stored; download it from the page)", o.File, err)
	}
	if _, err := io.Copy(out, zip); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", o.File, err), out.Close())
	}
	if err := out.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: %d pages, manifest SHA-256 %s\n", o.File, p.Pages, p.ManifestSHA256)
	return err
}
