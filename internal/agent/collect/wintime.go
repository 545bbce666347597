package collect

import (
	"context"
	"strings"
	"time"
)

const keyTime = keyServices + `\W32Time`

// winTimeSync reads where the time service takes the time from, and when it last
// had a good one. It counts as in step for twice the interval between two polls,
// and at least two days, for PCs are off at the weekend.
func winTimeSync(_ context.Context, src *Source) (timeState, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return timeState{}, err
	}
	settings, policy := r.values(keyTime, "Parameters"), r.values(keyPolicies, `W32Time\Parameters`)
	kind, servers := settings.Text("Type"), settings.Text("NtpServer")
	if policy.Has("Type") {
		kind = policy.Text("Type")
	}
	if policy.Has("NtpServer") {
		servers = policy.Text("NtpServer")
	}
	no := false
	switch {
	case r.values(keyTime).Is("Start", startDisabled):
		return timeState{&no, "none: the service Windows Time is disabled"}, g.err()
	case kind == "":
		return timeState{}, g.err()
	case strings.EqualFold(kind, "NoSync"):
		return timeState{&no, "none: Windows Time is set to NoSync"}, g.err()
	}
	state := timeState{source: winTimeSource(kind, servers)}
	if good := r.values(keyTime, "Config").Time("LastKnownGoodTime"); !good.IsZero() {
		poll := time.Duration(r.values(keyTime, `TimeProviders\NtpClient`).Int("SpecialPollInterval")) * time.Second
		synced := src.Now().Sub(good) < max(2*poll, 48*time.Hour)
		state.synced = &synced
	}
	return state, g.err()
}

// winTimeSource says in words what Type means ("Windows Time service tools and
// settings", learn.microsoft.com); flags after a comma belong to the server.
func winTimeSource(kind, servers string) string {
	var names []string
	for server := range strings.FieldsSeq(servers) {
		name, _, _ := strings.Cut(server, ",")
		if len(names) < maxServers {
			names = append(names, name)
		}
	}
	list := strings.Join(names, ", ")
	switch strings.ToUpper(kind) {
	case "NTP":
		return "Windows Time: " + list
	case "NT5DS":
		return "Windows Time: domain"
	case "ALLSYNC":
		return strings.TrimSuffix("Windows Time: domain, "+list, ", ")
	}
	return "Windows Time: " + kind
}
