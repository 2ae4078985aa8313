//go:build !windows

package ui

import "testing"

func TestDocumentsFolder(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"# comment\nXDG_MUSIC_DIR=\"$HOME/M\"": "",
		"XDG_DESKTOP_DIR=\"$HOME/Bureau\"\nXDG_DOCUMENTS_DIR=\"$HOME/Mes documents\"\n": "/home/a/Mes documents",
		"XDG_DOCUMENTS_DIR=\"/srv/docs/\"":                                              "/srv/docs",
		"XDG_DOCUMENTS_DIR=\"docs\"":                                                    "",
		"XDG_DOCUMENTS_DIR=\"$HOME/\"":                                                  "/home/a",
	} {
		if got := documentsIn(text, "/home/a"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
