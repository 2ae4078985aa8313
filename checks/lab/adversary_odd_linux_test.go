package lab

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// Healthy sites in odd clothes, of the adversary's table.

func earlyHints(w *World) Want {
	return Want{Cause: "works", Address: w.plain(func(c net.Conn) {
		request(c)
		for range 10 {
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n")
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("abcd ", 1000))
	})}
}

func manyCookies(w *World) Want { // 60 KiB of head
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for i := range 60 {
			http.SetCookie(rw, &http.Cookie{Name: fmt.Sprint("c", i), Value: strings.Repeat("x", 1000)})
		}
		shop.ServeHTTP(rw, r)
	}))
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func bareLineFeeds(w *World) Want {
	address := w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200 OK\nContent-Type: text/html\nConnection: close\n\n<html><title>Boutique</title>"+strings.Repeat("An old program wrote this. ", 100))
	})
	w.Prove(address, 200, 0)
	return Want{Cause: "works", Address: address}
}

func noReason(w *World) Want {
	address := w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><title>Boutique</title>"+strings.Repeat("Short of words, and well. ", 100))
	})
	w.Prove(address, 200, 0)
	return Want{Cause: "works", Address: address}
}

func pageHeldOpen(w *World) Want { // the whole page has come, and the server forgets to hang up: browsers show it
	return Want{Cause: "works", Address: w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>Boutique</title>"+strings.Repeat("All of it is here. ", 500)+"</html>")
		io.Copy(io.Discard, c)
	})}
}

func bareOddPort(w *World) Want { // a bare name with a port on which plain HTTP is spoken
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":8080", shop)
	return Want{Cause: "works", Or: "tls-broken", Address: SiteHost + ":8080"}
}

func fourHops(w *World) Want {
	w.Names.Set("www."+SiteHost, SiteIP, SiteIP6)
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("lang")
		switch {
		case !strings.HasPrefix(r.Host, "www."):
			http.Redirect(rw, r, "https://www."+SiteHost+"/", http.StatusMovedPermanently)
		case err != nil:
			http.SetCookie(rw, &http.Cookie{Name: "lang", Value: "fr", Path: "/"})
			http.Redirect(rw, r, r.URL.Path, http.StatusFound)
		case r.URL.Path == "/":
			http.Redirect(rw, r, "/fr/", http.StatusFound)
		default:
			shop.ServeHTTP(rw, r)
		}
	}))
	w.Prove("http://"+SiteHost+"/", 200, 0, "-c", "/run/tmp/jar", "-b", "/run/tmp/jar")
	return Want{Cause: "works", Address: "http://" + SiteHost + "/"}
}

var permanentThenTemporary = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		http.Redirect(rw, r, "/a", http.StatusPermanentRedirect)
	case "/a":
		http.Redirect(rw, r, "/b", http.StatusTemporaryRedirect)
	case "/b":
		http.Redirect(rw, r, "/c", http.StatusSeeOther)
	default:
		shop.ServeHTTP(rw, r)
	}
})

func oldPlainSite(w *World) Want { // nobody on 443, a certificate never; typed as a bare name
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.0 200 OK\r\nServer: Apache/1.3.42\r\nContent-Type: text/html\r\n\r\n<HTML><TITLE>Bienvenue</TITLE>"+strings.Repeat("<P>Depuis 1998. ", 200))
	})
	return want("works")
}

func cut443PlainWell(w *World) Want { // 443 cuts every hello, 80 serves the page; typed as a bare name
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", shop)
	w.ServeTCP(w.Internet, SiteIP+":443", func(c net.Conn) { request(c); c.(*net.TCPConn).SetLinger(0) })
	return Want{Cause: "works", Or: "connection-cut"}
}

func upperCaseProxyOnly(w *World) Want { // HTTP_PROXY in capitals is not for plain HTTP in curl, and is in browsers of this system; HTTPS goes straight
	w.Site(shop)
	w.env("HTTP_PROXY=http://127.0.0.1:3128")
	return Want{Cause: "works", Address: siteURL}
}

func nothingButTheSite(w *World) Want { // a kiosk: DNS of the box and this one site
	w.Site(shop)
	w.NFT(w.Box, "table inet kiosk { chain f { type filter hook forward priority 0\n iifname \"lan\" ip daddr != "+SiteIP+" drop\n iifname \"lan\" ip6 daddr != "+SiteIP6+" drop\n }\n}")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func ipv6Literal(w *World) Want {
	w.Serve(w.Internet, net.JoinHostPort(SiteIP6, "8080"), shop)
	w.Prove("http://["+SiteIP6+"]:8080/", 200, 0)
	return Want{Cause: "works", Address: "http://[" + SiteIP6 + "]:8080/"}
}

func privateLinkOnlyRoot(w *World) Want { // the link is spent by opening it: only "/" may be asked, and it is well
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" || r.URL.RawQuery != "" {
			Status(500, "spent").ServeHTTP(rw, r)
			return
		}
		shop.ServeHTTP(rw, r)
	}))
	return Want{Cause: "works", Address: siteURL + "confirm/9f8e7d6c5b4a39281706f5e4d3c2b1a0?signature=6d0c1f"}
}
