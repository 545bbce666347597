package api

import (
	"context"
	"encoding/pem"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerDevices() {
	handle(a, op{method: get, path: "/enroll-tokens", id: "listEnrollTokens", summary: "Enrolment tokens without their secrets, newest first", action: identity.DeviceRead}, a.listEnrollTokens)
	handle(a, op{method: post, path: "/enroll-tokens", id: "createEnrollToken", summary: "Issue an enrolment token for agents of a facility", action: identity.DeviceManage, status: 201,
		about: "The secret stands in `token` of this answer and nowhere else."}, a.createEnrollToken)
	handle(a, op{method: remove, path: "/enroll-tokens/{id}", id: "revokeEnrollToken", summary: "Revoke an enrolment token; devices it let in stay", action: identity.DeviceManage, status: 204}, a.revokeEnrollToken)
	handle(a, op{method: get, path: "/devices", id: "listDevices", summary: "Computers whose agents may report", action: identity.DeviceRead}, a.listDevices)
	handle(a, op{method: remove, path: "/devices/{id}", id: "revokeDevice", summary: "End a device's right to report; its key can never enrol again", action: identity.DeviceManage, status: 204,
		about: "Counts at once and on every server; its certificate is not taken any more."}, a.revokeDevice)
	handle(a, op{method: post, path: "/devices/{id}/takeover", id: "grantTakeover", summary: "Let a device that waits go on with the machine of another device", action: identity.DeviceManage, status: 204,
		about: "The machine was set up anew and has a new key. With its next report it goes on with the same asset, and the device before is revoked. To say no, revoke it."}, a.grantTakeover)
	handle(a, op{method: get, path: "/device-trust", id: "showDeviceTrust", summary: "What is asked of devices, and the authority that signs their certificates", action: identity.DeviceRead}, a.showDeviceTrust)
	handle(a, op{method: replace, path: "/device-trust", id: "setDeviceTrust", summary: "Demand certificates of devices, or not", action: identity.DeviceManage,
		about: "Counts for all facilities, so the right must have no limit."}, a.setDeviceTrust)
	handle(a, op{method: get, path: "/knocks", id: "listKnocks", summary: "Unknown devices that tried to report, last seen first", action: identity.DeviceRead,
		about: "They belong to no facility: only somebody whose right has no limit sees them."}, a.listKnocks)
}

// EnrollToken lets agents become known devices of a facility.
type EnrollToken struct {
	ID         string     `json:"id"`
	FacilityID string     `json:"facility_id"`
	Note       string     `json:"note"`
	MaxUses    int64      `json:"max_uses"`
	Uses       int64      `json:"uses"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  *time.Time `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
}

func enrollTokenOut(t identity.EnrollToken) EnrollToken {
	return EnrollToken{ID: t.ID, FacilityID: t.FacilityID, Note: t.Note, MaxUses: t.MaxUses, Uses: t.Uses, CreatedBy: t.CreatedBy,
		CreatedAt: moment(t.CreatedMS), ExpiresAt: moment(t.ExpiresMS), RevokedAt: moment(t.RevokedMS)}
}

func (a *API) listEnrollTokens(ctx context.Context, p identity.Principal, in *Searching) (*List[EnrollToken], error) {
	f, err := in.listing("enroll-tokens", p.Scope(identity.DeviceRead))
	if err != nil {
		return nil, err
	}
	list, next, total, err := a.Identity.EnrollTokens(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	return listOf(each(list, enrollTokenOut), seal("enroll-tokens", next), total), nil
}

type createEnrollTokenIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		Note       string `json:"note,omitempty" maxLength:"200"`
		MaxUses    int64  `json:"max_uses" minimum:"1" maximum:"100000"`
		ExpiresIn  string `json:"expires_in" maxLength:"20" example:"24h" doc:"Duration from now, at most a year: 24h, 720h."`
	}
}

// NewEnrollToken is an enrolment token with its secret, shown once.
type NewEnrollToken struct {
	EnrollToken
	Token string `json:"token" doc:"The secret. It is not shown again."`
}

// maxLife bounds tokens of both kinds.
const maxLife = 366 * 24 * time.Hour

// expiry reads a duration from now; empty gives 0.
func (a *API) expiry(in string) (int64, error) {
	if in == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(in)
	if err != nil || d < time.Minute || d > maxLife {
		return 0, fault.Invalid("api.error.expires_in").At("expires_in")
	}
	return store.MS(a.Now().Add(d)), nil
}

