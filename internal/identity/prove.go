package identity

import (
	"context"
	"errors"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Prove checks the password, or a code of the generator, of somebody who is signed
// in already: before they change what guards an account. One of the two is enough;
// the password counts when both are given. Wrong ones count like failed sign-ins.
// The caller notes success with Sessions.Prove.
func (r *Registry) Prove(ctx context.Context, u User, password, code, address string) error {
	how := "password"
	var err error
	if password != "" || code == "" {
		_, err = r.checkSecret(ctx, u.Login, password, address)
	} else {
		how = "totp"
		err = r.proveTOTP(ctx, u, code, address)
	}
	if err != nil {
		return err
	}
	return r.proved(ctx, u, how, address)
}

func (r *Registry) proveTOTP(ctx context.Context, u User, code, address string) error {
	own, from := subjectSecond(u.ID), subjectsAddress(address)
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return r.attempt(ctx, tx, append([]subject{own}, from...)...)
	})
	if err != nil {
		return err
	}
	var ok bool
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if ok, err = r.useTOTP(ctx, tx, u.ID, code); err != nil {
			return err
		}
		if !ok {
			return r.refused(ctx, tx, u.Login, address, "second")
		}
		return r.forgive(ctx, tx, own, from)
	})
	if err == nil && !ok {
		err = fault.New(fault.CodeUnauthenticated, "identity.error.wrong_code").WithHint("identity.error.wrong_code.hint")
	}
	return err
}

// ProvePasskey is Prove with the answer to a ceremony that BeginPasskeySignIn
// began. The key must be the person's own.
func (r *Registry) ProvePasskey(ctx context.Context, u User, state string, answer []byte, address string) error {
	owner, err := r.checkPasskey(ctx, state, answer, address, func(ctx context.Context, tx *store.Tx, owner User) error {
		if owner.ID != u.ID {
			return wrongPasskey(errors.New("somebody else's key"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.proved(ctx, owner, "passkey", address)
}

func (r *Registry) proved(ctx context.Context, u User, how, address string) error {
	return r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: EventProved, UserID: u.ID, Login: u.Login, Address: address, Detail: map[string]string{"how": how}})
	})
}
