package outside

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// Country guesses the person's country from this computer's own settings: the time zone, then the language's region. Nobody is asked.
// It only serves to choose places nearby, so a wrong guess costs nothing. "" where nothing says.
func Country() string {
	if c := regionSetting(); c != "" {
		return c
	}
	return countryFrom(os.Getenv, zoneName(os.Getenv), os.ReadFile)
}

// countryFrom is Country on given settings.
func countryFrom(getenv func(string) string, zone string, read func(string) ([]byte, error)) string {
	if c := zoneCountry[zone]; c != "" {
		return c
	}
	if c := fromZoneTab(zone, read); c != "" {
		return c
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v, _, _ := strings.Cut(getenv(name), ".")
		v, _, _ = strings.Cut(v, "@")
		if _, region, ok := strings.Cut(strings.ReplaceAll(v, "-", "_"), "_"); ok && country(strings.ToUpper(region)) != "" {
			return strings.ToUpper(region)
		}
	}
	return ""
}

// zoneName is the time zone's name as the tz database writes it.
func zoneName(getenv func(string) string) string {
	if z := strings.TrimPrefix(getenv("TZ"), ":"); strings.Contains(z, "/") && !strings.HasPrefix(z, "/") {
		return z
	}
	if to, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, z, ok := strings.Cut(filepath.ToSlash(to), "/zoneinfo/"); ok {
			return strings.TrimPrefix(strings.TrimPrefix(z, "posix/"), "right/")
		}
	}
	if raw, err := os.ReadFile("/etc/timezone"); err == nil {
		return strings.TrimSpace(string(raw[:min(len(raw), maxText)]))
	}
	return ""
}

// zoneTabs are where systems keep the tz database's own table of countries (tzdata, "zone.tab").
var zoneTabs = []string{"/usr/share/zoneinfo/zone.tab", "/var/db/timezone/zoneinfo/zone.tab"}

func fromZoneTab(zone string, read func(string) ([]byte, error)) string {
	if zone == "" {
		return ""
	}
	for _, name := range zoneTabs {
		raw, err := read(name)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(strings.NewReader(string(raw))); lines.Scan(); {
			f := strings.Split(lines.Text(), "\t")
			if len(f) >= 3 && f[2] == zone {
				return country(f[0])
			}
		}
	}
	return ""
}

// zoneCountry are the zones where most people who read French or English live, for systems without the table.
var zoneCountry = map[string]string{
	"Europe/Paris": "FR", "Europe/Brussels": "BE", "Europe/Zurich": "CH", "Europe/Luxembourg": "LU", "Europe/Monaco": "MC", "Europe/London": "GB",
	"Europe/Dublin": "IE", "Europe/Berlin": "DE", "Europe/Amsterdam": "NL", "Europe/Madrid": "ES", "Europe/Lisbon": "PT", "Europe/Rome": "IT",
	"America/New_York": "US", "America/Chicago": "US", "America/Denver": "US", "America/Los_Angeles": "US", "America/Phoenix": "US",
	"America/Toronto": "CA", "America/Montreal": "CA", "America/Vancouver": "CA", "America/Halifax": "CA", "America/Martinique": "MQ", "America/Guadeloupe": "GP",
	"Indian/Reunion": "RE", "Africa/Casablanca": "MA", "Africa/Algiers": "DZ", "Africa/Tunis": "TN", "Africa/Dakar": "SN", "Africa/Abidjan": "CI",
	"Australia/Sydney": "AU", "Australia/Melbourne": "AU", "Pacific/Auckland": "NZ", "Asia/Kolkata": "IN", "Asia/Singapore": "SG",
}
