package wire

// Hardening is how the machine is set up against attack. A pointer that is nil says
// "cannot tell", or that the system has nothing of the kind: the notes say which.
type Hardening struct {
	SMB1Server     *bool             `json:"smb1_server,omitempty"` // offers SMB version 1
	SMB1Client     *bool             `json:"smb1_client,omitempty"` // speaks SMB version 1 to servers
	RemoteDesktop  *RemoteDesktop    `json:"remote_desktop,omitempty"`
	AutoLogon      *AutoLogon        `json:"auto_logon,omitempty"`
	ScreenLock     []ScreenLock      `json:"screen_lock,omitempty"`
	PasswordPolicy *PasswordPolicy   `json:"password_policy,omitempty"`
	LocalAdmin     *LocalAdmin       `json:"local_admin,omitempty"`
	Firewall       []FirewallProfile `json:"firewall,omitempty"`
	AccessControl  *AccessControl    `json:"access_control,omitempty"`
	SSH            *SSHServer        `json:"ssh,omitempty"`
}

// RemoteDesktop is whether and for whom RDP (or Apple Remote Desktop) is open.
type RemoteDesktop struct {
	Enabled bool     `json:"enabled"`
	NLA     *bool    `json:"nla,omitempty"`     // network level authentication is asked for
	Port    int      `json:"port,omitempty"`    // 0: the usual one
	Allowed []string `json:"allowed,omitempty"` // accounts and groups that may use it, sorted
}

// AutoLogon is a log-on without a person.
type AutoLogon struct {
	Enabled       bool   `json:"enabled"`
	User          string `json:"user,omitempty"`
	ClearPassword bool   `json:"clear_password,omitempty"` // the password lies readable on the machine; never its text
	Source        string `json:"source,omitempty"`         // registry path or file
}

// ScreenLock is one setting of the screen lock.
type ScreenLock struct {
	User     string `json:"user,omitempty"`     // whose; empty: of the machine or of everybody
	Seconds  int    `json:"seconds,omitempty"`  // idle time until it locks; 0: never, or not known (see On)
	On       *bool  `json:"on,omitempty"`       // locks by itself
	Password *bool  `json:"password,omitempty"` // asks for the password afterwards
	Enforced bool   `json:"enforced,omitempty"` // by policy: the user cannot change it
	Source   string `json:"source,omitempty"`   // registry path or file
}

// PasswordPolicy is what the system asks of local passwords. nil: cannot tell; 0: no
// such rule.
type PasswordPolicy struct {
	MinLength        *int   `json:"min_length,omitempty"`
	History          *int   `json:"history,omitempty"`           // passwords remembered
	MinAgeDays       *int   `json:"min_age_days,omitempty"`      //
	MaxAgeDays       *int   `json:"max_age_days,omitempty"`      //
	LockoutThreshold *int   `json:"lockout_threshold,omitempty"` // failed attempts
	LockoutMinutes   *int   `json:"lockout_minutes,omitempty"`   // how long; 0: until an administrator unlocks
	Complexity       *bool  `json:"complexity,omitempty"`        // several kinds of characters
	Source           string `json:"source,omitempty"`
}

// LocalAdmin tells whether the built-in administrator's password is this machine's
// own. It never holds the password or anything it could be guessed from.
type LocalAdmin struct {
	Managed   string `json:"managed"`              // windows_laps, laps, other, none, unknown
	ChangedMS int64  `json:"changed_ms,omitempty"` // last change, day precision; 0 unknown
	ExpiresMS int64  `json:"expires_ms,omitempty"` // next change; 0 unknown
	Marker    string `json:"marker,omitempty"`     // 64 hex digits; equal on two machines: the stored secret was cloned
}

// FirewallProfile is one profile, or one firewall, of the machine.
type FirewallProfile struct {
	Name    string `json:"name"`              // domain, private, public; ufw, firewalld, nftables, application …
	On      *bool  `json:"on,omitempty"`      // nil: cannot tell
	Inbound string `json:"inbound,omitempty"` // what happens to traffic no rule names: allow, block; empty: not told
}

// AccessControl is mandatory access control of the kernel.
type AccessControl struct {
	System string `json:"system"` // selinux, apparmor, sip, gatekeeper, none
	State  string `json:"state"`  // enforcing, permissive, disabled, unknown
	Detail string `json:"detail,omitempty"`
}

// SSHServer is what sshd's configuration says for everybody (outside Match blocks).
type SSHServer struct {
	Enabled         bool     `json:"enabled"`
	RootLogin       string   `json:"root_login,omitempty"` // yes, no, prohibit-password, forced-commands-only (sshd_config(5))
	PasswordLogin   *bool    `json:"password_login,omitempty"`
	EmptyPasswords  *bool    `json:"empty_passwords,omitempty"`
	Exceptions      []string `json:"exceptions,omitempty"` // conditions of Match blocks that change one of these
	ConfigChangedMS int64    `json:"config_changed_ms,omitempty"`
}

// SwitchedOff is a protection that somebody turned off: a fact of its own, because
// "not there" and "turned off" are different answers.
type SwitchedOff struct {
	What     string `json:"what"`               // auto_updates, malware_protection, real_time_protection, firewall, screen_lock, audit, event_log, time_sync, backup, access_control, user_account_control, secure_boot, other
	Name     string `json:"name,omitempty"`     // product, profile or unit that is meant
	By       string `json:"by"`                 // policy, service, masked, setting, boot
	SinceMS  int64  `json:"since_ms,omitempty"` // 0 unknown; time of the setting's last change, so at the latest then
	Evidence string `json:"evidence"`           // registry path with value, or file with line
}
