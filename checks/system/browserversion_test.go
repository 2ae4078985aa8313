package system

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestBrowserVersions(t *testing.T) {
	for in, want := range map[string]string{
		"[Compatibility]\nLastVersion=153.7.0_20261101120000/20261101120000\nLastOSABI=Linux_x86_64-gcc3\n": "153.7.0", "LastVersion=153.7.0esr_1/1\r\n": "153.7.0esr",
		"LastVersion=<b>1</b>_1/1": "", "[Compatibility]\n": "", "LastVersion=": "",
	} {
		if got := firefoxVersion([]byte(in)); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	for in, want := range map[string]string{"156.0.8078.79\n": "156.0.8078.79", "": "", "../../etc": "", "1234567890.1234567890.12345": "", "esr": ""} {
		if got := plausibleVersion(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	const plist = "<plist version=\"1.0\"><dict>\n<key>BuildVersion</key><string>1</string>\n\t<key>CFBundleShortVersionString</key>\n\t<string>18.6</string>\n</dict></plist>"
	if got := plistVersion([]byte(plist)); got != "18.6" {
		t.Errorf("Safari: %q", got)
	}
	if got := plistVersion([]byte("bplist00\x00")); got != "" {
		t.Errorf("a binary one: %q", got)
	}
}

func TestBrowsersThatRegisteredThemselves(t *testing.T) {
	names := []string{"Firefox-308046B0AF4A39CB", "Google Chrome", "Microsoft Edge", "OperaStable", "Vivaldi.ABCD", "IEXPLORE.EXE", "Brave"}
	var got []string
	for i := range browsers {
		if registeredBrowser(&browsers[i], names) {
			got = append(got, browsers[i].id)
		}
	}
	if want := []string{"firefox", "chrome", "edge", "brave", "vivaldi", "opera"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBrowsersInstalled reads a computer in a folder: a package, a Flatpak and a snap, and the version of the default one.
func TestBrowsersInstalled(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("skipped: desktop files are of Linux and the BSDs")
	}
	root := t.TempDir()
	r := New()
	r.Root = root
	r.Getenv = func(n string) string { return map[string]string{"HOME": "/home/p"}[n] }
	for name, text := range map[string]string{
		"/usr/share/applications/firefox-esr.desktop": "[Desktop Entry]\nName=Firefox ESR\n", "/var/lib/flatpak/exports/share/applications/com.brave.Browser.desktop": "", "/var/lib/snapd/desktop/applications/chromium_chromium.desktop": "",
		"/usr/share/applications/mpv.desktop": "", "/home/p/.config/mimeapps.list": "[Default Applications]\nx-scheme-handler/https=firefox-esr.desktop\n",
		"/home/p/.config/mozilla/firefox/profiles.ini":                      "[Install1]\nDefault=a.default-esr\n",
		"/home/p/.config/mozilla/firefox/a.default-esr/compatibility.ini":   "[Compatibility]\nLastVersion=153.7.0_1/1\n",
		"/home/p/snap/chromium/common/chromium/Last Version":                "156.0.8078.79",
		"/home/p/.var/app/com.brave.Browser/config/BraveSoftware/x/y/z.txt": "",
	} {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := r.installedBrowsers(), []string{"firefox", "chromium", "brave"}; !slices.Equal(got, want) {
		t.Errorf("installed: %q, want %q", got, want)
	}
	if got := r.browserVersion(context.Background()); got != "153.7.0" {
		t.Errorf("Firefox: %q", got)
	}
	if err := os.WriteFile(filepath.Join(root, "/home/p/.config/mimeapps.list"), []byte("[Default Applications]\nx-scheme-handler/https=chromium_chromium.desktop\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := r.browserVersion(context.Background()); got != "156.0.8078.79" {
		t.Errorf("Chromium: %q", got)
	}
}
