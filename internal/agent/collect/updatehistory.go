package collect

import (
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// maxRuns is how many attempts to update are reported, the newest.
const maxRuns = 50

// parseAptHistory reads the transactions of apt's history.log, newest first; its times
// are local. A transaction without end is one that was cut off, or still runs.
func parseAptHistory(text string, zone *time.Location) []wire.UpdateRun {
	var list []wire.UpdateRun
	for block := range strings.SplitSeq(text, "\n\n") {
		run := wire.UpdateRun{Result: "aborted"}
		for line := range strings.Lines(block) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "Start-Date":
				if t, err := time.ParseInLocation(time.DateTime, strings.Join(strings.Fields(value), " "), zone); err == nil {
					run.AtMS = t.UnixMilli()
				}
			case "Commandline":
				run.Title = wire.WithoutSecrets(cut(value, 200))
			case "Install", "Upgrade", "Downgrade", "Reinstall", "Remove", "Purge":
				run.Packages += strings.Count(value, "(")
			case "Error":
				run.Result = "failed"
			case "End-Date":
				if run.Result != "failed" {
					run.Result = "succeeded"
				}
			}
		}
		if run.AtMS > 0 {
			list = append(list, run)
		}
	}
	slices.Reverse(list)
	return list[:min(len(list), maxRuns)]
}
