package directory

import (
	"slices"
	"strconv"

	"github.com/go-ldap/ldap/v3"

	"sonae/internal/platform/fault"
)

// What is asked for. Object categories are indexed in Active Directory, classes are
// not (MS-ADTS, section 3.1.1.2.3); computers are users by class.
const (
	computerFilter = `(objectCategory=computer)`
	accountFilter  = `(|(&(objectCategory=person)(objectClass=user))(objectClass=msDS-GroupManagedServiceAccount)(objectClass=msDS-ManagedServiceAccount))`
	groupFilter    = `(objectClass=group)`
)

var (
	computerAttributes = []string{"objectGUID", "cn", "dNSHostName", "operatingSystem", "operatingSystemVersion", "userAccountControl",
		"lastLogonTimestamp", "lastLogon", "description", "netbootGUID"}
	accountAttributes = []string{"objectGUID", "objectClass", "sAMAccountName", "displayName", "mail", "employeeNumber", "employeeID", "userAccountControl",
		"msDS-User-Account-Control-Computed", "lockoutTime", "lastLogonTimestamp", "lastLogon", "pwdLastSet", "memberOf", "servicePrincipalName"}
	groupAttributes = []string{"objectGUID", "objectSid", "sAMAccountName"}
)

// since narrows a filter to what changed from a change number on; 0 = everything.
func since(filter string, usn int64) string {
	if usn == 0 {
		return filter
	}
	return `(&` + filter + `(uSNChanged>=` + strconv.FormatInt(usn, 10) + `))`
}

// emptyPages is how many pages without an entry a server may send: Active Directory
// sends some when it filters late, a server without end sends only these.
const emptyPages = 50

// pages reads everything below base that passes filter (RFC 2696), and gives each
// entry to take. A fault when the server does not page honestly: then nothing is
// known to be complete.
func (l *link) pages(base, filter string, attributes []string, take func(*ldap.Entry) error) error {
	seen, empty := 0, 0
	cookies := map[string]bool{}
	paging := ldap.NewControlPaging(uint32(l.limits.rows)) //nolint:gosec // a small constant
	for {
		l.guard.allow(l.limits.page)
		res, err := l.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, int(l.limits.request.Seconds()), false, filter, attributes, []ldap.Control{paging}))
		if err != nil {
			return l.fault(err)
		}
		if seen += len(res.Entries); seen > l.limits.objects {
			return fault.New(fault.CodeUnavailable, "directory.error.endless", "Max", strconv.Itoa(l.limits.objects))
		}
		for _, e := range res.Entries {
			if err := take(e); err != nil {
				return err
			}
		}
		answer, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok {
			return fault.New(fault.CodeUnavailable, "directory.error.not_paged")
		}
		if len(answer.Cookie) == 0 {
			return nil
		}
		if len(res.Entries) == 0 {
			empty++
		}
		if cookies[string(answer.Cookie)] && len(res.Entries) == 0 || empty > emptyPages {
			return fault.New(fault.CodeUnavailable, "directory.error.pages")
		}
		cookies[string(answer.Cookie)] = true
		paging.SetCookie(answer.Cookie)
	}
}

// one reads a single entry by its name; nil when there is none or we may not see it.
func (l *link) one(dn string, attributes ...string) (*ldap.Entry, error) {
	l.guard.allow(l.limits.page)
	res, err := l.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 2, int(l.limits.request.Seconds()), false, "(objectClass=*)", attributes, nil))
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) || ldap.IsErrorWithCode(err, ldap.LDAPResultReferral) {
		return nil, nil
	}
	if err != nil {
		return nil, l.fault(err)
	}
	if len(res.Entries) == 0 {
		return nil, nil
	}
	return res.Entries[0], nil
}

// root is what a server says of itself before anything is read.
type root struct {
	key string // whose change numbers these are; another one: read everything
	usn int64  // highest change so far
}

// activeDirectory is the capability that only Active Directory and servers that
// speak as it does claim (MS-ADTS, section 3.1.1.3.4.3.1).
const activeDirectory = "1.2.840.113556.1.4.800"

// root reads the root DSE (RFC 4512, section 5.1) and the server's invocation, which
// changes when it is restored from a backup (MS-ADTS, section 3.1.1.1.9).
func (l *link) root() (root, error) {
	e, err := l.one("", "supportedCapabilities", "supportedControl", "highestCommittedUSN", "dsServiceName")
	if err != nil {
		return root{}, err
	}
	if e == nil || !has(e, "supportedCapabilities", activeDirectory) || !has(e, "supportedControl", ldap.ControlTypePaging) {
		return root{}, fault.New(fault.CodeUnsupported, "directory.error.not_ad")
	}
	usn, err := strconv.ParseInt(e.GetAttributeValue("highestCommittedUSN"), 10, 64)
	if err != nil || usn < 0 {
		return root{}, fault.New(fault.CodeUnsupported, "directory.error.not_ad").Because(err)
	}
	r := root{key: e.GetAttributeValue("dsServiceName"), usn: usn}
	if len(r.key) > l.limits.value {
		return root{}, fault.New(fault.CodeUnavailable, "directory.error.broken")
	}
	service, err := l.one(r.key, "invocationId")
	if err != nil {
		return root{}, err
	}
	if service != nil {
		if id, err := guid(service.GetRawAttributeValue("invocationId")); err == nil {
			r.key += " " + id
		}
	}
	return r, nil
}

func has(e *ldap.Entry, attribute, value string) bool {
	return slices.Contains(e.GetAttributeValues(attribute), value)
}
