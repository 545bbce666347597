//go:build !linux

package ingest_test

// cpuMS is measured on Linux only.
func cpuMS() float64 { return 0 }
