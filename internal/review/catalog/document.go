package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of one catalog file. The largest real file has 90 KB, 1,700 lines and a depth of 14.
const (
	maxFileBytes = 4 << 20
	maxNodes     = 200_000
	maxDepth     = 32
)

// document is one YAML file that passed the safety checks, with the line of every key and list element by path
// ("sheets[0].rows[3].control").
type document struct {
	name  string
	data  []byte
	lines map[string]int
}

// readDocument reads and checks one file. Refused: more than maxFileBytes, bytes that are not UTF-8, aliases and
// anchors (so that an alias bomb cannot be written), empty values, more than one document, too deep or too many nodes.
func readDocument(fsys fs.FS, name string) (*document, *Problem) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, &Problem{File: name, Message: err.Error()}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, &Problem{File: name, Message: err.Error()}
	}
	return parseDocument(name, data)
}

func parseDocument(name string, data []byte) (*document, *Problem) {
	if len(data) > maxFileBytes {
		return nil, &Problem{File: name, Message: fmt.Sprintf("file is larger than %d bytes", maxFileBytes)}
	}
	if !utf8.Valid(data) {
		return nil, &Problem{File: name, Message: "file is not UTF-8"}
	}
	var root, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&root); err != nil {
		return nil, syntaxProblem(name, err)
	}
	if err := dec.Decode(&second); err == nil {
		return nil, &Problem{File: name, Line: second.Line, Message: "more than one YAML document in the file"}
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxProblem(name, err)
	}
	d := &document{name: name, data: data, lines: map[string]int{}}
	w := walker{doc: d}
	if p := w.walk(&root, "", 0); p != nil {
		return nil, p
	}
	return d, nil
}

// walker indexes lines and refuses dangerous structure.
type walker struct {
	doc   *document
	nodes int
}

func (w *walker) walk(n *yaml.Node, path string, depth int) *Problem {
	w.nodes++
	refuse := func(why string) *Problem {
		return &Problem{File: w.doc.name, Line: n.Line, Path: path, Message: why}
	}
	switch {
	case w.nodes > maxNodes:
		return refuse(fmt.Sprintf("more than %d values in the file", maxNodes))
	case depth > maxDepth:
		return refuse(fmt.Sprintf("nested deeper than %d levels", maxDepth))
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return refuse("anchors and aliases are not allowed; write the value out")
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return refuse("value is empty; leave the key out instead")
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				return refuse("keys are plain words")
			}
			p := key.Value
			if path != "" {
				p = path + "." + key.Value
			}
			w.doc.lines[p] = key.Line
			if problem := w.walk(value, p, depth+1); problem != nil {
				return problem
			}
		}
		return nil
	}
	for i, c := range n.Content {
		p := path
		if n.Kind == yaml.SequenceNode {
			p = fmt.Sprintf("%s[%d]", path, i)
			w.doc.lines[p] = c.Line
		}
		if problem := w.walk(c, p, depth+1); problem != nil {
			return problem
		}
	}
	return nil
}

// decode fills out from the file. Unknown keys, keys given twice and wrong types are problems.
func (d *document) decode(out any) []Problem {
	dec := yaml.NewDecoder(bytes.NewReader(d.data))
	dec.KnownFields(true)
	err := dec.Decode(out)
	if err == nil {
		return nil
	}
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return []Problem{*syntaxProblem(d.name, err)}
	}
	var problems []Problem
	for _, e := range te.Errors {
		problems = append(problems, d.typeProblem(e))
	}
	return problems
}

var (
	lineMessage  = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	unknownField = regexp.MustCompile(`^field (.*) not found in type \S+$`)
)

// typeProblem turns one message of the YAML library into a problem with its path.
func (d *document) typeProblem(message string) Problem {
	p := Problem{File: d.name, Message: message}
	m := lineMessage.FindStringSubmatch(message)
	if m == nil {
		return p
	}
	p.Line, _ = strconv.Atoi(m[1])
	p.Message = m[2]
	suffix := ""
	if u := unknownField.FindStringSubmatch(m[2]); u != nil {
		p.Message = fmt.Sprintf("unknown key %q", u[1])
		suffix = u[1]
	}
	for path, line := range d.lines {
		if line != p.Line || !strings.HasSuffix(path, suffix) {
			continue
		}
		if len(path) > len(p.Path) || len(path) == len(p.Path) && path < p.Path {
			p.Path = path
		}
	}
	return p
}

func syntaxProblem(name string, err error) *Problem {
	p := &Problem{File: name, Message: err.Error()}
	if m := lineMessage.FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Message = m[2]
	}
	if errors.Is(err, io.EOF) {
		p.Message = "file is empty"
	}
	return p
}

// line returns the line of path, or of the nearest enclosing value that has one.
func (d *document) line(path string) int {
	for path != "" {
		if n, ok := d.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return 1
}
