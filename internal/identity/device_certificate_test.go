package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/authority"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// machine is a device under test with its key.
type machine struct {
	Device
	key ed25519.PrivateKey
	csr []byte
}

// enrol makes a device with a token for so many machines.
func (d *desk) enrol(facility string, uses int64) machine {
	d.t.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	m := machine{key: key}
	if m.csr, err = x509.CreateCertificateRequest(nil, &x509.CertificateRequest{}, key); err != nil {
		d.t.Fatal(err)
	}
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		secret, _, err := d.CreateEnrollToken(ctx, tx, System("test"), EnrollToken{FacilityID: facility, MaxUses: uses, ExpiresMS: store.MS(d.clock.now().Add(time.Hour))})
		if err != nil {
			return err
		}
		m.Device, err = d.Enroll(ctx, tx, Enrolling{Secret: secret, PublicKey: public, Name: "PC"})
		return err
	})
	return m
}

// issue asks for a certificate as the agent does.
func (d *desk) issue(m machine, afresh bool) (leaf *x509.Certificate, made bool, err error) {
	d.t.Helper()
	a, err := d.Authority(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	err = d.try(func(ctx context.Context, tx *store.Tx) error {
		var der []byte
		var err error
		if der, _, made, err = d.IssueCertificate(ctx, tx, a, m.ID, m.csr, afresh); err != nil {
			return err
		}
		leaf, err = x509.ParseCertificate(der)
		return err
	})
	return leaf, made, err
}

// check is what an edge does with a report's certificate.
func (d *desk) check(m machine, leaf *x509.Certificate) string {
	d.t.Helper()
	dev, err := d.DeviceByID(d.t.Context(), m.ID)
	if err == nil {
		err = d.CheckCertificate(d.t.Context(), dev, leaf)
	}
	if err == nil {
		return ""
	}
	key := fault.Of(err).Key
	return key[strings.LastIndexByte(key, '.')+1:]
}

func TestCertificateLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		m := d.enrol(d.facility("本院").ID, 10)
		first, made, err := d.issue(m, true)
		if err != nil || !made {
			t.Fatalf("made %v, err %v", made, err)
		}
		if again, made, err := d.issue(m, false); err != nil || made || !again.Equal(first) {
			t.Errorf("asked twice: made %v, err %v, want the same certificate", made, err)
		}
		if got := d.check(m, first); got != "" {
			t.Errorf("good certificate: %s", got)
		}
		d.clock.add(CertificateLife * 2 / 5)
		second, made, err := d.issue(m, false)
		if err != nil || !made || second.Equal(first) {
			t.Fatalf("renewal: made %v, err %v", made, err)
		}
		if got := d.check(m, first); got != "" {
			t.Errorf("the certificate in use ended before its successor was used: %s", got)
		}
		third, _, err := d.issue(m, true)
		if err != nil {
			t.Fatal(err)
		}
		if !third.Equal(second) { // fresh: the same one again
			t.Error("a fresh certificate was not given again")
		}
		if got := d.check(m, second); got != "" {
			t.Errorf("new certificate: %s", got)
		}
		if got := d.check(m, first); got != "certificate_replaced" {
			t.Errorf("replaced certificate: %q", got)
		}
		d.clock.add(CertificateLife + time.Second)
		if got := d.check(m, second); got != "certificate_expired" {
			t.Errorf("expired certificate: %q", got)
		}
		late, made, err := d.issue(m, false)
		if err != nil || !made || d.check(m, late) != "" {
			t.Errorf("late renewal: made %v, err %v", made, err)
		}
		d.clock.add(CertificateLife + certificateLate + time.Second)
		if _, _, err := d.issue(m, false); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("renewal long after the end: %v, want forbidden", err)
		}
		if _, made, err := d.issue(m, true); err != nil || !made {
			t.Errorf("after enrolling again: made %v, err %v", made, err)
		}
	})
}

func TestCertificateRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f := d.facility("本院").ID
		a, b := d.enrol(f, 10), d.enrol(f, 10)
		mine, _, err := d.issue(a, true)
		if err != nil {
			t.Fatal(err)
		}
		other, err := authority.New("another", d.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		forged := func(by *authority.Authority, id string, key ed25519.PublicKey, at time.Time) *x509.Certificate {
			l, err := by.Device(id, key, at, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			c, err := x509.ParseCertificate(l.DER)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		ours, err := d.Authority(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		public := ed25519.PublicKey(a.PublicKey)
		for name, c := range map[string]struct {
			leaf *x509.Certificate
			want string
		}{
			"good":                       {mine, ""},
			"foreign authority":          {forged(other, a.ID, public, d.clock.now()), "certificate_foreign"},
			"other device's name":        {forged(ours, b.ID, public, d.clock.now()), "certificate_device"},
			"other device's key":         {forged(ours, a.ID, b.PublicKey, d.clock.now()), "certificate_device"},
			"not valid yet":              {forged(ours, a.ID, public, d.clock.now().Add(2*time.Hour)), "certificate_early"},
			"expired":                    {forged(ours, a.ID, public, d.clock.now().Add(-3*time.Hour)), "certificate_expired"},
			"never given":                {forged(ours, a.ID, public, d.clock.now()), "certificate_replaced"},
			"the authority's own":        {ours.X509(), "certificate_foreign"},
			"another authority's, as CA": {other.X509(), "certificate_foreign"},
		} {
			got := d.check(a, c.leaf)
			if name == "the authority's own" && got == "certificate_device" {
				continue // either is a refusal
			}
			if got != c.want {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
		// Somebody else's proof of possession.
		stolen := a
		stolen.csr = b.csr
		if _, _, err := d.issue(stolen, true); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("request with another key: %v", err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RevokeDevice(ctx, tx, a.ID, "盗難") })
		if got := d.check(a, mine); got != "device_revoked" {
			t.Errorf("revoked: %q", got)
		}
		if _, _, err := d.issue(a, false); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("a revoked device renewed: %v", err)
		}
	})
}

// Several servers share one authority, also when they start at once.
func TestAuthorityIsShared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pins := make(chan string, 4)
		for range 4 {
			d := newDesk(t, db)
			go func() {
				a, err := d.Authority(context.Background())
				if err != nil {
					pins <- err.Error()
					return
				}
				pins <- a.KeyPin()
			}()
		}
		first := <-pins
		for range 3 {
			if pin := <-pins; pin != first || len(pin) != 64 {
				t.Errorf("got %s and %s", first, pin)
			}
		}
	})
}

