package document

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
)

// readAll reads every row.
func readAll(data string, limits CSVLimits) ([][]string, error) {
	r := NewCSVReader(strings.NewReader(data), limits)
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

func TestCSVBytes(t *testing.T) {
	var b bytes.Buffer
	w := NewCSVWriter(&b)
	for _, row := range [][]string{{"名前", "備考"}, {"=1+1", "a,b\"c"}, {"+81", "-"}, {"@x", "\ty"}, {"'=z", "'普通"}, {""}, {"一行\n二行", " 空白 "}} {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "\ufeff名前,備考\r\n'=1+1,\"a,b\"\"c\"\r\n'+81,'-\r\n'@x,'\ty\r\n''=z,'普通\r\n\"\"\r\n\"一行\n二行\",\" 空白 \"\r\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestNeutralAndExact(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", "=a": "'=a", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\ta": "'\ta", "\ra": "'\ra", "\na": "'\na",
		"＝a": "'＝a", "'a": "'a", "'=a": "''=a", "''-": "'''-", " =a": " =a", "'": "'",
	} {
		if got := Neutral(text); got != want {
			t.Errorf("Neutral(%q) = %q, want %q", text, got, want)
		}
		if got := Exact(Neutral(text)); got != text {
			t.Errorf("Exact(Neutral(%q)) = %q", text, got)
		}
	}
}

func TestCSVFromOtherPrograms(t *testing.T) {
	for _, test := range []struct {
		name, data string
		want       [][]string
	}{
		{"LF without a mark", "a,b\nc,d\n", [][]string{{"a", "b"}, {"c", "d"}}},
		{"no line end", "a,b", [][]string{{"a", "b"}}},
		{"empty last field", "a,\r\n,b\r\n", [][]string{{"a", ""}, {"", "b"}}},
		{"empty last field at the end", "a,", [][]string{{"a", ""}}},
		{"empty lines", "\r\n\r\na\r\n\r\n", [][]string{{"a"}}},
		{"quoted line ends", "\"a\r\nb\",c\r\n", [][]string{{"a\r\nb", "c"}}},
		{"quotes", "\"\"\"a\"\"\",\"\"\r\n", [][]string{{"\"a\"", ""}}},
		{"quote inside", "a\"b,c\r\n", [][]string{{"a\"b", "c"}}},
		{"lone CR", "a\rb,c\r\n", [][]string{{"a\rb", "c"}}},
		{"only a mark", "\ufeff", nil},
		{"nothing", "", nil},
		{"one quoted empty field", "\"\"", [][]string{{""}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAll(test.data, CSVLimits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCSVRefuses(t *testing.T) {
	limits := CSVLimits{SizeBytes: 1000, FieldBytes: 10, Columns: 3, Rows: 4}
	for _, test := range []struct {
		name, data string
		code       fault.Code
		row        string
	}{
		{"open quote", "a\n\"b", fault.CodeInvalid, "2"},
		{"text after quote", "\"a\"b\n", fault.CodeInvalid, "1"},
		{"not UTF-8", "a,\x83\x5c\n", fault.CodeInvalid, "1"},
		{"long field", "a,01234567890\n", fault.CodeTooLarge, "1"},
		{"long quoted field", "\"" + strings.Repeat("x", 500), fault.CodeTooLarge, "1"},
		{"columns", "a,b,c,d\n", fault.CodeTooLarge, "1"},
		{"rows", "a\na\na\na\na\n", fault.CodeTooLarge, "5"},
		{"size", strings.Repeat("a,b\n", 3) + strings.Repeat(" ", 5) + strings.Repeat("\n", 1), "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAll(test.data, limits)
			if test.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !fault.Is(err, test.code) || fault.Of(err).Place != test.row {
				t.Errorf("got %v, want %s at row %s", err, test.code, test.row)
			}
		})
	}
	if _, err := readAll(strings.Repeat("ab,cd\n", 100), CSVLimits{SizeBytes: 50}); !fault.Is(err, fault.CodeTooLarge) {
		t.Errorf("a file beyond its size gave %v", err)
	}
}

func FuzzCSVRoundTrip(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "a\"b", "\r\n", "\ufeff", "a,b", " ", "-\x00"} {
		f.Add(seed, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		rows := [][]string{{a}, {a, b}, {b, "", a}}
		var out bytes.Buffer
		w := NewCSVWriter(&out)
		for _, row := range rows {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(out.String(), CSVLimits{})
		if err != nil {
			t.Fatalf("%q: %v", out.String(), err)
		}
		if diff := cmp.Diff(rows, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzCSVReader(f *testing.F) {
	f.Add("a,\"b\r\n\"\"\",c\r\n\r\n\xff")
	f.Fuzz(func(t *testing.T, data string) {
		limits := CSVLimits{SizeBytes: 1 << 16, FieldBytes: 100, Columns: 20, Rows: 100}
		rows, _ := readAll(data, limits)
		for _, row := range rows {
			if len(row) == 0 || len(row) > limits.Columns {
				t.Fatalf("row of %d fields", len(row))
			}
		}
	})
}
