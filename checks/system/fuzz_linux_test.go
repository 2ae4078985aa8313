package system

import "testing"

func FuzzNetlink(f *testing.F) {
	f.Add([]byte{8, 0, 3, 0, 'e', 't', 'h', 0, 5, 0, 1, 0, 9, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for _, a := range parseAttributes(b) {
			total += len(a.value)
		}
		if total > len(b) {
			t.Fatalf("%d bytes out of %d", total, len(b))
		}
	})
}
