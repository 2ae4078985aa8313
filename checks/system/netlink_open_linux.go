// What checks/fix needs of the netlink client: to switch a link, and to put back what the kernel forgets meanwhile, as it was dumped.

package system

import "golang.org/x/sys/unix"

// NetlinkMessage is one netlink message of a dump.
type NetlinkMessage struct{ m message }

// NetlinkDump asks the kernel for everything of one kind (RTM_GET…); fixed is the size of the fixed part of each answer, bytes.
func NetlinkDump(request uint16, family uint8, fixed int) ([]NetlinkMessage, error) {
	all, err := netlinkDump(request, family, fixed)
	list := make([]NetlinkMessage, len(all))
	for i, m := range all {
		list[i] = NetlinkMessage{m}
	}
	return list, err
}

// NetlinkDo asks the kernel to change something (RTM_NEW…), and waits for its yes. An error of the kernel is a unix.Errno.
func NetlinkDo(request, flags uint16, body []byte) error {
	_, err := netlinkAsk(request, flags|unix.NLM_F_ACK, body, 0)
	return err
}

// Fixed is the message's fixed part. It belongs to the message.
func (n NetlinkMessage) Fixed() []byte { return n.m.fixed }

// Get is the value of an attribute, nil where it has none.
func (n NetlinkMessage) Get(kind uint16) []byte { return n.m.get(kind) }

// Text is the value of an attribute that is a name.
func (n NetlinkMessage) Text(kind uint16) string { return n.m.text(kind) }

// Uint32 is the value of an attribute that is a number.
func (n NetlinkMessage) Uint32(kind uint16) (uint32, bool) { return n.m.u32(kind) }

// Inner is the text of an attribute inside another one.
func (n NetlinkMessage) Inner(outer, kind uint16) string {
	return message{attrs: parseAttributes(n.m.get(outer))}.text(kind)
}

// Each calls f with every attribute, in order.
func (n NetlinkMessage) Each(f func(kind uint16, value []byte)) {
	for _, a := range n.m.attrs {
		f(a.kind, a.value)
	}
}

// AppendAttribute adds one attribute to a request, padded.
func AppendAttribute(b []byte, kind uint16, value []byte) []byte {
	return appendAttribute(b, kind, value)
}
