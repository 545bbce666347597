package document

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
)

// byteOrderMark makes Excel read a CSV file as UTF-8.
const byteOrderMark = "\ufeff"

// formulaStarts are the characters with which a spreadsheet may take a cell for a
// formula (OWASP, CSV Injection: = + - @ TAB CR LF and the full-width forms).
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// Neutral gives a text as it stands in a CSV file: with an apostrophe before what a
// spreadsheet could run as a formula. A text that already has apostrophes before such
// a start gets one more, so that Exact always finds the way back.
func Neutral(text string) string {
	if runs(text) {
		return "'" + text
	}
	return text
}

// Exact undoes Neutral: Exact(Neutral(s)) == s for every s.
func Exact(field string) string {
	if strings.HasPrefix(field, "'") && runs(field) {
		return field[1:]
	}
	return field
}

// runs reports whether a text, without leading apostrophes, could be a formula.
func runs(text string) bool {
	core := strings.TrimLeft(text, "'")
	first, _ := utf8.DecodeRuneInString(core)
	return core != "" && strings.ContainsRune(formulaStarts, first)
}

// CSVWriter writes rows as RFC 4180 with a byte order mark and CRLF, each field made
// neutral. Fields keep their exact bytes, line ends inside included.
type CSVWriter struct {
	out *bufio.Writer
	row []byte // being written; begins with the byte order mark in the first row
}

// NewCSVWriter begins a file; nothing is written before the first row or Flush.
func NewCSVWriter(w io.Writer) *CSVWriter {
	return &CSVWriter{out: bufio.NewWriter(w), row: []byte(byteOrderMark)}
}

// Write adds one row. Errors of the writer beneath show at the latest in Flush.
func (c *CSVWriter) Write(fields []string) error {
	for i, text := range fields {
		if i > 0 {
			c.row = append(c.row, ',')
		}
		text = Neutral(text)
		// The only field of a row is quoted when empty: an empty line is no row.
		if strings.ContainsAny(text, "\",\r\n") || text == "" && len(fields) == 1 || padded(text) {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		c.row = append(c.row, text...)
	}
	c.row = append(c.row, "\r\n"...)
	return c.put()
}

// put hands the row to the buffer.
func (c *CSVWriter) put() error {
	_, err := c.out.Write(c.row)
	c.row = c.row[:0]
	return err
}

// padded reports blanks at an end, which some programs cut off unless quoted.
func padded(text string) bool {
	return strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") || strings.HasPrefix(text, byteOrderMark)
}

// Flush writes out what is buffered. A file without rows still has its mark.
func (c *CSVWriter) Flush() error {
	if err := c.put(); err != nil {
		return err
	}
	return c.out.Flush()
}

// CSVLimits bounds a file from outside. Zero fields mean DefaultCSVLimits.
type CSVLimits struct {
	SizeBytes  int64 // of the whole file
	FieldBytes int   // of one field
	Columns    int   // in one row
	Rows       int
}

// DefaultCSVLimits allow the ledger of a large group of hospitals.
var DefaultCSVLimits = CSVLimits{SizeBytes: 64 << 20, FieldBytes: 128 << 10, Columns: 1000, Rows: 1_000_000}

// or fills zero fields.
func (l CSVLimits) or(d CSVLimits) CSVLimits {
	if l.SizeBytes == 0 {
		l.SizeBytes = d.SizeBytes
	}
	if l.FieldBytes == 0 {
		l.FieldBytes = d.FieldBytes
	}
	if l.Columns == 0 {
		l.Columns = d.Columns
	}
	if l.Rows == 0 {
		l.Rows = d.Rows
	}
	return l
}

// CSVReader reads rows as CSVWriter and other programs write them: with or without a
// byte order mark, CRLF or LF, and gives the exact texts back.
type CSVReader struct {
	in     *bufio.Reader
	read   int64
	limits CSVLimits
	// separator stands between fields.
	separator byte
	row       int
	field     bytes.Buffer
}

// NewCSVReader reads within limits.
func NewCSVReader(r io.Reader, limits CSVLimits) *CSVReader {
	c := &CSVReader{limits: limits.or(DefaultCSVLimits), separator: ','}
	c.in = bufio.NewReader(&io.LimitedReader{R: r, N: c.limits.SizeBytes + 1})
	if mark, err := c.in.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = c.in.Discard(len(byteOrderMark)) // peeked, so it cannot fail
		c.read = int64(len(byteOrderMark))
	}
	return c
}

