// Cookies for the length of one check, as many as a browser would keep.
package probe

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
)

const (
	maxCookies     = 180  // Chrome's bound for one site (net/cookies/cookie_monster.h, kDomainMaxCookies)
	maxCookieBytes = 4096 // name and value together (RFC 6265bis §5.6): a larger one is ignored
)

// jar is a cookie jar that no server can fill.
type jar struct {
	inner http.CookieJar

	mu    sync.Mutex
	known map[string]bool
}

func newJar() *jar {
	inner, _ := cookiejar.New(nil) // never fails
	return &jar{inner: inner, known: map[string]bool{}}
}

func (j *jar) SetCookies(u *url.URL, set []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	kept := make([]*http.Cookie, 0, min(len(set), maxCookies))
	for _, c := range set {
		key := u.Host + "\n" + c.Domain + "\n" + c.Path + "\n" + c.Name
		if len(c.Name)+len(c.Value) > maxCookieBytes || !j.known[key] && len(j.known) == maxCookies {
			continue
		}
		j.known[key] = true
		kept = append(kept, c)
	}
	j.inner.SetCookies(u, kept)
}

func (j *jar) Cookies(u *url.URL) []*http.Cookie { return j.inner.Cookies(u) }
