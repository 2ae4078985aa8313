// clear-browser-cache: removes the pages that a browser keeps, and nothing else of it. The folders are renamed first, all of them in
// an instant, and then deleted; a browser that runs would notice, so it has to be closed.

package fix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

func init() { register("clear-browser-cache", func(c *Computer) Fix { return clearCache{c} }) }

// browserCache says where a browser keeps its pages (os-fixes.md §6.2) and what its processes are called.
type browserCache struct {
	ID      string
	Firefox bool     // cache2 in each profile; else Chromium's folders
	Linux   string   // below ~/.cache
	Flatpak string   // its id, below ~/.var/app
	Snap    string   // below ~/snap
	Mac     string   // below ~/Library/Caches
	Windows []string // below %LOCALAPPDATA%
	Running []string // names of its processes, without ".exe"; Chromium's program is called chrome in some packages: see processNames
}

var browserCaches = []browserCache{
	{ID: "firefox", Firefox: true, Linux: "mozilla/firefox", Flatpak: "org.mozilla.firefox", Snap: "firefox/common/.cache/mozilla/firefox", Mac: "Firefox/Profiles",
		Windows: []string{"Mozilla/Firefox/Profiles", "Packages/Mozilla.Firefox_n80bbvh6b1yt2/LocalCache/Local/Mozilla/Firefox/Profiles"}, Running: []string{"firefox", "firefox-bin", "firefox-esr"}},
	{ID: "chrome", Linux: "google-chrome", Flatpak: "com.google.Chrome", Mac: "Google/Chrome", Windows: []string{"Google/Chrome/User Data"}, Running: []string{"chrome", "Google Chrome"}},
	{ID: "edge", Linux: "microsoft-edge", Flatpak: "com.microsoft.Edge", Mac: "Microsoft Edge", Windows: []string{"Microsoft/Edge/User Data"}, Running: []string{"msedge", "Microsoft Edge"}},
	{ID: "chromium", Linux: "chromium", Flatpak: "org.chromium.Chromium", Snap: "chromium/common/.cache/chromium", Mac: "Chromium", Windows: []string{"Chromium/User Data"},
		Running: []string{"chromium", "chromium-browser", "Chromium"}},
	{ID: "brave", Linux: "BraveSoftware/Brave-Browser", Flatpak: "com.brave.Browser", Snap: "brave/common/.cache/BraveSoftware/Brave-Browser", Mac: "BraveSoftware/Brave-Browser",
		Windows: []string{"BraveSoftware/Brave-Browser/User Data"}, Running: []string{"brave", "brave-browser", "Brave Browser"}},
	{ID: "vivaldi", Linux: "vivaldi", Flatpak: "com.vivaldi.Vivaldi", Snap: "vivaldi/common/.cache/vivaldi", Mac: "Vivaldi", Windows: []string{"Vivaldi/User Data"}, Running: []string{"vivaldi", "vivaldi-bin", "Vivaldi"}},
	{ID: "opera", Linux: "opera", Flatpak: "com.opera.Opera", Snap: "opera/common/.cache/opera", Mac: "com.operasoftware.Opera",
		Windows: []string{"Opera Software/Opera Stable", "Opera Software/Opera GX Stable"}, Running: []string{"opera", "Opera"}},
}

// pageFolders are what may go: pages, and the programs of pages as the browser translated them. Nothing else of a profile has these names.
var (
	chromiumPages = []string{"Cache", "Code Cache"}
	firefoxPages  = []string{"cache2"}
)

// awayEnding marks a folder that is being deleted.
const awayEnding = ".passerelle-old"

// oldFolders and oldBytes are keys of Change.Old.
const (
	oldFolders = "folders"
	oldBytes   = "bytes"
)

type clearCache struct{ c *Computer }

// Name implements Fix.
func (clearCache) Name() string { return "clear-browser-cache" }

// Applies implements Fix.
func (clearCache) Applies(all *facts.Facts) (bool, string) {
	if all == nil {
		return true, "fix.clear-browser-cache.why.may-help"
	}
	if ok, _ := elsewhere(all); ok {
		return true, "fix.clear-browser-cache.why.works-here"
	}
	return false, "fix.clear-browser-cache.why.fails-here"
}

func (f clearCache) describe(context.Context) (Plan, string) {
	return Plan{Fix: f.Name(), Risk: "low", Vars: map[string]any{"Browser": "", "Size": ""}}, "firefox|chrome|edge|chromium|brave|vivaldi|opera"
}

