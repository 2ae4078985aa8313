// The classic DHCP client (isc-dhcp-client), which ifupdown starts: it takes no order to ask again, so it is ended without giving its
// address back, and started anew with the files it had.

package fix

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// dhclientFiles are its pid and lease files: ifupdown's for one link, and its own.
func dhclientFiles(link string) [][2]string {
	return [][2]string{{"/run/dhclient." + link + ".pid", "/var/lib/dhcp/dhclient." + link + ".leases"}, {"/run/dhclient.pid", "/var/lib/dhcp/dhclient.leases"}}
}

// dhclientRun is one that runs: its files, and the options that say under which name it asks. Without them the box would take this
// computer for another one.
type dhclientRun struct {
	files [2]string
	names []string
}

// dhclient finds the one that serves a link; false: none does, or one with files that we do not know.
func (c *Computer) dhclient(link string) (d dhclientRun, ok bool) {
	if c.tool("dhclient") == "" {
		return d, false
	}
	for _, f := range dhclientFiles(link) {
		pid := strings.TrimSpace(c.read(f[0]))
		if pid == "" || strings.Trim(pid, "0123456789") != "" {
			continue
		}
		words := strings.Split(strings.TrimRight(c.read("/proc/"+pid+"/cmdline"), "\x00"), "\x00")
		if strings.TrimSpace(c.read("/proc/"+pid+"/comm")) == "dhclient" && words[len(words)-1] == link {
			return dhclientRun{f, dhclientNames(words, link)}, true
		}
	}
	return d, false
}

// dhclientNames takes those options out of a command line, word by word out of a closed list: who wrote that line is not known.
func dhclientNames(words []string, link string) []string {
	var names []string
	for i, w := range words {
		switch {
		case w == "-i" || w == "-I":
			names = append(names, w)
		case w == "-df" && i+1 < len(words) && words[i+1] == "/var/lib/dhcp/dhclient6."+link+".leases": // ifupdown's
			names = append(names, w, words[i+1])
		}
	}
	return names
}

// dhclientCommands end it and start it anew. It goes on asking in the background, as it did before.
func (c *Computer) dhclientCommands(link string, d dhclientRun) [][]string {
	command := func(word string, more []string) []string {
		return append(append([]string{c.tool("dhclient"), "-4", word, "-pf", d.files[0], "-lf", d.files[1]}, more...), link)
	}
	return [][]string{command("-x", nil), command("-nw", d.names)}
}

func checkDHClient(args []string) error {
	if err := count(args, 1, 1); err != nil {
		return err
	}
	if !plainLink(args[0]) {
		return fmt.Errorf("%q is no link", abridged(args[0]))
	}
	return nil
}

func runDHClient(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	d, ok := c.dhclient(args[0])
	if c.OS != "linux" || !ok {
		return errors.New("no dhclient serves " + args[0])
	}
	for i, argv := range c.dhclientCommands(args[0], d) {
		s, ran := c.step(ctx, argv, CommandLimit)
		answer.Steps = append(answer.Steps, s)
		if i > 0 && !ran.OK() {
			return fmt.Errorf("%s: exit status %d: %s", strings.Join(argv, " "), s.Exit, s.Output)
		}
	}
	return nil
}
