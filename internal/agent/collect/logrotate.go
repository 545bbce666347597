package collect

import (
	"path"
	"strconv"
	"strings"
)

// rotation is how logrotate(8) treats a file.
type rotation struct {
	keep       int // old files kept
	periodDays int // 0 = by size
	maxAgeDays int
	sizeBytes  int64
}

// days is for how long records are kept, as far as time decides.
func (r rotation) days() int {
	kept := r.keep * r.periodDays
	if r.maxAgeDays > 0 && (kept == 0 || r.maxAgeDays < kept) {
		return r.maxAgeDays
	}
	return kept
}

// maxBytes is how much is kept when size decides.
func (r rotation) maxBytes() int64 {
	if r.periodDays > 0 {
		return 0
	}
	return r.sizeBytes * int64(r.keep+1)
}

// readRotation gives the rule of each log file of the list: the global settings
// of logrotate.conf, changed by the block that names the file.
func readRotation(src *Source) map[string]rotation {
	rules := map[string]rotation{}
	global := rotation{periodDays: 7} // logrotate's own default is weekly
	for _, pattern := range []string{"/etc/logrotate.conf", "/etc/logrotate.d/*"} {
		for _, file := range src.glob(pattern) {
			text, err := src.text(file)
			if err != nil {
				continue
			}
			parseRotation(text, &global, strings.HasSuffix(file, "logrotate.conf"), rules)
		}
	}
	return rules
}

// parseRotation reads one file. Names of logs may stand on several lines before
// the brace.
func parseRotation(text string, global *rotation, isMain bool, rules map[string]rotation) {
	var names []string
	inBlock, inScript := false, false
	rule := *global
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		field := strings.Fields(line)
		if len(field) == 0 {
			continue
		}
		switch {
		case inScript:
			inScript = field[0] != "endscript"
		case field[0] == "postrotate", field[0] == "prerotate", field[0] == "firstaction", field[0] == "lastaction", field[0] == "preremove":
			inScript = true
		case inBlock && field[0] == "}":
			for _, name := range names {
				addRule(rules, name, rule)
			}
			inBlock, names = false, nil
		case inBlock:
			rule.set(field)
		case path.IsAbs(strings.Trim(field[0], `"`)) || field[0] == "{":
			for _, f := range field {
				if f == "{" {
					inBlock, rule = true, *global
					break
				}
				f, opens := strings.CutSuffix(f, "{")
				names = append(names, strings.Trim(f, `"`))
				if opens {
					inBlock, rule = true, *global
				}
			}
		case isMain:
			global.set(field)
		}
	}
}

func addRule(rules map[string]rotation, pattern string, rule rotation) {
	for _, name := range logFiles {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			rules[name] = rule
		}
	}
}

// set takes one directive.
func (r *rotation) set(field []string) {
	periods := map[string]int{"hourly": 1, "daily": 1, "weekly": 7, "monthly": 30, "yearly": 365}
	if days, ok := periods[field[0]]; ok {
		r.periodDays = days
	}
	if len(field) < 2 {
		return
	}
	n, _ := strconv.Atoi(field[1])
	switch field[0] {
	case "rotate":
		r.keep = min(max(n, 0), 10000)
	case "maxage":
		r.maxAgeDays = min(max(n, 0), 36500)
	case "size":
		r.sizeBytes, r.periodDays = byteSize(strings.ToUpper(field[1])), 0 // size alone decides
	}
}