// bases are the folders in which a browser has a folder for each profile.
func (c *Computer) bases(b browserCache) []string {
	home := c.env("HOME")
	var all []string
	switch c.OS {
	case "windows":
		if local := strings.ReplaceAll(c.env("LOCALAPPDATA"), `\`, "/"); local != "" {
			for _, w := range b.Windows {
				all = append(all, local+"/"+w)
			}
		}
		return all
	case "darwin":
		if home != "" {
			all = append(all, path.Join(home, "Library/Caches", b.Mac))
		}
		return all
	}
	if !path.IsAbs(home) {
		return nil
	}
	cache := path.Join(home, ".cache")
	if d := c.env("XDG_CACHE_HOME"); path.IsAbs(d) {
		cache = d
	}
	all = append(all, path.Join(cache, b.Linux))
	if b.Flatpak != "" {
		all = append(all, path.Join(home, ".var/app", b.Flatpak, "cache", b.Linux))
	}
	if b.Snap != "" {
		all = append(all, path.Join(home, "snap", b.Snap))
	}
	return all
}

// pages are the folders of pages that there are, as paths of this computer. Links are not followed: what they lead to may be anything.
func (c *Computer) pages(b browserCache, ending string) []string {
	all, _ := c.pagesAndLinks(b, ending)
	return all
}

// pagesAndLinks gives beside them the links that stand where folders should: their pages are not ours to judge.
func (c *Computer) pagesAndLinks(b browserCache, ending string) (all, links []string) {
	names := chromiumPages
	if b.Firefox {
		names = firefoxPages
	}
	isFolder := func(p string) bool {
		st, err := os.Lstat(c.file(p))
		if err == nil && st.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 { // Windows' junctions are irregular
			links = append(links, p)
		}
		return err == nil && st.IsDir()
	}
	for _, base := range c.bases(b) {
		if !isFolder(base) {
			continue
		}
		profiles := []string{base} // Opera has no folders for profiles
		entries, _ := os.ReadDir(c.file(base))
		for _, e := range entries {
			named := b.Firefox || e.Name() == "Default" || strings.HasPrefix(e.Name(), "Profile ") || e.Name() == "Guest Profile"
			if named && isFolder(base+"/"+e.Name()) {
				profiles = append(profiles, base+"/"+e.Name())
			}
		}
		for _, p := range profiles {
			for _, n := range names {
				if isFolder(p + "/" + n + ending) {
					all = append(all, p+"/"+n+ending)
				}
			}
		}
	}
	return all, links
}

// size is what files below folders hold, in bytes.
func (c *Computer) size(folders []string) int64 {
	var sum int64
	for _, f := range folders {
		_ = filepath.WalkDir(c.file(f), func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if st, err := d.Info(); err == nil {
					sum += st.Size()
				}
			}
			return nil
		})
	}
	return sum
}

// megabytes is a size as people read it.
func megabytes(bytes int64) string {
	const mega = 1_000_000
	if bytes > 0 && bytes < mega {
		return "1"
	}
	return fmt.Sprint((bytes + mega/2) / mega)
}

// browser finds the one that is meant: the one named, else the default one.
func (f clearCache) browser(ctx context.Context, arg string) (browserCache, string, error) {
	id := arg
	if id == "" {
		if b, _, ok := f.c.defaultBrowser(ctx); ok {
			id = b.ID
		} else {
			for _, b := range browserCaches {
				if len(f.c.pages(b, "")) > 0 {
					id = b.ID
					break
				}
			}
		}
	}
	vars := map[string]any{"Browser": id}
	if row, ok := rowOf(func(r browser) bool { return r.ID == id }); ok {
		vars["Browser"] = row.Name
	}
	i := slices.IndexFunc(browserCaches, func(b browserCache) bool { return b.ID == id })
	name, _ := vars["Browser"].(string)
	switch {
	case id == "safari":
		return browserCache{}, name, problem(ErrImpossible, "fix.clear-browser-cache.safari", vars, "macOS guards Safari's folders")
	case i < 0 && arg == "":
		return browserCache{}, name, problem(ErrImpossible, "fix.clear-browser-cache.unknown", vars, "the default browser is none that we know: %q", id)
	case i < 0:
		return browserCache{}, name, problem(ErrArgument, "fix.clear-browser-cache.unknown", map[string]any{"Browser": abridged(arg)}, "%q is no browser that we know", abridged(arg))
	}
	return browserCaches[i], name, nil
}

// closed refuses while the browser runs.
func (f clearCache) closed(ctx context.Context, b browserCache, name string) error {
	if f.c.Running == nil {
		return problem(ErrImpossible, "fix.clear-browser-cache.error.running", map[string]any{"Browser": name}, "which programs run cannot be told here")
	}
	runs, err := f.c.Running(ctx, b.Running)
	if err != nil || runs {
		return problem(ErrFailed, "fix.clear-browser-cache.error.running", map[string]any{"Browser": name}, "%s runs (%v)", name, err)
	}
	switch where, held := f.c.held(b); {
	case held && where != "":
		return problem(ErrFailed, "fix.clear-browser-cache.error.elsewhere", map[string]any{"Browser": name, "Computer": where}, "%s holds its profile on %q", name, where)
	case held:
		return problem(ErrFailed, "fix.clear-browser-cache.error.running", map[string]any{"Browser": name}, "%s holds its profile", name)
	}
	return nil
}

// Plan implements Fix.
func (f clearCache) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.Name(), Arg: arg, Risk: "low", Vars: map[string]any{"Browser": "", "Size": "0"}}
	b, name, err := f.browser(ctx, arg)
	if err != nil {
		return p, err
	}
	folders, links := f.c.pagesAndLinks(b, "")
	folders = append(folders, f.c.pages(b, awayEnding)...)
	bytes := f.c.size(folders)
	p.Arg, p.Detail = b.ID, b.ID
	p.Vars["Browser"], p.Vars["Size"] = name, megabytes(bytes)
	if len(folders) == 0 {
		p.Nothing, p.Detail = true, "none"
		if len(links) > 0 {
			p.Detail = "link"
		}
		return p, nil
	}
	if err := f.closed(ctx, b, name); err != nil {
		return p, err
	}
	p.Old = map[string]string{oldFolders: strings.Join(folders, "\n"), oldBytes: fmt.Sprint(bytes)}
	for _, folder := range folders {
		p.Steps = append(p.Steps, Step{Call: "delete " + folder})
	}
	return p, nil
}

// Apply implements Fix.
func (f clearCache) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Arg: p.Detail, Host: p.Host, Old: p.Old}
	b, name, err := f.browser(ctx, p.Detail)
	if err == nil {
		err = f.closed(ctx, b, name)
	}
	if err != nil {
		return ch, err
	}
	away := f.c.pages(b, awayEnding) // what a crash left behind
	var failed []error
	for _, folder := range f.c.pages(b, "") {
		s := Step{Call: "delete " + folder}
		if err := f.c.moveAway(folder); err != nil {
			s.Exit, s.Output = 1, err.Error()
			failed = append(failed, fmt.Errorf("renaming %s: %w", folder, err))
		} else {
			away = append(away, folder+awayEnding)
		}
		ch.Steps = append(ch.Steps, s)
	}
	for _, folder := range away { // also where another could not be renamed: what was moved away is of no use to anybody
		if err := removeTree(f.c.file(folder)); err != nil {
			failed = append(failed, fmt.Errorf("deleting %s: %w", folder, err))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return ch, problem(ErrFailed, "fix.clear-browser-cache.error.failed", map[string]any{"Browser": name}, "%w", err)
	}
	return ch, nil
}

func (c *Computer) moveAway(folder string) error {
	to := c.file(folder + awayEnding)
	if err := removeTree(to); err != nil {
		return err
	}
	return os.Rename(c.file(folder), to)
}

// removeTree removes a folder with all that is in it, links as links. Where the system's newer way is missing (Wine, some drivers of
// file systems on Windows), os.RemoveAll fails at the first file, and each is removed by its name.
func removeTree(folder string) error {
	if os.RemoveAll(folder) == nil {
		return nil
	}
	var all []string
	if err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	}); err != nil {
		return err
	}
	for _, path := range slices.Backward(all) { // a folder comes before what is in it
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Verify implements Fix: the folders are looked for again.
func (f clearCache) Verify(ctx context.Context, ch Change) (Verification, error) {
	b, _, err := f.browser(ctx, ch.Arg)
	if err != nil {
		return Verification{By: ByNone}, err
	}
	if left := append(f.c.pages(b, ""), f.c.pages(b, awayEnding)...); len(left) > 0 {
		if runs, err := f.c.Running(ctx, b.Running); err != nil || runs {
			return Verification{By: ByNone}, errors.New("the browser was started again, and has made new ones")
		}
		return Verification{Verified: facts.No, By: ByState}, nil
	}
	return Verification{Verified: facts.Yes, By: ByState}, nil
}

// Undo implements Fix: pages that were kept are fetched again.
func (clearCache) Undo(context.Context, Change) error {
	return fmt.Errorf("undoing clear-browser-cache: %w", ErrNothingToUndo)
}
