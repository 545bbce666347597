//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// agentRuns is how often each agent takes its inventory; the median counts.
const agentRuns = 3

// others are the agents of Debian that ours is measured beside, writing their
// inventory into a folder.
var others = []struct {
	name    string
	command func(dir string) []string
}{
	{"fusioninventory", func(dir string) []string {
		return []string{"fusioninventory-agent", "--local", dir, "--force", "--tasks", "inventory", "--logger=stderr"}
	}},
	{"ocsinventory", func(dir string) []string { return []string{"ocsinventory-agent", "--local=" + dir} }},
}

// cost is what the operating system charges for a process and the children it
// waited for.
type cost struct {
	cpuSeconds float64 // user and kernel
	memoryMB   float64 // peak of the agent's own process, resident, 10⁶ bytes
}

func costOf(t *testing.T, args []string) cost {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // the agents that are measured
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	peak := make(chan float64, 1)
	go func() { peak <- peakMB(cmd.Process.Pid) }()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return cost{(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), <-peak}
}

// peakMB watches the peak of a process until it ends. What wait4 tells will not do:
// it begins with the memory of whoever started the process, here this test.
func peakMB(pid int) (peak float64) {
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, found := strings.Cut(string(status), "VmHWM:")
		if err != nil || !found { // it ended
			return peak
		}
		var kilobytes float64
		if _, err := fmt.Sscan(rest, &kilobytes); err == nil {
			peak = max(peak, kilobytes*1024/1e6)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func median(costs []cost, of func(cost) float64) float64 {
	values := make([]float64, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// agentBesideOthers measures one full inventory of this machine, in turn with the
// other agents, so that all of them meet the same load.
func agentBesideOthers(t *testing.T) {
	costs := map[string][]cost{}
	for range agentRuns {
		out := filepath.Join(t.TempDir(), "report.json")
		costs["sonae"] = append(costs["sonae"], costOf(t, []string{binary(t, "sonae-agent"), "once", "--out", out}))
		for _, o := range others {
			args := o.command(t.TempDir())
			if _, err := exec.LookPath(args[0]); err != nil || os.Geteuid() != 0 {
				continue
			}
			costs[o.name] = append(costs[o.name], costOf(t, args))
		}
	}
	cpu := func(c cost) float64 { return c.cpuSeconds }
	memory := func(c cost) float64 { return c.memoryMB }
	ownCPU, ownMemory := median(costs["sonae"], cpu), median(costs["sonae"], memory)
	atMost("agent_once_cpu_s", "", ownCPU, "s", 1)
	atMost("agent_once_memory_mb", "", ownMemory, "MB", 40)
	for _, o := range others {
		if len(costs[o.name]) == 0 {
			progress("%s-agent is not installed, or this is not root: not measured beside it", o.name)
			continue
		}
		tell(o.name+"_once_cpu_s", "", median(costs[o.name], cpu), "s")
		tell(o.name+"_once_memory_mb", "", median(costs[o.name], memory), "MB")
		atMost("agent_cpu_of_"+o.name, "", ownCPU/median(costs[o.name], cpu), "1", 0.25)
		atMost("agent_memory_of_"+o.name, "", ownMemory/median(costs[o.name], memory), "1", 0.5)
	}
}
