//go:build !windows

// What the Unixes share: the hosts file's place and the resolver file.

package system

func (r *Reader) hostsPath() string { return r.path("/etc/hosts") }
