package wire

import (
	"regexp"
	"strings"
)

// Passwords stand in command lines and addresses of machines. A report goes to many
// eyes, so they are taken out where they are read, not where they are shown: by the agent,
// and on import of what was collected without it.
var (
	// userInfo is the password of a URL (RFC 3986, 3.2.1).
	userInfo = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]*@`)
	// secretOption is an option, variable or value whose name says what it is.
	secretOption = regexp.MustCompile(`(?i)([-/\w]*(?:passwor[dt]|passwd|passphrase|secret|token|api[-_]?key|credential|pwd|kennwort)\w*"?)(\s*[:=]\s*|\s+)("[^"]*"|'[^']*'|[^\s"']+)`)
	// secretLetter is a short option that takes a password: psexec, smbclient.
	secretLetter = regexp.MustCompile(`(?i)(^|\s)([-/](?:pw|pass|p))(\s*[:=]\s*|\s+)("[^"]*"|'[^']*'|[^\s"'/-][^\s"']*)`)
	// gluedLetter is mysql's way: the password follows -p at once.
	gluedLetter = regexp.MustCompile(`(?i)(\b(?:mysql|mariadb)[\w.-]*"?\s[^|&]*?)(\s-p|^-p)([^\s"']+|"[^"]*"|'[^']*')`)
	// nameSecret is curl's: -u NAME:PASSWORD.
	nameSecret = regexp.MustCompile(`((?:^|\s)(?:-u|-U|--user|--proxy-user)[\s=]*["']?[^\s:"']+:)[^\s"']+`)
	// netUse is a share that is connected: everything after it that is no option may be
	// the password.
	netUse     = regexp.MustCompile(`(?i)\bnet(?:\.exe)?"?\s+use\s[^|&]*`)
	netUseWord = regexp.MustCompile(`"[^"]*"|\S+`)
)

// WithoutSecrets replaces what looks like a password in a command line or address by
// "***". It rather hides a harmless word than shows a secret. The text may become longer
// by two bytes for each.
func WithoutSecrets(text string) string {
	text = userInfo.ReplaceAllString(text, "$1:***@")
	text = secretOption.ReplaceAllString(text, "$1$2***")
	text = secretLetter.ReplaceAllString(text, "$1$2$3***")
	text = gluedLetter.ReplaceAllString(text, "$1$2***")
	text = nameSecret.ReplaceAllString(text, "$1***")
	return netUse.ReplaceAllStringFunc(text, withoutNetUse)
}

// withoutNetUse hides the words after the share of one net use.
func withoutNetUse(command string) string {
	share := false
	return netUseWord.ReplaceAllStringFunc(command, func(word string) string {
		switch {
		case strings.HasPrefix(strings.Trim(word, `"`), `\\`):
			share = true
		case share && !strings.HasPrefix(word, "/"):
			return "***"
		}
		return word
	})
}
