//go:build !windows

package outside

// regionSetting: the time zone says it here.
func regionSetting() string { return "" }
