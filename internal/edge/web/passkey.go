package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// Passkeys need a script, so these routes speak JSON: options for the browser, then
// its answer. The state of a ceremony waits in the session and is used once.

// maxPasskeyBytes bounds the answer of a browser.
const maxPasskeyBytes = 64 << 10

// passkeyAnswer is what the script sends: where to go or how the key is called, and
// the browser's credential as it is.
type passkeyAnswer struct {
	Next       string          `json:"next"`
	Name       string          `json:"name"`
	Credential json.RawMessage `json:"credential"`
}

// json answers with one value.
func (c *call) json(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the reader may have gone
	return nil
}

// jsonFail answers a script with the sentence to show.
func (c *call) jsonFail(err error) error {
	f := fault.Of(err)
	status := fault.Status(f)
	if status >= http.StatusInternalServerError {
		c.logger().Error("passkey failed", "err", err)
	}
	return c.json(status, map[string]string{"error": c.text(f)})
}

// answer reads the body of a script.
func (c *call) answer() (passkeyAnswer, error) {
	var a passkeyAnswer
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxPasskeyBytes+1))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large) || len(body) > maxPasskeyBytes:
		return a, fault.TooLarge("problem.413.what")
	case err != nil:
		return a, fault.Invalid("problem.422.what").Because(err)
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fault.Invalid("problem.422.what").Because(err)
	}
	return a, nil
}

// passkeyLoginOptions starts a sign-in by passkey.
func passkeyLoginOptions(s *site, c *call) error {
	options, state, err := s.deps.Identity.BeginPasskeySignIn()
	if err != nil {
		return c.jsonFail(err)
	}
	s.sessions.PutCeremony(c.r.Context(), state)
	return c.json(http.StatusOK, json.RawMessage(options))
}

// passkeyLogin signs the owner of a passkey in.
func passkeyLogin(s *site, c *call) error {
	a, err := c.answer()
	if err != nil {
		return c.jsonFail(err)
	}
	state := s.sessions.TakeCeremony(c.r.Context())
	user, err := s.deps.Identity.FinishPasskeySignIn(c.r.Context(), state, a.Credential, c.address())
	if err != nil {
		return c.jsonFail(err)
	}
	if err := s.sessions.Start(c.r.Context(), user.ID, c.address(), c.r.UserAgent()); err != nil {
		return c.jsonFail(err)
	}
	return c.json(http.StatusOK, map[string]string{"next": local(a.Next)})
}

// passkeyAddOptions starts registering a passkey.
func passkeyAddOptions(s *site, c *call) error {
	options, state, err := s.deps.Identity.BeginPasskey(c.r.Context(), c.who.ID)
	if err != nil {
		return c.jsonFail(err)
	}
	s.sessions.PutCeremony(c.r.Context(), state)
	return c.json(http.StatusOK, json.RawMessage(options))
}

// passkeyAdd stores the passkey that the browser made.
func passkeyAdd(s *site, c *call) error {
	a, err := c.answer()
	if err != nil {
		return c.jsonFail(err)
	}
	state := s.sessions.TakeCeremony(c.r.Context())
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			key, err := s.deps.Identity.FinishPasskey(ctx, tx, c.who.ID, state, a.Name, a.Credential)
			return map[string]string{"passkey_added": key.Name}, err
		})
	if err != nil {
		return c.jsonFail(err)
	}
	c.flash("ok", c.tr.T("passkey.done"))
	return c.json(http.StatusOK, map[string]string{"next": "/profile"})
}

// passkeyRemove takes a passkey of the person away.
func passkeyRemove(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"passkey_removed": id}, s.deps.Identity.RemovePasskey(ctx, tx, c.who.ID, id)
		})
	if err != nil {
		return profilePage(s, c, err)
	}
	return c.done("/profile", "passkey.removed")
}

// self is the person as the object of an audit entry.
func (c *call) self() audit.Object {
	return audit.Object{Kind: "user", ID: c.visit.user.ID, Name: c.visit.user.Login}
}
