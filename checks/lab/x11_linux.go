package lab

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// closeWindow sends the window what the button in its frame sends (WM_DELETE_WINDOW, ICCCM §4.1.2.7): xdotool cannot, in Debian 12. The
// X protocol is spoken as far as that needs it: the greeting, two names, one message.
func (x *Window) closeWindow() error {
	screen := ""
	for _, v := range x.w.Computer.Env {
		if d, ok := strings.CutPrefix(v, "DISPLAY=:"); ok {
			screen = d
		}
	}
	c, err := net.DialTimeout("unix", "/tmp/.X11-unix/X"+screen, time.Second)
	if err != nil {
		return fmt.Errorf("reaching the screen: %w", err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(3 * time.Second))
	var id uint32
	if _, err := fmt.Sscan(x.id(), &id); err != nil {
		return fmt.Errorf("reading the window's number: %w", err)
	}

	order := binary.LittleEndian
	if _, err := c.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil { // little end first, version 11.0, no authority
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(c, head); err != nil || head[0] != 1 {
		return fmt.Errorf("greeting the screen: %v, %v", head, err)
	}
	if _, err := io.CopyN(io.Discard, c, int64(order.Uint16(head[6:]))*4); err != nil {
		return err
	}
	atom := func(name string) (uint32, error) { // InternAtom
		b := []byte{16, 0, 0, 0, 0, 0, 0, 0}
		b = append(b, name...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		order.PutUint16(b[2:], uint16(len(b)/4))
		order.PutUint16(b[4:], uint16(len(name)))
		if _, err := c.Write(b); err != nil {
			return 0, err
		}
		reply := make([]byte, 32)
		_, err := io.ReadFull(c, reply)
		return order.Uint32(reply[8:]), err
	}
	protocols, err := atom("WM_PROTOCOLS")
	if err != nil {
		return err
	}
	close, err := atom("WM_DELETE_WINDOW")
	if err != nil {
		return err
	}
	b := make([]byte, 44) // SendEvent of a ClientMessage
	b[0] = 25
	order.PutUint16(b[2:], 11)
	order.PutUint32(b[4:], id)
	b[12], b[13] = 33, 32
	order.PutUint32(b[16:], id)
	order.PutUint32(b[20:], protocols)
	order.PutUint32(b[24:], close)
	if _, err := c.Write(b); err != nil {
		return err
	}
	_, err = atom("WM_STATE") // its answer tells that the message before it was taken
	return err
}
