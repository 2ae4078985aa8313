// Proxies, browsers, firewall and release of macOS, by Apple's own small programs (absolute paths, constant arguments).

package system

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/shirou/gopsutil/v3/host"

	"passerelle/checks/facts"
)

func (r *Reader) systemProxies(ctx context.Context) []proxyRules {
	out, err := r.Run(ctx, "/usr/sbin/scutil", "--proxy")
	if err != nil {
		return nil
	}
	return []proxyRules{parseScutilProxy(out)}
}

// defaultBrowser reads LaunchServices' handlers; where nothing was ever chosen, it is Safari.
func (r *Reader) defaultBrowser(ctx context.Context) (known *browser, id, name string) {
	out, err := r.Run(ctx, "/usr/bin/defaults", "read", "com.apple.LaunchServices/com.apple.launchservices.secure", "LSHandlers")
	if err != nil && ctx.Err() != nil {
		return nil, "", ""
	}
	bundle := parseLSHandlers(out)
	return browserByBundle(bundle), bundle, bundle
}

// support is the folder in which programs keep settings.
func (r *Reader) support() string {
	h := r.home()
	if h == "" {
		return ""
	}
	return filepath.Join(h, "Library/Application Support")
}

func (r *Reader) firefoxPlaces() (roots, policies []string) {
	policies = []string{r.path("/Applications/Firefox.app/Contents/Resources/distribution/policies.json")}
	if s := r.support(); s != "" {
		roots = append(roots, filepath.Join(s, "Firefox"))
	}
	return roots, policies
}

// chromiumPlaces gives the data folder. An administrator's policies lie in configuration profiles, which only the browser reads.
func (r *Reader) chromiumPlaces(b *browser) (policy map[string]any, folders []string) {
	if s := r.support(); s != "" && b.dataMac != "" {
		folders = append(folders, filepath.Join(s, b.dataMac))
	}
	return nil, folders
}

// firewalls reads the application firewall. It only filters what comes in, so it is never why a site does not open.
func (r *Reader) firewalls(ctx context.Context, _ []netip.AddrPort) ([]facts.Firewall, bool) {
	out, err := r.Run(ctx, "/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")
	if err != nil {
		return nil, false
	}
	return []facts.Firewall{{Name: "macOS Firewall", Kind: kindFirewall, Enabled: parseSocketFilter(out)}}, true
}

// release is "macOS" and its version.
func (r *Reader) release(ctx context.Context) string {
	_, _, version, err := host.PlatformInformationWithContext(ctx)
	if err != nil {
		return ""
	}
	return strings.TrimSpace("macOS " + version)
}

// browserInstalled tells of each browser whether its program is in one of the two folders for them. Safari is part of the system.
func (r *Reader) browserInstalled() func(*browser) bool {
	return func(b *browser) bool {
		name := b.name
		if b.id == "brave" {
			name = "Brave Browser"
		}
		folders := existingFolders([]string{r.path("/Applications/" + name + ".app"), filepath.Join(r.home(), "Applications", name+".app")})
		return b.id == "safari" || b.macos != "" && len(folders) > 0
	}
}

// rules: none can be read here.
func (r *Reader) rules(context.Context, []netip.AddrPort) []facts.Firewall { return nil }
