package gateway

import (
	"testing"
	"time"
)

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, s := range []string{"30", "-1", "99999999999999999999", "Sat, 21 Nov 2026 10:00:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "1e9", "+5", "0x10", " 7 ", "٣"} {
		f.Add(503, s)
	}
	f.Fuzz(func(t *testing.T, status int, value string) {
		for _, date := range []time.Time{now, {}, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)} {
			h := response(status, "<h1>503 Service Unavailable</h1>", "Retry-After", value)
			h.Date = date
			g := Recognise(h, Context{Host: "site.example", TLSProven: true})
			if g != nil && g.RetryAfterS != nil && (*g.RetryAfterS <= 0 || *g.RetryAfterS > int(longestWait/time.Second)) {
				t.Fatalf("%q: %d s", value, *g.RetryAfterS)
			}
		}
	})
}
