package fix

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// isMountPoint reads the kernel's own list: a rename over a mount point would fail, and leave a file beside it.
func isMountPoint(real string) bool {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false
	}
	escaped := strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace(real)
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 4 && f[4] == escaped { // proc(5): the fifth field
			return true
		}
	}
	return false
}

const labelName = "security.selinux"

// sameLabel copies the SELinux label, where there is one: /etc/hosts has another one than /etc.
func sameLabel(f *os.File, real string) error {
	var label [256]byte
	n, err := unix.Getxattr(real, labelName, label[:])
	if err != nil || n == 0 {
		return nil // no SELinux here
	}
	return unix.Fsetxattr(int(f.Fd()), labelName, label[:n], 0)
}
