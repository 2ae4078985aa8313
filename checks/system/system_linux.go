// What only Linux has: its desktops' proxy settings and its release file.

package system

import (
	"context"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v3/host"
)

// systemProxies reads GNOME's and KDE's settings; each says nothing where its desktop was never used.
func (r *Reader) systemProxies(ctx context.Context) []proxyRules {
	return []proxyRules{r.gnomeProxy(ctx), r.kdeProxy()}
}

// release is the distribution's own name for itself.
func (r *Reader) release(ctx context.Context) string {
	for _, p := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if b, err := r.read(r.path(p)); err == nil {
			if name := osReleaseName(b); name != "" {
				return name
			}
		}
	}
	platform, _, version, err := host.PlatformInformationWithContext(ctx)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(platform + " " + version)
}

// osReleaseName is PRETTY_NAME of os-release(5).
func osReleaseName(b []byte) string {
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			if u, err := strconv.Unquote(v); err == nil {
				return u
			}
			return strings.Trim(v, `'"`)
		}
	}
	return ""
}
