// Which browsers are installed, and the version of the default one: what its profile says of the browser that used it last, so that no
// browser has to be started to be asked. It is the same for every kind of package.

package system

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
)

// installedBrowsers gives the ids of the browsers of our list that are installed, in the list's order. The system's own (Internet
// Explorer) is no other browser to try, and left out.
func (r *Reader) installedBrowsers() []string {
	var list []string
	is := r.browserInstalled()
	for i := range browsers {
		if b := &browsers[i]; b.id != "ie" && is(b) {
			list = append(list, b.id)
		}
	}
	return list
}

// browserVersion gives the default browser's version, "" where its profile does not tell.
func (r *Reader) browserVersion(ctx context.Context) string {
	b, _, _ := r.defaultBrowser(ctx)
	switch {
	case b == nil:
	case b.id == "safari":
		plist, _ := r.read(r.path("/Applications/Safari.app/Contents/version.plist"))
		return plistVersion(plist)
	case b.id == "firefox":
		roots, _ := r.firefoxPlaces()
		for _, root := range existingFolders(roots) {
			if profile := r.firefoxProfileFolder(root); profile != "" {
				ini, _ := r.read(filepath.Join(profile, "compatibility.ini"))
				return firefoxVersion(ini)
			}
		}
	case b.chromium:
		_, folders := r.chromiumPlaces(b)
		for _, folder := range existingFolders(folders) {
			last, _ := r.read(filepath.Join(folder, "Last Version"))
			return plausibleVersion(string(last))
		}
	}
	return ""
}

// registeredBrowser finds a browser among the names under which programs registered with Windows' Start menu.
func registeredBrowser(b *browser, names []string) bool {
	return len(b.windows) > 0 && slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(strings.ToLower(n), strings.ToLower(b.name)) })
}

// firefoxProfileFolder is the default profile's folder below a root that holds profiles.ini, "" where there is none.
func (r *Reader) firefoxProfileFolder(root string) string {
	ini, err := r.read(filepath.Join(root, "profiles.ini"))
	if err != nil {
		return ""
	}
	profile, relative := firefoxProfile(ini)
	switch {
	case profile == "":
		return ""
	case relative:
		return filepath.Join(root, filepath.FromSlash(profile))
	}
	return r.path(profile)
}

// firefoxVersion reads compatibility.ini: LastVersion=153.7.0_20261101120000/20261101120000.
func firefoxVersion(ini []byte) string {
	for line := range strings.Lines(string(ini)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "LastVersion="); ok {
			v, _, _ = strings.Cut(v, "_")
			return plausibleVersion(v)
		}
	}
	return ""
}

// plistVersion reads the short version out of a property list in XML.
func plistVersion(plist []byte) string {
	_, rest, ok := strings.Cut(string(plist), "<key>CFBundleShortVersionString</key>")
	if !ok {
		return ""
	}
	_, rest, _ = strings.Cut(rest, "<string>")
	v, _, _ := strings.Cut(rest, "</string>")
	return plausibleVersion(v)
}

// plausibleVersion keeps what looks like a version number, and nothing else: it is shown.
func plausibleVersion(s string) string {
	s = strings.TrimSpace(s)
	const longest = 24 // "156.0.8078.79" has 13
	if s == "" || len(s) > longest || s[0] < '0' || s[0] > '9' || strings.Trim(s, "0123456789.abesr") != "" {
		return ""
	}
	return s
}
