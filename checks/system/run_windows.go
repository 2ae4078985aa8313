// A child process of a program without console would flash a black window.

package system

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

func hideWindow(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}
