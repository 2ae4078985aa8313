// The browsers that can be asked to open an address elsewhere than in the usual window (os-fixes.md §6).

package fix

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"
)

// browser is one row: how it is recognised and started on each system.
type browser struct {
	ID      string   // as facts.System.Browser names it
	Name    string   // as people know it
	Private []string // arguments before the address for a private window; none: it cannot be asked for

	Desktop  []string // Linux: its .desktop files when installed as a package
	Programs []string // Linux: its program
	Flatpak  string   // Linux: its Flatpak id
	Snap     string   // Linux: its snap
	App      string   // macOS: its name in Applications
	Bundle   string   // macOS: its bundle id, in lower case
	ProgID   []string // Windows: beginnings of its ProgId
	Exe      string   // Windows: its key under App Paths
}

// browsers, the most common first.
var browsers = []browser{
	{ID: "firefox", Name: "Firefox", Private: []string{"--private-window"},
		Desktop: []string{"firefox", "firefox-esr", "org.mozilla.firefox"}, Programs: []string{"firefox", "firefox-esr"},
		Flatpak: "org.mozilla.firefox", Snap: "firefox", App: "Firefox", Bundle: "org.mozilla.firefox", ProgID: []string{"FirefoxURL"}, Exe: "firefox.exe"},
	{ID: "chrome", Name: "Google Chrome", Private: []string{"--incognito"},
		Desktop: []string{"google-chrome", "com.google.Chrome"}, Programs: []string{"google-chrome-stable", "google-chrome"},
		Flatpak: "com.google.Chrome", App: "Google Chrome", Bundle: "com.google.chrome", ProgID: []string{"ChromeHTML", "ChromeBHTML"}, Exe: "chrome.exe"},
	{ID: "edge", Name: "Microsoft Edge", Private: []string{"--inprivate"},
		Desktop: []string{"microsoft-edge", "com.microsoft.Edge"}, Programs: []string{"microsoft-edge-stable", "microsoft-edge"},
		Flatpak: "com.microsoft.Edge", App: "Microsoft Edge", Bundle: "com.microsoft.edgemac", ProgID: []string{"MSEdgeHTM", "MSEdgeBHTML", "MSEdgeDHTML"}, Exe: "msedge.exe"},
	{ID: "chromium", Name: "Chromium", Private: []string{"--incognito"},
		Desktop: []string{"chromium", "chromium-browser", "org.chromium.Chromium"}, Programs: []string{"chromium", "chromium-browser"},
		Flatpak: "org.chromium.Chromium", Snap: "chromium", App: "Chromium", Bundle: "org.chromium.chromium", ProgID: []string{"ChromiumHTM"}},
	{ID: "brave", Name: "Brave", Private: []string{"--incognito"},
		Desktop: []string{"brave-browser", "com.brave.Browser"}, Programs: []string{"brave-browser", "brave"},
		Flatpak: "com.brave.Browser", Snap: "brave", App: "Brave Browser", Bundle: "com.brave.browser", ProgID: []string{"BraveHTML", "BraveSSHTM"}, Exe: "brave.exe"},
	{ID: "vivaldi", Name: "Vivaldi", Private: []string{"--incognito"},
		Desktop: []string{"vivaldi-stable", "com.vivaldi.Vivaldi"}, Programs: []string{"vivaldi-stable", "vivaldi"},
		Flatpak: "com.vivaldi.Vivaldi", Snap: "vivaldi", App: "Vivaldi", Bundle: "com.vivaldi.vivaldi", ProgID: []string{"VivaldiHTM"}, Exe: "vivaldi.exe"},
	{ID: "opera", Name: "Opera", Private: []string{"--private"},
		Desktop: []string{"opera", "com.opera.Opera"}, Programs: []string{"opera"},
		Flatpak: "com.opera.Opera", Snap: "opera", App: "Opera", Bundle: "com.operasoftware.opera", ProgID: []string{"OperaStable"}, Exe: "opera.exe"},
	{ID: "librewolf", Name: "LibreWolf", Private: []string{"--private-window"},
		Desktop: []string{"librewolf"}, Programs: []string{"librewolf"}, Flatpak: "io.gitlab.librewolf-community",
		App: "LibreWolf", Bundle: "org.mozilla.librewolf"},
	{ID: "epiphany", Name: "GNOME Web", Private: []string{"--incognito-mode"},
		Desktop: []string{"org.gnome.Epiphany", "epiphany"}, Programs: []string{"epiphany", "epiphany-browser"}, Flatpak: "org.gnome.Epiphany"},
	{ID: "falkon", Name: "Falkon", Private: []string{"--private-browsing"},
		Desktop: []string{"org.kde.falkon"}, Programs: []string{"falkon"}, Flatpak: "org.kde.falkon"},
	// Safari has no argument for a private window.
	{ID: "safari", Name: "Safari", App: "Safari", Bundle: "com.apple.safari"},
}

