//go:build !windows && !darwin

// The default browser on Linux and the BSDs, and where browsers keep their settings there.

package system

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// defaultBrowser reads the files that say it, then takes what is installed; no child process.
func (r *Reader) defaultBrowser(context.Context) (known *browser, id, name string) {
	folders := r.applicationFolders()
	installed := func(file string) string {
		for _, folder := range folders {
			path := filepath.Join(folder, filepath.Base(file))
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
		return ""
	}
	result := func(file string) (*browser, string, string) {
		b := browserByDesktopFile(file)
		id := strings.TrimSuffix(filepath.Base(file), ".desktop")
		name := id
		if path := installed(file); path != "" {
			if content, err := r.read(path); err == nil && desktopFileName(content) != "" {
				name = desktopFileName(content)
			}
		}
		return b, id, name
	}
	var named string // a default whose program is not there counts only when nothing better is found
	for _, file := range r.mimeAppsFiles() {
		b, err := r.read(file)
		if err != nil {
			continue
		}
		for _, d := range parseMimeApps(b) {
			if installed(d) != "" {
				return result(d)
			}
			if named == "" {
				named = d
			}
		}
	}
	if named != "" {
		return result(named)
	}
	// Debian's choice for everybody.
	if target, err := os.Readlink(r.path("/etc/alternatives/x-www-browser")); err == nil {
		if b := browserByDesktopFile(filepath.Base(target)); b != nil {
			return b, b.id, b.name
		}
	}
	for _, folder := range folders {
		if b, err := r.read(filepath.Join(folder, "mimeinfo.cache")); err == nil {
			for _, d := range parseMimeInfoCache(b) {
				return result(d)
			}
		}
	}
	return r.onlyBrowserWithProfile()
}

// onlyBrowserWithProfile is the browser of this person when only one ever made a profile.
func (r *Reader) onlyBrowserWithProfile() (known *browser, id, name string) {
	for i := range browsers {
		b := &browsers[i]
		var folders []string
		if b.id == "firefox" {
			folders, _ = r.firefoxPlaces()
		} else if b.chromium {
			folders = r.chromiumFolders(b)
		}
		if len(existingFolders(folders)) == 0 {
			continue
		}
		if known != nil {
			return nil, "", ""
		}
		known = b
	}
	if known == nil {
		return nil, "", ""
	}
	return known, known.id, known.name
}

// firefoxPlaces are the folders that may hold profiles.ini, and the policy files, most important first.
func (r *Reader) firefoxPlaces() (roots, policies []string) {
	policies = []string{r.path("/etc/firefox/policies/policies.json")}
	for _, lib := range []string{"/usr/lib/firefox", "/usr/lib64/firefox", "/usr/lib/firefox-esr", "/opt/firefox"} {
		policies = append(policies, r.path(lib+"/distribution/policies.json"))
	}
	h := r.home()
	if h == "" {
		return nil, policies
	}
	return []string{
		filepath.Join(h, ".mozilla/firefox"),
		filepath.Join(r.configHome(), "mozilla/firefox"),
		filepath.Join(h, "snap/firefox/common/.mozilla/firefox"),
		filepath.Join(h, ".var/app/org.mozilla.firefox/.mozilla/firefox"),
	}, policies
}

func (r *Reader) chromiumFolders(b *browser) []string {
	h, config := r.home(), r.configHome()
	var folders []string
	if config != "" && b.data != "" {
		folders = append(folders, filepath.Join(config, b.data))
	}
	if h != "" && b.snapData != "" {
		folders = append(folders, filepath.Join(h, "snap", b.snapData))
	}
	if h != "" && b.flatpak != "" {
		folders = append(folders, filepath.Join(h, ".var/app", b.flatpak))
	}
	return folders
}

// chromiumPlaces are the administrator's policies and the data folders of a browser.
func (r *Reader) chromiumPlaces(b *browser) (policy map[string]any, folders []string) {
	var managed []string
	if b.policy != "" {
		managed = append(managed, r.path(b.policy+"/policies/managed"))
	}
	if b.id == "chromium" { // Ubuntu's name
		managed = append(managed, r.path("/etc/chromium-browser/policies/managed"))
	}
	return r.chromiumPolicies(managed), r.chromiumFolders(b)
}

// browserInstalled tells of each browser whether one of its desktop files is there, of whatever package.
func (r *Reader) browserInstalled() func(*browser) bool {
	there := map[string]bool{}
	for _, folder := range r.applicationFolders() {
		entries, _ := os.ReadDir(folder)
		for _, e := range entries {
			there[strings.ToLower(e.Name())] = true
		}
	}
	return func(b *browser) bool {
		return slices.ContainsFunc(b.linux, func(file string) bool { return there[file+".desktop"] })
	}
}
