package foreign

import (
	"slices"
	"strings"

	"sonae/internal/survey/software"
)

// safeguards takes firewall and protection products. A firewall is on when no profile
// of it is off.
func safeguards(firewalls, products []row) *[]software.Safeguard {
	out := []software.Safeguard{}
	if len(firewalls) > 0 {
		out = append(out, firewall(firewalls))
	}
	for _, r := range products {
		name := r.get("NAME")
		if name == "" || slices.ContainsFunc(out, func(g software.Safeguard) bool { return g.Kind == software.GuardProtection && g.Name == name }) {
			continue
		}
		g := software.Safeguard{Kind: software.GuardProtection, Name: name, State: software.Unknown, Detail: "antimalware", Version: r.get("VERSION"),
			AsOf: day(r.get("BASE_CREATION", "BASE_VERSION"), isoDay, slashDay, europeanDay)}
		if on := r.get("ENABLED"); on != "" {
			g.State = software.Off
			if yes(on) {
				g.State = software.On
			}
		}
		out = append(out, g)
	}
	return &out
}

func firewall(rows []row) software.Safeguard {
	g := software.Safeguard{Kind: software.GuardFirewall, State: software.Unknown}
	var off []string
	for _, r := range rows {
		switch {
		case yes(r.get("STATUS")):
			if g.State == software.Unknown {
				g.State = software.On
			}
		case strings.EqualFold(r.get("STATUS"), "off"):
			g.State = software.Off
			if p := r.get("PROFILE", "DESCRIPTION"); p != "" {
				off = append(off, p)
			}
		}
	}
	g.Detail = strings.Join(off[:min(len(off), 8)], ", ")
	return g
}

// tidy sorts names and leaves out empty and double ones.
func tidy(names []string) []string {
	out := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "" })
	slices.Sort(out)
	return slices.Compact(out)
}
