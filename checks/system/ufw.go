// ufw's own files, which everybody may read (its command needs root).

package system

import (
	"strings"

	"passerelle/checks/facts"
)

// parseUFW tells from /etc/ufw/ufw.conf whether ufw is on.
func parseUFW(conf []byte) facts.Bool {
	switch strings.ToLower(shellValue(conf, "ENABLED")) {
	case "yes":
		return facts.Yes
	case "no":
		return facts.No
	}
	return facts.Unknown
}

// shellValue reads NAME=value of a file of shell assignments.
func shellValue(b []byte, name string) string {
	var value string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			value = strings.Trim(v, `"'`)
		}
	}
	return value
}