func (a *API) createEnrollToken(ctx context.Context, p identity.Principal, in *createEnrollTokenIn) (*One[NewEnrollToken], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.DeviceManage, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	expires, err := a.expiry(in.Body.ExpiresIn)
	if err != nil {
		return nil, err
	}
	t := identity.EnrollToken{FacilityID: f.ID, Note: in.Body.Note, MaxUses: in.Body.MaxUses, ExpiresMS: expires}
	var secret string
	err = audit.Do(ctx, a.DB, p, identity.DeviceManage, audit.Object{Kind: "enroll_token"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		var made identity.EnrollToken
		secret, made, err = a.Identity.CreateEnrollToken(ctx, tx, p, t)
		if err != nil {
			return nil, err
		}
		t = made
		return audit.Made{Object: audit.Object{Kind: "enroll_token", ID: t.ID, Name: t.Note, FacilityID: f.ID}, Detail: enrollTokenOut(t)}, nil
	})
	if err != nil {
		return nil, err
	}
	return one(NewEnrollToken{EnrollToken: enrollTokenOut(t), Token: secret}), nil
}

func (a *API) revokeEnrollToken(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	t, err := a.Identity.EnrollTokenByID(ctx, a.DB, in.ID)
	if err != nil {
		return nil, notFoundHere(err)
	}
	o := audit.Object{Kind: "enroll_token", ID: in.ID, Name: t.Note, FacilityID: t.FacilityID}
	if err := a.need(ctx, p, identity.DeviceRead, identity.DeviceManage, o, ""); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"revoked": true}, a.Identity.RevokeEnrollToken(ctx, tx, in.ID)
	})
	return &None{}, err
}

