package outside

import (
	"strings"

	"golang.org/x/sys/windows/registry"
)

// regionSetting is the country chosen in Windows' own settings ("Country or region").
func regionSetting() string {
	k, err := registry.OpenKey(registry.CURRENT_USER, `Control Panel\International\Geo`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close()
	v, _, err := k.GetStringValue("Name")
	if err != nil {
		return ""
	}
	return country(strings.ToUpper(strings.TrimSpace(v)))
}
