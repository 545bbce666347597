package web

import (
	"context"
	"slices"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// userDo runs one change of another person's account with its audit entry. People
// change their own account in their settings, so that nobody locks themselves out.
func userDo(s *site, c *call, u identity.User, fn func(ctx context.Context, tx *store.Tx) (any, error)) error {
	if u.ID == c.who.ID {
		return fault.Forbidden("user.me.text")
	}
	return audit.Do(c.r.Context(), s.deps.DB, c.who, identity.UserManage, userObject(u), fn)
}

// userUpdate changes a person's name.
func userUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	u, err := userOne(s, c)
	if err != nil {
		return err
	}
	if err := c.mayChange(u); err != nil {
		return err
	}
	p := u.Preferences
	p.Name = c.value("name")
	err = userDo(s, c, u, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"name": p.Name, "before": u.Name}, s.deps.Identity.SetPreferences(ctx, tx, u.ID, p)
	})
	if err != nil {
		return userPage(c, u, err)
	}
	return c.done("/users/"+u.ID, "user.saved")
}

// mayChange: nobody changes the account of somebody with more rights.
func (c *call) mayChange(u identity.User) error {
	for _, g := range u.Grants {
		if !c.who.MayGrant(g) {
			return fault.Forbidden("identity.error.grant_beyond").WithHint("identity.error.not_allowed.hint")
		}
	}
	return nil
}

// userGrantAdd gives a person another role.
func userGrantAdd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	return changeGrants(s, c, "user.grant.added", func(now []identity.Grant) []identity.Grant {
		if g := grantInput(c); !slices.Contains(now, g) {
			return append(now, g)
		}
		return now
	})
}

// userGrantRemove takes a role away.
func userGrantRemove(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	return changeGrants(s, c, "user.grant.removed", func(now []identity.Grant) []identity.Grant {
		return slices.DeleteFunc(now, func(g identity.Grant) bool { return grantID(g) == c.value("grant") })
	})
}

// changeGrants reads the roles inside the transaction, so that two changes at one
// time do not undo each other.
func changeGrants(s *site, c *call, done string, next func([]identity.Grant) []identity.Grant) error {
	u, err := userOne(s, c)
	if err != nil {
		return err
	}
	err = userDo(s, c, u, func(ctx context.Context, tx *store.Tx) (any, error) {
		now, err := s.deps.Identity.UserByID(ctx, tx, u.ID)
		if err != nil {
			return nil, err
		}
		grants := next(slices.Clone(now.Grants))
		ended, err := s.deps.Identity.SetGrants(ctx, tx, c.who, u.ID, grants)
		return map[string]any{"before": now.Grants, "after": grants, "ended": ended}, err
	})
	if err != nil {
		return userPage(c, u, err)
	}
	return c.done("/users/"+u.ID, done)
}

// userDisable keeps a person out; userEnable lets them in again.
func userDisable(s *site, c *call) error { return setDisabled(s, c, true, "user.disabled") }

func userEnable(s *site, c *call) error { return setDisabled(s, c, false, "user.enabled") }

func setDisabled(s *site, c *call, disabled bool, done string) error {
	u, err := userOne(s, c)
	if err != nil {
		return err
	}
	err = userDo(s, c, u, func(ctx context.Context, tx *store.Tx) (any, error) {
		ended, err := s.deps.Identity.SetDisabled(ctx, tx, c.who, u.ID, disabled)
		return map[string]any{"disabled": disabled, "ended": ended}, err
	})
	if err != nil {
		return userPage(c, u, err)
	}
	return c.done("/users/"+u.ID, done)
}

// userSecondReset takes all second factors of somebody who lost them.
func userSecondReset(s *site, c *call) error {
	u, err := userOne(s, c)
	if err != nil {
		return err
	}
	err = userDo(s, c, u, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"removed": "second_factor"}, s.deps.Identity.ResetSecond(ctx, tx, c.who, u.ID)
	})
	if err != nil {
		return userPage(c, u, err)
	}
	return c.done("/users/"+u.ID, "user.second.reset.done")
}
