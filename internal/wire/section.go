package wire

// Hardware is the machine itself.
type Hardware struct {
	Identity
	BIOSVersion string `json:"bios_version,omitempty"`
	BIOSDate    string `json:"bios_date,omitempty"` // 2006-01-02
	Chassis     string `json:"chassis,omitempty"`   // desktop, laptop, server, virtual, other, unknown (DMTF DSP0134, type 3)
	Virtual     string `json:"virtual,omitempty"`   // hypervisor name when virtual
	CPUModel    string `json:"cpu_model,omitempty"`
	CPUSockets  int    `json:"cpu_sockets,omitempty"`
	CPUCores    int    `json:"cpu_cores,omitempty"`   // physical
	CPUThreads  int    `json:"cpu_threads,omitempty"` // logical
	MemoryBytes int64  `json:"memory_bytes,omitempty"`
	TPMVersion  string `json:"tpm_version,omitempty"`
	SecureBoot  *bool  `json:"secure_boot,omitempty"` // nil: cannot tell

	MemoryModules []MemoryModule `json:"memory_modules,omitempty"`
}

// OS is the operating system.
type OS struct {
	Family      string `json:"family"` // linux, windows, darwin
	Name        string `json:"name"`   // as its maker writes it: "Debian GNU/Linux 12 (bookworm)"
	ID          string `json:"id,omitempty"`
	Version     string `json:"version,omitempty"` // "12.11", "10.0.17763"
	Edition     string `json:"edition,omitempty"`
	Kernel      string `json:"kernel,omitempty"`
	Arch        string `json:"arch,omitempty"`
	HostName    string `json:"host_name"`
	Domain      string `json:"domain,omitempty"`
	InstalledMS int64  `json:"installed_ms,omitempty"`
	BootedMS    int64  `json:"booted_ms,omitempty"` // rounded to a minute, so that a report stays unchanged
	TimeZone    string `json:"time_zone,omitempty"`
	Locale      string `json:"locale,omitempty"`
	LastUser    string `json:"last_user,omitempty"`
}

// Disk is a physical or virtual drive.
type Disk struct {
	Name      string `json:"name"` // sda
	Model     string `json:"model,omitempty"`
	Serial    string `json:"serial,omitempty"`
	Kind      string `json:"kind,omitempty"` // ssd, hdd, virtual, optical, removable, unknown
	Bus       string `json:"bus,omitempty"`
	SizeBytes int64  `json:"size_bytes,omitempty"`
	Health    string `json:"health,omitempty"` // ok, failing, unknown
}

// Volume is a mounted file system.
type Volume struct {
	Mount      string `json:"mount"`
	Device     string `json:"device,omitempty"`
	FileSystem string `json:"file_system,omitempty"`
	SizeBytes  int64  `json:"size_bytes,omitempty"`
	FreeBytes  int64  `json:"free_bytes,omitempty"` // volatile: not part of the digest; rounded to 1 GiB
	Encryption string `json:"encryption"`           // on, off, unknown
	Method     string `json:"method,omitempty"`     // luks2, bitlocker, zfs, fscrypt …
}

