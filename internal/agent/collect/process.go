package collect

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// process is one running program, as far as the agent may see it.
type process struct {
	pid     int
	name    string   // comm, at most 15 bytes (proc_pid_comm(5))
	path    string   // executable; "" for kernel threads and without the right to see it
	unit    string   // systemd unit it runs in, "ssh.service"
	sockets []uint64 // inodes of its sockets; nil without the right to see them
	hidden  bool     // its sockets may not be seen
}

// processes lists the running programs; they are read once a run.
func (s *Source) processes() ([]process, error) {
	s.memo()
	return s.once.processes()
}

func readProcesses(s *Source) ([]process, error) {
	entries, err := fs.ReadDir(s.Files, "proc")
	if err != nil {
		return nil, err
	}
	var list []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		dir := "proc/" + entry.Name()
		p := process{pid: pid, name: s.line(dir + "/comm")}
		if p.name == "" {
			continue // it has ended meanwhile
		}
		p.path = strings.TrimSuffix(s.link(dir+"/exe"), " (deleted)")
		if cgroup, err := s.text(dir + "/cgroup"); err == nil {
			p.unit = unitOf(cgroup)
		}
		p.sockets, p.hidden = s.sockets(dir + "/fd")
		list = append(list, p)
	}
	return list, nil
}

func (s *Source) sockets(dir string) (inodes []uint64, hidden bool) {
	entries, err := fs.ReadDir(s.Files, dir)
	if err != nil {
		return nil, errors.Is(err, fs.ErrPermission)
	}
	for _, e := range entries {
		link, err := fs.ReadLink(s.Files, clip(dir+"/"+e.Name()))
		if errors.Is(err, fs.ErrPermission) {
			return nil, true // a process that forbids being looked at, even to root
		}
		target, ok := strings.CutPrefix(link, "socket:[")
		if !ok {
			continue
		}
		if inode, err := strconv.ParseUint(strings.TrimSuffix(target, "]"), 10, 64); err == nil {
			inodes = append(inodes, inode)
		}
	}
	return inodes, false
}

// unitOf finds the service unit in the text of /proc/PID/cgroup. In version 2
// there is one line, "0::/system.slice/ssh.service"; in version 1 the line of
// the named hierarchy "systemd" counts (cgroups(7)).
func unitOf(cgroup string) string {
	for line := range strings.Lines(cgroup) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, where, ok := strings.Cut(rest, ":")
		if !ok || controllers != "" && controllers != "name=systemd" {
			continue
		}
		for dir := where; len(dir) > 1; dir = path.Dir(dir) {
			if base := path.Base(dir); strings.HasSuffix(base, ".service") {
				return base
			}
		}
	}
	return ""
}
