package collect

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"sonae/internal/agent/wmi"
)

var wmicName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// wmicList reads what "wmic CLASS get /format:list" prints: NAME=VALUE lines,
// rows apart by empty lines; UTF-16 or UTF-8. Lists stand as {"a","b"}.
func wmicList(body []byte) ([]wmi.Row, error) {
	const most = 16 << 20
	if len(body) > most {
		return nil, errors.New("wmic list: too long")
	}
	var rows []wmi.Row
	row := wmi.Row{}
	for line := range strings.Lines(plain(body)) {
		line = strings.Trim(line, "\r\n\ufeff")
		name, value, ok := strings.Cut(line, "=")
		if !ok || !wmicName.MatchString(name) {
			continue
		}
		name = strings.ToLower(name)
		if _, again := row[name]; again { // wmic writes more than one empty line, so names tell rows apart
			rows, row = append(rows, row), wmi.Row{}
		}
		if value = listValue(value); value != "" {
			row[name] = value
		} else {
			row[name] = ""
		}
		if len(rows) > wmi.MaxRows {
			return nil, errors.New("wmic list: too many rows")
		}
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows, nil
}

func listValue(value string) string {
	if inner, ok := strings.CutPrefix(value, `{"`); ok && strings.HasSuffix(inner, `"}`) {
		return strings.ReplaceAll(strings.TrimSuffix(inner, `"}`), `","`, "\n")
	}
	return value
}

func TestWmicList(t *testing.T) {
	text := "\r\n\r\nDeviceID=C:\r\nName=システム\r\nList={\"a\",\"b\"}\r\n\r\nDeviceID=D:\r\nName=\r\n\r\n"
	body := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		body = append(body, byte(u), byte(u>>8))
	}
	for _, form := range [][]byte{[]byte(text), body} {
		rows, err := wmicList(form)
		if err != nil || len(rows) != 2 || rows[0].Text("name") != "システム" || rows[0].Text("list") != "a\nb" || rows[1].Text("deviceid") != "D:" {
			t.Errorf("rows = %v, %v", rows, err)
		}
	}
}

func FuzzWmicList(f *testing.F) {
	f.Add([]byte("A=1\nB=2\n\nA=3\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := wmicList(body)
		if err == nil && len(rows) > wmi.MaxRows+1 {
			t.Errorf("%d rows of %d bytes", len(rows), len(body))
		}
	})
}
