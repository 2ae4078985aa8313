package fix

import "io/fs"

// ownerOf is the user id of a file's owner, or -1: Windows has no such numbers.
func ownerOf(fs.FileInfo) int { return -1 }
