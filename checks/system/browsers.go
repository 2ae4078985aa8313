// The browsers: their names on every system, where they keep settings, and which one is the default.

package system

import (
	"context"
	"strings"

	"passerelle/checks/facts"
)

// browser is one program. Folders are relative to the user's settings folder of the system.
type browser struct {
	id, name string
	chromium bool
	linux    []string // desktop files, without .desktop, in lower case
	windows  []string // ProgId, without the suffix behind a dot or dash
	macos    string   // bundle id, lower case
	data     string   // settings folder: under ~/.config
	dataMac  string   // under ~/Library/Application Support
	dataWin  string   // under %LOCALAPPDATA%; "User Data" is inside
	policy   string   // administrator's folder on Linux; policies/managed is inside
	snapData string   // under ~/snap
	flatpak  string   // under ~/.var/app
	key      string   // HKLM\SOFTWARE\Policies on Windows
}

// browsers is the list. Sources of the ids: sindresorhus/default-browser (windows.js), default-browser-id; Chromium's user_data_dir.md;
// os-fixes.md §6.
var browsers = []browser{
	{id: "firefox", name: "Firefox", linux: []string{"firefox", "firefox-esr", "firefox_firefox", "org.mozilla.firefox", "firefox-developer-edition", "firefox-nightly", "firefox-beta"},
		windows: []string{"FirefoxURL", "FirefoxHTML", "FirefoxPDF"}, macos: "org.mozilla.firefox"},
	{id: "chrome", name: "Google Chrome", chromium: true, linux: []string{"google-chrome", "google-chrome-stable", "google-chrome-beta", "google-chrome-unstable", "com.google.chrome"},
		windows: []string{"ChromeHTML", "ChromeBHTML"}, macos: "com.google.chrome", data: "google-chrome", dataMac: "Google/Chrome", dataWin: `Google\Chrome`,
		policy: "/etc/opt/chrome", flatpak: "com.google.Chrome/config/google-chrome", key: `Google\Chrome`},
	{id: "chromium", name: "Chromium", chromium: true, linux: []string{"chromium", "chromium-browser", "chromium_chromium", "org.chromium.chromium"},
		windows: []string{"ChromiumHTM"}, macos: "org.chromium.chromium", data: "chromium", dataMac: "Chromium", dataWin: `Chromium`, policy: "/etc/chromium",
		snapData: "chromium/common/chromium", flatpak: "org.chromium.Chromium/config/chromium", key: `Chromium`},
	{id: "edge", name: "Microsoft Edge", chromium: true, linux: []string{"microsoft-edge", "microsoft-edge-stable", "microsoft-edge-beta", "microsoft-edge-dev", "com.microsoft.edge"},
		windows: []string{"MSEdgeHTM", "MSEdgeBHTML", "MSEdgeDHTML"}, macos: "com.microsoft.edgemac", data: "microsoft-edge", dataMac: "Microsoft Edge",
		dataWin: `Microsoft\Edge`, policy: "/etc/opt/edge", flatpak: "com.microsoft.Edge/config/microsoft-edge", key: `Microsoft\Edge`},
	{id: "brave", name: "Brave", chromium: true, linux: []string{"brave-browser", "brave", "brave_brave", "com.brave.browser"},
		windows: []string{"BraveHTML", "BraveBHTML", "BraveSSHTM"}, macos: "com.brave.browser", data: "BraveSoftware/Brave-Browser", dataMac: "BraveSoftware/Brave-Browser",
		dataWin: `BraveSoftware\Brave-Browser`, policy: "/etc/brave", flatpak: "com.brave.Browser/config/BraveSoftware/Brave-Browser", key: `BraveSoftware\Brave`},
	{id: "vivaldi", name: "Vivaldi", chromium: true, linux: []string{"vivaldi", "vivaldi-stable", "vivaldi-snapshot", "com.vivaldi.vivaldi"},
		windows: []string{"VivaldiHTM"}, macos: "com.vivaldi.vivaldi", data: "vivaldi", dataMac: "Vivaldi", dataWin: `Vivaldi`, policy: "/etc/opt/vivaldi",
		flatpak: "com.vivaldi.Vivaldi/config/vivaldi", key: `Vivaldi`},
	{id: "opera", name: "Opera", chromium: true, linux: []string{"opera", "opera-stable", "opera_opera", "com.opera.opera"}, windows: []string{"OperaStable", "OperaHTML"},
		macos: "com.operasoftware.opera", data: "opera", dataMac: "com.operasoftware.Opera"},
	{id: "safari", name: "Safari", macos: "com.apple.safari"},
	{id: "librewolf", name: "LibreWolf", linux: []string{"librewolf", "io.gitlab.librewolf-community"}, windows: []string{"LibreWolfHTM", "LibreWolfURL"}, macos: "io.gitlab.librewolf-community.librewolf"},
	{id: "epiphany", name: "GNOME Web", linux: []string{"epiphany", "org.gnome.epiphany"}},
	{id: "konqueror", name: "Konqueror", linux: []string{"konqueror", "org.kde.konqueror", "kfmclient_html"}},
	{id: "falkon", name: "Falkon", linux: []string{"falkon", "org.kde.falkon"}},
	{id: "ie", name: "Internet Explorer", windows: []string{"IE"}},
}

// browserByDesktopFile finds a browser by its desktop file ("firefox-esr.desktop").
func browserByDesktopFile(file string) *browser {
	id := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(file), ".desktop"))
	for i := range browsers {
		for _, x := range browsers[i].linux {
			if x == id {
				return &browsers[i]
			}
		}
	}
	return nil
}

// browserByProgID finds a browser by what Windows calls it: "FirefoxURL-308046B0AF4A39CB", "ChromeHTML.ABC", "IE.HTTP".
func browserByProgID(progID string) *browser {
	id := progID
	if i := strings.IndexAny(id, ".-"); i >= 0 {
		id = id[:i]
	}
	for i := range browsers {
		for _, x := range browsers[i].windows {
			if strings.EqualFold(x, id) {
				return &browsers[i]
			}
		}
	}
	return nil
}

// browserByBundle finds a browser by its macOS bundle id.
func browserByBundle(bundle string) *browser {
	for i := range browsers {
		if browsers[i].macos != "" && strings.EqualFold(browsers[i].macos, bundle) {
			return &browsers[i]
		}
	}
	return nil
}

// DefaultBrowser gives the default browser: an id of ours (firefox, chrome, chromium, edge, brave, vivaldi, opera, safari…) or, for one
// that is not in our list, the system's own name for it; and its name for people. Both are empty where it cannot be told.
func (r *Reader) DefaultBrowser(ctx context.Context) (id, name string) {
	b, id, name := r.defaultBrowser(ctx)
	if b != nil {
		return b.id, b.name
	}
	return id, name
}

// browserRules gives the default browser's own proxy rules (proxyUnset where it follows the system) and its secure DNS.
func (r *Reader) browserRules(ctx context.Context) (proxyRules, *facts.SecureDNS) {
	b, _, _ := r.defaultBrowser(ctx)
	switch {
	case b == nil:
		return proxyRules{}, nil
	case b.id == "firefox":
		roots, policies := r.firefoxPlaces()
		return r.firefoxSettings(existingFolders(roots), policies)
	case b.chromium:
		policy, folders := r.chromiumPlaces(b)
		return r.chromiumSettings(b.id, policy, folders)
	}
	return proxyRules{}, nil
}