func TestCertificateRequired(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, other := newDesk(t, db), newDesk(t, db)
		want := func(who *desk, want bool) {
			t.Helper()
			if got, err := who.CertificateRequired(t.Context()); err != nil || got != want {
				t.Errorf("got %v, %v", got, err)
			}
		}
		want(d, true)
		want(other, true)
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.SetCertificateRequired(ctx, tx, false) })
		want(d, false)
		other.clock.add(settingTrust)
		want(other, false)
		m := d.enrol(d.facility("本院").ID, 10)
		count := func(want int) {
			t.Helper()
			if n, err := d.DevicesWithoutCertificate(t.Context(), db, Scope{All: true}); err != nil || n != want {
				t.Errorf("%d devices without certificate (%v), want %d", n, err, want)
			}
		}
		count(1)
		if _, _, err := d.issue(m, true); err != nil {
			t.Fatal(err)
		}
		count(0)
		d.clock.add(CertificateLife + time.Second)
		count(1)
	})
}

func TestTakeover(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f := d.facility("本院").ID
		old, group, single := d.enrol(f, 10), d.enrol(f, 10), d.enrol(f, 1)
		take := func(m machine) (ended []Device, err error) {
			err = d.try(func(ctx context.Context, tx *store.Tx) error {
				ended, err = d.TakeOver(ctx, tx, m.Device, "asset-1", []string{old.ID, "not an id", store.NewID()})
				return err
			})
			return ended, err
		}
		if _, err := take(group); !fault.Is(err, fault.CodeForbidden) {
			t.Fatalf("a group token took over: %v", err)
		}
		ask := func(assetID string) (asked bool) {
			d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				asked, err = d.AskTakeOver(ctx, tx, group.ID, assetID, []string{old.ID})
				return err
			})
			return asked
		}
		if !ask("asset-0") || ask("asset-0") {
			t.Error("the question must be put once")
		}
		// asset-0 went into asset-1: the question follows at the next report.
		if !ask("asset-1") || ask("asset-1") {
			t.Error("the question about another asset must be put once")
		}
		waiting, err := d.WaitingTakeovers(t.Context(), db, Scope{All: true})
		if err != nil || len(waiting) != 1 || waiting[0].ID != group.ID || waiting[0].TakeoverOf != old.ID || waiting[0].TakeoverAsset != "asset-1" {
			t.Errorf("waiting: %+v, %v", waiting, err)
		}
		if got, _ := d.WaitingTakeovers(t.Context(), db, Scope{Places: []Place{{FacilityID: store.NewID()}}}); len(got) != 0 {
			t.Error("another facility sees it")
		}
		if _, err := d.DeviceByID(t.Context(), old.ID); err != nil {
			t.Errorf("the device before was ended by a question: %v", err)
		}
		grant := func() error {
			return d.try(func(ctx context.Context, tx *store.Tx) error { return d.GrantTakeOver(ctx, tx, group.ID, "asset-1") })
		}
		if err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.GrantTakeOver(ctx, tx, group.ID, "asset-2") }); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("granted for an asset that was not asked for: %v", err)
		}
		if err := grant(); err != nil {
			t.Fatal(err)
		}
		err = d.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := d.TakeOver(ctx, tx, group.Device, "asset-2", []string{old.ID})
			return err
		})
		if !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("a yes for one asset was used for another: %v", err)
		}
		if err := grant(); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("granted twice: %v", err)
		}
		if ended, err := take(group); err != nil || len(ended) != 1 || ended[0].ID != old.ID {
			t.Errorf("ended %v, %v", ended, err)
		}
		if _, err := d.DeviceByID(t.Context(), old.ID); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("the device before still reports: %v", err)
		}
		old = group
		if ended, err := take(single); err != nil || len(ended) != 1 {
			t.Errorf("a token for one machine: %v, %v", ended, err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.EndTakeOver(ctx, tx, single.ID) })
		old = d.enrol(f, 10)
		if _, err := take(single); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("a grant was used twice: %v", err)
		}
	})
}
