// Package account knows the accounts on the machines: who may log on, with which
// rights, since when, and who they belong to. The rows come from agents (edge/ingest
// hands them over inside its transaction) and keep their history; the owner of an
// account is set by a person and never guessed.
//
// An account that was never used and an account nobody knows the last log-on of are
// different things: Login says which, and lists of unused accounts keep them apart.
package account

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Login says what is known about the last log-on.
type Login string

// What may be known.
const (
	LoginAt      Login = "at"      // LastLoginMS holds the time
	LoginNever   Login = "never"   // the source keeps a record and it has none
	LoginUnknown Login = "unknown" // the source does not say
)

// Account is a local account of a machine, never its secret.
type Account struct {
	AssetID       string
	Source        string // who says so: agent, csv …
	Name          string
	SystemID      string // uid or SID
	FullName      string
	Enabled       bool
	Locked        bool
	Privileged    bool     // root, Administrators, sudo, wheel …
	Interactive   bool     // may log on at all
	Why           string   // what makes it privileged
	Groups        []string // names
	PasswordSetMS int64    // 0 = unknown
	PasswordNever bool     // the password never expires
	NoPassword    bool     // can log on without one
	Login         Login
	LastLoginMS   int64 // Unix ms; 0 unless Login is LoginAt
	FirstMS       int64 // first reported with these values
	GoneMS        int64 // 0 = still there
	Owner         Owner // zero when nobody has set one
}

// OwnerKind says what sort of owner an account has.
type OwnerKind string

// Kinds of owner. The zero value means that nobody has said.
const (
	OwnerNone   OwnerKind = ""
	OwnerStaff  OwnerKind = "staff"  // a person of the hospital
	OwnerVendor OwnerKind = "vendor" // a company that maintains the machine
	OwnerShared OwnerKind = "shared" // several people use it
	OwnerSystem OwnerKind = "system" // a program uses it
)

// Owner is who an account belongs to, as a person has set it.
type Owner struct {
	Kind     OwnerKind
	StaffID  string // with OwnerStaff
	VendorID string // with OwnerVendor; empty when the company is not known yet
	Note     string // up to 1,000 characters
	SetBy    string // user id
	SetMS    int64
}

// keyMax is the length of an account's key in bytes: PostgreSQL refuses index
// entries over about 2,700 bytes.
const keyMax = 400

// key tells the accounts of one machine apart. Names on Windows do not differ by
// case alone, and a system never reports two that do.
func key(name string) string {
	if len(name) <= keyMax {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.ToValidUTF8(name[:keyMax-2*len(sum)], "") + hex.EncodeToString(sum[:])
}

func packGroups(groups []string) string {
	if len(groups) == 0 {
		return "[]"
	}
	b, err := json.Marshal(groups)
	if err != nil { // strings always encode
		return "[]"
	}
	return string(b)
}

func unpackGroups(text string) []string {
	var groups []string
	if json.Unmarshal([]byte(text), &groups) != nil {
		return nil
	}
	return groups
}
