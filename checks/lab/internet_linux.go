package lab

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// openInternet puts the services of the real Internet in their places: public DNS, connectivity checks, other sites.
func (w *World) openInternet() {
	w.T.Helper()
	for host, addresses := range Providers {
		w.Resolvers[host] = &Resolver{Host: host, Addresses: addresses}
		w.Names.Set(host, addresses...)
	}
	w.Resolvers[""] = &Resolver{Addresses: []string{ProviderDNS}}
	var addresses []string
	for _, r := range w.Resolvers {
		addresses = append(addresses, r.Addresses...)
	}
	place := func(i int) (string, string) {
		return fmt.Sprintf("198.51.100.%d", i), fmt.Sprintf("2001:db8:100::%d", i)
	}
	for i := range Connectivity {
		v4, v6 := place(200 + i)
		addresses = append(addresses, v4, v6)
	}
	for i := range OtherSites {
		v4, v6 := place(100 + i)
		addresses = append(addresses, v4, v6)
	}
	addresses = append(addresses, SiteIP, SiteIP6)
	w.addresses(w.Internet, addresses)

	for _, r := range w.Resolvers {
		r.truth = &w.Names
		r.serve(w, w.Internet)
	}
	for i, c := range Connectivity {
		v4, v6 := place(200 + i)
		w.Names.Set(c.Host, v4, v6)
		for _, ip := range []string{v4, v6} {
			w.Serve(w.Internet, net.JoinHostPort(ip, "80"), http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path != c.Path || hostOnly(r.Host) != c.Host {
					http.NotFound(rw, r)
					return
				}
				rw.WriteHeader(c.Status)
				io.WriteString(rw, c.Body)
			}))
		}
	}
	for i, host := range OtherSites {
		v4, v6 := place(100 + i)
		w.Names.Set(host, v4, v6)
		for _, ip := range []string{v4, v6} {
			w.ServeFor(w.Internet, net.JoinHostPort(ip, "443"), Page("Welcome to "+host), host, strings.TrimPrefix(host, "www."))
			w.Serve(w.Internet, net.JoinHostPort(ip, "80"), ToHTTPS())
		}
	}
}

// addresses adds many addresses in one go.
func (w *World) addresses(m *Machine, list []string) {
	var lines []string
	for _, ip := range list {
		w.have[m.Name+ip] = true
		if strings.Contains(ip, ":") {
			lines = append(lines, "addr add "+ip+"/128 dev lo nodad")
		} else {
			lines = append(lines, "addr add "+ip+"/32 dev lo")
		}
	}
	w.IP(m, lines...)
}

func hostOnly(hostport string) string {
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		return h
	}
	return hostport
}

// Page is an ordinary page of a few kilobytes.
func Page(title string) http.Handler {
	text := "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title + "</title></head><body><h1>" + title + "</h1>" +
		strings.Repeat("<p>An ordinary paragraph of an ordinary page, with words enough to be one.</p>\n", 60) + "</body></html>"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, text)
	})
}

// Status answers everything with one status and a page of the site's own.
func Status(code int, page string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		io.WriteString(w, page)
	})
}

// ToHTTPS sends everybody to the same address over HTTPS.
func ToHTTPS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+hostOnly(r.Host)+r.URL.RequestURI(), http.StatusMovedPermanently)
	})
}

// Site puts SiteHost on the Internet: HTTPS on both families served by h with a good certificate, HTTP sends there.
func (w *World) Site(h http.Handler) {
	w.T.Helper()
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.SiteAt(SiteHost, h, SiteIP, SiteIP6)
}

// SiteAt serves a host at addresses of the Internet, without touching the DNS.
func (w *World) SiteAt(host string, h http.Handler, addresses ...string) {
	w.T.Helper()
	for _, ip := range addresses {
		w.ServeFor(w.Internet, net.JoinHostPort(ip, "443"), h, host, "www."+host)
		w.Serve(w.Internet, net.JoinHostPort(ip, "80"), ToHTTPS())
	}
}
