//go:build linux && !race

package checks_test

// raceDetector: it needs several times the memory and the time, which then say nothing.
const raceDetector = false
