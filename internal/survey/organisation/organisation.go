// Package organisation knows the hospital's people as far as safety needs them:
// departments, staff, who is appointed to which duty, and dated records (stocktake,
// report to management, log review, drill). People enter all of it; nothing is
// deleted: a department closes, a person leaves, an appointment ends, a record is
// withdrawn, each with its day and reason, so that any past day can be shown. Only the
// content of a file that is taken off goes; its name and hash stay.
//
// Days are text in the form 2006-01-02 in the facility's own time; empty means not
// said. A last day is included: somebody employed until 31 March works that day.
package organisation

import (
	"strings"
	"time"
	"unicode/utf8"

	"sonae/internal/platform/fault"
)

// Department is a part of a facility.
type Department struct {
	ID         string
	FacilityID string
	Name       string // 1–100 characters, one open department a name
	Code       string // the hospital's own code, up to 40 characters
	Phone      string // extension or number, up to 40 characters
	ClosedOn   string // last day; empty = open
	Revision   int64  // rises with every change; an update names the one it saw
	CreatedMS  int64
	UpdatedMS  int64
}

// Staff is a person who works for a facility.
type Staff struct {
	ID            string
	FacilityID    string
	Number        string // staff number, unique in the facility; empty = none
	Name          string // 1–100 characters
	Kana          string
	DepartmentID  string // empty = none
	Job           string // doctor, nurse, clerk … in the hospital's own words
	Mail          string
	Phone         string
	EmployedFrom  string // first day; empty = not said
	EmployedUntil string // last day; empty = still employed
	Revision      int64
	CreatedMS     int64
	UpdatedMS     int64
}

// EmployedOn reports whether the person works on day (2006-01-02).
func (s Staff) EmployedOn(day string) bool {
	return (s.EmployedFrom == "" || s.EmployedFrom <= day) && (s.EmployedUntil == "" || day <= s.EmployedUntil)
}

// Role is a duty that management gives to a person.
type Role string

// Roles. The names in Japanese are those of the MHLW guideline 6.0.
const (
	RoleSafetyManager   Role = "safety_manager"   // 医療情報システム安全管理責任者
	RolePlanner         Role = "planner"          // 企画管理者
	RoleSystemOperator  Role = "system_operator"  // システム運用担当者
	RoleManagement      Role = "management"       // 経営層
	RoleIncidentLead    Role = "incident_lead"    // CSIRT, head of incident response
	RolePrivacyOfficer  Role = "privacy_officer"  // 個人情報保護の責任者
	RoleInternalAuditor Role = "internal_auditor" // 監査責任者
)

// Roles is every role in the order of lists.
var Roles = []Role{RoleManagement, RoleSafetyManager, RolePlanner, RoleSystemOperator, RoleIncidentLead, RolePrivacyOfficer, RoleInternalAuditor}

// Appointment is a person with a role for some time.
type Appointment struct {
	ID          string
	FacilityID  string
	Role        Role
	StaffID     string
	AppointedBy string // who decided, in words: 病院長
	AppointedOn string // first day
	UntilOn     string // last day; empty = still in force
	EndReason   string
	DocumentID  string // letter of appointment, blob or attachment id; empty = none
	Note        string
	Revision    int64
	CreatedMS   int64
	UpdatedMS   int64
}

// ActiveOn reports whether the appointment is in force on day (2006-01-02).
func (a Appointment) ActiveOn(day string) bool {
	return a.AppointedOn <= day && (a.UntilOn == "" || day <= a.UntilOn)
}

// Kind says what a record proves.
type Kind string

// Kinds of record.
const (
	KindStocktake     Kind = "stocktake"         // 棚卸し: ledger compared with what is there
	KindManagement    Kind = "management_report" // state reported to management
	KindLogReview     Kind = "log_review"        // access logs looked through
	KindAccountReview Kind = "account_review"    // accounts and rights looked through
	KindDrill         Kind = "drill"             // exercise of the emergency plan
	KindTraining      Kind = "training"          // course or lecture
	KindRestoreTest   Kind = "restore_test"      // backup read back
	KindMeeting       Kind = "meeting"           // safety committee
	KindOther         Kind = "other"
)

// Kinds is every kind in the order of lists.
var Kinds = []Kind{KindStocktake, KindManagement, KindLogReview, KindAccountReview, KindDrill, KindTraining, KindRestoreTest, KindMeeting, KindOther}

// Record is a dated proof that something was done.
type Record struct {
	ID           string
	FacilityID   string
	Kind         Kind
	Title        string // 1–200 characters
	HeldOn       string // day it was done
	PeriodFrom   string // what a review looks back on; empty = not said
	PeriodUntil  string
	HeldBy       string // who did it, in words
	Note         string // up to 4,000 characters
	DocumentID   string // minutes, sheet; blob or attachment id; empty = none
	Revision     int64
	CreatedBy    string // user id
	CreatedMS    int64
	UpdatedMS    int64
	WithdrawnMS  int64 // 0 = counts
	WithdrawnBy  string
	WithdrawnWhy string
}

// ValidDay reports whether text is a day that exists, in the form 2006-01-02.
func ValidDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// check collects the first fault of an input, field by field.
type check struct{ err error }

func (c *check) fail(field, key string, args ...any) {
	if c.err == nil {
		c.err = fault.Invalid(key, args...).At(field)
	}
}

// text trims *s and holds it to a length in characters; line breaks only where
// lines are wanted.
func (c *check) text(field string, s *string, needed bool, maxChars int, lines bool) {
	*s = strings.TrimSpace(*s)
	switch {
	case needed && *s == "":
		c.fail(field, "organisation.error.empty")
	case utf8.RuneCountInString(*s) > maxChars:
		c.fail(field, "organisation.error.too_long", "Max", maxChars)
	case !plain(*s, lines):
		c.fail(field, "organisation.error.characters")
	}
}

func (c *check) day(field, day string, needed bool) {
	switch {
	case day == "" && needed:
		c.fail(field, "organisation.error.empty")
	case day != "" && !ValidDay(day):
		c.fail(field, "organisation.error.day")
	}
}

func (c *check) facility(id string) {
	if id == "" {
		c.fail("facility_id", "organisation.error.facility")
	}
}

func (c *check) order(field, from, until string) {
	if from != "" && until != "" && until < from {
		c.fail(field, "organisation.error.order")
	}
}

// plain reports whether text is valid UTF-8 without control characters; line
// breaks and tabs are allowed where lines are.
func plain(text string, lines bool) bool {
	if !utf8.ValidString(text) {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return (r < ' ' || r == 0x7f) && (!lines || r != '\n' && r != '\r' && r != '\t')
	})
}
