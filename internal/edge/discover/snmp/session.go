package snmp

import (
	"context"
	"errors"
)

// session asks an agent within the limits of a device.
type session struct {
	agent  Agent
	limits Limits
	values int
	bytes  int
	repeat int             // largest repeat that the device took; 1 = only single steps
	absent map[string]bool // tables that the device was seen not to have
}

// Rounds of the first request of a walk, and the most later ones ask for: a table of a
// small device fits the first, that of a large one needs few requests.
const (
	repeatFirst = 10
	repeatMost  = 40
)

func newSession(agent Agent, limits Limits) *session {
	return &session{agent: agent, limits: limits.orDefaults(), repeat: repeatMost, absent: map[string]bool{}}
}

// count charges values to the device.
func (s *session) count(vars []Var) error {
	s.values += len(vars)
	for _, v := range vars {
		s.bytes += len(v.Value.Bytes) + len(v.OID) + len(v.Value.OID)
	}
	if s.values > s.limits.Values || s.bytes > s.limits.Bytes {
		return ErrVolume
	}
	return nil
}

func (s *session) spent(ctx context.Context) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ErrTime
	case ctx.Err() != nil:
		return ctx.Err()
	case s.values > s.limits.Values || s.bytes > s.limits.Bytes:
		return ErrVolume
	}
	return nil
}

// get asks single values; what is missing is of KindNone.
func (s *session) get(ctx context.Context, oids ...string) ([]Value, error) {
	out := make([]Value, len(oids))
	for at := 0; at < len(oids); at += MaxOIDs {
		part := oids[at:min(len(oids), at+MaxOIDs)]
		vars, err := s.getPart(ctx, part)
		if err != nil {
			return out, err
		}
		for i, v := range vars {
			if i < len(part) && v.OID == part[i] {
				out[at+i] = v.Value
			}
		}
	}
	return out, nil
}

// getPart halves a request that the device finds too big.
func (s *session) getPart(ctx context.Context, oids []string) ([]Var, error) {
	if err := s.spent(ctx); err != nil {
		return nil, err
	}
	vars, err := s.agent.Get(ctx, oids)
	if TroubleOf(err) == ErrTooBig && len(oids) > 1 {
		first, err := s.getPart(ctx, oids[:len(oids)/2])
		if err != nil {
			return first, err
		}
		rest, err := s.getPart(ctx, oids[len(oids)/2:])
		return append(first, rest...), err
	}
	if err != nil {
		return nil, err
	}
	return vars, s.count(vars)
}

// probe asks in few requests which of the tables the device has, so that walks of
// those it does not have cost nothing. A device that does not take it is just walked.
func (s *session) probe(ctx context.Context, roots []string) error {
	return s.firsts(ctx, roots, func(i int, v Var, inside bool) {
		s.absent[roots[i]] = !inside || v.Value.Kind == KindNone && compareOID(v.OID, roots[i]) <= 0
	})
}

// firsts asks for the first value behind each of roots and tells whether it lies under
// its root. What a device answers with too few or too many values is left out.
func (s *session) firsts(ctx context.Context, roots []string, fn func(i int, v Var, inside bool)) error {
	for at := 0; at < len(roots); at += MaxOIDs / 2 {
		part := roots[at:min(len(roots), at+MaxOIDs/2)]
		if err := s.spent(ctx); err != nil {
			return err
		}
		vars, err := s.agent.Next(ctx, part, 1)
		if err != nil {
			return err
		}
		if err := s.count(vars); err != nil {
			return err
		}
		if len(vars) != len(part) {
			continue
		}
		for i, root := range part {
			_, inside := under(vars[i].OID, root)
			fn(at+i, vars[i], inside)
		}
	}
	return nil
}

// walk calls fn for every value under root in rising order until it gives false. The
// index is what follows root; it is overwritten by the next call.
func (s *session) walk(ctx context.Context, root string, fn func(index []uint32, v Value) bool) error {
	return s.walkHinted(ctx, root, repeatFirst, fn)
}

func (s *session) walkHinted(ctx context.Context, root string, repeat int, fn func(index []uint32, v Value) bool) error {
	if s.absent[root] {
		return nil
	}
	last, rows := root, 0
	index := make([]uint32, 0, 32)
	for {
		vars, err := s.next(ctx, last, &repeat)
		if err != nil {
			return err
		}
		for _, v := range vars {
			suffix, inside := under(v.OID, root)
			if !inside || v.Value.Kind == KindNone && v.OID == last {
				return nil
			}
			if compareOID(v.OID, last) <= 0 {
				return ErrLoop
			}
			last = v.OID
			if rows++; rows > s.limits.Rows {
				return ErrRows
			}
			var ok bool
			if index, ok = appendOID(index[:0], suffix); !ok {
				return ErrMalformed
			}
			if v.Value.Kind != KindNone && !fn(index, v.Value) {
				return nil
			}
		}
		if len(vars) == 0 {
			return nil
		}
		repeat = min(repeat*2, s.repeat)
	}
}

// next asks one step of a walk. A device that stays silent or refuses when it is asked
// for many values at a time is asked for fewer, down to one.
func (s *session) next(ctx context.Context, last string, repeat *int) ([]Var, error) {
	for {
		if err := s.spent(ctx); err != nil {
			return nil, err
		}
		*repeat = max(1, min(*repeat, s.repeat))
		vars, err := s.agent.Next(ctx, []string{last}, *repeat)
		if err == nil {
			return vars, s.count(vars)
		}
		if *repeat == 1 || TroubleOf(err) != ErrTooBig && !noAnswer(err) && TroubleOf(err) != ErrMalformed {
			return nil, err
		}
		s.repeat = max(1, *repeat/4)
	}
}

// columns walks columns of a table. The first tells how many rows there are, so that
// the others are asked for exactly that many.
func (s *session) columns(ctx context.Context, entry string, columns []string, fn func(column int, index []uint32, v Value)) error {
	repeat := repeatFirst
	var trouble error
	for i, c := range columns {
		n := 0
		err := s.walkHinted(ctx, entry+"."+c, repeat, func(index []uint32, v Value) bool {
			n++
			fn(i, index, v)
			return true
		})
		if err != nil && trouble == nil {
			trouble = err
		}
		if noAnswer(err) || s.spent(ctx) != nil {
			return trouble
		}
		if n > 0 {
			repeat = min(n+1, s.repeat)
		}
	}
	return trouble
}
