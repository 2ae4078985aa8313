package fix

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

// aHome is a home with two profiles of Chromium and one of Firefox: their settings, their data, their pages.
var aHome = map[string]string{
	"/home/p/.config/chromium/Default/Cookies": "c", "/home/p/.config/chromium/Default/Login Data": "l", "/home/p/.config/chromium/Default/History": "h",
	"/home/p/.config/chromium/Default/Service Worker/CacheStorage/x": "s",
	"/home/p/.cache/chromium/Default/Cache/Cache_Data/f_000001":      strings.Repeat("x", 3_000_000), "/home/p/.cache/chromium/Default/Code Cache/js/a": "x",
	"/home/p/.cache/chromium/Profile 1/Cache/Cache_Data/f_1": "x", "/home/p/.cache/chromium/Default/Storage/ext/a": "keep", "/home/p/.cache/chromium/CachedThings/a": "keep",
	"/home/p/.mozilla/firefox/a.default/cookies.sqlite": "c", "/home/p/.mozilla/firefox/a.default/logins.json": "l", "/home/p/.mozilla/firefox/a.default/places.sqlite": "h",
	"/home/p/.cache/mozilla/firefox/a.default/cache2/entries/AA": "x", "/home/p/.cache/mozilla/firefox/a.default/thumbnails/a.png": "keep",
	"/home/p/.var/app/org.mozilla.firefox/cache/mozilla/firefox/b.default/cache2/entries/B": "x", "/home/p/.var/app/org.mozilla.firefox/.mozilla/firefox/b.default/cookies.sqlite": "c",
	"/home/p/snap/firefox/common/.cache/mozilla/firefox/s.default/cache2/entries/C": "x", "/home/p/snap/firefox/common/.mozilla/firefox/s.default/key4.db": "k",
}

func TestOnlyPagesAreCleared(t *testing.T) {
	for browser, parts := range map[string][]string{"chromium": {"/chromium/Default/Cache/", "/chromium/Default/Code Cache/", "/chromium/Profile 1/Cache/"}, "firefox": {"/cache2/"}} {
		c, _ := fake(t, "linux", aHome)
		c.Running = func(context.Context, []string) (bool, error) { return false, nil }
		o, err := Run(context.Background(), "clear-browser-cache", browser, yes(t, c))
		if err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByState {
			t.Fatalf("%v %+v", err, o)
		}
		if browser == "chromium" && o.Plan.Vars["Size"] != "3" || o.Plan.Vars["Browser"] == "" {
			t.Errorf("%v", o.Plan.Vars)
		}
		want := maps.Clone(aHome)
		maps.DeleteFunc(want, func(path, _ string) bool {
			for _, p := range parts {
				if strings.Contains(path, p) {
					return true
				}
			}
			return false
		})
		if got := files(t, c); !maps.Equal(got, want) {
			t.Errorf("%s: %d files left, want %d", browser, len(got), len(want))
		}
		if o, err = Run(context.Background(), "clear-browser-cache", browser, yes(t, c)); err != nil || !o.Nothing {
			t.Errorf("again: %v %+v", err, o)
		}
	}
}

// withoutPages is a home without its pages: what may never be lost.
func withoutPages(all map[string]string) map[string]string {
	kept := maps.Clone(all)
	maps.DeleteFunc(kept, func(path, _ string) bool {
		return strings.Contains(path, "/Cache/") || strings.Contains(path, "/Cache"+awayEnding) || strings.Contains(path, "/Code Cache") || strings.Contains(path, "/cache2")
	})
	return kept
}

