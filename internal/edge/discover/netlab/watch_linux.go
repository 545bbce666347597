package netlab

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Watch lets tcpdump write down every frame that passes an interface of a host or of the
// switch. read ends it and gives the frames that filter (pcap-filter(7)) lets through, one
// a line, with the time as seconds and the hardware addresses; it may be called again with
// another filter.
func (l *Lab) Watch(ns, port string) (read func(filter string) string) {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "frames.pcap")
	end := l.Start(ns, "tcpdump", "-i", port, "-U", "-B", "8192", "-Z", "root", "-w", file)
	for range 100 {
		if info, err := os.Stat(file); err == nil && info.Size() >= 24 { // its head is there
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop := sync.OnceFunc(func() {
		time.Sleep(300 * time.Millisecond) // for what is in its buffer
		end()
	})
	return func(filter string) string {
		l.t.Helper()
		stop()
		out, err := exec.Command("tcpdump", "-n", "-e", "-tt", "-r", file, filter).Output() //nolint:gosec // of a test
		if err != nil {
			l.t.Fatalf("read %s: %v", file, err)
		}
		return string(bytes.TrimSpace(out))
	}
}

// Meet lets a host hear of another, as machines that work together do.
func (l *Lab) Meet(ns, address string) {
	l.t.Helper()
	l.Exec(ns, "bash", "-c", "echo > /dev/udp/"+address+"/9; sleep 0.3")
}

// Open waits until a TCP port of a host takes connections.
func (l *Lab) Open(ns string, port int) {
	l.t.Helper()
	l.Exec(ns, "bash", "-c", fmt.Sprintf("for i in $(seq 1 100); do (echo > /dev/tcp/127.0.0.1/%d) 2>/dev/null && exit 0; sleep 0.1; done; exit 1", port))
}
