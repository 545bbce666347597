package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kind is what went wrong in the database, told apart without reading messages.
type Kind int

// Kinds of database errors.
const (
	KindNone       Kind = iota // no error
	KindOther                  // anything else
	KindUnique                 // a unique key is taken
	KindForeignKey             // a referenced row is missing or still in use
	KindRetry                  // another transaction was in the way; Tx has tried again already
	KindFull                   // the disk is full, or a quota is used up
)

// pgKinds maps SQLSTATE (PostgreSQL documentation, appendix A).
var pgKinds = map[string]Kind{
	"23505": KindUnique,
	"23503": KindForeignKey,
	"40001": KindRetry,
	"40P01": KindRetry,
	"53100": KindFull,
}

// sqliteKinds maps extended result codes (https://www.sqlite.org/rescode.html).
var sqliteKinds = map[int]Kind{
	sqlite3.SQLITE_CONSTRAINT_UNIQUE:     KindUnique,
	sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: KindUnique,
	sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: KindForeignKey,
	sqlite3.SQLITE_FULL:                  KindFull,
}

// KindOf classifies err; nil gives KindNone.
func KindOf(err error) Kind {
	if err == nil {
		return KindNone
	}
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		if k, ok := pgKinds[pe.Code]; ok {
			return k
		}
		return KindOther
	}
	if se, ok := errors.AsType[*sqlite.Error](err); ok {
		if k, ok := sqliteKinds[se.Code()]; ok {
			return k
		}
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return KindFull
		case sqlite3.SQLITE_IOERR: // a write that the disk refused
			return KindFull
		}
	}
	return KindOther
}
