package collect

import (
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// pamLine is one rule of PAM (pam.conf(5)): its type, module and arguments.
type pamLine struct {
	kind, module string
	args         map[string]string // "remember=5" by name; a word without value is ""
}

// parsePAM reads the rules of a file of /etc/pam.d.
func parsePAM(text string) []pamLine {
	var list []pamLine
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 3 || strings.HasPrefix(fields[0], "@") {
			continue
		}
		at := 1
		if strings.HasPrefix(fields[1], "[") { // "[success=1 default=ignore]"
			for at < len(fields) && !strings.HasSuffix(fields[at], "]") {
				at++
			}
		}
		if at+1 >= len(fields) {
			continue
		}
		l := pamLine{kind: strings.TrimPrefix(fields[0], "-"), module: strings.TrimSuffix(fields[at+1][strings.LastIndexByte(fields[at+1], '/')+1:], ".so"), args: map[string]string{}}
		for _, arg := range fields[at+2:] {
			name, value, _ := strings.Cut(arg, "=")
			l.args[name] = value
		}
		list = append(list, l)
	}
	return list
}

// passwordPolicy joins what login.defs(5) says of age with what PAM's modules say of
// length, history and lockout.
func passwordPolicy(src *Source, g *gaps) *wire.PasswordPolicy {
	defs, err := src.text("/etc/login.defs")
	g.add("/etc/login.defs", err)
	var rules []pamLine
	source := ""
	for _, file := range []string{"/etc/pam.d/common-password", "/etc/pam.d/common-auth", "/etc/pam.d/system-auth", "/etc/pam.d/password-auth"} {
		text, err := src.text(file)
		if err != nil {
			continue
		}
		if source == "" {
			source = file
		}
		rules = append(rules, parsePAM(text)...)
	}
	if defs == "" && rules == nil {
		return nil
	}
	p := &wire.PasswordPolicy{Source: source}
	words := map[string]string{}
	for line := range strings.Lines(defs) {
		if f := strings.Fields(line); len(f) == 2 {
			words[f[0]] = f[1]
		}
	}
	p.MinAgeDays = number(words["PASS_MIN_DAYS"])
	if p.MaxAgeDays = number(words["PASS_MAX_DAYS"]); p.MaxAgeDays != nil && *p.MaxAgeDays >= neverExpires {
		p.MaxAgeDays = new(0)
	}
	if rules != nil {
		pamPolicy(src, rules, p)
	}
	return p
}

// pamPolicy fills length, complexity, history and lockout; what no module asks for is 0.
func pamPolicy(src *Source, rules []pamLine, p *wire.PasswordPolicy) {
	p.MinLength, p.History, p.LockoutThreshold, p.Complexity = new(6), new(0), new(0), new(false) // pam_unix(8): minlen 6
	for _, r := range rules {
		switch {
		case r.kind == "password" && r.module == "pam_unix":
			setNumber(p.MinLength, r.args["minlen"])
			setNumber(p.History, r.args["remember"])
		case r.kind == "password" && (r.module == "pam_pwquality" || r.module == "pam_cracklib"):
			pwquality(src, r, p)
		case r.kind == "password" && r.module == "pam_pwhistory":
			*p.History = 10 // pam_pwhistory(8)
			setNumber(p.History, confValue(src, "/etc/security/pwhistory.conf", "remember"))
			setNumber(p.History, r.args["remember"])
		case r.kind == "auth" && (r.module == "pam_faillock" || r.module == "pam_tally2"):
			if *p.LockoutThreshold == 0 {
				*p.LockoutThreshold = 3 // faillock.conf(5)
			}
			seconds := 600
			setNumber(p.LockoutThreshold, confValue(src, "/etc/security/faillock.conf", "deny"))
			setNumber(&seconds, confValue(src, "/etc/security/faillock.conf", "unlock_time"))
			setNumber(p.LockoutThreshold, r.args["deny"])
			setNumber(&seconds, r.args["unlock_time"])
			p.LockoutMinutes = new((seconds + 59) / 60)
		}
	}
}

// pwquality reads pam_pwquality(8): minlen 8 by default; a class is asked for by
// minclass or by a negative credit.
func pwquality(src *Source, r pamLine, p *wire.PasswordPolicy) {
	value := func(name string) string {
		if v, set := r.args[name]; set {
			return v
		}
		return confValue(src, "/etc/security/pwquality.conf", name)
	}
	*p.MinLength = 8
	setNumber(p.MinLength, value("minlen"))
	classes := 0
	setNumber(&classes, value("minclass"))
	for _, credit := range []string{"dcredit", "ucredit", "lcredit", "ocredit"} {
		if n, err := strconv.Atoi(value(credit)); err == nil && n < 0 {
			classes++
		}
	}
	p.Complexity = new(classes > 1)
}

func setNumber(into *int, text string) {
	if n := number(text); n != nil {
		*into = *n
	}
}

// confValue reads one value of a "key = value" file; empty when it is not set.
func confValue(src *Source, file, key string) string {
	return parseSpaced(src.line(file))[key]
}
