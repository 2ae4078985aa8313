package fix

// locked: on Windows the list of programs tells of every browser.
func locked(string) bool { return false }
