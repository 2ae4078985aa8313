//go:build !windows

package fix

import (
	"os/exec"
	"syscall"
)

// hide has nothing to do here: commands have no window.
func hide(*exec.Cmd) {}

// detach lets a program live on after us, and keeps our Ctrl+C from it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
