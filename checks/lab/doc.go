// Package lab is for tests only: a computer, a box and an Internet on this machine, so that the built program can be
// measured against faults whose truth is known. Nothing of the product imports it.
//
// Each world is three machines, and a machine is one idle process with its own network, mounts, process numbers and host
// name (Linux namespaces). They have no name on the system: when the process ends, killed or not, everything is gone. The
// whole test runs in a network namespace of its own as well, so that nothing in it can reach the real network.
//
// A scenario is one small function named after its fault; Scenarios lists them; the runner is in scenarios_test.go.
//
//	go test ./checks/lab                          each cause once
//	PASSERELLE_ALL=1 go test ./checks/lab -v      everything, and the table of times
//	LAB_KEEP=/some/dir …                          keeps every output, not only those of failures
//	PASSERELLE_BIN=/path/to/passerelle …          measures that program instead of building one
package lab
