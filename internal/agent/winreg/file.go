package winreg

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// File is a registry read from the text of "reg export", of version 5 (UTF-16, or
// UTF-8 as tests write it) or of REGEDIT4 (ANSI). A comment "; written TIME" after
// the line of a key, in RFC 3339, is the time of its last change.
type File struct {
	keys map[string]*fileKey // by path in lower case
}

type fileKey struct {
	values  Values
	names   []string // of subkeys, as written
	written time.Time
	listed  bool // stands in the file itself, not only as a parent of one that does
}

// Bounds of a file.
const (
	maxFileBytes = 64 << 20
	maxFileKeys  = 500000
)

// ErrNotRegistry says that a text does not start like a registry file.
var ErrNotRegistry = errors.New("not a registry file: it has to start with \"Windows Registry Editor Version 5.00\" or REGEDIT4")

// longRoots are the hives as regedit writes them.
var longRoots = map[string]string{"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_USERS": "HKU", "HKEY_CURRENT_USER": "HKCU", "HKEY_CLASSES_ROOT": "HKCR"}

// Parse reads files, the later ones over the earlier ones. Lines that are not
// understood are an error with their number, and nothing is read.
func Parse(bodies ...[]byte) (*File, error) {
	f := &File{keys: map[string]*fileKey{}}
	for _, body := range bodies {
		if err := f.parse(body); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *File) parse(body []byte) error {
	if len(body) > maxFileBytes {
		return fmt.Errorf("registry file: more than %d bytes", maxFileBytes)
	}
	lines := strings.Split(strings.TrimLeft(fileText(body), "\ufeff"), "\n")
	head := strings.TrimSpace(lines[0])
	ansi := head == "REGEDIT4"
	if !ansi && head != "Windows Registry Editor Version 5.00" {
		return ErrNotRegistry
	}
	var key *fileKey
	for at := 1; at < len(lines); at++ {
		number := at + 1
		line := strings.TrimRight(lines[at], "\r")
		switch trimmed := strings.TrimSpace(line); {
		case strings.HasPrefix(trimmed, "[") && strings.HasSuffix(trimmed, "]"):
			var err error
			if key, err = f.open(trimmed[1 : len(trimmed)-1]); err != nil {
				return fmt.Errorf("registry file, line %d: %w", number, err)
			}
		case strings.HasPrefix(trimmed, "; written ") && key != nil:
			key.written, _ = time.Parse(time.RFC3339, strings.TrimPrefix(trimmed, "; written "))
		case trimmed == "" || strings.HasPrefix(trimmed, ";"):
		case key != nil && (trimmed[0] == '"' || trimmed[0] == '@'):
			line, at = wholeValue(lines, at)
			if err := key.set(strings.TrimSpace(line), ansi); err != nil {
				return fmt.Errorf("registry file, line %d: %w", number, err)
			}
		default:
			return fmt.Errorf("registry file, line %d: neither a key nor a value", number)
		}
	}
	return nil
}

// fileText decodes UTF-16 with or without its mark, UTF-8, and takes anything
// else for Windows-1252.
func fileText(body []byte) string {
	for len(body) >= 2 && body[0] == 0xff && body[1] == 0xfe {
		body = body[2:]
	}
	if len(body) >= 2 && body[0] != 0 && body[1] == 0 {
		return UTF16(body)
	}
	if utf8.Valid(body) {
		return string(body)
	}
	text, _ := charmap.Windows1252.NewDecoder().Bytes(body)
	return string(text)
}

// wholeValue joins the lines of the value that starts at a line, and gives the
// last of them: a string may hold line ends, and bytes go on after a backslash.
func wholeValue(lines []string, at int) (string, int) {
	var b strings.Builder
	open := false
	for ; at < len(lines); at++ {
		line := strings.TrimRight(lines[at], "\r")
		if !open && b.Len() > 0 {
			line = strings.TrimSpace(line)
		}
		open = openQuote(line, open)
		before, more := strings.CutSuffix(line, `\`)
		switch {
		case open:
			b.WriteString(line + "\n")
		case more:
			b.WriteString(before)
		default:
			b.WriteString(line)
			return b.String(), at
		}
	}
	return b.String(), at
}

// openQuote tells whether a quote is open after a line, when it was before.
func openQuote(line string, open bool) bool {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			if open {
				i++
			}
		case '"':
			open = !open
		}
	}
	return open
}

// open makes a key and its parents.
func (f *File) open(path string) (*fileKey, error) {
	if len(path) > MaxPathBytes {
		return nil, errors.New("the key's path is too long")
	}
	root, rest, _ := strings.Cut(path, `\`)
	if short, known := longRoots[strings.ToUpper(root)]; known {
		root = short
	}
	path = root
	key := f.make(path)
	for name := range strings.SplitSeq(rest, `\`) {
		if name == "" {
			continue
		}
		if len(f.keys) > maxFileKeys {
			return nil, errors.New("too many keys")
		}
		parent, child := key, path+`\`+name
		if _, known := f.keys[strings.ToLower(child)]; !known {
			parent.names = append(parent.names, name)
		}
		path, key = child, f.make(child)
	}
	key.listed = true
	return key, nil
}

func (f *File) make(path string) *fileKey {
	low := strings.ToLower(path)
	key := f.keys[low]
	if key == nil {
		key = &fileKey{values: Values{}}
		f.keys[low] = key
	}
	return key
}

// set reads one value: "name"=… or @=….
func (k *fileKey) set(line string, ansi bool) error {
	name, rest := "", line[1:]
	if line[0] == '"' {
		var ok bool
		if name, rest, ok = cutQuoted(rest); !ok {
			return errors.New("the name has no end")
		}
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(rest), "=")
	if !ok {
		return errors.New("no = after the name")
	}
	value, err := parseData(strings.TrimSpace(rest), ansi)
	if err != nil {
		return err
	}
	if len(value.Data) > MaxValueBytes {
		value.Data = value.Data[:MaxValueBytes]
	}
	value.Name = name
	if len(k.values) < MaxValues {
		k.values[strings.ToLower(name)] = value
	}
	return nil
}

// parseData reads "text", dword:00000001, hex:…, hex(7):….
func parseData(text string, ansi bool) (Value, error) {
	if rest, quoted := strings.CutPrefix(text, `"`); quoted {
		body, _, ok := cutQuoted(rest)
		if !ok {
			return Value{}, errors.New("the string has no end")
		}
		return Value{Kind: SZ, Data: textData(body)}, nil
	}
	if rest, ok := strings.CutPrefix(text, "dword:"); ok {
		n, err := strconv.ParseUint(strings.TrimSpace(rest), 16, 32)
		if err != nil {
			return Value{}, fmt.Errorf("dword: %w", err)
		}
		return Value{Kind: DWord, Data: []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}}, nil
	}
	kind := uint64(Binary)
	rest, ok := strings.CutPrefix(text, "hex:")
	if !ok {
		number, after, found := strings.Cut(strings.TrimPrefix(text, "hex("), "):")
		var err error
		if kind, err = strconv.ParseUint(number, 16, 32); !found || err != nil || !strings.HasPrefix(text, "hex(") {
			return Value{}, errors.New("a value of no known form")
		}
		rest = after
	}
	data, err := hex.DecodeString(strings.NewReplacer(",", "", " ", "", "\t", "").Replace(rest))
	if err != nil {
		return Value{}, fmt.Errorf("hex: %w", err)
	}
	if ansi && (Kind(kind) == ExpandSZ || Kind(kind) == MultiSZ) {
		wide := make([]byte, 0, 2*len(data))
		for _, b := range data {
			wide = append(wide, b, 0)
		}
		data = wide
	}
	return Value{Kind: Kind(kind), Data: data}, nil
}

// cutQuoted reads up to the closing quote; a backslash protects itself and quotes.
func cutQuoted(text string) (body, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '\\' || text[i+1] == '"'):
			i++
			b.WriteByte(text[i])
		case text[i] == '"':
			return b.String(), text[i+1:], true
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}

func (f *File) key(path string) (*fileKey, error) {
	if key := f.keys[strings.ToLower(strings.Trim(path, `\`))]; key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("registry %.200s: %w", path, fs.ErrNotExist)
}

// Subkeys lists the keys in a key.
func (f *File) Subkeys(key string) ([]string, error) {
	k, err := f.key(key)
	if err != nil {
		return nil, err
	}
	return k.names[:min(len(k.names), MaxSubkeys)], nil
}

// Values reads the values of a key.
func (f *File) Values(key string) (Values, error) {
	k, err := f.key(key)
	if err != nil {
		return nil, err
	}
	return k.values, nil
}

// Written is the time in the comment after the key; zero without one.
func (f *File) Written(key string) (time.Time, error) {
	k, err := f.key(key)
	if err != nil {
		return time.Time{}, err
	}
	return k.written, nil
}

// Len counts the keys that stand in the file themselves.
func (f *File) Len() int {
	n := 0
	for _, k := range f.keys {
		if k.listed {
			n++
		}
	}
	return n
}
