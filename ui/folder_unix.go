//go:build !windows

package ui

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// documents is the folder that the desktop names (xdg-user-dirs: its name is translated), else the usual one, else the home itself.
func documents() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "darwin" {
		config := os.Getenv("XDG_CONFIG_HOME")
		if !filepath.IsAbs(config) {
			config = filepath.Join(home, ".config")
		}
		text, _ := os.ReadFile(filepath.Join(config, "user-dirs.dirs")) // many computers have none
		if d := documentsIn(string(text), home); d != "" && isFolder(d) {
			return d, nil
		}
	}
	if d := filepath.Join(home, "Documents"); isFolder(d) {
		return d, nil
	}
	return home, nil
}

// documentsIn reads user-dirs.dirs: lines of a shell's form, XDG_DOCUMENTS_DIR="$HOME/Documents" or an absolute path.
func documentsIn(text, home string) string {
	for line := range strings.Lines(text) {
		value, ok := strings.CutPrefix(strings.TrimSpace(line), "XDG_DOCUMENTS_DIR=")
		if !ok {
			continue
		}
		value = strings.Trim(value, `"`)
		if rest, ok := strings.CutPrefix(value, "$HOME"); ok {
			value = home + rest
		}
		if filepath.IsAbs(value) {
			return filepath.Clean(value)
		}
	}
	return ""
}
