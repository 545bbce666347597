package collect

import (
	"context"
	"strings"
)

// firewallProfiles are the profiles of the Windows firewall by their keys: what
// is "private" for people is StandardProfile in the registry ([MS-GPFAS] 2.2.2).
var firewallProfiles = []struct{ name, local, policy string }{
	{"domain", "DomainProfile", "DomainProfile"}, {"private", "StandardProfile", "PrivateProfile"}, {"public", "PublicProfile", "PublicProfile"},
}

const (
	keyFirewall       = keyServices + `\SharedAccess\Parameters\FirewallPolicy`
	keyFirewallPolicy = keyPolicies + `\WindowsFirewall`
)

// winProfile is the state of one profile; nil: not told.
type winProfile struct {
	name     string
	on       *bool
	inbound  string // allow, block
	byPolicy bool   // on is said by a policy
	key      string // where on is said
}

// profiles reads each profile: policy is stronger than the local setting.
func (r reg) profiles() []winProfile {
	var list []winProfile
	for _, p := range firewallProfiles {
		profile := winProfile{name: p.name}
		// Later keys are stronger. StandardProfile among the policies is from
		// before Vista and still written by some templates.
		keys := []string{keyFirewall + `\` + p.local}
		if p.local == "StandardProfile" {
			keys = append(keys, keyFirewallPolicy+`\StandardProfile`)
		}
		keys = append(keys, keyFirewallPolicy+`\`+p.policy)
		for i, key := range keys {
			v := r.values(key)
			if n, ok := v.Number("EnableFirewall"); ok {
				on := n != 0
				profile.on, profile.byPolicy, profile.key = &on, i > 0, key
			}
			if n, ok := v.Number("DefaultInboundAction"); ok {
				profile.inbound = map[bool]string{true: "block", false: "allow"}[n != 0]
			}
		}
		list = append(list, profile)
	}
	return list
}

// winFirewall is on when the service may run and all profiles are on.
func winFirewall(_ context.Context, src *Source) (firewallState, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return firewallState{}, err
	}
	on, told := true, false
	var words []string
	for _, p := range r.profiles() {
		word := "not set"
		if p.on != nil {
			told = true
			on = on && *p.on
			word = onOff(*p.on)
			if p.byPolicy {
				word += " by policy"
			}
		}
		words = append(words, p.name+" "+word)
	}
	if r.values(keyServices, "mpssvc").Is("Start", startDisabled) {
		no := false
		return firewallState{&no, "Windows firewall: its service is disabled"}, g.err()
	}
	detail := "Windows firewall: " + strings.Join(words, ", ")
	if !told {
		return firewallState{detail: detail}, g.err()
	}
	return firewallState{&on, detail}, g.err()
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
