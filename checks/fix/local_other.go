//go:build !linux && !darwin && !windows

package fix

// native: nothing beyond the common ways here; every fix then says that it cannot be done.
func (c *Computer) native() {}
