// Package wmi asks Windows Management Instrumentation through one small interface
// with two implementations: Live on Windows, over COM, and Recorded, which answers
// from text, so that whatever a collector does with an answer is tested on every
// system.
//
//	rows, err := w.Query(ctx, `root\cimv2`, "Win32_DiskDrive", "Model", "SerialNumber")
//
// A query costs some 10 ms of processor time and wakes a service: ask only what
// the registry does not tell.
package wmi

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// WMI answers queries. Query may be called concurrently; live queries run one
// after the other. An unknown namespace or class is ErrNotThere, a missing right
// fs.ErrPermission.
type WMI interface {
	// Query reads the named properties of all instances of a class, in the
	// provider's order, at most MaxRows. Properties without a value, or that the
	// class does not have on this version of Windows, are missing in the row.
	Query(ctx context.Context, namespace, class string, properties ...string) ([]Row, error)
}

// Bounds of an answer.
const (
	MaxRows      = 4096
	MaxTextBytes = 4096
)

// ErrNotThere says that this Windows has no such namespace or class.
var ErrNotThere = errors.New("WMI has no such class on this machine")

// Row is one instance: its properties as text, by name in lower case. Numbers are
// decimal, booleans "true" and "false"; texts of a list are joined by line ends.
type Row map[string]string

// Text is a property without space around it; "" when it is missing.
func (r Row) Text(name string) string { return strings.TrimSpace(r[strings.ToLower(name)]) }

// Number is a property as an integer; false when it is missing or none.
func (r Row) Number(name string) (int64, bool) {
	n, err := strconv.ParseInt(r.Text(name), 10, 64)
	return n, err == nil
}

// Int is Number, and 0 when there is none.
func (r Row) Int(name string) int64 {
	n, _ := r.Number(name)
	return n
}

// True tells whether a property is the boolean true.
func (r Row) True(name string) bool { return strings.EqualFold(r.Text(name), "true") }

// word is what may stand in a query: names of classes and properties.
var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// statement writes the query in WQL.
func statement(class string, properties []string) (string, error) {
	for _, name := range append([]string{class}, properties...) {
		if !word.MatchString(name) {
			return "", errors.New("not a name of a class or property: " + strconv.Quote(name))
		}
	}
	return "SELECT " + strings.Join(properties, ",") + " FROM " + class, nil
}
