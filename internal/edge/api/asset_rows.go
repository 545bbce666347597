package api

import (
	"context"
	"fmt"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

func (a *API) registerAssetRows() {
	read := func(name, id, summary string) op {
		return op{method: get, path: "/assets/{id}/" + name, id: id, summary: summary, action: identity.AssetRead}
	}
	handle(a, read("software", "listAssetSoftware", "Installed programs"), a.assetSoftware)
	handle(a, read("accounts", "listAssetAccounts", "Local accounts"), a.assetAccounts)
	handle(a, read("interfaces", "listAssetInterfaces", "Network interfaces with addresses"), rows(a, "interfaces", network.Interfaces, interfaceOut, func(v network.Interface) string { return v.Source + "/" + v.Name }))
	handle(a, read("ports", "listAssetPorts", "Listening ports, exposed ones first"), rows(a, "ports", network.Ports, portOut, portKey))
	handle(a, read("equipment", "getAssetEquipment", "What an infrastructure device told of its ports, VLANs, parts, supplies and power"), a.assetParts)
	handle(a, read("volumes", "listAssetVolumes", "Volumes with their encryption"), rows(a, "volumes", asset.Volumes, volumeOut, func(v asset.Volume) string { return string(v.Source) + "/" + v.Mount }))
	handle(a, read("disks", "listAssetDisks", "Disks"), rows(a, "disks", asset.Disks, diskOut, func(v asset.Disk) string { return string(v.Source) + "/" + v.Name + "/" + v.Serial }))
	handle(a, read("services", "listAssetServices", "Background programs"), rows(a, "services", software.Services, serviceOut, func(v software.Service) string { return v.Source + "/" + v.Name }))
	handle(a, read("updates", "listAssetUpdates", "Updates that wait, those for security first"), rows(a, "updates", software.Updates, updateOut, func(v software.Pending) string { return v.Source + "/" + v.Name }))
	handle(a, read("safeguards", "listAssetSafeguards", "What protects the machine"), rows(a, "safeguards", software.Safeguards, safeguardOut, func(v software.Safeguard) string { return v.Source + "/" + v.Kind + "/" + v.Name }))
	handle(a, read("members", "listAssetMembers", "Devices of a medical information system"), a.assetMembers)
	handle(a, read("history", "listAssetHistory", "Every change that any source brought, newest first"), a.assetHistory)
}

// AssetRowsIn asks for rows that belong to one asset.
type AssetRowsIn struct {
	ByID
	Paging
	Moment
}

// lookUp checks an asset and reads the moment asked for.
func (a *API) lookUp(ctx context.Context, p identity.Principal, id string, q Moment) (row asset.Asset, atMS int64, err error) {
	if row, err = a.asset(ctx, p, identity.AssetRead, id); err != nil {
		return row, 0, err
	}
	if atMS, err = q.ms(translatorOf(ctx).Zone()); err != nil || atMS == 0 {
		return row, atMS, err
	}
	// Where the asset stood then counts as well.
	_, _, err = asset.AsOf(ctx, a.DB, scopeOf(p, identity.AssetRead), id, atMS)
	return row, atMS, err
}

// rows makes the handler of a list that a room gives whole.
func rows[R, T any](a *API, list string, read func(context.Context, store.Querier, string, int64) ([]R, error), out func(R) T, key func(R) string) func(context.Context, identity.Principal, *AssetRowsIn) (*List[T], error) {
	return func(ctx context.Context, p identity.Principal, in *AssetRowsIn) (*List[T], error) {
		_, atMS, err := a.lookUp(ctx, p, in.ID, in.Moment)
		if err != nil {
			return nil, err
		}
		all, err := read(ctx, a.DB, in.ID, atMS)
		if err != nil {
			return nil, err
		}
		page, err := window(list, all, in.Paging, key)
		if err != nil {
			return nil, err
		}
		return listOf(each(page.Body.Items, out), page.Body.Next, page.Body.Total), nil
	}
}

// Program is a program on a machine.
type Program struct {
	Source      string     `json:"source"`
	Kind        string     `json:"kind" doc:"dpkg, rpm, registry …"`
	Name        string     `json:"name"`
	Version     string     `json:"version"`
	Publisher   string     `json:"publisher"`
	Arch        string     `json:"arch"`
	Origin      string     `json:"origin,omitempty" doc:"Source package, when it differs from the name."`
	InstalledOn string     `json:"installed_on,omitempty" doc:"Day, as the system says."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
	PURL        string     `json:"purl,omitempty" doc:"Package URL; of software bills of materials, as the fields that follow."`
	CPE         string     `json:"cpe,omitempty"`
	Licence     string     `json:"licence,omitempty" doc:"SPDX expression, or names."`
	Hashes      string     `json:"hashes,omitempty" doc:"algorithm:value, several with a blank between."`
}

type assetSoftwareIn struct {
	AssetRowsIn
	Q string `query:"q" maxLength:"500" doc:"In name, version or publisher."`
}

func (a *API) assetSoftware(ctx context.Context, p identity.Principal, in *assetSoftwareIn) (*List[Program], error) {
	_, atMS, err := a.lookUp(ctx, p, in.ID, in.Moment)
	if err != nil {
		return nil, err
	}
	after, err := unseal("software", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := software.ListByAsset(ctx, a.DB, software.InstallFilter{AssetID: in.ID, Text: in.Q, AtMS: atMS, Page: software.Page{After: after, Limit: in.Limit}})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, func(v software.Install) Program {
		c := software.Component{}
		if v.Component != nil {
			c = *v.Component
		}
		return Program{PURL: c.PURL, CPE: c.CPE, Licence: c.Licence, Hashes: c.Hashes, Source: v.Source, Kind: v.Kind, Name: v.Name, Version: v.Version, Publisher: v.Publisher, Arch: v.Arch, Origin: v.Origin,
			InstalledOn: v.InstalledOn, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
	}), seal("software", next), int(total)), nil
}

// Account is a local account of a machine.
type Account struct {
	Source        string     `json:"source"`
	Name          string     `json:"name"`
	SystemID      string     `json:"system_id" doc:"uid or SID."`
	FullName      string     `json:"full_name"`
	Enabled       bool       `json:"enabled"`
	Locked        bool       `json:"locked"`
	Privileged    bool       `json:"privileged"`
	Why           string     `json:"privileged_why,omitempty"`
	Interactive   bool       `json:"interactive" doc:"May log on at all."`
	Groups        []string   `json:"groups"`
	PasswordSetAt *time.Time `json:"password_set_at,omitempty"`
	PasswordNever bool       `json:"password_never_expires"`
	NoPassword    bool       `json:"no_password" doc:"Can log on without one."`
	LastLogin     string     `json:"last_login" enum:"at,never,unknown" doc:"What is known; at = see last_login_at."`
	LastLoginAt   *time.Time `json:"last_login_at,omitempty"`
	OwnerKind     string     `json:"owner_kind,omitempty" doc:"staff, vendor, shared or system; absent when nobody has said."`
	OwnerStaffID  string     `json:"owner_staff_id,omitempty"`
	OwnerVendorID string     `json:"owner_vendor_id,omitempty"`
	OwnerNote     string     `json:"owner_note,omitempty"`
	FirstSeenAt   *time.Time `json:"first_seen_at"`
	GoneAt        *time.Time `json:"gone_at,omitempty"`
}

func accountOut(v account.Account) Account {
	return Account{Source: v.Source, Name: v.Name, SystemID: v.SystemID, FullName: v.FullName, Enabled: v.Enabled, Locked: v.Locked, Privileged: v.Privileged,
		Why: v.Why, Interactive: v.Interactive, Groups: full(v.Groups), PasswordSetAt: moment(v.PasswordSetMS), PasswordNever: v.PasswordNever, NoPassword: v.NoPassword,
		LastLogin: string(v.Login), LastLoginAt: moment(v.LastLoginMS), OwnerKind: string(v.Owner.Kind), OwnerStaffID: v.Owner.StaffID, OwnerVendorID: v.Owner.VendorID,
		OwnerNote: v.Owner.Note, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

type assetAccountsIn struct {
	AssetRowsIn
	Q          string `query:"q" maxLength:"500" doc:"In name or full name."`
	Privileged bool   `query:"privileged" doc:"Only these."`
	Enabled    bool   `query:"enabled" doc:"Only these."`
}

func (a *API) assetAccounts(ctx context.Context, p identity.Principal, in *assetAccountsIn) (*List[Account], error) {
	_, atMS, err := a.lookUp(ctx, p, in.ID, in.Moment)
	if err != nil {
		return nil, err
	}
	after, err := unseal("accounts", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := account.List(ctx, a.DB, account.Filter{AssetID: in.ID, Text: in.Q, Privileged: in.Privileged, Enabled: in.Enabled, AtMS: atMS, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, accountOut), seal("accounts", next), int(total)), nil
}

// Interface is a network interface.
type Interface struct {
	Source      string     `json:"source"`
	Name        string     `json:"name"`
	MAC         string     `json:"mac"`
	Kind        string     `json:"kind"`
	Up          bool       `json:"up" doc:"When last reported."`
	SpeedMbps   int64      `json:"speed_mbps,omitempty"`
	Addresses   []string   `json:"addresses" doc:"With the length of their network: 192.0.2.7/24."`
	Gateway     string     `json:"gateway,omitempty"`
	DNS         []string   `json:"dns"`
	DHCP        *bool      `json:"dhcp,omitempty" doc:"Absent when the source cannot tell."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func interfaceOut(v network.Interface) Interface {
	return Interface{Source: v.Source, Name: v.Name, MAC: v.MAC, Kind: v.Kind, Up: v.Up, SpeedMbps: v.SpeedMbps, Addresses: full(v.Addresses), Gateway: v.Gateway,
		DNS: full(v.DNS), DHCP: v.DHCP, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

// Port is a socket that listens.
type Port struct {
	Source      string     `json:"source"`
	Protocol    string     `json:"protocol"`
	Address     string     `json:"address"`
	Number      int        `json:"number"`
	Process     string     `json:"process"`
	Path        string     `json:"path,omitempty"`
	RunAs       string     `json:"run_as,omitempty"`
	Exposed     bool       `json:"exposed" doc:"Can be reached from beyond the machine."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func portOut(v network.Port) Port {
	return Port{Source: v.Source, Protocol: v.Protocol, Address: v.Address, Number: v.Number, Process: v.Process, Path: v.Path, RunAs: v.RunAs, Exposed: v.Exposed,
		FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func portKey(v network.Port) string {
	return fmt.Sprintf("%s/%s/%s/%d/%s", v.Source, v.Protocol, v.Address, v.Number, v.Process)
}

// Volume is a mounted file system.
type Volume struct {
	Source      asset.Source     `json:"source"`
	Mount       string           `json:"mount"`
	Device      string           `json:"device"`
	FileSystem  string           `json:"file_system"`
	SizeBytes   int64            `json:"size_bytes"`
	FreeBytes   int64            `json:"free_bytes"`
	Encryption  asset.Encryption `json:"encryption" enum:"on,off,unknown"`
	Method      string           `json:"method,omitempty" doc:"luks2, bitlocker …"`
	FirstSeenAt *time.Time       `json:"first_seen_at"`
	GoneAt      *time.Time       `json:"gone_at,omitempty"`
}

func volumeOut(v asset.Volume) Volume {
	return Volume{Source: v.Source, Mount: v.Mount, Device: v.Device, FileSystem: v.FileSystem, SizeBytes: v.SizeBytes, FreeBytes: v.FreeBytes, Encryption: v.Encryption,
		Method: v.Method, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

// Disk is a drive.
type Disk struct {
	Source      asset.Source `json:"source"`
	Name        string       `json:"name"`
	Model       string       `json:"model"`
	Serial      string       `json:"serial"`
	Kind        string       `json:"kind"`
	Bus         string       `json:"bus"`
	SizeBytes   int64        `json:"size_bytes"`
	Health      string       `json:"health"`
	FirstSeenAt *time.Time   `json:"first_seen_at"`
	GoneAt      *time.Time   `json:"gone_at,omitempty"`
}

func diskOut(v asset.Disk) Disk {
	return Disk{Source: v.Source, Name: v.Name, Model: v.Model, Serial: v.Serial, Kind: v.Kind, Bus: v.Bus, SizeBytes: v.SizeBytes, Health: v.Health,
		FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

// Service is a background program.
type Service struct {
	Source      string     `json:"source"`
	Name        string     `json:"name"`
	Title       string     `json:"title,omitempty"`
	Start       string     `json:"start" doc:"auto, manual, disabled or other."`
	Running     bool       `json:"running" doc:"When last reported."`
	Path        string     `json:"path,omitempty"`
	RunAs       string     `json:"run_as,omitempty"`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func serviceOut(v software.Service) Service {
	return Service{Source: v.Source, Name: v.Name, Title: v.Title, Start: v.Start, Running: v.Running, Path: v.Path, RunAs: v.RunAs, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

// Update is an update that waits.
type Update struct {
	Source       string     `json:"source"`
	Name         string     `json:"name"`
	Have         string     `json:"have" doc:"Installed version."`
	Offered      string     `json:"offered"`
	Security     bool       `json:"security"`
	Severity     string     `json:"severity,omitempty"`
	WaitingSince *time.Time `json:"waiting_since"`
	GoneAt       *time.Time `json:"gone_at,omitempty"`
}

func updateOut(v software.Pending) Update {
	return Update{Source: v.Source, Name: v.Name, Have: v.Have, Offered: v.Offered, Security: v.Security, Severity: v.Severity, WaitingSince: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

// Safeguard is one thing that protects a machine, or weakens it.
type Safeguard struct {
	Source      string     `json:"source"`
	Kind        string     `json:"kind" doc:"firewall, time_sync, auto_updates, screen_lock, protection, log or remote."`
	Name        string     `json:"name"`
	State       string     `json:"state" enum:"on,off,unknown"`
	Detail      string     `json:"detail,omitempty"`
	Version     string     `json:"version,omitempty"`
	AsOf        string     `json:"as_of,omitempty" doc:"Day of the pattern file."`
	KeepDays    int64      `json:"keep_days,omitempty" doc:"Logs: as configured."`
	MaxBytes    int64      `json:"max_bytes,omitempty" doc:"Logs: as configured."`
	OldestAt    *time.Time `json:"oldest_at,omitempty" doc:"Logs: oldest record."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func safeguardOut(v software.Safeguard) Safeguard {
	return Safeguard{Source: v.Source, Kind: v.Kind, Name: v.Name, State: v.State, Detail: v.Detail, Version: v.Version, AsOf: v.AsOf, KeepDays: v.KeepDays,
		MaxBytes: v.MaxBytes, OldestAt: moment(v.OldestMS), FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func (a *API) assetMembers(ctx context.Context, p identity.Principal, in *AssetRowsIn) (*List[Membership], error) {
	_, atMS, err := a.lookUp(ctx, p, in.ID, in.Moment)
	if err != nil {
		return nil, err
	}
	all, err := asset.MembersOf(ctx, a.DB, scopeOf(p, identity.AssetRead), in.ID, atMS)
	if err != nil {
		return nil, err
	}
	return window("members", each(all, func(m asset.Member) Membership { return membershipOut(m, m.DeviceID) }), in.Paging, func(m Membership) string { return m.ID })
}

// Change is one field of an asset that a source said anew or stopped saying.
type Change struct {
	At     *time.Time   `json:"at"`
	Field  asset.Field  `json:"field"`
	Old    string       `json:"old" doc:"Empty = nothing before."`
	New    string       `json:"new" doc:"Empty = the source stopped saying so."`
	Source asset.Source `json:"source"`
	By     string       `json:"by,omitempty" doc:"Who entered it, took it away or settled it, when a person did."`
	// Settled changes no value.
	Settled bool `json:"settled,omitempty" doc:"No value changed: a person settled that new, the value shown, stands although the source says old."`
}

type assetHistoryIn struct {
	ByID
	Paging
}

func (a *API) assetHistory(ctx context.Context, p identity.Principal, in *assetHistoryIn) (*List[Change], error) {
	if _, err := a.asset(ctx, p, identity.AssetRead, in.ID); err != nil {
		return nil, err
	}
	page, err := asset.History(ctx, a.DB, in.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	total, err := asset.HistoryCount(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return listOf(each(page.Items, func(c asset.Change) Change {
		return Change{At: moment(c.AtMS), Field: c.Field, Old: c.Old, New: c.New, Source: c.Source, By: c.By, Settled: c.Settled}
	}), page.Next, total), nil
}
