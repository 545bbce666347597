//go:build !race

package asset_test

// raceOn tells that the race detector runs, which makes everything several times slower.
const raceOn = false
