// The default browser by the files of the freedesktop.org MIME applications specification, without xdg-settings' child processes.

package system

import (
	"path/filepath"
	"strings"
)

// webScheme is what a browser must be the default for.
const webScheme = "x-scheme-handler/https"

// parseMimeApps gives the desktop files that a mimeapps.list or defaults.list names as default for web addresses, in order.
func parseMimeApps(b []byte) []string { return iniList(b, "Default Applications", webScheme) }

// parseMimeInfoCache gives the installed programs that can open web addresses.
func parseMimeInfoCache(b []byte) []string { return iniList(b, "MIME Cache", webScheme) }

func iniList(b []byte, group, key string) []string {
	in := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = line == "["+group+"]"
			continue
		}
		k, v, ok := strings.Cut(line, "=")
		if !in || !ok || strings.TrimSpace(k) != key {
			continue
		}
		var list []string
		for file := range strings.SplitSeq(v, ";") {
			if file = strings.TrimSpace(file); file != "" {
				list = append(list, file)
			}
		}
		return list
	}
	return nil
}

// mimeAppsFiles are the files in the order of the specification: the person's, the administrator's, the distribution's; in each
// folder the desktop's own file first.
func (r *Reader) mimeAppsFiles() []string {
	var desktops []string
	for d := range strings.SplitSeq(r.Getenv("XDG_CURRENT_DESKTOP"), ":") {
		if d = strings.ToLower(strings.TrimSpace(d)); d != "" && filepath.Base(d) == d {
			desktops = append(desktops, d)
		}
	}
	var files []string
	add := func(folder string) {
		for _, d := range desktops {
			files = append(files, filepath.Join(folder, d+"-mimeapps.list"))
		}
		files = append(files, filepath.Join(folder, "mimeapps.list"))
	}
	if c := r.configHome(); c != "" {
		add(c)
	}
	for _, d := range r.folderList("XDG_CONFIG_DIRS", "/etc/xdg") {
		add(d)
	}
	for _, d := range r.applicationFolders() {
		add(d)
		files = append(files, filepath.Join(d, "defaults.list"))
	}
	return files
}

// applicationFolders are where desktop files lie.
func (r *Reader) applicationFolders() []string {
	var list []string
	if d := r.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		list = append(list, filepath.Join(r.path(d), "applications"))
	} else if h := r.home(); h != "" {
		list = append(list, filepath.Join(h, ".local/share/applications"))
	}
	for _, d := range r.folderList("XDG_DATA_DIRS", "/usr/local/share:/usr/share") {
		list = append(list, filepath.Join(d, "applications"))
	}
	return append(list, r.path("/var/lib/flatpak/exports/share/applications"), r.path("/var/lib/snapd/desktop/applications"))
}

func (r *Reader) folderList(variable, otherwise string) []string {
	value := r.Getenv(variable)
	if value == "" {
		value = otherwise
	}
	var list []string
	for d := range strings.SplitSeq(value, ":") {
		if filepath.IsAbs(d) {
			list = append(list, r.path(d))
		}
	}
	return list
}

// desktopFileName is the Name= of a desktop file's own group.
func desktopFileName(b []byte) string {
	in := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = line == "[Desktop Entry]"
			continue
		}
		if v, ok := strings.CutPrefix(line, "Name="); in && ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
