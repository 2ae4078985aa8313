package guide

// Where the site is, and what the person's system and browser are called.

import (
	"net/netip"
	"strings"

	"passerelle/checks/facts"
)

// onThisComputer: the site runs on this very computer; nothing of the network lies between.
func (h here) onThisComputer() bool {
	t := h.f.Target
	if t.Example || t.Host == "localhost" || strings.HasSuffix(t.Host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(t.Host)
	return err == nil && a.Unmap().IsLoopback()
}

// seenFromOutside tells whether somebody on another network could open it: a box, a NAS or an intranet nobody can.
func (h here) seenFromOutside() bool {
	t := h.f.Target
	if h.onThisComputer() || t.PrivateDNS {
		return false
	}
	if a, err := netip.ParseAddr(t.Host); err == nil {
		a = a.Unmap()
		return !a.IsPrivate() && !a.IsLinkLocalUnicast()
	}
	if w := h.f.Chain.First().Winner(); w != nil && h.f.Chain.First().Proxy == "" {
		return !w.Address.Addr().Unmap().IsPrivate()
	}
	return true
}

// named: the address has a name that is looked up.
func (h here) named() bool {
	_, err := netip.ParseAddr(h.f.Target.Host)
	return err != nil && !h.onThisComputer()
}

// overALink: a card, a box, a tunnel lie on the way.
func (h here) overALink() bool { return !h.onThisComputer() }

// noCard: by what was read, no network card of this computer can be turned off and on by program.
func (h here) noCard() bool { return h.f.System.CardRestarts() == facts.No }

// System is the name by which words tell systems apart: windows, macos, linux (and all that is like it).
func System(goos string) string {
	switch goos {
	case "windows":
		return "windows"
	case "darwin", "macos", "ios":
		return "macos"
	}
	return "linux"
}

// Systems are all that System gives.
var Systems = []string{"windows", "macos", "linux"}

// Families are the kinds of browsers whose menus differ; "any" is every other one.
var Families = []string{"firefox", "chrome", "edge", "safari", "any"}

// Family is the kind of a browser, by its id (facts.System.Browser) or its name.
func Family(browser string) string {
	b := strings.ToLower(browser)
	for _, known := range []string{"firefox", "librewolf", "safari", "edge"} {
		if strings.Contains(b, known) {
			if known == "librewolf" {
				return "firefox"
			}
			return known
		}
	}
	for _, chromium := range []string{"chrom", "brave", "vivaldi", "opera"} {
		if strings.Contains(b, chromium) {
			return "chrome"
		}
	}
	return "any"
}

// names of the browsers, by id.
var browserNames = map[string]string{
	"firefox": "Firefox", "chrome": "Chrome", "chromium": "Chromium", "edge": "Edge", "brave": "Brave", "vivaldi": "Vivaldi", "opera": "Opera",
	"safari": "Safari", "librewolf": "LibreWolf", "epiphany": "GNOME Web", "konqueror": "Konqueror", "falkon": "Falkon", "ie": "Internet Explorer",
}

// BrowserName is what people call a browser; "" where it is not known.
func BrowserName(id string) string {
	if n, ok := browserNames[id]; ok {
		return n
	}
	return browserNames[strings.ToLower(id)]
}

// schemes are those of the browsers' own pages. Chromium's settings pages have the same names in all that are made of it.
var schemes = map[string]string{"chrome": "chrome", "chromium": "chrome", "edge": "edge", "brave": "brave", "vivaldi": "vivaldi", "opera": "opera"}

// page is the address of one of the browser's own pages. It is told, never opened: no browser lets a page or a program open these.
func page(browser, path string) string {
	s, ok := schemes[browser]
	if !ok {
		s = "chrome" // Chromium answers to it in all that are made of it
	}
	return s + "://" + path
}

// updatePage is where a browser of the Chromium kind says its version and updates itself. Vivaldi and Chromium have none.
var updatePage = map[string]string{
	"chrome": "chrome://settings/help", "edge": "edge://settings/help", "brave": "brave://settings/help", "opera": "opera://update",
}