func TestCacheOfABrowserThatRuns(t *testing.T) {
	c, _ := fake(t, "linux", aHome)
	for _, running := range []func(context.Context, []string) (bool, error){
		nil, func(context.Context, []string) (bool, error) { return true, nil }, func(context.Context, []string) (bool, error) { return false, errors.New("no /proc") },
	} {
		c.Running = running
		if o, err := Run(context.Background(), "clear-browser-cache", "firefox", yes(t, c)); err == nil || !maps.Equal(files(t, c), aHome) {
			t.Errorf("%+v", o)
		}
	}
	started := 0 // it is started between the question and the answer
	c.Running = func(context.Context, []string) (bool, error) { started++; return started > 1, nil }
	if o, err := Run(context.Background(), "clear-browser-cache", "firefox", yes(t, c)); err == nil || !maps.Equal(files(t, c), aHome) {
		t.Errorf("%+v", o)
	}
	for _, b := range hostile {
		if b == "" {
			continue
		}
		if _, err := Run(context.Background(), "clear-browser-cache", b, yes(t, c)); !errors.Is(err, ErrArgument) {
			t.Errorf("%q: %v", b, err)
		}
	}
	if _, err := Run(context.Background(), "clear-browser-cache", "safari", yes(t, c)); !errors.Is(err, ErrImpossible) {
		t.Errorf("safari: %v", err)
	}
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	if runs, err := running(context.Background(), []string{name[:min(len(name), 15)], name}); err != nil || !runs {
		t.Errorf("this very test does not run: %v", err)
	}
}

func TestCacheFoldersThatAreLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: links want a right on Windows")
	}
	c, _ := fake(t, "linux", map[string]string{"/home/p/.cache/mozilla/firefox/a.default/thumbnails/x": "", "/home/p/Documents/letter": "dear"})
	c.Running = func(context.Context, []string) (bool, error) { return false, nil }
	for link, to := range map[string]string{"/home/p/.cache/mozilla/firefox/a.default/cache2": "/home/p/Documents", "/home/p/.cache/mozilla/firefox/b.default": "/home/p/Documents"} {
		if err := os.Symlink(c.file(to), c.file(link)); err != nil {
			t.Fatal(err)
		}
	}
	if o, err := Run(context.Background(), "clear-browser-cache", "firefox", yes(t, c)); err != nil || !o.Nothing || c.read("/home/p/Documents/letter") != "dear" {
		t.Errorf("%v %+v", err, o)
	}
}

func TestCacheFoldersOfOtherSystems(t *testing.T) {
	mac := map[string]string{"/Users/p/Library/Caches/Google/Chrome/Default/Cache/a": "x", "/Users/p/Library/Application Support/Google/Chrome/Default/Cookies": "c", "/Users/p/Library/Caches/Firefox/Profiles/a/cache2/e": "x"}
	c, _ := fake(t, "darwin", mac)
	c.Getenv = func(n string) string { return map[string]string{"HOME": "/Users/p"}[n] }
	if got := c.pages(browserCaches[1], ""); len(got) != 1 || got[0] != "/Users/p/Library/Caches/Google/Chrome/Default/Cache" {
		t.Errorf("%q", got)
	}
	if got := c.pages(browserCaches[0], ""); len(got) != 1 {
		t.Errorf("%q", got)
	}
	c, _ = fake(t, "windows", map[string]string{"/L/Google/Chrome/User Data/Default/Cache/Cache_Data/a": "x", "/L/Google/Chrome/User Data/Default/Network/Cookies": "c", "/L/Google/Chrome/User Data/Default/Service Worker/ScriptCache/a": "s",
		"/L/Opera Software/Opera Stable/Cache/a": "x"})
	c.Getenv = func(n string) string { return map[string]string{"LOCALAPPDATA": `/L`}[n] }
	c.Running = func(context.Context, []string) (bool, error) { return false, nil }
	if o, err := Run(context.Background(), "clear-browser-cache", "chrome", yes(t, c)); err != nil || o.Verified != facts.Yes || len(files(t, c)) != 3 {
		t.Errorf("%v %+v %v", err, o, files(t, c))
	}
	if got := c.pages(browserCaches[6], ""); len(got) != 1 {
		t.Errorf("%q", got)
	}
}