// Interface is a network interface with its addresses.
type Interface struct {
	Name      string   `json:"name"`
	MAC       string   `json:"mac,omitempty"`
	Kind      string   `json:"kind,omitempty"` // ethernet, wifi, loopback, virtual, tunnel, mobile, other
	Up        bool     `json:"up"`
	SpeedMbps int64    `json:"speed_mbps,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // CIDR form, 192.0.2.7/24
	Gateway   string   `json:"gateway,omitempty"`
	DNS       []string `json:"dns,omitempty"`
	DHCP      *bool    `json:"dhcp,omitempty"`
}

// Package is one installed piece of software.
type Package struct {
	Name        string `json:"name"`
	Version     string `json:"version,omitempty"`
	Publisher   string `json:"publisher,omitempty"`
	Kind        string `json:"kind"` // dpkg, rpm, registry, store, app, msi, pip …
	Arch        string `json:"arch,omitempty"`
	Source      string `json:"source,omitempty"`       // source package, when it differs
	InstalledOn string `json:"installed_on,omitempty"` // 2006-01-02
}

// Service is a background program the system starts.
type Service struct {
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	Start   string `json:"start"` // auto, manual, disabled, other
	Running bool   `json:"running"`
	Path    string `json:"path,omitempty"`
	RunAs   string `json:"run_as,omitempty"`
}

// Port is a listening socket.
type Port struct {
	Protocol string `json:"protocol"` // tcp, udp
	Address  string `json:"address"`  // 0.0.0.0, ::, 127.0.0.1 …
	Number   int    `json:"number"`   // 1–65535
	Process  string `json:"process,omitempty"`
	Path     string `json:"path,omitempty"`
	User     string `json:"user,omitempty"`
}

// Account is a local account (never its secret).
type Account struct {
	Name          string   `json:"name"`
	ID            string   `json:"id,omitempty"` // uid or SID
	FullName      string   `json:"full_name,omitempty"`
	Enabled       bool     `json:"enabled"`
	Locked        bool     `json:"locked"`
	Privileged    bool     `json:"privileged"`    // root, Administrators, sudo, wheel …
	Interactive   bool     `json:"interactive"`   // may log on at all
	Why           string   `json:"why,omitempty"` // what makes it privileged
	Groups        []string `json:"groups,omitempty"`
	LastLoginMS   int64    `json:"last_login_ms,omitempty"`   // 0: never, or not known
	PasswordSetMS int64    `json:"password_set_ms,omitempty"` // day precision
	PasswordNever bool     `json:"password_never_expires,omitempty"`
	NoPassword    bool     `json:"no_password,omitempty"` // can log on without one
}

// Security is what protects the machine.
type Security struct {
	FirewallOn     *bool        `json:"firewall_on,omitempty"` // nil: cannot tell
	FirewallDetail string       `json:"firewall_detail,omitempty"`
	TimeSynced     *bool        `json:"time_synced,omitempty"`
	TimeSource     string       `json:"time_source,omitempty"`
	Protection     []Protection `json:"protection,omitempty"`
	LogRetention   []LogStore   `json:"log_retention,omitempty"`
	RemoteAccess   []string     `json:"remote_access,omitempty"` // sshd, rdp, vnc … that listen or run
	AutoUpdates    *bool        `json:"auto_updates,omitempty"`
	ScreenLockSec  int          `json:"screen_lock_sec,omitempty"`
}

// Protection is an anti-malware or detection product.
type Protection struct {
	Product        string `json:"product"`
	Kind           string `json:"kind"` // antimalware, edr, integrity, other
	Running        bool   `json:"running"`
	Version        string `json:"version,omitempty"`
	PatternDate    string `json:"pattern_date,omitempty"`    // 2006-01-02
	PatternVersion string `json:"pattern_version,omitempty"` // as its maker counts
	RealTime       *bool  `json:"real_time,omitempty"`       // looks at files as they are opened; nil: cannot tell
}

// LogStore is a log of the system with what it keeps.
type LogStore struct {
	Name      string `json:"name"`                // journald, /var/log/auth.log, Security …
	OldestMS  int64  `json:"oldest_ms,omitempty"` // oldest record, day precision
	KeepDays  int    `json:"keep_days,omitempty"` // as configured; 0 = not limited by age, or unknown
	MaxBytes  int64  `json:"max_bytes,omitempty"` // as configured; 0 = unknown
	Forwarded bool   `json:"forwarded,omitempty"` // also sent to another host
}

// Updates is what the package manager says is waiting.
type Updates struct {
	CheckedMS  int64     `json:"checked_ms,omitempty"` // age of the package manager's own lists
	LastDoneMS int64     `json:"last_done_ms,omitempty"`
	RebootNeed bool      `json:"reboot_needed,omitempty"`
	Pending    []Pending `json:"pending"`

	Installed []InstalledUpdate `json:"installed,omitempty"` // newest first
	History   []UpdateRun       `json:"history,omitempty"`   // newest first
}

// InstalledUpdate is a patch the system lists as installed.
type InstalledUpdate struct {
	ID          string `json:"id"` // KB5006670, HT213345 …
	Title       string `json:"title,omitempty"`
	InstalledOn string `json:"installed_on,omitempty"` // 2006-01-02
}

// UpdateRun is one attempt to update, with how it ended.
type UpdateRun struct {
	AtMS     int64  `json:"at_ms"`
	ID       string `json:"id,omitempty"` // KB number, where the run was about one patch
	Title    string `json:"title,omitempty"`
	Packages int    `json:"packages,omitempty"` // how many were changed, where it was about several
	Result   string `json:"result"`             // succeeded, with_errors, failed, aborted, in_progress, unknown
}

// Pending is one update that is offered and not installed.
type Pending struct {
	Name     string `json:"name"`
	Have     string `json:"have,omitempty"`
	Offered  string `json:"offered,omitempty"`
	Security bool   `json:"security"`
	Severity string `json:"severity,omitempty"`
}
