package probe

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"passerelle/checks/facts"
)

func TestBoundAndSmall(t *testing.T) {
	t.Parallel()
	at := raw(t, say(okPage))
	r := Request{URL: "http://site.example:" + port(at) + "/", Addresses: here, Interface: "lo", MaxSegment: 1220}
	e := lone(t).Ask(t.Context(), r, nil)
	if e.Failure != "" || e.Winner().Interface != "lo" {
		t.Errorf("got %+v", e)
	}
	r.Interface = "nosuchlink0"
	if e = lone(t).Ask(t.Context(), r, nil); e.Failure == "" || e.Stage != facts.StageTCP {
		t.Errorf("a link that does not exist: %+v", e)
	}
}

func TestOffender(t *testing.T) {
	t.Parallel()
	four := make([]byte, 32)
	four[6] = 13
	binary.NativeEndian.PutUint16(four[16:], 2)
	copy(four[20:], []byte{192, 0, 2, 1})
	if a, code := offender(four); a != netip.MustParseAddr("192.0.2.1") || code != 13 {
		t.Errorf("got %v, %d", a, code)
	}
	six := make([]byte, 44)
	binary.NativeEndian.PutUint16(six[16:], 10)
	copy(six[24:], netip.MustParseAddr("2001:db8::1").AsSlice())
	if a, _ := offender(six); a != netip.MustParseAddr("2001:db8::1") {
		t.Errorf("got %v", a)
	}
	for i := range six {
		offender(six[:i])
	}
}
