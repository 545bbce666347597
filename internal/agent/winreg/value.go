package winreg

import (
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/unicode"
)

// Kind is the type of a value as the registry stores it (winnt.h, REG_…).
type Kind uint32

// Kinds of values.
const (
	None     Kind = 0
	SZ       Kind = 1
	ExpandSZ Kind = 2
	Binary   Kind = 3
	DWord    Kind = 4
	MultiSZ  Kind = 7
	QWord    Kind = 11
)

// Value is one value: its bytes are as the registry has them, so that nothing
// about them may be taken for granted.
type Value struct {
	Name string // as it is written
	Kind Kind
	Data []byte
}

// Values are the values of a key by name in lower case; that of the default value
// is "".
type Values map[string]Value

// Has tells whether there is a value of that name.
func (v Values) Has(name string) bool {
	_, ok := v[strings.ToLower(name)]
	return ok
}

// Text reads a string value without space around it; "" when it is missing or no
// string. Names of variables in it stand as they are.
func (v Values) Text(name string) string { return v[strings.ToLower(name)].Text() }

// Texts reads a value of several strings, or the one of a single string.
func (v Values) Texts(name string) []string { return v[strings.ToLower(name)].Texts() }

// Number reads an integer, also one that is written as a string of decimal
// digits; false when the value is missing or neither.
func (v Values) Number(name string) (uint64, bool) { return v[strings.ToLower(name)].Number() }

// Int is Number as an int: 0 when there is none or it does not fit 31 bits.
func (v Values) Int(name string) int {
	n, ok := v.Number(name)
	if !ok || n > 1<<31-1 {
		return 0
	}
	return int(n)
}

// Is tells whether there is an integer of that name and value.
func (v Values) Is(name string, want uint64) bool {
	n, ok := v.Number(name)
	return ok && n == want
}

// Time reads a FILETIME of eight bytes; zero when there is none.
func (v Values) Time(name string) time.Time {
	value := v[strings.ToLower(name)]
	if len(value.Data) != 8 || value.Kind == SZ {
		return time.Time{}
	}
	return FileTime(binary.LittleEndian.Uint64(value.Data))
}

// Text is the value as a string; "" when it is none. Many programs forget the
// zero at the end, and some write bytes after it.
func (v Value) Text() string {
	if v.Kind != SZ && v.Kind != ExpandSZ && v.Kind != MultiSZ {
		return ""
	}
	text, _ := cutText(v.Data)
	return strings.TrimSpace(text)
}

// Texts is the value as several strings.
func (v Value) Texts() []string {
	if v.Kind != MultiSZ {
		if text := v.Text(); text != "" {
			return []string{text}
		}
		return nil
	}
	var list []string
	for rest := v.Data; len(rest) >= 2; {
		var text string
		if text, rest = cutText(rest); text == "" {
			break
		}
		list = append(list, text)
	}
	return list
}

// Number is the value as an integer.
func (v Value) Number() (uint64, bool) {
	switch {
	case (v.Kind == DWord || v.Kind == Binary || v.Kind == None) && len(v.Data) == 4:
		return uint64(binary.LittleEndian.Uint32(v.Data)), true
	case (v.Kind == QWord || v.Kind == DWord) && len(v.Data) == 8:
		return binary.LittleEndian.Uint64(v.Data), true
	}
	text := v.Text()
	var n uint64
	for _, digit := range text {
		if digit < '0' || digit > '9' || n > 1<<59 {
			return 0, false
		}
		n = n*10 + uint64(digit-'0')
	}
	return n, text != ""
}

// cutText reads UTF-16 (little-endian) up to a zero or to the end.
func cutText(data []byte) (text string, rest []byte) {
	for at := 0; at+1 < len(data); at += 2 {
		if data[at] == 0 && data[at+1] == 0 {
			return UTF16(data[:at]), data[at+2:]
		}
	}
	return UTF16(data), nil
}

// UTF16 reads little-endian UTF-16 without a mark; half a character at the end is dropped,
// and what is none becomes U+FFFD.
func UTF16(data []byte) string {
	text, _ := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(data[:len(data)&^1])
	return string(text)
}

// textData is the opposite of cutText, with the zero.
func textData(text string) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return append(data, 0, 0)
}

// filetimeUnix is 1970-01-01 in FILETIME: units of 100 ns since 1601-01-01 in UTC
// (minwinbase.h).
const filetimeUnix = 116444736000000000

// FileTime reads a FILETIME. Times before 1970 or after 2100, which are "never"
// and mistakes, are zero.
func FileTime(t uint64) time.Time {
	const limit = filetimeUnix + 4133980799*10_000_000
	if t <= filetimeUnix || t > limit {
		return time.Time{}
	}
	t -= filetimeUnix
	return time.Unix(int64(t/10_000_000), int64(t%10_000_000)*100).UTC()
}

// Names lists the names of the values as they are written, in the order of their
// names in lower case.
func (v Values) Names() []string {
	names := make([]string, 0, len(v))
	for _, low := range slices.Sorted(maps.Keys(v)) {
		names = append(names, v[low].Name)
	}
	return names
}

// String shows a value in tests and logs.
func (v Value) String() string {
	if text := v.Text(); text != "" {
		return text
	}
	return hex.EncodeToString(v.Data)
}
