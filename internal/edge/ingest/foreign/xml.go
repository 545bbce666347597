package foreign

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"sonae/internal/wire"
)

// xmlReader walks a message: REQUEST / CONTENT / section / field.
type xmlReader struct {
	message Message
	path    []string // open elements, upper case
	row     row      // open row; nil outside of a section that is read
	device  *device  // open device of a result
	rowNo   int
	text    strings.Builder
	values  int
	names   map[string]bool // sections met
}

// parseXML reads a message. There are no entities but the five of XML itself: what
// declares some is refused before anything of it is used.
func parseXML(body string) (*Message, error) {
	d := xml.NewDecoder(strings.NewReader(body))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // readable has settled it
	x := xmlReader{message: Message{content: content{}}, names: map[string]bool{}}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, brokenXML(err, body)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = x.start(strings.ToUpper(t.Name.Local))
		case xml.EndElement:
			err = x.end()
		case xml.CharData:
			x.chars(t)
		case xml.Directive:
			err = refuse(codeDocType, "", "holds a document type declaration")
		}
		if err != nil {
			return nil, err
		}
	}
	if x.message.Query == "" {
		return nil, refuse(codeXML, "REQUEST", "is no request of an agent")
	}
	return &x.message, nil
}

// brokenXML tells a message that ends too early from one that is wrong, and an
// undeclared entity from other mistakes.
func brokenXML(err error, body string) error {
	var syntax *xml.SyntaxError
	switch {
	case !errors.As(err, &syntax):
		return refuse(codeXML, "", "cannot be read")
	case strings.Contains(syntax.Msg, "unexpected EOF"):
		return refuse(wire.CodeTruncated, "", "ends in the middle, at line %d", syntax.Line)
	case strings.Contains(syntax.Msg, "invalid character entity"):
		return refuse(codeDocType, "", "uses an entity in line %d", syntax.Line)
	case !strings.HasPrefix(body, "<"):
		return refuse(codeXML, "", "begins with neither < nor {")
	}
	return refuse(codeXML, "", "breaks off in line %d", syntax.Line)
}

func (x *xmlReader) start(name string) error {
	if len(x.path) >= maxDepth {
		return refuse(wire.CodeDepth, "", "deeper than %d", maxDepth)
	}
	if len(name) > maxName {
		return refuse(codeXML, "", "an element has a name longer than %d bytes", maxName)
	}
	if x.values++; x.values > maxValues {
		return refuse(wire.CodeTooMany, "", "more than %d elements", maxValues)
	}
	if len(x.path) == 0 && name != "REQUEST" {
		return refuse(codeXML, "", "is no request of an agent")
	}
	x.path = append(x.path, name)
	x.text.Reset()
	if len(x.path) == 3 && x.path[1] == "CONTENT" {
		return x.section(name)
	}
	if x.device != nil {
		x.device.start(x.path[3:])
	}
	return nil
}

// section opens a row when the section is one that is read.
func (x *xmlReader) section(name string) (err error) {
	if !x.names[name] {
		if x.names[name] = true; len(x.names) > maxSections {
			return refuse(wire.CodeTooMany, "CONTENT", "more than %d sections", maxSections)
		}
	}
	if name == "DEVICE" {
		return x.openDevice()
	}
	section := sectionName(name)
	x.path[2] = section
	if keptFields[section] != nil {
		x.row, x.rowNo, err = x.message.content.open(section)
	}
	return err
}

// chars collects text where it is read; one byte over the limit is enough to refuse it.
func (x *xmlReader) chars(text []byte) {
	wanted := len(x.path) == 2 || x.device != nil && len(x.path) > 3 || x.row != nil && len(x.path) == 4 && keeps(x.path[2], x.path[3]) || len(x.path) == 3 && x.path[2] == "VERSIONCLIENT"
	if wanted && x.text.Len() <= maxText {
		x.text.Write(text[:min(len(text), maxText+1)])
	}
}

func (x *xmlReader) end() (err error) {
	name := x.path[len(x.path)-1]
	text := strings.TrimSpace(x.text.String())
	if x.device != nil {
		x.endDevice()
	}
	switch len(x.path) {
	case 2:
		x.head(name, text)
	case 3:
		if name == "VERSIONCLIENT" && x.path[1] == "CONTENT" {
			x.message.Client = clip(text)
		}
		x.row = nil
	case 4:
		if x.row != nil && keeps(x.path[2], name) {
			err = x.row.add(x.path[2], x.rowNo, name, x.text.String())
		}
	}
	x.path = x.path[:len(x.path)-1]
	x.text.Reset()
	return err
}

func (x *xmlReader) head(name, text string) {
	switch name {
	case "QUERY":
		x.message.Query = Query(clip(strings.ToUpper(text)))
	case "DEVICEID":
		x.message.DeviceID = text
	}
}

// clip keeps words for logs short.
func clip(s string) string {
	if len(s) > maxName {
		return strings.ToValidUTF8(s[:maxName], "")
	}
	return s
}
