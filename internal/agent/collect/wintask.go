package collect

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"sonae/internal/agent/winreg"
	"sonae/internal/wire"
)

// Bounds of the folder of tasks: a Windows 11 has some 200.
const (
	maxTasks     = 2000
	maxTaskDepth = 12
	maxTaskBytes = 256 << 10
)

// tasks reads the definitions of scheduled tasks, which lie as XML under
// System32\Tasks and are open to SYSTEM and administrators only. Tasks of Windows
// itself are listed when they start at boot or log-on, others always.
func tasks(ctx context.Context, src *Source, env map[string]string, g *gaps) []wire.StartupItem {
	root := "/Windows/System32/Tasks"
	if src.Arch == "386" && src.exists("/Windows/Sysnative/Tasks") {
		root = "/Windows/Sysnative/Tasks" // a program of 32 bits sees another System32
	}
	if !src.exists(root) {
		g.say("scheduled tasks: the agent may not see their folder, or there is none")
		return nil
	}
	var list []wire.StartupItem
	read, broken := 0, 0
	err := fs.WalkDir(src.Files, clip(root), func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			g.add("scheduled tasks, "+path.Base(name), err)
			return skipBroken(entry)
		case entry.IsDir() && strings.Count(name, "/") > maxTaskDepth:
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		if read++; read > maxTasks {
			return fmt.Errorf("more than %d", maxTasks)
		}
		text, err := src.text(name)
		if err != nil {
			g.add("scheduled tasks", err)
			return nil
		}
		item, bySchedule, ok := parseTask(text, env)
		if !ok {
			broken++
			return nil
		}
		item.Name = strings.ReplaceAll(strings.TrimPrefix("/"+name, root), "/", `\`)
		windows := strings.HasPrefix(item.Name, `\Microsoft\Windows\`)
		if !windows || !bySchedule {
			list = append(list, item)
		}
		return nil
	})
	if err != nil && !errors.Is(err, ctx.Err()) {
		g.add("scheduled tasks", err)
	}
	if broken > 0 {
		g.say("scheduled tasks: %d definitions are not in a form the agent reads", broken)
	}
	return list
}

func skipBroken(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// taskFile is the part of a task's definition that matters ([MS-TSCH] 2.5).
type taskFile struct {
	Triggers struct {
		All []struct {
			XMLName xml.Name
			Enabled string `xml:"Enabled"`
		} `xml:",any"`
	} `xml:"Triggers"`
	Principals struct {
		List []struct {
			UserID  string `xml:"UserId"`
			GroupID string `xml:"GroupId"`
		} `xml:"Principal"`
	} `xml:"Principals"`
	Settings struct {
		Enabled string `xml:"Enabled"`
	} `xml:"Settings"`
	Actions struct {
		Exec []struct {
			Command   string `xml:"Command"`
			Arguments string `xml:"Arguments"`
		} `xml:"Exec"`
		Handler []struct {
			ClassID string `xml:"ClassId"`
		} `xml:"ComHandler"`
	} `xml:"Actions"`
}

// parseTask reads a definition; bySchedule tells that neither boot nor log-on
// starts it. false when it cannot be read.
func parseTask(text string, env map[string]string) (item wire.StartupItem, bySchedule, ok bool) {
	if len(text) > maxTaskBytes {
		return item, false, false
	}
	var task taskFile
	decoder := xml.NewDecoder(strings.NewReader(fromUTF16(text)))
	decoder.CharsetReader = nil
	if err := decoder.Decode(&task); err != nil {
		return item, false, false
	}
	item = wire.StartupItem{Kind: "scheduled_task", Trigger: "other", Enabled: !strings.EqualFold(strings.TrimSpace(task.Settings.Enabled), "false")}
	for _, t := range task.Triggers.All {
		if strings.EqualFold(strings.TrimSpace(t.Enabled), "false") {
			continue
		}
		item.Trigger = strongerTrigger(item.Trigger, triggerName(t.XMLName.Local))
	}
	for _, p := range task.Principals.List {
		item.RunAs = cmp.Or(item.RunAs, accountNames[strings.ToUpper(p.UserID)], p.UserID, accountNames[strings.ToUpper(p.GroupID)], p.GroupID)
	}
	var commands []string
	for _, e := range task.Actions.Exec {
		commands = append(commands, wire.WithoutSecrets(spaced(expand(e.Command, env)+" "+e.Arguments)))
	}
	for _, h := range task.Actions.Handler {
		commands = append(commands, "COM "+h.ClassID)
	}
	item.Command = cut(strings.Join(commands, "; "), maxExpanded)
	return item, item.Trigger != "boot" && item.Trigger != "logon", true
}

func triggerName(element string) string {
	switch element {
	case "BootTrigger":
		return "boot"
	case "LogonTrigger", "SessionStateChangeTrigger":
		return "logon"
	case "CalendarTrigger", "TimeTrigger":
		return "schedule"
	}
	return "other"
}

// strongerTrigger keeps the one that an inspection asks for first.
func strongerTrigger(a, b string) string {
	order := map[string]int{"boot": 3, "logon": 2, "schedule": 1}
	if order[b] > order[a] {
		return b
	}
	return a
}

// accountNames are SIDs that tasks run as, by name ("Well-known SIDs",
// learn.microsoft.com).
var accountNames = map[string]string{
	"S-1-5-18": "SYSTEM", "S-1-5-19": "LOCAL SERVICE", "S-1-5-20": "NETWORK SERVICE", "S-1-5-4": "INTERACTIVE",
	sidAdministrators: "Administrators", "S-1-5-32-545": "Users", "S-1-1-0": "Everyone", "S-1-5-11": "Authenticated Users",
}

// fromUTF16 decodes a text with a byte order mark of UTF-16, and takes the name of
// the encoding out of its head, which is no longer true.
func fromUTF16(text string) string {
	if !strings.HasPrefix(text, "\xff\xfe") {
		text = strings.TrimPrefix(text, "\ufeff")
	} else {
		text = winreg.UTF16([]byte(text[2:]))
	}
	if strings.HasPrefix(text, "<?xml") {
		if _, after, ok := strings.Cut(text, "?>"); ok {
			return after
		}
	}
	return text
}