// Read gives the next row, io.EOF after the last one. Empty lines are no rows. Faults:
// too_large beyond a limit, invalid for an open quote, text after a closing quote, or
// bytes that are not UTF-8; Place is the number of the row, from 1.
func (c *CSVReader) Read() ([]string, error) {
	for {
		fields, err := c.line()
		if err != nil {
			return nil, err
		}
		if len(fields) > 0 {
			return fields, nil
		}
	}
}

// fail names the row of a fault.
func (c *CSVReader) fail(f *fault.Error) error { return f.At(strconv.Itoa(c.row)) }

// next gives a byte, counting.
func (c *CSVReader) next() (byte, error) {
	b, err := c.in.ReadByte()
	if err != nil {
		return 0, err
	}
	if c.read++; c.read > c.limits.SizeBytes {
		return 0, c.fail(fault.TooLarge("document.error.csv_size", "Limit", c.limits.SizeBytes))
	}
	return b, nil
}

// line reads one row; an empty line gives no fields.
func (c *CSVReader) line() ([]string, error) {
	if c.row++; c.row > c.limits.Rows {
		if _, err := c.in.Peek(1); err == io.EOF {
			return nil, io.EOF
		}
		return nil, c.fail(fault.TooLarge("document.error.csv_rows", "Limit", c.limits.Rows))
	}
	var fields []string
	for {
		text, quoted, end, err := c.one()
		if errors.Is(err, io.EOF) && len(fields) == 0 && text == "" && !quoted {
			return nil, io.EOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if end && len(fields) == 0 && text == "" && !quoted {
			return nil, nil
		}
		if fields = append(fields, Exact(text)); len(fields) > c.limits.Columns {
			return nil, c.fail(fault.TooLarge("document.error.csv_columns", "Limit", c.limits.Columns))
		}
		if end || errors.Is(err, io.EOF) {
			return fields, nil
		}
	}
}

// one reads one field; end tells that the row ends after it, io.EOF that the file does.
func (c *CSVReader) one() (text string, quoted, end bool, err error) {
	c.field.Reset()
	open := false
	for {
		b, err := c.next()
		switch {
		case errors.Is(err, io.EOF) && open:
			return "", false, false, c.fail(fault.Invalid("document.error.csv_quote"))
		case err != nil && !errors.Is(err, io.EOF):
			return "", false, false, err
		case open && b == '"':
			if open = c.ahead('"'); open { // "" inside quotes is one quote
				_, _ = c.next() // seen ahead; a size limit shows at the next byte
				c.field.WriteByte('"')
			}
		case err == nil && !open && b == '"' && !quoted && c.field.Len() == 0:
			open, quoted = true, true
		case open:
			c.field.WriteByte(b)
		case errors.Is(err, io.EOF) || b == c.separator || b == '\n' || b == '\r' && c.ahead('\n'):
			if b == '\r' {
				_, _ = c.next() // seen ahead
			}
			if !utf8.Valid(c.field.Bytes()) {
				return "", false, false, c.fail(fault.Invalid("document.error.csv_utf8"))
			}
			return c.field.String(), quoted, b != c.separator, err
		case quoted:
			return "", false, false, c.fail(fault.Invalid("document.error.csv_quote"))
		default:
			c.field.WriteByte(b)
		}
		if c.field.Len() > c.limits.FieldBytes {
			return "", false, false, c.fail(fault.TooLarge("document.error.csv_field", "Limit", c.limits.FieldBytes))
		}
	}
}

// ahead reports whether the next byte is b.
func (c *CSVReader) ahead(b byte) bool {
	next, err := c.in.Peek(1)
	return err == nil && next[0] == b
}
