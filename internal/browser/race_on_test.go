//go:build unix && race

package browser

// raceDetector tells whether these tests are built with the race detector.
const raceDetector = true
