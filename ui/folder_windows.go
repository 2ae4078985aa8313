package ui

import "golang.org/x/sys/windows"

// documents is what Windows says: the folder may lie on another drive, or in OneDrive.
func documents() (string, error) {
	return windows.KnownFolderPath(windows.FOLDERID_Documents, windows.KF_FLAG_DEFAULT)
}