// Device is a computer whose agent may report.
type Device struct {
	ID         string     `json:"id"`
	FacilityID string     `json:"facility_id"`
	Name       string     `json:"name" doc:"Host name at enrolment."`
	EnrolledAt *time.Time `json:"enrolled_at"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	RevokedWhy string     `json:"revoked_why,omitempty" doc:"Why it was revoked, as somebody wrote it; \"replaced by …\" when another device went on with its machine."`
	LastSeenAt *time.Time `json:"last_seen_at,omitempty"`
	LastSeq    int64      `json:"last_seq" doc:"Highest report number taken."`

	Certificate       string     `json:"certificate,omitempty" doc:"Number of its newest certificate, hexadecimal; missing when it has none."`
	CertificateEndsAt *time.Time `json:"certificate_ends_at,omitempty"`

	WaitsFor      string     `json:"waits_for,omitempty" doc:"Device whose machine it wants to go on with: a person has to decide."`
	WaitsForAsset string     `json:"waits_for_asset,omitempty"`
	WaitsSince    *time.Time `json:"waits_since,omitempty"`
}

func deviceOut(d identity.Device) Device {
	out := Device{ID: d.ID, FacilityID: d.FacilityID, Name: d.Name, EnrolledAt: moment(d.EnrolledMS), RevokedAt: moment(d.RevokedMS), RevokedWhy: d.RevokedWhy,
		LastSeenAt: moment(d.LastSeenMS), LastSeq: d.LastSeq, Certificate: d.CertificateSerial, CertificateEndsAt: moment(d.CertificateEndMS)}
	if d.Takeover == identity.TakeoverWaits {
		out.WaitsFor, out.WaitsForAsset, out.WaitsSince = d.TakeoverOf, d.TakeoverAsset, moment(d.TakeoverMS)
	}
	return out
}

type listDevicesIn struct {
	Paging
	Q        string   `query:"q" maxLength:"200" doc:"In the name."`
	Facility []string `query:"facility,explode" maxItems:"100"`
}

// scopeAt narrows the area of a right to facilities that were asked for.
func (a *API) scopeAt(ctx context.Context, p identity.Principal, action identity.Action, asked []string) (identity.Scope, error) {
	if len(asked) == 0 {
		return p.Scope(action), nil
	}
	ids, err := a.facilities(ctx, p, action, asked)
	if err != nil {
		return identity.Scope{}, err
	}
	return identity.Scope{Places: each(ids, func(id string) identity.Place { return identity.Place{FacilityID: id} })}, nil
}

func (a *API) listDevices(ctx context.Context, p identity.Principal, in *listDevicesIn) (*List[Device], error) {
	scope, err := a.scopeAt(ctx, p, identity.DeviceRead, in.Facility)
	if err != nil {
		return nil, err
	}
	after, err := unseal("devices", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, next, total, err := a.Identity.Devices(ctx, a.DB, identity.DeviceFilter{Scope: scope, Text: in.Q, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, deviceOut), seal("devices", next), total), nil
}

type revokeDeviceIn struct {
	ByID
	Why string `query:"why" maxLength:"200" doc:"Reason, for whoever reads the list later."`
}

// deviceFor finds a device that p may change.
func (a *API) deviceFor(ctx context.Context, p identity.Principal, id string) (identity.Device, audit.Object, error) {
	d, err := a.Identity.DeviceByID(ctx, id)
	if err != nil && !fault.Is(err, fault.CodeForbidden) { // revoked before
		return d, audit.Object{}, notFoundHere(err)
	}
	o := audit.Object{Kind: "device", ID: d.ID, Name: d.Name, FacilityID: d.FacilityID}
	return d, o, a.need(ctx, p, identity.DeviceRead, identity.DeviceManage, o, "")
}

func (a *API) revokeDevice(ctx context.Context, p identity.Principal, in *revokeDeviceIn) (*None, error) {
	d, o, err := a.deviceFor(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"revoked": true, "why": in.Why}, a.Identity.RevokeDevice(ctx, tx, d.ID, in.Why)
	})
	return &None{}, err
}

func (a *API) grantTakeover(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	d, o, err := a.deviceFor(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"takeover": "granted", "of": d.TakeoverOf, "asset": d.TakeoverAsset}, a.Identity.GrantTakeOver(ctx, tx, d.ID, d.TakeoverAsset)
	})
	return &None{}, err
}

// DeviceTrust is what is asked of devices.
type DeviceTrust struct {
	CertificateRequired bool   `json:"certificate_required" doc:"Reports over the network need a device certificate."`
	Without             int    `json:"without_certificate" doc:"Devices that may report and hold no valid certificate: the demand shuts them out until they renew."`
	AuthorityPin        string `json:"authority_pin" doc:"SHA-256 of the authority's public key (SubjectPublicKeyInfo), hexadecimal."`
	Authority           string `json:"authority" doc:"The authority's certificate in PEM, for a proxy that checks the certificates of devices."`
}

func (a *API) showDeviceTrust(ctx context.Context, p identity.Principal, _ *struct{}) (*One[DeviceTrust], error) {
	authority, err := a.Identity.Authority(ctx)
	if err != nil {
		return nil, err
	}
	required, err := a.Identity.CertificateRequired(ctx)
	if err != nil {
		return nil, err
	}
	without, err := a.Identity.DevicesWithoutCertificate(ctx, a.DB, p.Scope(identity.DeviceRead))
	return one(DeviceTrust{CertificateRequired: required, Without: without, AuthorityPin: authority.KeyPin(),
		Authority: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate()}))}), err
}

type setDeviceTrustIn struct {
	Body struct {
		CertificateRequired bool `json:"certificate_required"`
	}
}

func (a *API) setDeviceTrust(ctx context.Context, p identity.Principal, in *setDeviceTrustIn) (*One[DeviceTrust], error) {
	if !p.CanEverywhere(identity.DeviceManage) {
		a.noteRefusal(ctx, p, identity.DeviceManage, audit.Object{Kind: "device_trust"})
		return nil, fault.Forbidden("identity.error.everywhere")
	}
	err := audit.Do(ctx, a.DB, p, identity.DeviceManage, audit.Object{Kind: "device_trust"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"certificate_required": in.Body.CertificateRequired}, a.Identity.SetCertificateRequired(ctx, tx, in.Body.CertificateRequired)
	})
	if err != nil {
		return nil, err
	}
	return a.showDeviceTrust(ctx, p, nil)
}

// Knock is an unknown device that tried to report.
type Knock struct {
	ID      string     `json:"id"`
	Address string     `json:"address"`
	Summary string     `json:"summary" doc:"What it says of itself."`
	Count   int64      `json:"count" doc:"At least this often."`
	FirstAt *time.Time `json:"first_at"`
	LastAt  *time.Time `json:"last_at"`
}

func (a *API) listKnocks(ctx context.Context, p identity.Principal, in *Paging) (*List[Knock], error) {
	var all []identity.Knock
	var err error
	if p.CanEverywhere(identity.DeviceRead) {
		if all, err = a.Identity.Knocks(ctx, a.DB); err != nil {
			return nil, err
		}
	}
	return window("knocks", each(all, func(k identity.Knock) Knock {
		return Knock{ID: k.ID, Address: k.Address, Summary: k.Summary, Count: k.Count, FirstAt: moment(k.FirstMS), LastAt: moment(k.LastMS)}
	}), *in, func(k Knock) string { return k.ID })
}
