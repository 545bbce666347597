package network

import (
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// PartyKind is who is at the other end of a way in. Shown by "external.party." + word.
type PartyKind string

// Kinds of parties. Non-medical suppliers count: the intrusion of 2022 at an Osaka
// hospital came through the caterer's line.
const (
	PartyVendor     PartyKind = "vendor"     // maker or keeper of a medical information system or device
	PartyCaterer    PartyKind = "caterer"    // 給食
	PartyCleaner    PartyKind = "cleaner"    // 清掃・リネン
	PartyWholesaler PartyKind = "wholesaler" // 医薬品・材料の卸
	PartyLaboratory PartyKind = "laboratory" // 外注検査
	PartyHospital   PartyKind = "hospital"   // 地域連携
	PartyInsurance  PartyKind = "insurance"  // オンライン資格確認・請求
	PartyInternet   PartyKind = "internet"   // the line to the internet itself
	PartyCloud      PartyKind = "cloud"      // a service in the cloud
	PartyStaff      PartyKind = "staff"      // the hospital's own people from outside
	PartyOther      PartyKind = "other"
)

// PartyKinds is every kind in the order of pages.
var PartyKinds = []PartyKind{PartyVendor, PartyCaterer, PartyCleaner, PartyWholesaler, PartyLaboratory, PartyHospital, PartyInsurance, PartyInternet, PartyCloud, PartyStaff, PartyOther}

// Line is what the connection runs over. Shown by "external.line." + word.
type Line string

// Lines.
const (
	LineVPN       Line = "vpn"       // VPN over the internet
	LineDedicated Line = "dedicated" // leased line or closed network (IP-VPN)
	LineMobile    Line = "mobile"    // LTE or 5G router, SIM in a device
	LineInternet  Line = "internet"  // open internet
	LineDialUp    Line = "dial_up"   // telephone, ISDN
	LineWireless  Line = "wireless"  // wireless bridge between buildings
	LineAgent     Line = "agent"     // remote-control program that calls out
	LineUnknown   Line = "unknown"
)

// Lines is every line in the order of pages.
var Lines = []Line{LineVPN, LineDedicated, LineMobile, LineInternet, LineDialUp, LineWireless, LineAgent, LineUnknown}

// Authentication is how the other end proves who it is. Shown by "external.auth." + word.
type Authentication string

// Ways of proof.
const (
	AuthPersonal    Authentication = "personal"    // account of one person with a password
	AuthShared      Authentication = "shared"      // account that several share
	AuthCertificate Authentication = "certificate" // certificate or key
	AuthLine        Authentication = "line"        // the line alone
	AuthNone        Authentication = "none"
	AuthUnknown     Authentication = "unknown"
)

// Authentications is every way in the order of pages.
var Authentications = []Authentication{AuthPersonal, AuthShared, AuthCertificate, AuthLine, AuthNone, AuthUnknown}

// Opening is when the way is open. Shown by "external.opening." + word.
type Opening string

// Openings.
const (
	OpenAlways    Opening = "always"
	OpenOnRequest Opening = "on_request" // somebody of the hospital opens it each time
	OpenUnknown   Opening = "unknown"
)

// Openings is every opening in the order of pages.
var Openings = []Opening{OpenAlways, OpenOnRequest, OpenUnknown}

// Answer is yes, no or unknown.
type Answer string

// Answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Answers is every answer in the order of pages.
var Answers = []Answer{Yes, No, Unknown}

// External is a way in from outside, as people know it.
type External struct {
	ID         string
	Revision   int64
	FacilityID string
	Name       string // 1–100 characters
	Party      string // 1–100 characters: who is at the other end
	PartyKind  PartyKind
	VendorID   string // of the vendor register; empty = none
	ContractID string
	AssetID    string // box of the ledger at which it ends; its firmware is a fact of that row
	Line       Line
	Protocol   string // up to 100 characters: IPsec, SSL-VPN, RDP, TeamViewer …
	// Authentication and SecondFactor say how the other end proves who it is.
	Authentication Authentication
	SecondFactor   Answer
	SourceLimit    Answer // only from certain addresses
	SourceNote     string // which, up to 200 characters
	Opening        Opening
	// PatchOwner is who applies updates to the box: 1–100 characters. It may not be
	// empty: in known cases each side believed that the other did.
	PatchOwner    string
	LogTo         string // where the record of sessions goes, up to 200 characters
	LastSessionOn string // 2006-01-02; empty = not known
	ReviewedOn    string // 2006-01-02; empty = never
	Note          string // up to 1,000 characters
	By            string
	FromMS        int64
	UntilMS       int64 // 0 = as it is now
}

// UnknownExternal is a way in of which nothing is known yet: what forms and API begin with.
func UnknownExternal() External {
	return External{PartyKind: PartyVendor, Line: LineUnknown, Authentication: AuthUnknown, SecondFactor: Unknown, SourceLimit: Unknown, Opening: OpenUnknown}
}

// GapWords are every word that Gaps may give.
var GapWords = []string{"patch_owner", "second_factor", "source_limit", "shared", "always", "log", "unknown", "box", "review"}

// Gaps are the fields of a way in that an inspector would ask about: words of
// "external.gap.".
func (e External) Gaps(today string) []string {
	var out []string
	add := func(is bool, word string) {
		if is {
			out = append(out, word)
		}
	}
	add(slices.Contains(nobody, strings.ToLower(e.PatchOwner)), "patch_owner")
	add(e.SecondFactor != Yes && e.Authentication != AuthCertificate, "second_factor")
	add(e.SourceLimit != Yes, "source_limit")
	add(e.Authentication == AuthShared || e.Authentication == AuthNone, "shared")
	add(e.Opening == OpenAlways && e.PartyKind == PartyVendor, "always")
	add(e.LogTo == "", "log")
	add(e.Line == LineUnknown || e.Authentication == AuthUnknown || e.Opening == OpenUnknown, "unknown")
	add(e.AssetID == "" && e.Line != LineAgent, "box")
	add(e.ReviewedOn == "" || olderThan(e.ReviewedOn, today, reviewDays), "review")
	return out
}

// nobody is what people write who do not know who applies updates.
var nobody = []string{"不明", "未定", "未確認", "なし", "無し", "unknown", "nobody", "none", "?", "？", "-"}

// reviewDays is how old the last review of a way in may be: the checklist is filled in
// once a year.
const reviewDays = 365

func olderThan(day, today string, days int) bool {
	at, err := time.Parse(time.DateOnly, day)
	now, err2 := time.Parse(time.DateOnly, today)
	return err != nil || err2 != nil || now.Sub(at) > time.Duration(days)*24*time.Hour
}

// check makes a way in canonical. Errors: invalid with the place.
func (e *External) check() error {
	for _, f := range []struct {
		text     *string
		place    string
		max      int
		required bool
	}{
		{&e.Name, "name", 100, true}, {&e.Party, "party", 100, true}, {&e.PatchOwner, "patch_owner", 100, true}, {&e.Protocol, "protocol", 100, false},
		{&e.SourceNote, "source_note", 200, false}, {&e.LogTo, "log_to", 200, false}, {&e.Note, "note", 1000, false},
	} {
		*f.text = strings.TrimSpace(*f.text)
		switch {
		case f.required && *f.text == "":
			return fault.Invalid("external.error." + f.place).At(f.place)
		case !fits(*f.text, f.max):
			return fault.Invalid("network.error.text", "Max", f.max).At(f.place)
		}
	}
	for _, f := range []struct {
		ok    bool
		place string
	}{
		{slices.Contains(PartyKinds, e.PartyKind), "party_kind"}, {slices.Contains(Lines, e.Line), "line"}, {slices.Contains(Authentications, e.Authentication), "authentication"},
		{slices.Contains(Answers, e.SecondFactor), "second_factor"}, {slices.Contains(Answers, e.SourceLimit), "source_limit"}, {slices.Contains(Openings, e.Opening), "opening"},
		{e.VendorID == "" || store.ValidID(e.VendorID), "vendor_id"}, {e.ContractID == "" || store.ValidID(e.ContractID), "contract_id"}, {e.AssetID == "" || store.ValidID(e.AssetID), "asset_id"},
		{dayOrEmpty(e.LastSessionOn), "last_session_on"}, {dayOrEmpty(e.ReviewedOn), "reviewed_on"},
	} {
		if !f.ok {
			return fault.Invalid("form.error.choice").At(f.place)
		}
	}
	return nil
}

func dayOrEmpty(day string) bool {
	_, err := time.Parse(time.DateOnly, day)
	return day == "" || err == nil
}
