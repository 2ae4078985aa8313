// The hosts file: which of its lines name the target. A forgotten line there overrides every DNS server.

package system

import (
	"bytes"
	"net/netip"

	"passerelle/checks/facts"
)

// Hosts gives the lines of the hosts file that name this host. A missing file is no error: nothing is overridden then.
func (r *Reader) Hosts(host string) ([]facts.HostsEntry, error) {
	path := r.hostsPath()
	b, err := r.read(path)
	if err != nil {
		if isNotExist(err) {
			return nil, nil
		}
		return nil, err
	}
	return parseHosts(b, host), nil
}

// HostsPath is where this system keeps its hosts file.
func (r *Reader) HostsPath() string { return r.hostsPath() }

// maxHostsEntries is how many lines are kept: one is enough to explain, a handful to show.
const maxHostsEntries = 20

// parseHosts gives the lines that name host, as hosts(5) has it: address, then names, blanks or tabs between them, # begins a
// comment; case does not matter; LF or CRLF. Several lines may name it: glibc gives the addresses of all. Lines of this computer's
// own name are lines like others.
func parseHosts(b []byte, host string) []facts.HostsEntry {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) // Notepad's mark
	want := []byte(host)
	if len(want) == 0 {
		return nil
	}
	var list []facts.HostsEntry
	for n := 1; len(b) > 0 && len(list) < maxHostsEntries; n++ {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		if i := bytes.IndexByte(line, '#'); i >= 0 {
			line = line[:i]
		}
		// Cheap refusals first: block lists have 100 000 lines, and this is on the way to the verdict.
		if len(line) <= len(want) || !namesHost(line, want) {
			continue
		}
		f := bytes.Fields(line)
		a, err := netip.ParseAddr(string(f[0]))
		if err != nil {
			continue
		}
		e := facts.HostsEntry{Line: n, Address: a}
		for _, name := range f[1:] {
			e.Names = append(e.Names, string(name))
		}
		list = append(list, e)
	}
	return list
}

// namesHost tells whether one of the line's names, behind its address, is want.
func namesHost(line, want []byte) bool {
	first := true
	for len(line) > 0 {
		i := 0
		for i < len(line) && !isBlank(line[i]) {
			i++
		}
		if i > 0 {
			if !first && i == len(want) && bytes.EqualFold(line[:i], want) {
				return true
			}
			first = false
		}
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		line = line[i:]
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }
