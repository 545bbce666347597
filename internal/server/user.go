package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// settingBaseURL keeps where people reach the server, so that commands beside it
// can write links. The server stores it at each start.
const settingBaseURL = "server.base_url"

// rememberBaseURL stores the address, when it changed.
func (s *Server) rememberBaseURL(ctx context.Context) error {
	have, _, err := store.Setting(ctx, s.DB, settingBaseURL)
	if err != nil || have == s.BaseURL.String() {
		return err
	}
	return s.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return store.SetSetting(ctx, tx, settingBaseURL, s.BaseURL.String(), store.MS(s.Now()))
	})
}

// CreateUser creates a person. With in, the password is its first line; without,
// a set-up link is printed on w, with which the person chooses one.
func CreateUser(ctx context.Context, cfg Config, version string, o GrantOptions, in io.Reader, w io.Writer) error {
	var password string
	if in != nil {
		var err error
		if password, err = passwordLine(in); err != nil {
			return err
		}
	}
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		grants, err := r.grants(ctx, o)
		if err != nil {
			return err
		}
		prepared, err := r.Identity.PrepareUser(ctx, by, identity.NewUser{Login: o.Name, Grants: grants, Password: password, ByLink: in == nil})
		if err != nil {
			return err
		}
		var code string
		err = audit.Do(ctx, r.DB, by, identity.UserManage, audit.Object{Kind: "user", Name: o.Name}, func(ctx context.Context, tx *store.Tx) (any, error) {
			u, err := r.Identity.CreateUser(ctx, tx, prepared)
			if err != nil {
				return nil, err
			}
			if in == nil {
				code, _, err = r.Identity.CreateSetupLink(ctx, tx, by, u.ID)
			}
			return audit.Made{Object: audit.Object{Kind: "user", ID: u.ID, Name: u.Login}, Detail: map[string]any{"grants": u.Grants, "by_link": in == nil}}, err
		})
		if err != nil {
			return err
		}
		if in == nil {
			return r.printLink(ctx, o.Name, code, w)
		}
		_, err = fmt.Fprintf(w, "user %s may sign in now\n", o.Name)
		return err
	})
}

func passwordLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password from standard input: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", errors.New("no password on standard input: pipe it in, for example from a password manager")
	}
	return password, nil
}

// LinkUser prints a set-up link for a person who is there already: for a forgotten
// password, also the last administrator's.
func LinkUser(ctx context.Context, cfg Config, version, login string, w io.Writer) error {
	cfg.mustExist = true
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		u, err := r.Identity.UserByLogin(ctx, r.DB, login)
		if err != nil {
			return err
		}
		var code string
		err = audit.Do(ctx, r.DB, by, identity.UserManage, audit.Object{Kind: "user", ID: u.ID, Name: u.Login}, func(ctx context.Context, tx *store.Tx) (any, error) {
			var link identity.SetupLink
			var err error
			code, link, err = r.Identity.CreateSetupLink(ctx, tx, by, u.ID)
			return map[string]any{"reset": "password", "setup_link": link.ID, "expires_ms": link.ExpiresMS}, err
		})
		if err != nil {
			return err
		}
		return r.printLink(ctx, u.Login, code, w)
	})
}

// printLink writes the address last, on a line of its own.
func (r *Rooms) printLink(ctx context.Context, login, code string, w io.Writer) error {
	base, ok, err := store.Setting(ctx, r.DB, settingBaseURL)
	if err != nil {
		return err
	}
	if !ok {
		base = "http://localhost:8787" // the default of --listen; no server has run on this database yet
	}
	_, err = fmt.Fprintf(w, "%s chooses a password by opening this address once, within %d hours:\n%s/welcome?code=%s\n",
		login, int(identity.SetupLinkLife.Hours()), strings.TrimSuffix(base, "/"), url.QueryEscape(code))
	return err
}
