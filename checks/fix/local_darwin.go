package fix

import "golang.org/x/sys/unix"

func (c *Computer) native() {
	c.Release = func() string {
		v, err := unix.Sysctl("kern.osproductversion")
		if err != nil {
			return ""
		}
		return v
	}
}