// askLimit bounds one question about the default browser: a script of the desktop, usually 100 ms.
const askLimit = 3 * time.Second

// defaultBrowser finds the row of the default browser; ok is false when it is none of the table. id is what the system calls it,
// "" when the system could not be asked.
func (c *Computer) defaultBrowser(ctx context.Context) (b browser, id string, ok bool) {
	switch c.OS {
	case "windows":
		if c.Registry == nil {
			return b, "", false
		}
		id, _ = c.Registry("HKCU", `Software\Microsoft\Windows\Shell\Associations\UrlAssociations\https\UserChoice`, "ProgId")
		b, ok = rowOf(func(r browser) bool {
			return slices.ContainsFunc(r.ProgID, func(p string) bool { return id == p || strings.HasPrefix(id, p+"-") || strings.HasPrefix(id, p+".") })
		})
	case "darwin":
		r := c.Run.Run(ctx, []string{"/usr/bin/defaults", "read", "com.apple.LaunchServices/com.apple.launchservices.secure", "LSHandlers"}, askLimit)
		if id = "com.apple.safari"; r.OK() {
			if found := schemeHandler(r.Out, "https"); found != "" {
				id = strings.ToLower(found)
			}
		}
		b, ok = rowOf(func(r browser) bool { return r.Bundle == id })
	default:
		id = c.desktopFile(ctx)
		b, ok = rowOf(func(r browser) bool {
			return id != "" && (slices.Contains(r.Desktop, id) || id == r.Flatpak || (r.Snap != "" && id == r.Snap+"_"+r.Snap))
		})
	}
	return b, id, ok
}

func rowOf(is func(browser) bool) (browser, bool) {
	if i := slices.IndexFunc(browsers, is); i >= 0 {
		return browsers[i], true
	}
	return browser{}, false
}

// desktopFile asks the desktop for its browser's .desktop file, without that ending.
func (c *Computer) desktopFile(ctx context.Context) string {
	for _, q := range [][]string{{"xdg-settings", "get", "default-web-browser"}, {"xdg-mime", "query", "default", "x-scheme-handler/https"}} {
		tool := c.tool(q[0])
		if tool == "" {
			continue
		}
		r := c.Run.Run(ctx, append([]string{tool}, q[1:]...), askLimit)
		if name, ok := strings.CutSuffix(strings.TrimSpace(r.Out), ".desktop"); r.OK() && ok {
			return name
		}
	}
	return ""
}

// schemeHandler reads `defaults read … LSHandlers`: a list of dictionaries in the old property-list style, with dictionaries in
// them. The bundle id stands in LSHandlerRoleAll of the dictionary whose LSHandlerURLScheme is the scheme.
func schemeHandler(text, scheme string) string {
	depth, role, handles := 0, "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasSuffix(line, "{"):
			if depth++; depth == 1 {
				role, handles = "", ""
			}
			continue
		case strings.HasPrefix(line, "}"):
			if depth--; depth == 0 && handles == scheme && role != "" && role != "-" {
				return role
			}
			continue
		}
		key, value, ok := strings.Cut(strings.TrimSuffix(line, ";"), " = ")
		if !ok || depth != 1 {
			continue
		}
		value = strings.Trim(value, `"`)
		switch key {
		case "LSHandlerRoleAll":
			role = value
		case "LSHandlerURLScheme":
			handles = value
		}
	}
	return ""
}

