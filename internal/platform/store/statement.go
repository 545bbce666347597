package store

import (
	"container/list"
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds the prepared statements kept per pool; filters make many
// texts, and the least used one is closed first.
const maxStatements = 200

type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements keeps prepared statements by text, least recently used out first.
type statements struct {
	mu    sync.Mutex
	conn  preparer
	byKey map[string]*list.Element
	order *list.List
}

type statement struct {
	text string
	stmt *sql.Stmt
}

func newStatements(conn preparer) *statements {
	return &statements{conn: conn, byKey: map[string]*list.Element{}, order: list.New()}
}

func (s *statements) get(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	if e, ok := s.byKey[text]; ok {
		s.order.MoveToFront(e)
		s.mu.Unlock()
		return e.Value.(statement).stmt, nil
	}
	s.mu.Unlock()
	stmt, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.byKey[text]; ok { // another goroutine was first
		_ = stmt.Close()
		return e.Value.(statement).stmt, nil
	}
	s.byKey[text] = s.order.PushFront(statement{text, stmt})
	for s.order.Len() > maxStatements {
		last := s.order.Back()
		old := s.order.Remove(last).(statement)
		delete(s.byKey, old.text)
		// database/sql closes it for real once open rows are done with it.
		_ = old.stmt.Close()
	}
	return stmt, nil
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := s.order.Front(); e != nil; e = e.Next() {
		_ = e.Value.(statement).stmt.Close()
	}
	s.byKey, s.order = map[string]*list.Element{}, list.New()
}
