package api

import (
	"fmt"
	"time"

	"sonae/internal/identity"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// registerAssetSetup is what a machine says about its set-up and surroundings.
func (a *API) registerAssetSetup() {
	read := func(name, id, summary string) op {
		return op{method: get, path: "/assets/{id}/" + name, id: id, summary: summary, action: identity.AssetRead}
	}
	handle(a, read("switched-off", "listAssetSwitchedOff", "What was switched off on purpose"), rows(a, "switched-off", software.AllSwitchedOff, switchedOffOut, switchedOffKey))
	handle(a, read("settings", "listAssetSettings", "How the machine is set up against attack"), rows(a, "settings", software.Settings, settingOut, settingKey))
	handle(a, read("backups", "listAssetBackups", "Backup software with its last runs"), rows(a, "backups", software.Backups, backupOut, backupKey))
	handle(a, read("printers", "listAssetPrinters", "Printers"), rows(a, "printers", asset.Printers, printerOut, printerKey))
	handle(a, read("monitors", "listAssetMonitors", "Monitors"), rows(a, "monitors", asset.Monitors, monitorOut, monitorKey))
	handle(a, read("usb-storage", "listAssetUSBStorage", "USB storage the machine remembers"), rows(a, "usb-storage", asset.AllUSBStorage, usbStorageOut, usbStorageKey))
	handle(a, read("memory-modules", "listAssetMemoryModules", "Memory modules"), rows(a, "memory-modules", asset.MemoryModules, memoryModuleOut, memoryModuleKey))
	handle(a, read("extensions", "listAssetExtensions", "Extensions of browsers"), rows(a, "extensions", software.Extensions, extensionOut, extensionKey))
	handle(a, read("startup", "listAssetStartup", "What starts by itself"), rows(a, "startup", software.StartupItems, startupItemOut, startupItemKey))
	handle(a, read("groups", "listAssetGroups", "Local groups, privileged ones first"), rows(a, "groups", account.Groups, localGroupOut, localGroupKey))
	handle(a, read("patches", "listAssetPatches", "Installed updates, newest first"), rows(a, "patches", software.Patches, patchOut, patchKey))
	handle(a, read("update-runs", "listAssetUpdateRuns", "Attempts to update that the machine remembers, newest first"), rows(a, "update-runs", software.UpdateRuns, updateRunOut, updateRunKey))
}

// SwitchedOff is a protection that somebody turned off.
type SwitchedOff struct {
	Source      string     `json:"source"`
	What        string     `json:"what" doc:"auto_updates, malware_protection, real_time_protection, firewall, screen_lock, audit, event_log, time_sync, backup, access_control, user_account_control, secure_boot or other."`
	Name        string     `json:"name,omitempty" doc:"Product, profile or unit."`
	By          string     `json:"by" doc:"policy, service, masked, setting or boot."`
	Since       *time.Time `json:"since,omitempty" doc:"Last change of the setting; absent when not known."`
	Evidence    string     `json:"evidence" doc:"Registry path or file."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func switchedOffOut(v software.SwitchedOff) SwitchedOff {
	return SwitchedOff{Source: v.Source, What: v.What, Name: v.Name, By: v.By, Since: moment(v.SinceMS), Evidence: v.Evidence, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func switchedOffKey(v software.SwitchedOff) string {
	return v.Source + "/" + v.What + "/" + v.By + "/" + v.Name
}

// Setting is one answer about how a machine is set up.
type Setting struct {
	Source      string     `json:"source"`
	Kind        string     `json:"kind" doc:"smb1_server, remote_desktop, password_policy …"`
	Subject     string     `json:"subject,omitempty" doc:"User or profile; absent: the machine."`
	Item        string     `json:"item,omitempty" doc:"min_length, nla …; absent: the setting itself."`
	Value       string     `json:"value" doc:"on, off, unknown, a number, or words."`
	Evidence    string     `json:"evidence,omitempty" doc:"Registry path or file."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func settingOut(v software.Setting) Setting {
	return Setting{Source: v.Source, Kind: v.Kind, Subject: v.Subject, Item: v.Item, Value: v.Value, Evidence: v.Evidence, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func settingKey(v software.Setting) string {
	return v.Source + "/" + v.Kind + "/" + v.Item + "/" + v.Subject
}

// Backup is a program that makes copies.
type Backup struct {
	Source      string     `json:"source"`
	Product     string     `json:"product"`
	Job         string     `json:"job,omitempty"`
	Target      string     `json:"target,omitempty" doc:"local, removable, network, cloud, tape or unknown."`
	LastOKAt    *time.Time `json:"last_ok_at,omitempty" doc:"Last success; absent: none, or not known."`
	LastTriedAt *time.Time `json:"last_tried_at,omitempty" doc:"Last run however it ended."`
	Evidence    string     `json:"evidence,omitempty" doc:"Where it was read."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func backupOut(v software.Backup) Backup {
	return Backup{Source: v.Source, Product: v.Product, Job: v.Job, Target: v.Target, LastOKAt: moment(v.LastOKMS), LastTriedAt: moment(v.LastTriedMS), Evidence: v.Evidence, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func backupKey(v software.Backup) string { return v.Source + "/" + v.Product + "/" + v.Job }

// Printer is a print queue.
type Printer struct {
	Source      asset.Source `json:"source"`
	Name        string       `json:"name"`
	Driver      string       `json:"driver,omitempty"`
	Port        string       `json:"port,omitempty"`
	Address     string       `json:"address,omitempty" doc:"Host name or address of a network printer."`
	Default     bool         `json:"default"`
	Shared      bool         `json:"shared" doc:"Offered to other machines."`
	FirstSeenAt *time.Time   `json:"first_seen_at"`
	GoneAt      *time.Time   `json:"gone_at,omitempty"`
}

func printerOut(v asset.Printer) Printer {
	return Printer{Source: v.Source, Name: v.Name, Driver: v.Driver, Port: v.Port, Address: v.Address, Default: v.Default, Shared: v.Shared, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func printerKey(v asset.Printer) string { return string(v.Source) + "/" + v.Name }

// Monitor is a display.
type Monitor struct {
	Source      asset.Source `json:"source"`
	Maker       string       `json:"maker,omitempty"`
	Model       string       `json:"model,omitempty"`
	Serial      string       `json:"serial,omitempty"`
	MadeYear    int64        `json:"made_year,omitempty"`
	Port        string       `json:"port,omitempty"`
	FirstSeenAt *time.Time   `json:"first_seen_at"`
	GoneAt      *time.Time   `json:"gone_at,omitempty"`
}

func monitorOut(v asset.Monitor) Monitor {
	return Monitor{Source: v.Source, Maker: v.Maker, Model: v.Model, Serial: v.Serial, MadeYear: v.MadeYear, Port: v.Port, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func monitorKey(v asset.Monitor) string {
	return string(v.Source) + "/" + v.Maker + "/" + v.Model + "/" + v.Serial + "/" + v.Port
}

// USBStorage is a storage device that was connected by USB.
type USBStorage struct {
	Source      asset.Source `json:"source"`
	Kind        string       `json:"kind" doc:"disk, optical, floppy, portable, reader or other."`
	Vendor      string       `json:"vendor,omitempty"`
	Product     string       `json:"product,omitempty"`
	Serial      string       `json:"serial,omitempty"`
	VendorID    string       `json:"vendor_id,omitempty" doc:"Four hex digits."`
	ProductID   string       `json:"product_id,omitempty" doc:"Four hex digits."`
	FirstSeen   string       `json:"first_seen,omitempty" doc:"Day, by the machine's own record."`
	LastSeen    string       `json:"last_seen,omitempty" doc:"Day, by the machine's own record."`
	Connected   bool         `json:"connected" doc:"When last reported."`
	FirstSeenAt *time.Time   `json:"first_seen_at"`
	GoneAt      *time.Time   `json:"gone_at,omitempty"`
}

func usbStorageOut(v asset.USBStorage) USBStorage {
	return USBStorage{Source: v.Source, Kind: v.Kind, Vendor: v.Vendor, Product: v.Product, Serial: v.Serial, VendorID: v.VendorID, ProductID: v.ProductID, FirstSeen: v.FirstSeen, LastSeen: v.LastSeen, Connected: v.Connected, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func usbStorageKey(v asset.USBStorage) string {
	return string(v.Source) + "/" + v.Kind + "/" + v.VendorID + v.Vendor + "/" + v.ProductID + v.Product + "/" + v.Serial
}

// MemoryModule is one slot with a module in it.
type MemoryModule struct {
	Source      asset.Source `json:"source"`
	Slot        string       `json:"slot"`
	Kind        string       `json:"kind,omitempty"`
	Maker       string       `json:"maker,omitempty"`
	Part        string       `json:"part,omitempty"`
	Serial      string       `json:"serial,omitempty"`
	SizeBytes   int64        `json:"size_bytes"`
	SpeedMTs    int64        `json:"speed_mts,omitempty" doc:"Million transfers a second."`
	FirstSeenAt *time.Time   `json:"first_seen_at"`
	GoneAt      *time.Time   `json:"gone_at,omitempty"`
}

func memoryModuleOut(v asset.MemoryModule) MemoryModule {
	return MemoryModule{Source: v.Source, Slot: v.Slot, Kind: v.Kind, Maker: v.Maker, Part: v.Part, Serial: v.Serial, SizeBytes: v.SizeBytes, SpeedMTs: v.SpeedMTs, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func memoryModuleKey(v asset.MemoryModule) string { return string(v.Source) + "/" + v.Slot }

// Extension is an extension of a browser in one profile.
type Extension struct {
	Source      string     `json:"source"`
	Browser     string     `json:"browser"`
	User        string     `json:"user,omitempty" doc:"Owner of the profile; absent: of the whole machine."`
	Profile     string     `json:"profile,omitempty"`
	ID          string     `json:"id"`
	Name        string     `json:"name,omitempty"`
	Version     string     `json:"version,omitempty"`
	Enabled     bool       `json:"enabled"`
	Forced      bool       `json:"forced" doc:"Installed by policy."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func extensionOut(v software.Extension) Extension {
	return Extension{Source: v.Source, Browser: v.Browser, User: v.User, Profile: v.Profile, ID: v.ID, Name: v.Name, Version: v.Version, Enabled: v.Enabled, Forced: v.Forced, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func extensionKey(v software.Extension) string {
	return v.Source + "/" + v.Browser + "/" + v.User + "/" + v.Profile + "/" + v.ID
}

// StartupItem is something that runs without being called by a person.
type StartupItem struct {
	Source      string     `json:"source"`
	Name        string     `json:"name"`
	Kind        string     `json:"kind" doc:"scheduled_task, run_key, startup_folder, cron, systemd_timer, autostart, launch_daemon, launch_agent, login_item or other."`
	Trigger     string     `json:"trigger,omitempty" doc:"boot, logon, schedule or other."`
	Command     string     `json:"command,omitempty"`
	RunAs       string     `json:"run_as,omitempty"`
	Enabled     bool       `json:"enabled"`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func startupItemOut(v software.Startup) StartupItem {
	return StartupItem{Source: v.Source, Name: v.Name, Kind: v.Kind, Trigger: v.Trigger, Command: v.Command, RunAs: v.RunAs, Enabled: v.Enabled, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func startupItemKey(v software.Startup) string {
	return v.Source + "/" + v.Kind + "/" + v.RunAs + "/" + v.Name
}

// LocalGroup is a local group of a machine.
type LocalGroup struct {
	Source      string     `json:"source"`
	Name        string     `json:"name"`
	SystemID    string     `json:"system_id,omitempty" doc:"gid or SID."`
	Privileged  bool       `json:"privileged" doc:"Its members may change the whole machine."`
	Members     []string   `json:"members"`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func localGroupOut(v account.Group) LocalGroup {
	return LocalGroup{Source: v.Source, Name: v.Name, SystemID: v.SystemID, Privileged: v.Privileged, Members: full(v.Members), FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func localGroupKey(v account.Group) string { return v.Source + "/" + v.Name }

// Patch is an update the system lists as installed.
type Patch struct {
	Source      string     `json:"source"`
	Number      string     `json:"number" doc:"KB5006670 …"`
	Title       string     `json:"title,omitempty"`
	InstalledOn string     `json:"installed_on,omitempty" doc:"Day, as the system says."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func patchOut(v software.Patch) Patch {
	return Patch{Source: v.Source, Number: v.ID, Title: v.Title, InstalledOn: v.InstalledOn, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func patchKey(v software.Patch) string { return v.Source + "/" + v.ID }

// UpdateRun is one attempt to update.
type UpdateRun struct {
	Source      string     `json:"source"`
	At          *time.Time `json:"at"`
	Number      string     `json:"number,omitempty" doc:"KB number, where the run was about one update."`
	Title       string     `json:"title,omitempty"`
	Packages    int64      `json:"packages,omitempty" doc:"How many were changed."`
	Result      string     `json:"result" doc:"succeeded, with_errors, failed, aborted, in_progress or unknown."`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func updateRunOut(v software.UpdateRun) UpdateRun {
	return UpdateRun{Source: v.Source, At: moment(v.AtMS), Number: v.PatchID, Title: v.Title, Packages: v.Packages, Result: v.Result, FirstSeenAt: moment(v.FirstMS), GoneAt: moment(v.GoneMS)}
}

func updateRunKey(v software.UpdateRun) string {
	return fmt.Sprintf("%s/%d/%s/%s", v.Source, v.AtMS, v.PatchID, v.Title)
}
