package ingest_test

import "syscall"

// cpuMS is the processor time this process has used, in milliseconds.
func cpuMS() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}
