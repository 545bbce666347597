package recognise

import (
	"archive/zip"
	"bytes"
	_ "embed" // the fingerprints
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"sync"
)

// recogZip holds the databases of Recog that fit traits of devices, as published, with
// their licence (see data/README.md).
//
//go:embed data/recog.zip
var recogZip []byte

// database is one file of Recog: fingerprints in the order in which they are tried.
type database struct {
	Prints []*fingerprint `xml:"fingerprint"`
}

// fingerprint is an expression and what follows when it matches.
type fingerprint struct {
	Pattern     string         `xml:"pattern,attr"`
	Flags       string         `xml:"flags,attr"`
	Description string         `xml:"description"`
	Params      []param        `xml:"param"`
	Examples    []recogExample `xml:"example"`
	pattern     *pattern
}

// param is one thing that follows: a fixed value, or the group at Pos.
type param struct {
	Pos   int    `xml:"pos,attr"`
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// recogExample is a real banner with what must be found in it.
type recogExample struct {
	Attrs []xml.Attr `xml:",any,attr"`
	Text  string     `xml:",chardata"`
}

// maxDatabase bounds a database's XML; the largest has half a megabyte.
const maxDatabase = 8 << 20

// readDatabase reads a database of Recog. Errors: no XML, an expression that Go does
// not know.
func readDatabase(r io.Reader) (*database, error) {
	db := &database{}
	if err := xml.NewDecoder(io.LimitReader(r, maxDatabase)).Decode(db); err != nil {
		return nil, fmt.Errorf("read recog database: %w", err)
	}
	for _, f := range db.Prints {
		f.pattern = newPattern(recogFlags(f.Flags), f.Pattern)
	}
	return db, nil
}

// recogFlags translates flags: ^ and $ are ends of lines in Ruby, whatever the flags;
// its MULTILINE lets the dot match a line's end.
func recogFlags(flags string) string {
	icase, dot := "", ""
	for f := range strings.SplitSeq(flags, ",") {
		switch strings.TrimSpace(f) {
		case "REG_ICASE", "IGNORECASE":
			icase = "i"
		case "REG_DOT_NEWLINE", "REG_MULTILINE":
			dot = "s"
		}
	}
	return "(?m" + icase + dot + ")"
}

// match tries the fingerprints in their order; nil when none fits.
func (db *database) match(text string) (*fingerprint, map[string]string) {
	low := strings.ToLower(text)
	for _, f := range db.Prints {
		if m := f.match(text, low); m != nil {
			return f, m
		}
	}
	return nil, nil
}

// match gives the parameters of a fingerprint for a text; nil when it does not fit.
func (f *fingerprint) match(text, low string) map[string]string {
	m := f.pattern.find(text, low)
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(f.Params))
	for _, p := range f.Params {
		switch {
		case p.Pos == 0:
			out[p.Name] = p.Value
		case p.Pos < len(m) && m[p.Pos] != "":
			out[p.Name] = m[p.Pos]
		}
	}
	for name, v := range out {
		if strings.Contains(v, "{") {
			out[name] = interpolate(v, out)
		}
	}
	return out
}

// interpolate puts other parameters into a value: cpe:/o:cisco:ios:{os.version}. One
// that was not found stands as "-", as Recog does it in a CPE.
func interpolate(v string, params map[string]string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(v, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			b.WriteString(v)
			return b.String()
		}
		b.WriteString(before)
		if value, found := params[name]; found {
			b.WriteString(value)
		} else {
			b.WriteByte('-')
		}
		v = after
	}
}

// input gives the text of an example. Errors: its base64 is none.
func (e recogExample) input() (string, error) {
	for _, a := range e.Attrs {
		if a.Name.Local == "_encoding" && a.Value == "base64" {
			b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text), ""))
			return string(b), err
		}
	}
	return e.Text, nil
}

// databases are the embedded ones by name, each read when it is first asked for.
var databases = sync.OnceValue(func() map[string]func() *database {
	out := map[string]func() *database{}
	z, err := zip.NewReader(bytes.NewReader(recogZip), int64(len(recogZip)))
	if err != nil {
		return out
	}
	for _, f := range z.File {
		if name, ok := strings.CutSuffix(f.Name, ".xml"); ok {
			out[name] = sync.OnceValue(func() *database {
				r, err := f.Open()
				if err != nil {
					return &database{}
				}
				defer r.Close()
				db, err := readDatabase(r)
				if err != nil {
					return &database{}
				}
				return db
			})
		}
	}
	return out
})
