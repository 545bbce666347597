package noprobe

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	"sonae/internal/platform/fault"
)

// fileBytes bounds a list in a file.
const fileBytes = 4 << 20

// File reads a list from a file, anew with every Reload; see ReadFile.
func File(name string) Loader {
	read := func(context.Context) (l List, err error) {
		f, err := os.Open(name) //nolint:gosec // the person who runs the command names it
		if err != nil {
			return l, err
		}
		defer func() { _ = f.Close() }()
		l.Rules, err = ReadFile(f)
		if err != nil {
			return l, fmt.Errorf("%s: %w", name, err)
		}
		return l, nil
	}
	return Loader{read, func(context.Context) (string, error) {
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		return fmt.Sprint(info.ModTime().UnixNano(), info.Size()), nil
	}}
}

// ReadFile reads rules, one a line: an address, a range or a hardware address (or its
// beginning), then, after a space, the reason. Empty lines and what follows # are left
// out. A line that is none of these is an error that names it: a list that is half read
// protects only half.
func ReadFile(r io.Reader) ([]Rule, error) {
	var out []Rule
	in := bufio.NewScanner(io.LimitReader(r, fileBytes+1))
	size := 0
	for n := 1; in.Scan(); n++ {
		if size += len(in.Bytes()) + 1; size > fileBytes {
			return nil, fault.Invalid("noprobe.error.file_size", "Megabytes", fileBytes>>20)
		}
		text, comment, _ := strings.Cut(in.Text(), "#")
		value, reason, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(text, "\t", " ")), " ")
		if value == "" {
			continue
		}
		if reason = strings.TrimSpace(reason); reason == "" {
			reason = strings.TrimSpace(comment)
		}
		if reason == "" {
			reason = "-"
		}
		rule := Rule{Kind: kindOf(value), Value: value, Reason: reason}
		if err := rule.Check(); err != nil {
			return nil, fault.Invalid("noprobe.error.file", "Line", n).Because(err)
		}
		if out = append(out, rule); len(out) > rulesMax {
			return nil, fault.Invalid("noprobe.error.many", "Max", rulesMax)
		}
	}
	return out, in.Err()
}

// kindOf tells what a word names; empty when nothing fits.
func kindOf(value string) Kind {
	if _, err := netip.ParsePrefix(value); err == nil {
		return KindRange
	}
	if _, err := netip.ParseAddr(value); err == nil {
		return KindAddress
	}
	if macDigits(value) != "" {
		return KindMAC
	}
	return ""
}

// None is the list of a machine that has none: nothing is on it.
func None() Loader {
	return Loader{Read: func(context.Context) (List, error) { return List{}, nil }}
}
