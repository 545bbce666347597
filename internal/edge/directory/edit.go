package directory

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// purpose is what the password is sealed for.
const purpose = "directory"

// clean checks what a person entered and brings it into one form.
func (s *Source) clean() error {
	for _, t := range []struct {
		place string
		value *string
		must  bool
		most  int
	}{{"name", &s.Name, true, 100}, {"address", &s.Address, true, 300}, {"base_dn", &s.BaseDN, true, 1000}, {"bind_name", &s.BindName, true, 500},
		{"ca_pem", &s.CAPEM, false, 64 << 10}, {"pin", &s.Pin, false, 200}} {
		*t.value = strings.TrimSpace(*t.value)
		switch {
		case t.must && *t.value == "":
			return fault.Invalid("form.error.empty").At(t.place)
		case utf8.RuneCountInString(*t.value) > t.most || !utf8.ValidString(*t.value) || strings.ContainsRune(*t.value, 0):
			return fault.Invalid("directory.error.text", "Max", strconv.Itoa(t.most)).At(t.place)
		}
	}
	if s.Minutes < leastMinutes || s.Minutes > mostMinutes {
		return fault.Invalid("form.error.number", "Min", leastMinutes, "Max", mostMinutes).At("every_minutes")
	}
	if _, err := ldap.ParseDN(s.BaseDN); err != nil {
		return fault.Invalid("directory.error.base_form").At("base_dn")
	}
	if s.CAPEM != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CAPEM)) {
		return fault.Invalid("directory.error.ca_form").At("ca_pem")
	}
	s.Pin = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s.Pin))
	if b, err := hex.DecodeString(s.Pin); err != nil || s.Pin != "" && len(b) != 32 {
		return fault.Invalid("directory.error.pin_form").At("pin")
	}
	return s.cleanAddress()
}

// cleanAddress takes host, host:port or ldaps://host:port. ldap:// is refused: it
// would send the password in the clear.
func (s *Source) cleanAddress() error {
	a := strings.TrimSuffix(s.Address, "/")
	if scheme, rest, ok := strings.Cut(a, "://"); ok {
		if !strings.EqualFold(scheme, "ldaps") {
			return fault.Invalid("directory.error.plain").At("address")
		}
		a = rest
	}
	host, port, err := net.SplitHostPort(a)
	if err != nil {
		host, port = strings.Trim(a, "[]"), "636" // RFC 4516 leaves it open; IANA: ldaps
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.ContainsAny(host, "/@?# \\") {
		return fault.Invalid("directory.error.address_form").At("address")
	}
	s.Address = net.JoinHostPort(host, port)
	return nil
}

// Create adds a directory with the password of its reading account, which is sealed
// and never given back. ID, revision and times are filled in. Errors: invalid with
// the place.
func (d *Directory) Create(ctx context.Context, tx *store.Tx, s Source, password string) (Source, error) {
	if err := s.clean(); err != nil {
		return s, err
	}
	if err := d.sealPassword(&s, password); err != nil {
		return s, err
	}
	now := d.nowMS()
	s.ID, s.Revision, s.CreatedMS, s.UpdatedMS, s.State = store.NewID(), 1, now, now, State{}
	_, err := tx.Exec(ctx, `INSERT INTO directory_source (id, facility_id, name, address, base_dn, bind_name, secret, ca_pem, pin, every_minutes, paused, revision, created_ms, updated_ms,
		job_id, tried_ms, good_ms, full_ms, failing_ms, problem, server_key, usn, computers, accounts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, '', 0, 0, 0, 0, '', '', 0, 0, 0)`,
		s.ID, s.FacilityID, s.Name, s.Address, s.BaseDN, s.BindName, s.secret, s.CAPEM, s.Pin, s.Minutes, s.Paused, now, now)
	if err != nil {
		return s, fmt.Errorf("store directory %s: %w", s.Name, err)
	}
	return s, nil
}

func (d *Directory) sealPassword(s *Source, password string) (err error) {
	if password == "" {
		return fault.Invalid("form.error.empty").At("password")
	}
	if len(password) > 1000 || !utf8.ValidString(password) || strings.ContainsRune(password, 0) {
		return fault.Invalid("directory.error.text", "Max", "1000").At("password")
	}
	s.secret, err = d.deps.Seal.Seal(purpose, []byte(password))
	return err
}

// Update changes a directory; s.Revision is the one that was seen. An empty password
// keeps the stored one, but not when the address, or what proves the server, changes:
// else whoever may change the address could have the password sent to a server of
// their own. Errors: invalid, conflict, not found.
func (d *Directory) Update(ctx context.Context, tx *store.Tx, s Source, password string) (Source, error) {
	old, err := byID(ctx, tx, s.ID)
	if err != nil {
		return s, err
	}
	s.FacilityID, s.CreatedMS, s.State, s.secret = old.FacilityID, old.CreatedMS, old.State, old.secret
	if err := s.clean(); err != nil {
		return s, err
	}
	elsewhere := s.Address != old.Address || s.CAPEM != old.CAPEM || s.Pin != old.Pin || s.BindName != old.BindName
	if password == "" && elsewhere {
		return s, fault.Invalid("directory.error.password_again").At("password")
	}
	if password != "" {
		if err := d.sealPassword(&s, password); err != nil {
			return s, err
		}
	}
	if elsewhere || s.BaseDN != old.BaseDN {
		s.State.serverKey, s.State.usn = "", 0 // read everything
	}
	seen := s.Revision
	s.Revision, s.UpdatedMS = seen+1, d.nowMS()
	res, err := tx.Exec(ctx, `UPDATE directory_source SET name = $1, address = $2, base_dn = $3, bind_name = $4, secret = $5, ca_pem = $6, pin = $7, every_minutes = $8, paused = $9,
		revision = $10, updated_ms = $11, server_key = $12, usn = $13 WHERE id = $14 AND revision = $15`,
		s.Name, s.Address, s.BaseDN, s.BindName, s.secret, s.CAPEM, s.Pin, s.Minutes, s.Paused, s.Revision, s.UpdatedMS, s.State.serverKey, s.State.usn, s.ID, seen)
	if err != nil {
		return s, fmt.Errorf("change directory %s: %w", s.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return s, fault.Conflict("directory.error.changed_meanwhile").Because(err)
	}
	return s, nil
}

// Password opens the stored password for a reading.
func (d *Directory) password(s Source) (string, error) {
	plain, err := d.deps.Seal.Unseal(purpose, s.secret)
	if err != nil {
		return "", fault.New(fault.CodeUnavailable, "directory.error.sealed").Because(err)
	}
	return string(plain), nil
}
