//go:build linux && race

package checks_test

// raceDetector: it needs several times the memory, which then says nothing.
const raceDetector = true
