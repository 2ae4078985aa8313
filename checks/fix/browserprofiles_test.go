//go:build linux

package fix

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"passerelle/checks/facts"
)

// aClosedOne is a computer of a person whose browsers are closed.
func aClosedOne(t *testing.T, system string, files map[string]string) *Computer {
	t.Helper()
	c, _ := fake(t, system, files)
	c.Running = func(context.Context, []string) (bool, error) { return false, nil }
	return c
}

// TestEveryBrowserEverywhere: each browser of the issue, on each system and in each kind of package, with two profiles. Its pages go;
// what lies beside them, and what every other browser has, stays.
func TestEveryBrowserEverywhere(t *testing.T) {
	const local = "/C/Users/p/AppData/Local"
	homes := map[string]string{"linux": "/home/p", "darwin": "/Users/p", "windows": ""}
	type place struct{ system, browser, base string }
	var places []place
	for browser, below := range map[string]map[string][]string{
		"firefox": {"linux": {".cache/mozilla/firefox", ".var/app/org.mozilla.firefox/cache/mozilla/firefox", "snap/firefox/common/.cache/mozilla/firefox"},
			"darwin": {"Library/Caches/Firefox/Profiles"}, "windows": {"Mozilla/Firefox/Profiles", "Packages/Mozilla.Firefox_n80bbvh6b1yt2/LocalCache/Local/Mozilla/Firefox/Profiles"}},
		"chrome":   {"linux": {".cache/google-chrome", ".var/app/com.google.Chrome/cache/google-chrome"}, "darwin": {"Library/Caches/Google/Chrome"}, "windows": {"Google/Chrome/User Data"}},
		"edge":     {"linux": {".cache/microsoft-edge", ".var/app/com.microsoft.Edge/cache/microsoft-edge"}, "darwin": {"Library/Caches/Microsoft Edge"}, "windows": {"Microsoft/Edge/User Data"}},
		"chromium": {"linux": {".cache/chromium", ".var/app/org.chromium.Chromium/cache/chromium", "snap/chromium/common/.cache/chromium"}, "darwin": {"Library/Caches/Chromium"}, "windows": {"Chromium/User Data"}},
		"brave": {"linux": {".cache/BraveSoftware/Brave-Browser", ".var/app/com.brave.Browser/cache/BraveSoftware/Brave-Browser", "snap/brave/common/.cache/BraveSoftware/Brave-Browser"},
			"darwin": {"Library/Caches/BraveSoftware/Brave-Browser"}, "windows": {"BraveSoftware/Brave-Browser/User Data"}},
		"vivaldi": {"linux": {".cache/vivaldi", ".var/app/com.vivaldi.Vivaldi/cache/vivaldi", "snap/vivaldi/common/.cache/vivaldi"}, "darwin": {"Library/Caches/Vivaldi"}, "windows": {"Vivaldi/User Data"}},
		"opera": {"linux": {".cache/opera", ".var/app/com.opera.Opera/cache/opera", "snap/opera/common/.cache/opera"}, "darwin": {"Library/Caches/com.operasoftware.Opera"},
			"windows": {"Opera Software/Opera Stable", "Opera Software/Opera GX Stable"}},
	} {
		for system, bases := range below {
			for _, b := range bases {
				home := path.Join(homes[system], b)
				if system == "windows" {
					home = local + "/" + b
				}
				places = append(places, place{system, browser, home})
			}
		}
	}
	for _, system := range []string{"linux", "darwin", "windows"} {
		all := map[string]string{}
		own := map[string]map[string]bool{}
		for _, p := range places {
			if p.system != system {
				continue
			}
			if own[p.browser] == nil {
				own[p.browser] = map[string]bool{}
			}
			profiles, pages := []string{"Default", "Profile 1", "Profile 22"}, []string{"Cache/Cache_Data/f_000001", "Code Cache/js/index"}
			if p.browser == "firefox" {
				profiles, pages = []string{"abc.default-release", "x y.work"}, []string{"cache2/entries/0A", "cache2/index"}
			}
			for _, profile := range profiles {
				for _, page := range pages {
					file := p.base + "/" + profile + "/" + page
					all[file], own[p.browser][file] = "page", true
				}
				for _, kept := range []string{"Network/Cookies", "Cookies", "Login Data", "History", "Local Storage/leveldb/1.log", "IndexedDB/a/1", "Service Worker/CacheStorage/x/1", "Service Worker/ScriptCache/1", "Bookmarks",
					"Preferences", "Sessions/1", "Web Data", "cookies.sqlite", "places.sqlite", "logins.json", "key4.db", "cert9.db", "Cachet", "thumbnails/a.png", "OfflineCache/1"} {
					all[p.base+"/"+profile+"/"+kept] = "kept"
				}
			}
			all[p.base+"/System Profile/Cache/1"], all[p.base+"/CacheOf/1"] = "kept", "kept"
			if p.browser == "firefox" {
				delete(all, p.base+"/System Profile/Cache/1")
			}
		}
		c := aClosedOne(t, system, all)
		c.Getenv = func(n string) string {
			return map[string]string{"HOME": homes[system], "LOCALAPPDATA": strings.ReplaceAll(local, "/", `\`)}[n]
		}
		left := maps.Clone(all)
		for browser, pages := range own {
			o, err := Run(context.Background(), "clear-browser-cache", browser, yes(t, c))
			if err != nil || o.Verified != facts.Yes {
				t.Fatalf("%s on %s: %v %+v", browser, system, err, o)
			}
			for file := range pages {
				delete(left, file)
			}
			if now := files(t, c); !maps.Equal(now, left) {
				t.Fatalf("%s on %s: %d files left, want %d: %v", browser, system, len(now), len(left), differences(now, left))
			}
		}
	}
}

func differences(a, b map[string]string) (all []string) {
	for k := range a {
		if _, ok := b[k]; !ok {
			all = append(all, "+"+k)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			all = append(all, "-"+k)
		}
	}
	return all
}

// TestProfilesInUse: the list of programs shows no browser, and the profile says that it is used all the same.
func TestProfilesInUse(t *testing.T) {
	self, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	with := func(pages string) (*Computer, string) {
		c := aClosedOne(t, "linux", map[string]string{pages: "x"})
		return c, pages
	}
	link := func(c *Computer, name, to string) {
		put(t, c.file(path.Dir(name)+"/x"), "", 0o644)
		if err := os.Symlink(to, c.file(name)); err != nil {
			t.Fatal(err)
		}
	}
	tried := func(name string, c *Computer, browser, page, want string) {
		t.Helper()
		_, err := Run(context.Background(), "clear-browser-cache", browser, yes(t, c))
		var p *Problem
		key := ""
		if errors.As(err, &p) {
			key = p.Key
		}
		if key != want || c.exists(page) != (want != "") {
			t.Errorf("%s: %q (%v), its page there: %v", name, key, err, c.exists(page))
		}
	}
	const elsewhere, running = "fix.clear-browser-cache.error.elsewhere", "fix.clear-browser-cache.error.running"
	chromium := "/home/p/.cache/chromium/Default/Cache/1"
	for _, r := range []struct{ name, lock, to, want string }{
		{"another computer", "/home/p/.config/chromium/SingletonLock", "other-laptop.lan-4711", elsewhere},
		{"another computer's Flatpak", "/home/p/.var/app/org.chromium.Chromium/config/chromium/SingletonLock", "nfs-7", elsewhere},
		{"another computer's snap", "/home/p/snap/chromium/common/chromium/SingletonLock", "nfs-7", elsewhere},
		{"killed here", "/home/p/.config/chromium/SingletonLock", self + "-4711", ""},
		{"a lock that says nothing", "/home/p/.config/chromium/SingletonLock", "nonsense", ""},
		{"another browser's lock", "/home/p/.config/google-chrome/SingletonLock", "other-1", ""},
	} {
		c, page := with(chromium)
		link(c, r.lock, r.to)
		tried(r.name, c, "chromium", page, r.want)
	}

	firefox := "/home/p/.cache/mozilla/firefox/a.default/cache2/entries/A"
	for _, root := range []string{"/home/p/.mozilla/firefox", "/home/p/.config/mozilla/firefox", "/home/p/snap/firefox/common/.mozilla/firefox", "/home/p/.var/app/org.mozilla.firefox/.mozilla/firefox"} {
		c, page := with(firefox)
		link(c, root+"/a.default/lock", "192.0.2.1:+99") // stays behind when Firefox is killed
		put(t, c.file(root+"/a.default/.parentlock"), "", 0o600)
		free := heldByAnother(t, c.file(root+"/a.default/.parentlock"))
		tried(root+", locked", c, "firefox", page, running)
		free()
		tried(root+", free", c, "firefox", page, "")
	}
}

// heldByAnother lets another process hold a lock on a file: one's own do not count.
func heldByAnother(t *testing.T, file string) (free func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockHolder$")
	cmd.Env = append(os.Environ(), lockChild+"="+file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("it does not lock: %q %v", line, err)
	}
	return func() {
		in.Close()
		_ = cmd.Wait()
	}
}

// lockChild names the file that TestLockHolder locks.
const lockChild = "PASSERELLE_FIX_LOCK"

// TestLockHolder is the other process of heldByAnother.
func TestLockHolder(t *testing.T) {
	file := os.Getenv(lockChild)
	if file == "" {
		return
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err == nil {
		err = unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	f.Close()
}

func TestNamesOfProcesses(t *testing.T) {
	for _, r := range []struct{ name, exe, want string }{
		{"firefox-esr", "", "firefox-esr"}, {"msedge.exe", "", "msedge"}, {"chrome", "/opt/google/chrome/chrome", "chrome"}, {"chrome.exe", `C:\Users\p\AppData\Local\Chromium\Application\chrome.exe`, "chromium"},
		{"chrome", "/snap/chromium/3000/usr/lib/chromium-browser/chrome", "chromium"}, {"chrome", "/app/chromium/chrome", "chromium"}, {"Chrome", "", "chrome chromium"}, {"chrome", "/app/extra/chrome", "chrome"},
	} {
		if got := strings.Join(processNames(r.name, func() string { return r.exe }), " "); got != r.want {
			t.Errorf("%+v: %s", r, got)
		}
	}
}

// TestLinksAreToldAndNotFollowed: whole folders, profiles and caches that lie elsewhere.
func TestLinksAreToldAndNotFollowed(t *testing.T) {
	for _, at := range []string{"/home/p/.cache/chromium", "/home/p/.cache/chromium/Default", "/home/p/.cache/chromium/Default/Cache", "/home/p/.cache/chromium/Profile 2"} {
		c := aClosedOne(t, "linux", map[string]string{"/mnt/big/Default/Cache/1": "x", "/mnt/big/Cache/1": "x", "/mnt/big/1": "x", "/home/p/.cache/x": ""})
		put(t, c.file(path.Dir(at)+"/other"), "", 0o644)
		before := files(t, c)
		if err := os.Symlink(c.file("/mnt/big"), c.file(at)); err != nil {
			t.Fatal(err)
		}
		o, err := Run(context.Background(), "clear-browser-cache", "chromium", yes(t, c))
		if err != nil || !o.Nothing || o.Detail != "link" || !maps.Equal(files(t, c), before) {
			t.Errorf("%s: %v %+v", at, err, o)
		}
	}
	// The person's whole cache folder lies elsewhere: that is their own choice of a place, and its browsers' folders are real.
	c := aClosedOne(t, "linux", map[string]string{"/mnt/fast/chromium/Default/Cache/1": "x", "/mnt/fast/keep": "y", "/home/p/x": ""})
	if err := os.Symlink(c.file("/mnt/fast"), c.file("/home/p/.cache")); err != nil {
		t.Fatal(err)
	}
	if o, err := Run(context.Background(), "clear-browser-cache", "chromium", yes(t, c)); err != nil || o.Verified != facts.Yes || c.exists("/mnt/fast/chromium/Default/Cache") || !c.exists("/mnt/fast/keep") {
		t.Errorf("%v %+v", err, o)
	}
	// A link among the pages is removed; what it leads to is not.
	c = aClosedOne(t, "linux", map[string]string{"/home/p/.cache/chromium/Default/Cache/1": "x", "/home/p/letter": "dear"})
	if err := os.Symlink(c.file("/home/p"), c.file("/home/p/.cache/chromium/Default/Cache/out")); err != nil {
		t.Fatal(err)
	}
	if o, err := Run(context.Background(), "clear-browser-cache", "chromium", yes(t, c)); err != nil || o.Verified != facts.Yes || c.read("/home/p/letter") != "dear" {
		t.Errorf("%v %+v", err, o)
	}
}

// TestFoldersThatCannotBeMoved: the one that can goes, the failure is told, nothing is left half-way.
func TestFoldersThatCannotBeMoved(t *testing.T) {
	const stuck, free = "/home/p/.cache/chromium/Default", "/home/p/.cache/chromium/Profile 1"
	c := aClosedOne(t, "linux", map[string]string{stuck + "/Cache/1": "x", free + "/Cache/1": "x"})
	if err := os.Chmod(c.file(stuck), 0o555); err != nil {
		t.Fatal(err)
	}
	f := clearCache{c}
	p, err := f.Plan(context.Background(), "chromium")
	if err != nil || len(p.Steps) != 2 {
		t.Fatalf("%v %+v", err, p)
	}
	var ch Change
	asAnybody(t, filepath.Dir(c.Root), func() { ch, err = f.Apply(context.Background(), p) })
	if !errors.Is(err, ErrFailed) || len(ch.Steps) != 2 || !c.exists(stuck+"/Cache/1") || c.exists(free+"/Cache") || c.exists(free+"/Cache"+awayEnding) {
		t.Errorf("%v %+v", err, ch)
	}
	if err := os.Chmod(c.file(stuck), 0o755); err != nil {
		t.Fatal(err)
	}
	if o, err := Run(context.Background(), "clear-browser-cache", "chromium", yes(t, c)); err != nil || o.Verified != facts.Yes {
		t.Errorf("afterwards: %v %+v", err, o)
	}
}

// asAnybody does f as a user whom a folder that cannot be written stops; root is not stopped by anything.
func asAnybody(t *testing.T, folder string, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	const nobody = 65534
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with this
		if _, err := unix.SetfsuidRetUid(nobody); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

// TestManyPages: a cache of many files goes in a time that a person waits for, and is measured before.
func TestManyPages(t *testing.T) {
	n := 3000
	if os.Getenv("PASSERELLE_ALL") == "1" {
		n = 60000
	}
	c := aClosedOne(t, "linux", map[string]string{"/home/p/.cache/chromium/Default/Cookies": "c"})
	for i := range n {
		put(t, c.file(fmt.Sprintf("/home/p/.cache/chromium/Default/Cache/Cache_Data/%03d/f_%06d", i%200, i)), "0123456789", 0o644)
	}
	o, err := Run(context.Background(), "clear-browser-cache", "chromium", yes(t, c))
	if err != nil || o.Verified != facts.Yes || o.Plan.Old[oldBytes] != fmt.Sprint(n*10) || len(files(t, c)) != 1 {
		t.Errorf("%v %+v, %d files left", err, o, len(files(t, c)))
	}
}