// snapBin is where snaps put their programs.
const snapBin = "/snap/bin"

// start gives the command that starts a browser, without the address; nil: it is not installed. wanted is the id of the default
// browser's .desktop file when it is this one: the same browser can be installed twice.
func (c *Computer) start(b browser, wanted string, args ...string) []string {
	switch c.OS {
	case "windows":
		return c.startWindows(b, args)
	case "darwin":
		if b.App == "" || !(c.exists("/Applications/"+b.App+".app") || c.exists(path.Join(c.env("HOME"), "Applications", b.App+".app")) || b.ID == "safari") {
			return nil
		}
		if len(args) == 0 {
			return []string{"/usr/bin/open", "-a", b.App}
		}
		return append([]string{"/usr/bin/open", "-na", b.App, "--args"}, args...)
	}
	forms := [][]string{c.packaged(b), c.snap(b), c.flatpak(b)}
	switch {
	case b.Snap != "" && wanted == b.Snap+"_"+b.Snap:
		forms = [][]string{forms[1], forms[0], forms[2]}
	case b.Flatpak != "" && wanted == b.Flatpak: // Fedora's own package has that name as well, so it is only tried first
		forms = [][]string{forms[2], forms[0], forms[1]}
	}
	for _, f := range forms {
		if f != nil {
			return append(f, args...)
		}
	}
	return nil
}

func (c *Computer) packaged(b browser) []string {
	for _, p := range b.Programs {
		if t := c.tool(p); t != "" {
			return []string{t}
		}
	}
	return nil
}

func (c *Computer) snap(b browser) []string {
	if b.Snap == "" || !c.exists(snapBin+"/"+b.Snap) {
		return nil
	}
	return []string{snapBin + "/" + b.Snap}
}

func (c *Computer) flatpak(b browser) []string {
	tool := c.tool("flatpak")
	if b.Flatpak == "" || tool == "" {
		return nil
	}
	if !c.exists("/var/lib/flatpak/app/"+b.Flatpak) && !c.exists(path.Join(c.env("HOME"), ".local/share/flatpak/app", b.Flatpak)) {
		return nil
	}
	return []string{tool, "run", b.Flatpak}
}

// startWindows looks the program up where it registered itself; what stands there counts only if it is that program.
func (c *Computer) startWindows(b browser, args []string) []string {
	if b.Exe == "" || c.Registry == nil {
		return nil
	}
	for _, root := range []string{"HKCU", "HKLM"} {
		p, ok := c.Registry(root, `SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\`+b.Exe, "")
		p = strings.Trim(p, `"`)
		base := strings.ToLower(p[strings.LastIndexByte(p, '\\')+1:])
		if !ok || (base != b.Exe && base != "launcher.exe") || !c.exists(p) {
			continue
		}
		return append([]string{p}, args...)
	}
	return nil
}

// plainOpen is the way to open an address as the system opens it by itself.
func (c *Computer) plainOpen(uri string) (Step, bool) {
	switch c.OS {
	case "windows":
		return Step{Call: "ShellExecute open " + uri}, c.OpenURI != nil
	case "darwin":
		return Step{Command: []string{"/usr/bin/open", uri}}, true
	}
	tool := c.tool("xdg-open")
	return Step{Command: []string{tool, uri}}, tool != ""
}

// display tells whether a window can be opened at all.
func (c *Computer) display() bool {
	return c.OS == "windows" || c.OS == "darwin" || c.env("DISPLAY") != "" || c.env("WAYLAND_DISPLAY") != ""
}
