package collect

import (
	"context"
	"fmt"
	"strings"
)

// firewallState is what is known of the packet filter; on is nil when it cannot
// be told.
type firewallState struct {
	on     *bool
	detail string
}

// firewall asks the kernel for the rules in force, and names the program that
// manages them. Where the kernel may not be asked, the programs' own settings
// are all there is to go by.
func firewall(_ context.Context, src *Source) (firewallState, error) {
	var g gaps
	manager := firewallManager(src)
	yes, no := true, false
	if src.FilterChains != nil {
		messages, err := src.FilterChains()
		if err == nil {
			if c, filters := filtering(parseChains(messages)); filters {
				return firewallState{&yes, strings.TrimSpace(manager + " nftables in the kernel: " + c)}, nil
			}
			if legacy := src.line("/proc/net/ip_tables_names"); legacy == "" {
				return firewallState{&no, strings.TrimSpace(manager + " the kernel has no rule for incoming packets")}, nil
			}
		}
		g.add("packet filter of the kernel", err)
	}
	if strings.Contains(src.line("/proc/net/ip_tables_names"), "filter") {
		g.say("the kernel has iptables loaded; its rules are not read by this version of the agent")
	}
	switch {
	case manager == "":
		return firewallState{detail: "no ufw, firewalld or nftables set up"}, g.err()
	case strings.Contains(manager, "(on)"):
		return firewallState{&yes, manager + ", by its settings"}, g.err()
	}
	return firewallState{detail: manager}, g.err()
}

// filtering tells whether some chain decides about incoming packets.
func filtering(chains []chain) (string, bool) {
	for _, c := range chains {
		if c.drops || c.rules > 0 {
			policy := "accept"
			if c.drops {
				policy = "drop"
			}
			return fmt.Sprintf("table %s, chain %s, policy %s, %d rules", c.table, c.name, policy, c.rules), true
		}
	}
	return "", false
}

// firewallManager names the program in charge and whether it is set to start.
func firewallManager(src *Source) string {
	procs, _ := src.processes()
	running := func(name string) bool {
		for _, p := range procs {
			if p.name == name || p.unit == name+".service" {
				return true
			}
		}
		return false
	}
	units := findUnits(src)
	state := func(name string, on bool) string {
		if on {
			return name + " (on)"
		}
		return name + " (off)"
	}
	switch {
	case src.exists("/etc/ufw/ufw.conf") && strings.EqualFold(parseAssignments(src.line("/etc/ufw/ufw.conf"))["ENABLED"], "yes"):
		return state("ufw", true)
	case running("firewalld"):
		return state("firewalld", true)
	case units.wanted["nftables.service"]:
		return state("nftables.service", true)
	case units.wanted["iptables.service"], units.wanted["netfilter-persistent.service"]:
		return state("iptables", true)
	case src.exists("/etc/ufw/ufw.conf"):
		return state("ufw", false)
	case units.file["firewalld.service"] != "":
		return state("firewalld", false)
	}
	return ""
}
