// Whether a browser runs: the programs of this computer, and the locks that browsers put on their profiles, which also tell of one
// in a container or on another computer that shares the home.

package fix

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	programs "github.com/shirou/gopsutil/v3/process"
)

// running looks for programs of this person by their names.
func running(ctx context.Context, names []string) (bool, error) {
	all, err := programs.ProcessesWithContext(ctx)
	if err != nil {
		return false, fmt.Errorf("listing the programs that run: %w", err)
	}
	for _, p := range all {
		name, err := p.NameWithContext(ctx)
		if err != nil {
			continue // it has ended, or is another person's
		}
		exe := func() string {
			file, _ := p.ExeWithContext(ctx)
			return file
		}
		if !slices.ContainsFunc(processNames(name, exe), func(one string) bool {
			return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, one) })
		}) {
			continue
		}
		if uids, err := p.UidsWithContext(ctx); err == nil && len(uids) > 0 && os.Geteuid() > 0 && int(uids[0]) != os.Geteuid() {
			continue // somebody else's, with a profile of their own
		}
		return true, nil
	}
	return false, nil
}

// processNames are the names that a process goes by. Chromium's program is called chrome on Windows, in its snap and its Flatpak: the
// folder of its file says which of the two it is. Where that cannot be read it may be either.
func processNames(name string, exe func() string) []string {
	name = strings.TrimSuffix(name, ".exe")
	if !strings.EqualFold(name, "chrome") {
		return []string{name}
	}
	switch file := strings.ToLower(exe()); {
	case file == "":
		return []string{"chrome", "chromium"}
	case strings.Contains(file, "chromium"):
		return []string{"chromium"}
	}
	return []string{"chrome"}
}

// profileRoots are the folders that hold a browser's profiles, where they are not those of its pages.
func (c *Computer) profileRoots(b browserCache) []string {
	home := c.env("HOME")
	switch {
	case c.OS == "windows": // there the list of programs tells of every one
		return nil
	case !path.IsAbs(home):
		return nil
	case c.OS == "darwin":
		return []string{path.Join(home, "Library/Application Support", b.Mac)}
	case b.Firefox:
		flatpak := path.Join(home, ".var/app", b.Flatpak)
		return []string{path.Join(home, ".mozilla/firefox"), path.Join(c.configHome(), "mozilla/firefox"), path.Join(home, "snap/firefox/common/.mozilla/firefox"),
			path.Join(flatpak, ".mozilla/firefox"), path.Join(flatpak, "config/mozilla/firefox")}
	}
	roots := []string{path.Join(c.configHome(), b.Linux), path.Join(home, ".var/app", b.Flatpak, "config", b.Linux)}
	if b.ID == "chromium" {
		roots = append(roots, path.Join(home, "snap/chromium/common/chromium"))
	}
	return roots
}

// held tells whether a profile is in use. where is the name of the computer that uses it, if that is another one.
//
// Chromium leaves a link SingletonLock → HOST-PID (process_singleton_posix.cc). One with this computer's name may be of a browser that
// was killed; the list of programs says whether it is. Firefox locks .parentlock; its link "lock" stays behind when it is killed and
// proves nothing (nsProfileLock.cpp).
func (c *Computer) held(b browserCache) (where string, is bool) {
	self, _ := os.Hostname()
	for _, root := range c.profileRoots(b) {
		if !b.Firefox {
			to, err := os.Readlink(c.file(root + "/SingletonLock"))
			if host, _, ok := cutLast(to, "-"); err == nil && ok && host != "" && host != self {
				return host, true
			}
			continue
		}
		entries, _ := os.ReadDir(c.file(root))
		for _, e := range entries {
			if e.IsDir() && locked(c.file(root+"/"+e.Name()+"/.parentlock")) {
				return "", true
			}
		}
	}
	return "", false
}

// cutLast cuts at the last sep: host names hold dashes.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
