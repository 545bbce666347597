package recognise

// families translates LibreNMS' words for systems into Sonae's, for the comparison only.
func families(os string) []string {
	if f, ok := familyOf[os]; ok {
		return f
	}
	return []string{os}
}

var familyOf = map[string][]string{
	"linux": {"Linux"}, "windows": {"Windows"},
}
