package wire

// MemoryModule is one slot with a module in it (DMTF DSP0134, type 17).
type MemoryModule struct {
	Slot      string `json:"slot"` // locator as printed on the board: DIMM_A1
	SizeBytes int64  `json:"size_bytes,omitempty"`
	Kind      string `json:"kind,omitempty"`      // DDR3, DDR4, LPDDR5 …
	SpeedMTs  int    `json:"speed_mts,omitempty"` // as configured, million transfers a second
	Maker     string `json:"maker,omitempty"`
	Part      string `json:"part,omitempty"`
	Serial    string `json:"serial,omitempty"`
}

// Peripherals is what is connected to the machine, or was. A list without rows says
// that there is none, unless a note of the section says that it could not be read.
type Peripherals struct {
	Printers   []Printer    `json:"printers,omitempty"`
	Monitors   []Monitor    `json:"monitors,omitempty"`
	USBStorage []USBStorage `json:"usb_storage,omitempty"`
}

// Printer is a print queue.
type Printer struct {
	Name    string `json:"name"`
	Driver  string `json:"driver,omitempty"`
	Port    string `json:"port,omitempty"`    // USB001, LPT1:, IP_192.0.2.8, ipp://…; never with a password in it
	Address string `json:"address,omitempty"` // host name or address of a network printer
	Default bool   `json:"default,omitempty"`
	Shared  bool   `json:"shared,omitempty"` // offered to other machines
}

// Monitor is a display as its EDID tells (VESA E-EDID, release A, rev. 2).
type Monitor struct {
	Maker    string `json:"maker,omitempty"` // name, or the three letters of the PNP ID
	Model    string `json:"model,omitempty"`
	Serial   string `json:"serial,omitempty"`
	MadeYear int    `json:"made_year,omitempty"` // 1990–2245; 0 = not told
	Port     string `json:"port,omitempty"`      // HDMI-A-1, DP-2 …
}

// USBStorage is a storage device that was connected by USB at some time.
type USBStorage struct {
	Kind      string `json:"kind"` // disk, optical, floppy, portable (MTP/PTP), reader, other
	Vendor    string `json:"vendor,omitempty"`
	Product   string `json:"product,omitempty"`
	Serial    string `json:"serial,omitempty"`
	VendorID  string `json:"vendor_id,omitempty"`  // four hex digits, lower case
	ProductID string `json:"product_id,omitempty"` // four hex digits, lower case
	FirstSeen string `json:"first_seen,omitempty"` // 2006-01-02
	LastSeen  string `json:"last_seen,omitempty"`  // 2006-01-02
	Connected bool   `json:"connected,omitempty"`  // at the time of the report
}

// Extension is an extension of a browser, in one profile.
type Extension struct {
	Browser string `json:"browser"`           // chrome, chromium, edge, firefox …: a word
	User    string `json:"user,omitempty"`    // owner of the profile; empty: of the whole machine
	Profile string `json:"profile,omitempty"` // Default, Profile 1, abcd.default-release
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	Enabled bool   `json:"enabled"`
	Forced  bool   `json:"forced,omitempty"` // installed by policy
}

// StartupItem is something that runs without being called by a person.
type StartupItem struct {
	Name    string `json:"name"`              // task path, value name, unit, label
	Kind    string `json:"kind"`              // scheduled_task, run_key, startup_folder, cron, systemd_timer, autostart, launch_daemon, launch_agent, login_item, other
	Trigger string `json:"trigger,omitempty"` // boot, logon, schedule, other
	Command string `json:"command,omitempty"` // secrets in arguments replaced
	RunAs   string `json:"run_as,omitempty"`
	Enabled bool   `json:"enabled"`
}

// Group is a local group.
type Group struct {
	Name       string   `json:"name"`
	ID         string   `json:"id,omitempty"`         // gid or SID
	Privileged bool     `json:"privileged,omitempty"` // its members may change the whole machine
	Members    []string `json:"members,omitempty"`    // sorted; DOMAIN\name for those from elsewhere
}

// Backup is a program that makes copies, with what it says of its last runs.
type Backup struct {
	Software    string `json:"software"`
	Job         string `json:"job,omitempty"`           // its own name for the job
	Target      string `json:"target,omitempty"`        // local, removable, network, cloud, tape, unknown
	LastOKMS    int64  `json:"last_ok_ms,omitempty"`    // last success; 0: none, or not known
	LastTriedMS int64  `json:"last_tried_ms,omitempty"` // last run however it ended; 0: none, or not known
	Evidence    string `json:"evidence,omitempty"`      // file, registry path or event channel it was read from
}
