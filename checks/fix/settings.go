// open-settings: opens the right page of this system's settings (os-fixes.md §5.3). Every page is a constant of the tables below;
// protection is never switched off by program.

package fix

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"passerelle/checks/facts"
)

func init() { register("open-settings", func(c *Computer) Fix { return openSettings{opening{c}} }) }

// Pages are what open-settings takes.
var Pages = []string{"firewall", "antivirus", "proxy", "dns", "clock", "network"}

// windowsPages (Windows 10 and 11). DNS servers stand on each connection's own page; the network page leads there.
var windowsPages = map[string]string{
	"firewall": "windowsdefender://network/", "antivirus": "windowsdefender://threat/", "proxy": "ms-settings:network-proxy",
	"dns": "ms-settings:network-status", "clock": "ms-settings:dateandtime", "network": "ms-settings:network-status",
}

// macPages are those of macOS 13 and later, macOldPages those of macOS 12. macOS has no page for an antivirus.
var (
	macPages = map[string]string{
		"firewall": "x-apple.systempreferences:com.apple.Network-Settings.extension?Firewall",
		"proxy":    "x-apple.systempreferences:com.apple.Network-Settings.extension?Proxies",
		"dns":      "x-apple.systempreferences:com.apple.Network-Settings.extension?DNS",
		"clock":    "x-apple.systempreferences:com.apple.Date-Time-Settings.extension",
		"network":  "x-apple.systempreferences:com.apple.Network-Settings.extension",
	}
	macOldPages = map[string]string{
		"firewall": "x-apple.systempreferences:com.apple.preference.security?Firewall",
		"proxy":    "x-apple.systempreferences:com.apple.preference.network?Proxies",
		"dns":      "x-apple.systempreferences:com.apple.preference.network?DNS",
		"clock":    "x-apple.systempreferences:com.apple.preference.datetime",
		"network":  "x-apple.systempreferences:com.apple.preference.network",
	}
)

// macNewSettings is the first macOS with System Settings in place of System Preferences.
const macNewSettings = 13

// linuxPages: commands in the order tried, by desktop. "" is every desktop: programs that belong to none.
var linuxPages = []struct {
	Desktop, Page string
	Command       []string
}{
	{"gnome", "proxy", []string{"gnome-control-center", "network"}},
	{"gnome", "dns", []string{"gnome-control-center", "network"}},
	{"gnome", "network", []string{"gnome-control-center", "network"}},
	{"gnome", "clock", []string{"gnome-control-center", gnomeClock}},
	{"kde", "proxy", []string{"systemsettings", "kcm_proxy"}},
	{"kde", "dns", []string{"systemsettings", "kcm_networkmanagement"}},
	{"kde", "network", []string{"systemsettings", "kcm_networkmanagement"}},
	{"kde", "clock", []string{"systemsettings", "kcm_clock"}},
	{"kde", "firewall", []string{"systemsettings", "kcm_firewall"}},
	{"xfce", "clock", []string{"xfce4-settings-manager"}},
	{"", "firewall", []string{"firewall-config"}},
	{"", "firewall", []string{"gufw"}},
	{"", "antivirus", []string{"clamtk"}},
	{"", "dns", []string{"nm-connection-editor"}},
	{"", "network", []string{"nm-connection-editor"}},
}

// gnomeClock stands for "datetime", which since GNOME 46 is a part of the panel "system".
const gnomeClock = "datetime|system"

// kcmFirewall is where KDE keeps this module, which is a package of its own: an unknown module opens an empty window.
var kcmFirewall = []string{"/usr/share/kpackage/kcms/kcm_firewall", "/usr/share/applications/kcm_firewall.desktop"}

type openSettings struct{ opening }

// Name implements Fix.
func (openSettings) Name() string { return "open-settings" }

// Applies implements Fix: it only shows something.
func (openSettings) Applies(*facts.Facts) (bool, string) { return true, "fix.open-settings.why" }

func (f openSettings) describe(context.Context) (Plan, string) {
	return Plan{Fix: f.Name(), Opens: true, Risk: "none"}, strings.Join(Pages, "|")
}

// Plan implements Fix.
func (f openSettings) Plan(_ context.Context, page string) (Plan, error) {
	p := Plan{Fix: f.Name(), Arg: page, Risk: "none", Opens: true, Detail: page, Vars: map[string]any{}}
	if !slices.Contains(Pages, page) {
		p.Detail = ""
		return p, problem(ErrArgument, "fix.open-settings.pages", map[string]any{"Pages": strings.Join(Pages, ", ")}, "%q is no page of the settings", abridged(page))
	}
	if !f.c.display() {
		return p, problem(ErrImpossible, "fix.open-settings.cannot."+page, nil, "there is no display to open a window on")
	}
	var step Step
	switch f.c.OS {
	case "windows":
		if f.c.OpenURI != nil {
			step.Call = "ShellExecute open " + windowsPages[page]
			p.Vars["URI"] = windowsPages[page]
		}
	case "darwin":
		if uri := f.macPage(page); uri != "" {
			step.Command = []string{"/usr/bin/open", uri}
		}
	default:
		step.Command = f.linuxPage(page)
	}
	if step.Call == "" && len(step.Command) == 0 {
		return p, problem(ErrImpossible, "fix.open-settings.cannot."+page, nil, "no program here shows the settings of %s", page)
	}
	p.Steps = []Step{step}
	return p, nil
}

func (f openSettings) macPage(page string) string {
	release := ""
	if f.c.Release != nil {
		release = f.c.Release()
	}
	major, _, _ := strings.Cut(release, ".")
	if n, err := strconv.Atoi(major); err == nil && n < macNewSettings {
		return macOldPages[page]
	}
	return macPages[page]
}

func (f openSettings) linuxPage(page string) []string {
	desktop := strings.ToLower(f.c.env("XDG_CURRENT_DESKTOP")) // "ubuntu:GNOME", "KDE", "X-Cinnamon"
	for _, row := range linuxPages {
		if row.Page != page || (row.Desktop != "" && !strings.Contains(desktop, row.Desktop)) {
			continue
		}
		tool := f.c.tool(row.Command[0])
		if tool == "" || (page == "firewall" && row.Desktop == "kde" && !slices.ContainsFunc(kcmFirewall, f.c.exists)) {
			continue
		}
		argv := append([]string{tool}, row.Command[1:]...)
		if len(argv) > 1 && argv[1] == gnomeClock {
			argv[1] = "system"
			if f.c.exists("/usr/share/applications/gnome-datetime-panel.desktop") {
				argv[1] = "datetime"
			}
		}
		return argv
	}
	return nil
}
