//go:build !race

package recognise

const raceEnabled = false
