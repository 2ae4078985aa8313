package lab

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// marionettePort is where Firefox listens when it is started with --marionette.
const marionettePort = "127.0.0.1:2828"

// marionette is Firefox's own remote control (testing/marionette in its sources): LENGTH:[0, id, command, parameters] there,
// LENGTH:[1, id, error, result] back. It is how a test saves a password, and closes Firefox as its menu does.
type marionette struct {
	net.Conn
	from *bufio.Reader
	id   int
}

// marionette connects to the Firefox that runs on the computer, and asks for the rights of its own code.
func (w *World) marionette() *marionette {
	w.T.Helper()
	for end := time.Now().Add(browserLimit); ; time.Sleep(100 * time.Millisecond) {
		c, err := w.Computer.Dial(marionettePort, time.Second)
		if err != nil {
			if time.Now().After(end) {
				w.need(err, "connecting to Firefox")
			}
			continue
		}
		c.SetDeadline(time.Now().Add(browserLimit))
		m := &marionette{Conn: c, from: bufio.NewReader(c)}
		_, err = m.message() // its greeting
		w.need(err, "hearing from Firefox")
		_, err = m.ask("WebDriver:NewSession", map[string]any{})
		w.need(err, "opening a session of Firefox")
		_, err = m.ask("Marionette:SetContext", map[string]any{"value": "chrome"})
		w.need(err, "asking for Firefox's own rights")
		return m
	}
}

func (m *marionette) message() ([]byte, error) {
	length, err := m.from.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err = io.ReadFull(m.from, b)
	return b, err
}

func (m *marionette) ask(command string, parameters any) (result json.RawMessage, err error) {
	m.id++
	b, err := json.Marshal([]any{0, m.id, command, parameters})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(m, "%d:%s", len(b), b); err != nil {
		return nil, err
	}
	b, err = m.message()
	if err != nil {
		return nil, err
	}
	var answer [4]json.RawMessage
	if err := json.Unmarshal(b, &answer); err != nil {
		return nil, err
	}
	if string(answer[2]) != "null" {
		return nil, fmt.Errorf("%s: %s", command, answer[2])
	}
	return answer[3], nil
}

// run runs a piece of Firefox's own JavaScript, an async function's body, and gives what it returns.
func (w *World) run(m *marionette, script string) string {
	w.T.Helper()
	result, err := m.ask("WebDriver:ExecuteScript", map[string]any{"script": "return (async () => {" + script + "})()", "args": []any{}, "sandbox": "system"})
	w.need(err, "running a script in Firefox")
	var value struct{ Value any }
	w.need(json.Unmarshal(result, &value), "reading what the script gave")
	return fmt.Sprint(value.Value)
}
