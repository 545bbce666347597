package text

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// keyForm is what a key may look like: parts joined by dots, at least two. One
// part alone would collide with go-i18n's own words ("other", "description" …).
var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$`)

// action finds template actions, field the names used inside one.
var (
	action = regexp.MustCompile(`\{\{.*?\}\}`)
	field  = regexp.MustCompile(`\.([A-Za-z][A-Za-z0-9_]*)`)
)

// Parse reads one file of texts: a flat JSON object of strings. A key that stands
// twice is an error, because JSON readers silently keep one of the two.
func Parse(data []byte) (map[string]string, error) {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("parse texts: want an object of strings (%w)", err)
	}
	texts := map[string]string{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("parse texts: %w", err)
		}
		key, _ := token.(string) // an object's key is always a string
		var value string
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("parse text %q: %w", key, err)
		}
		if _, twice := texts[key]; twice {
			return nil, fmt.Errorf("text %q stands twice", key)
		}
		texts[key] = value
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return nil, fmt.Errorf("parse texts: %w", err)
	}
	return texts, nil
}

// Check compares the two languages and returns one sentence for each fault: keys
// that stand in one only, malformed keys, empty texts, different placeholders, and
// texts that are not valid templates. No fault: an empty list.
func Check(ja, en map[string]string) []string {
	all := maps.Clone(ja)
	maps.Copy(all, en)
	var faults []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if !keyForm.MatchString(key) {
			faults = append(faults, key+": a key is letters, digits, - and _ in two or more parts joined by dots")
		}
		faults = append(faults, checkText(Japanese, key, ja)...)
		faults = append(faults, checkText(English, key, en)...)
		if j, e := placeholders(ja[key]), placeholders(en[key]); !slices.Equal(j, e) {
			faults = append(faults, fmt.Sprintf("%s: placeholders differ: ja %v, en %v", key, j, e))
		}
	}
	return faults
}

// checkText looks at one text of one language.
func checkText(lang, key string, texts map[string]string) []string {
	value, ok := texts[key]
	switch {
	case !ok:
		return []string{fmt.Sprintf("%s: missing in %s.json", key, lang)}
	case strings.TrimSpace(value) == "":
		return []string{fmt.Sprintf("%s: empty in %s.json", key, lang)}
	}
	if _, err := compile(value); err != nil {
		return []string{fmt.Sprintf("%s: %s.json: %v", key, lang, err)}
	}
	return nil
}

// placeholders lists the names a text uses, sorted, each once.
func placeholders(source string) []string {
	names := []string{}
	for _, a := range action.FindAllString(source, -1) {
		for _, m := range field.FindAllStringSubmatch(a, -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
