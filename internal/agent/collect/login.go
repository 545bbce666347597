package collect

import (
	"bytes"
	"encoding/binary"
	"io"

	"sonae/internal/agent/sqlitefile"
)

// logins are the last log-ins that the system's records hold, Unix ms.
type logins struct {
	byUID    map[int]int64
	byName   map[string]int64
	lastName string // who logged in last, by wtmp
}

// readLogins merges lastlog(8), its successor lastlog2(8) and wtmp(5). Systems
// keep one, two or none of them.
func readLogins(src *Source, g *gaps) logins {
	l := logins{byUID: map[int]int64{}, byName: map[string]int64{}}
	g.add("/var/log/lastlog", l.lastlog(src))
	g.add("/var/lib/lastlog/lastlog2.db", l.lastlog2(src))
	g.add("/var/log/wtmp", l.wtmp(src))
	return l
}

// lastUser is who logged in last.
func lastUser(src *Source) string {
	l := logins{byName: map[string]int64{}}
	if l.wtmp(src) != nil {
		return ""
	}
	return l.lastName
}

// lastlogBytes is the size of struct lastlog (lastlog.h of glibc): a time of 32
// bits, 32 bytes of terminal, 256 of host; the record's number is the uid.
const lastlogBytes = 4 + 32 + 256

// maxUID bounds the records looked at: the file is sparse and may claim to be
// terabytes long. Directory accounts have ids above; wtmp knows them by name.
const maxUID = 70000

func (l *logins) lastlog(src *Source) error {
	file, size, closer, err := src.readerAt("/var/log/lastlog")
	if err != nil {
		return err
	}
	defer closer.Close()
	record := make([]byte, lastlogBytes)
	for _, uid := range passwdUIDs(src) {
		at := int64(uid) * lastlogBytes
		if uid < 0 || uid > maxUID || at+lastlogBytes > size {
			continue
		}
		if _, err := file.ReadAt(record, at); err != nil {
			return err
		}
		if seconds := binary.LittleEndian.Uint32(record); seconds != 0 {
			l.byUID[uid] = int64(seconds) * 1000
		}
	}
	return nil
}

func passwdUIDs(src *Source) []int {
	var list []int
	lines, _ := src.lines("/etc/passwd")
	for _, line := range lines {
		if user, ok := parsePasswd(line); ok {
			list = append(list, user.uid)
		}
	}
	return list
}

// lastlog2 reads the table Lastlog2(Name, Time, TTY, RemoteHost, Service).
func (l *logins) lastlog2(src *Source) error {
	const name = "/var/lib/lastlog/lastlog2.db"
	file, size, closer, err := src.readerAt(name)
	if err != nil {
		return err
	}
	defer closer.Close()
	var log io.ReaderAt
	var logSize int64
	if f, n, logCloser, err := src.readerAt(name + "-wal"); err == nil {
		defer logCloser.Close()
		log, logSize = f, n
	}
	db, err := sqlitefile.Open(file, size, log, logSize)
	if err != nil {
		return err
	}
	return db.Rows("Lastlog2", func(_ int64, c []sqlitefile.Value) error {
		if len(c) < 2 {
			return nil
		}
		user, named := c[0].(string)
		seconds, timed := c[1].(int64)
		if named && timed && seconds > 0 {
			l.byName[user] = max(l.byName[user], seconds*1000)
		}
		return nil
	})
}

// Layout of struct utmp on 64-bit Linux (utmp(5)), where the time has 32 bits
// for the sake of old programs.
const (
	utmpBytes       = 384
	utmpType        = 0 // of 16 bits
	utmpUser        = 44
	utmpUserLength  = 32
	utmpSeconds     = 340
	utmpUserProcess = 7
	// maxWtmpBytes is how much of the end is read: 20,000 log-ins.
	maxWtmpBytes = 20000 * utmpBytes
)

func (l *logins) wtmp(src *Source) error {
	file, size, closer, err := src.readerAt("/var/log/wtmp")
	if err != nil {
		return err
	}
	defer closer.Close()
	size -= size % utmpBytes
	from := max(0, size-maxWtmpBytes)
	body := make([]byte, size-from)
	if _, err := file.ReadAt(body, from); err != nil && err != io.EOF {
		return err
	}
	l.parseWtmp(body)
	return nil
}

func (l *logins) parseWtmp(body []byte) {
	newest := int64(0)
	for ; len(body) >= utmpBytes; body = body[utmpBytes:] {
		if binary.LittleEndian.Uint16(body[utmpType:]) != utmpUserProcess {
			continue
		}
		user, _, _ := bytes.Cut(body[utmpUser:utmpUser+utmpUserLength], []byte{0})
		ms := int64(binary.LittleEndian.Uint32(body[utmpSeconds:])) * 1000
		if len(user) == 0 {
			continue
		}
		l.byName[string(user)] = max(l.byName[string(user)], ms)
		if ms >= newest {
			newest, l.lastName = ms, string(user)
		}
	}
}
