//go:build !windows

// Only Windows has windows to hide.

package system

import "os/exec"

func hideWindow(*exec.Cmd) {}
