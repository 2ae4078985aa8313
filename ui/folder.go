package ui

// Where reports are saved: a folder of our own among the person's documents, so that it is found again.

import (
	"fmt"
	"os"
	"path/filepath"
)

// ReportFolder is the folder for saved reports; it need not exist yet.
func ReportFolder() (string, error) {
	dir, err := documents()
	if err != nil {
		return "", fmt.Errorf("finding the folder of documents: %w", err)
	}
	return filepath.Join(dir, "Passerelle"), nil
}

// isFolder tells whether there is a folder.
func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
