// The watchdog of restart-adapter: a second process of this program that turns the card on again if the first one dies, or hangs,
// between off and on. It is on its post before anything is switched off.

package fix

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// watchWord follows the hidden command "helper" where this program is the watchdog. It is no verb: it can only turn a card on, with the
// rights of whoever starts it.
const watchWord = "watch-card"

// What a watchdog turns on.
const (
	watchLink    = "link"    // a card of the kernel, with its addresses and routes (Linux, root)
	watchRadio   = "radio"   // NetworkManager's Wi-Fi
	watchAirport = "airport" // a Mac's Wi-Fi
)

const (
	// watchLimit: off lasts offTime, and a cable's card needs 2 to 4 s more. Whoever has not reported by then hangs, or waits for an
	// address, which two can do as well as one.
	watchLimit = 8 * time.Second
	// watchReady bounds the watchdog's start: some 20 ms, more on a computer with much to do.
	watchReady = 5 * time.Second

	watchIsReady = "ready"
	watchIsDone  = "done"
)

// startGuard starts the watchdog and waits until it is on its post. dismiss ends it: with done it does nothing, else it turns on at once.
func startGuard(program, kind, link string) (dismiss func(done bool), err error) {
	cmd := exec.Command(program, "helper", watchWord, kind, link)
	cmd.Env, cmd.Dir = fixedEnvironment(), os.TempDir()
	detach(cmd) // a session of its own: what ends the terminal or the window does not end it
	hide(cmd)
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the watchdog: %w", err)
	}
	said, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("starting the watchdog: %w", err)
	}
	ready := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(said).ReadString('\n')
		ready <- strings.TrimSpace(line)
		_ = cmd.Wait()
	}()
	dismiss = func(done bool) {
		if done {
			_, _ = io.WriteString(orders, watchIsDone+"\n")
		}
		_ = orders.Close()
	}
	select {
	case line := <-ready:
		if line == watchIsReady {
			return dismiss, nil
		}
		err = fmt.Errorf("the watchdog said %q", abridged(line))
	case <-time.After(watchReady):
		err = errors.New("the watchdog did not come to its post")
		_ = cmd.Process.Kill()
	}
	dismiss(true)
	return nil, err
}

// deaf: what ends a terminal, a window or a session does not end the watchdog.
func deaf() {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGPIPE)
}

// watch is what the watchdog does.
func watch(args []string, c *Computer, orders io.Reader, out io.Writer) int {
	if len(args) != 2 || !slices.Contains([]string{watchLink, watchRadio, watchAirport}, args[0]) || !validLink(args[1]) {
		return 2
	}
	fmt.Fprintln(out, watchIsReady)
	order := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(orders).ReadString('\n')
		order <- strings.TrimSpace(line)
	}()
	select {
	case line := <-order: // "" where whoever started it has died
		if line == watchIsDone {
			return 0
		}
	case <-time.After(watchLimit):
	}
	if err := c.turnOn(context.Background(), args[0], args[1]); err != nil {
		return 1
	}
	return 0
}

// turnOn is the second half of a restart, whoever does it. It changes nothing where the card is on.
func (c *Computer) turnOn(ctx context.Context, kind, link string) error {
	var argv []string
	switch kind {
	case watchLink:
		return c.wake(ctx, link)
	case watchRadio:
		argv = c.radio("on")
	case watchAirport:
		argv = airport(link, "on")
	default:
		return fmt.Errorf("%q is no card", abridged(kind))
	}
	s, ran := c.step(ctx, argv, CommandLimit)
	if nmRefuses(s) {
		return nmRefusal(s)
	}
	if !ran.OK() {
		return fmt.Errorf("%s: exit status %d: %s", s, s.Exit, s.Output)
	}
	return nil
}

// radio switches NetworkManager's Wi-Fi.
func (c *Computer) radio(word string) []string {
	return []string{c.tool("nmcli"), "radio", "wifi", word}
}

// airport switches a Mac's Wi-Fi; no account needs rights for it.
func airport(device, word string) []string {
	return []string{networksetup, "-setairportpower", device, word}
}

// post puts the watchdog on its post.
func (c *Computer) post(kind, link string) (dismiss func(done bool), err error) {
	if c.Guard == nil || c.Helper == nil {
		return nil, errors.New("no watchdog can be had here")
	}
	program, err := c.Helper()
	if err == nil {
		err = c.trusted(program)
	}
	if err != nil {
		return nil, fmt.Errorf("starting the watchdog: %w", err)
	}
	return c.Guard(program, kind, link)
}

// offTime is how long a card stays off: long enough that the other end notices, too.
const offTime = 3 * time.Second

// offAndOn switches a card off and on under the watchdog's eyes. Once it is off, nothing stops it from coming on again: neither a
// deadline nor the person's Ctrl+C.
func (c *Computer) offAndOn(ctx context.Context, kind, link string, off func(context.Context) error) error {
	dismiss, err := c.post(kind, link)
	if err != nil {
		return errors.Join(err, errUntouched)
	}
	if err := off(ctx); err != nil {
		dismiss(false) // it may have worked all the same
		return err
	}
	c.pause(ctx, offTime)
	on, cancel := context.WithTimeout(context.WithoutCancel(ctx), helperLimit)
	defer cancel()
	err = c.turnOn(on, kind, link)
	dismiss(err == nil)
	return err
}
