package desktop

// One window for one person on one screen: a second start brings the first window forward and ends. The first one holds a lock, which
// the system takes away when it dies, and listens on a socket in the folder of this program's state. Whatever fails here (no write
// access, an old socket, a first window that hangs) only means that the second start opens a window of its own.

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	// answerWithin is how long the first window has to answer: one that takes longer hangs, and hides no second one.
	answerWithin = time.Second
	// maxSocketPath is the longest path of a Unix socket that every system takes (sun_path has 104 bytes on macOS).
	maxSocketPath = 100
	// The two words of the protocol.
	wordRaise = "raise\n"
	wordDone  = "done\n"
)

// instance is this program as the one that has the window.
type instance struct {
	listener net.Listener
	unlock   func()
}

// claim makes this program the one that has the window of a screen; other tells that there is one already, which came forward. Both
// may be empty: then nothing is known, and a window is opened.
func claim(dir, screen string) (me *instance, other bool) {
	h := fnv.New32a()
	h.Write([]byte(screen)) // a hash never fails
	base := filepath.Join(dir, fmt.Sprintf("window-%08x", h.Sum32()))
	if len(base)+len(".sock") > maxSocketPath {
		return nil, false
	}
	if os.MkdirAll(dir, 0o700) != nil {
		return nil, false
	}
	unlock, free := lockFile(base + ".lock")
	if !free {
		return nil, raiseOther(base + ".sock")
	}
	if unlock == nil {
		return nil, false // no lock is to be had here
	}
	_ = os.Remove(base + ".sock") // one of a program that has died: nobody else holds the lock
	l, err := net.Listen("unix", base+".sock")
	if err != nil {
		unlock()
		return nil, false
	}
	return &instance{l, unlock}, false
}

// raiseOther asks the first window to come forward; true: it does.
func raiseOther(path string) bool {
	for end := time.Now().Add(answerWithin); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		c, err := net.DialTimeout("unix", path, answerWithin)
		if err != nil {
			continue // it holds the lock and does not listen yet
		}
		defer c.Close()
		if c.SetDeadline(time.Now().Add(answerWithin)) != nil {
			return false
		}
		if _, err := c.Write([]byte(wordRaise)); err != nil {
			return false
		}
		word, err := bufio.NewReader(c).ReadString('\n')
		return err == nil && word == wordDone
	}
	return false
}

// serve brings the window forward whenever a second start asks, until close. raise answers when the window's own goroutine has done
// it: a window that hangs does not answer.
func (i *instance) serve(raise func(done func())) {
	for {
		c, err := i.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if c.SetDeadline(time.Now().Add(2*answerWithin)) != nil {
				return
			}
			word, err := bufio.NewReader(c).ReadString('\n')
			if err != nil || word != wordRaise {
				return
			}
			done := make(chan struct{}, 1)
			raise(func() { done <- struct{}{} })
			select {
			case <-done:
				_, _ = c.Write([]byte(wordDone)) // who asked may be gone
			case <-time.After(2 * answerWithin):
			}
		}()
	}
}

// close gives the place up.
func (i *instance) close() {
	if i == nil {
		return
	}
	_ = i.listener.Close() // removes the socket
	i.unlock()
}
