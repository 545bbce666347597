package view

// UserList is everybody who may use Sonae.
type UserList struct {
	Page
	Rows   []UserRow
	Total  int
	Pager  Pager
	CanAdd bool
}

// UserRow is one person in the list.
type UserRow struct {
	ID, Name, Login, Roles, Scope string
	StateKind, State              string // badge
	Second                        string // second factor in words; empty: none
	SeenMS                        int64  // last sign-in, 0 = never
	Me                            bool
}

// UserForm is the page of a new or an existing user.
type UserForm struct {
	Page
	ID          string // empty: new
	Login, Name string
	Roles       []Choice
	Grants      []GrantRow
	Facilities  []Choice
	Disabled    bool
	Me          bool
	HasSecond   bool
	CanManage   bool
	Waiting     bool // the person has no password yet
	Link        *UserLink
	SeenMS      int64
}

// UserLink is a set-up link that was not used yet.
type UserLink struct {
	EndMS int64
	Over  bool // has run out
}

// GrantRow is one role with what it is limited to.
type GrantRow struct {
	ID, Role, Facility, Department string
}

// TokenList is the API tokens that somebody made.
type TokenList struct {
	Page
	Rows       []TokenRow
	Roles      []Choice
	Facilities []Choice
	Expiries   []Choice
	Scopes     []Choice
	CanManage  bool
}

// TokenRow is one API token; its secret is not kept.
type TokenRow struct {
	ID, Name, Role, Scope, By, May string
	MadeMS, EndMS, UsedMS          int64
	StateKind, State               string
	Open                           bool // may still be revoked
}

// FacilityList is the facilities that the person may see.
type FacilityList struct {
	Page
	Rows   []FacilityRow
	CanAdd bool
	Kinds  []Choice
}

// FacilityRow is one facility.
type FacilityRow struct {
	ID, Name, Kind, Code string
	Beds, Users, Assets  int
	Closed               bool
}

// FacilityForm is the page of one facility.
type FacilityForm struct {
	Page
	ID     string
	Row    FacilityRow
	Kinds  []Choice
	CanSet bool
}

// DeviceList is what reports to this server and what knocks.
type DeviceList struct {
	Page
	Tokens     []EnrolRow
	Knocks     []KnockRow
	Devices    []DeviceRow
	Facilities []Choice
	Expiries   []Choice
	CanManage  bool
	Total      int
	Pager      Pager
	TokenPager Pager
	EntryPager Pager
	Q          string // looked for in all three lists
	Many       bool
	Required   bool        // certificates are demanded
	Without    int         // devices without a valid one
	CanDemand  bool        // may turn the demand on and off
	Waiting    []DeviceRow // want to go on with another device's machine; SeenMS = since when

	Entries     []EntryRow
	Protocols   []Choice
	EntryPlaces []Choice
	// EntryMethods are the ways to open one.
	EntryMethods []Choice
	CanOpen      bool // may open an entry
}

// EntryRow is one entry for agents of another maker.
type EntryRow struct {
	ID, Protocol, Note, Facility, By string
	Method, Href                     string // what opens it; its page, if it has one
	MadeMS, UsedMS                   int64
	StateKind, State                 string
	Open                             bool // may still be closed
}

// EnrolRow is one enrolment token.
type EnrolRow struct {
	ID, Note, Facility, By string
	MadeMS, EndMS          int64
	Used, Max              int
	StateKind, State       string
	Open                   bool
}

// KnockRow is one unknown machine that asked to be let in.
type KnockRow struct {
	Summary, Address string
	FirstMS, LastMS  int64
	Count            int
}

// DeviceShow is one enrolled agent with what people may do about it.
type DeviceShow struct {
	Page
	ID, Name, Facility string
	EnrolMS, SeenMS    int64
	RevokedMS          int64
	RevokedWhy         string
	Certificate        string // number; empty = none
	CertificateMS      int64  // end
	StateKind, State   string
	CanManage          bool
	Waits              *DeviceWaits
	AgentVersion       string
	CPUMS, PeakKB      int      // cost of its last report; 0 = not said
	Policy             []string // rules that count for it, in words; empty = none
	Events             []DeviceEvent
}

// DeviceWaits is the question whether a device may go on with another one's machine.
type DeviceWaits struct {
	SinceMS, SeenMS           int64 // since when it asks; when the other one reported last
	DeviceID, Device, AssetID string
}

// DeviceRow is one enrolled agent.
type DeviceRow struct {
	ID, Name, Facility string
	EnrolMS, SeenMS    int64
	CertificateMS      int64 // end; 0 = none
	StateKind, State   string
	Open               bool
}

// DeviceInstall is how the agent comes onto each system.
type DeviceInstall struct {
	Page
	Server string // address that agents report to
	Pin    string // of the server's key; "" = agents need none
	Local  bool   // the address leads nowhere from another machine
	Steps  []OnceItem
}
