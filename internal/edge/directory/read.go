package directory

import (
	"context"
	"strconv"

	"github.com/go-ldap/ldap/v3"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/account"
)

// reading is everything that one reading found.
type reading struct {
	full       bool
	atMS       int64
	serverKey  string
	usn        int64
	computers  []Computer
	accounts   []account.DirectoryAccount
	privileged map[string]string // GUID → groups
}

// read reads a directory into memory: everything, or what changed since the last
// reading of the same server.
func (d *Directory) read(ctx context.Context, s Source, full bool) (*reading, error) {
	password, err := d.password(s)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.limits.reading)
	defer cancel()
	r := &reading{atMS: d.nowMS()}
	l, err := d.dial(ctx, s, password)
	if err != nil {
		return nil, err
	}
	defer l.close()
	at, err := l.root()
	if err != nil {
		return nil, err
	}
	st := s.State
	r.serverKey, r.usn = at.key, at.usn
	r.full = full || st.FullMS == 0 || st.serverKey != at.key || at.usn < st.usn || r.atMS-st.FullMS >= fullEvery.Milliseconds()
	from := st.usn + 1
	if r.full {
		from = 0
	}
	return r, r.collect(l, s, from)
}

func (r *reading) collect(l *link, s Source, from int64) error {
	keys := map[string]bool{}
	// An object that moves while it is read may come twice; the last word counts, and
	// a server that sends nothing but repetitions is stopped.
	twice := func(key string) error {
		if keys[key] && len(keys)*2 < len(r.computers)+len(r.accounts) {
			return fault.New(fault.CodeUnavailable, "directory.error.pages")
		}
		keys[key] = true
		return nil
	}
	err := l.pages(s.BaseDN, since(computerFilter, from), computerAttributes, func(e *ldap.Entry) error {
		c, err := computer(e, l.limits.value)
		if err != nil {
			return err
		}
		r.computers = append(r.computers, c)
		return twice(c.Key)
	})
	if err != nil {
		return err
	}
	err = l.pages(s.BaseDN, since(accountFilter, from), accountAttributes, func(e *ldap.Entry) error {
		a, err := entry(e, l.limits.value)
		if err != nil {
			return err
		}
		a.DirectoryID, a.FacilityID = s.ID, s.FacilityID
		r.accounts = append(r.accounts, a)
		return twice(a.Key)
	})
	if err != nil {
		return err
	}
	// Membership changes the group, not the account, so it is read every time.
	if r.privileged, err = l.privileges(s.BaseDN); err != nil {
		return err
	}
	r.computers = lastOf(r.computers, func(c Computer) string { return c.Key })
	r.accounts = lastOf(r.accounts, func(a account.DirectoryAccount) string { return a.Key })
	for i, a := range r.accounts {
		r.accounts[i].Why = r.privileged[a.Key]
		r.accounts[i].Privileged = r.accounts[i].Why != ""
	}
	return nil
}

// lastOf keeps the last of what has the same key, in the order of the first.
func lastOf[T any](list []T, key func(T) string) []T {
	at := make(map[string]int, len(list))
	out := list[:0]
	for _, v := range list {
		if i, ok := at[key(v)]; ok {
			out[i] = v
			continue
		}
		at[key(v)] = len(out)
		out = append(out, v)
	}
	return out
}

// Found is what the test button tells.
type Found struct {
	Computers int
	Accounts  int
	Groups    int  // privileged accounts found through groups
	Long      bool // so many that only the first pages were counted
}

// checkObjects is how many objects of a kind the test button reads.
const checkObjects = 2000

// Check connects, signs in and reads a little, without storing anything. An empty
// password means the stored one. Errors are faults that say what is wrong.
func (d *Directory) Check(ctx context.Context, s Source, password string) (Found, error) {
	if err := s.clean(); err != nil {
		return Found{}, err
	}
	if password == "" {
		var err error
		if password, err = d.password(s); err != nil {
			return Found{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*d.limits.connect)
	defer cancel()
	l, err := d.dial(ctx, s, password)
	if err != nil {
		return Found{}, err
	}
	defer l.close()
	if _, err := l.root(); err != nil {
		return Found{}, err
	}
	return l.count(s)
}

// errEnough ends a count.
var errEnough = fault.New(fault.CodeInternal, "error.internal")

func (l *link) count(s Source) (f Found, err error) {
	l.limits.objects = checkObjects + l.limits.rows
	for _, kind := range []struct {
		filter string
		attrs  []string
		n      *int
		parse  func(*ldap.Entry) error
	}{
		{computerFilter, computerAttributes, &f.Computers, func(e *ldap.Entry) error { _, err := computer(e, l.limits.value); return err }},
		{accountFilter, accountAttributes, &f.Accounts, func(e *ldap.Entry) error { _, err := entry(e, l.limits.value); return err }},
	} {
		err := l.pages(s.BaseDN, kind.filter, kind.attrs, func(e *ldap.Entry) error {
			if *kind.n++; *kind.n >= checkObjects {
				return errEnough
			}
			return kind.parse(e)
		})
		if err == errEnough { //nolint:errorlint // our own value, never wrapped
			f.Long = true
		} else if err != nil {
			return f, err
		}
	}
	if f.Computers+f.Accounts == 0 {
		return f, fault.New(fault.CodeUnavailable, "directory.error.nothing", "Base", s.BaseDN)
	}
	return f, nil
}

// shrunk refuses a full reading that found less than half of what is known: more
// often the reading account lost its rights, or the base moved, than half of a
// hospital's computers were thrown away in a week. A person may accept it.
func (r *reading) shrunk(s Source) error {
	const few = 20
	for _, n := range []struct {
		key   string
		known int64
		found int
	}{{"directory.error.shrunk_computers", s.State.Computers, len(r.computers)}, {"directory.error.shrunk_accounts", s.State.Accounts, len(r.accounts)}} {
		if r.full && n.known >= few && int64(n.found) < n.known/2 {
			return fault.New(fault.CodeConflict, n.key, "Known", strconv.FormatInt(n.known, 10), "Found", strconv.Itoa(n.found))
		}
	}
	return nil
}
