package checks

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"passerelle/checks/words"
)

// TestParseTargetGood: what people paste, and the address that is asked.
func TestParseTargetGood(t *testing.T) {
	for _, c := range []struct{ input, url, host string }{
		// Bare names.
		{"leboncoin.fr", "https://leboncoin.fr/", "leboncoin.fr"},
		{"  Www.Site.FR. ", "https://www.site.fr/", "www.site.fr"},
		{"SITE.FR", "https://site.fr/", "site.fr"},
		{"site.fr/", "https://site.fr/", "site.fr"},
		{"site.fr.", "https://site.fr/", "site.fr"},
		{"a.b.c.d.e.example", "https://a.b.c.d.e.example/", "a.b.c.d.e.example"},
		{"localhost", "https://localhost/", "localhost"},
		{"nas", "https://nas/", "nas"},
		{"my_host.example", "https://my_host.example/", "my_host.example"},
		{"_dmarc.example.com", "https://_dmarc.example.com/", "_dmarc.example.com"},
		{"r3---sn-abc.example", "https://r3---sn-abc.example/", "r3---sn-abc.example"},
		{"3com.com", "https://3com.com/", "3com.com"},
		{"1and1.fr", "https://1and1.fr/", "1and1.fr"},
		{"site.fr:", "https://site.fr/", "site.fr"},
		// Schemes.
		{"http://site.fr", "http://site.fr/", "site.fr"},
		{"HTTPS://Site.FR/A", "https://site.fr/A", "site.fr"},
		{"https:/site.fr/a", "https://site.fr/a", "site.fr"},
		{"https:site.fr", "https://site.fr/", "site.fr"},
		{"http//site.fr/x", "http://site.fr/x", "site.fr"},
		{"http:///site.fr/x", "http://site.fr/x", "site.fr"},
		{`http:\\site.fr\x`, "http://site.fr/x", "site.fr"},
		{"//site.fr/x", "https://site.fr/x", "site.fr"},
		{"https : // site.fr/x", "https://site.fr/x", "site.fr"},
		{"www. site.fr", "https://www.site.fr/", "www.site.fr"},
		{"view-source:https://site.fr/x", "https://site.fr/x", "site.fr"},
		// Path, query, fragment.
		{"https://site.fr/a?b=c", "https://site.fr/a?b=c", "site.fr"},
		{"site.fr?b=c", "https://site.fr/?b=c", "site.fr"},
		{"site.fr#top", "https://site.fr/", "site.fr"},
		{"site.fr/#/route?x=1", "https://site.fr/", "site.fr"},
		{"https://site.fr/a#b?c=d", "https://site.fr/a", "site.fr"},
		{"https://site.fr/é/à?q=été", "https://site.fr/%C3%A9/%C3%A0?q=%C3%A9t%C3%A9", "site.fr"},
		{"https://site.fr/100%", "https://site.fr/100%25", "site.fr"},
		{"https://site.fr/a%zz?b=%", "https://site.fr/a%25zz?b=%25", "site.fr"},
		{"https://site.fr/a%20b", "https://site.fr/a%20b", "site.fr"},
		{"https://site.fr/a:b@c", "https://site.fr/a:b@c", "site.fr"},
		{"https://site.fr//a", "https://site.fr//a", "site.fr"},
		{"https://site.fr/article,123.html", "https://site.fr/article,123.html", "site.fr"},
		{"https://fr.wikipedia.org/wiki/Go_(langage)", "https://fr.wikipedia.org/wiki/Go_(langage)", "fr.wikipedia.org"},
		{"https://web.archive.org/web/2/https://site.fr/", "https://web.archive.org/web/2/https://site.fr/", "web.archive.org"},
		{"site.fr/go?to=https://autre.fr/x", "https://site.fr/go?to=https://autre.fr/x", "site.fr"},
		// Ports.
		{"site.fr:8443", "https://site.fr:8443/", "site.fr"},
		{"site.fr:80", "http://site.fr/", "site.fr"},
		{"site.fr:443/a", "https://site.fr/a", "site.fr"},
		{"http://site.fr:443", "http://site.fr:443/", "site.fr"},
		{"https://site.fr:80", "https://site.fr:80/", "site.fr"},
		{"http://site.fr:80/x", "http://site.fr/x", "site.fr"},
		{"https://site.fr:0443/", "https://site.fr/", "site.fr"},
		{"localhost:8080/x", "https://localhost:8080/x", "localhost"},
		{"ftp:8080", "https://ftp:8080/", "ftp"},
		// Literals.
		{"203.0.113.9", "https://203.0.113.9/", "203.0.113.9"},
		{"203.0.113.9:8443", "https://203.0.113.9:8443/", "203.0.113.9"},
		{"http://192.168.1.1/admin", "http://192.168.1.1/admin", "192.168.1.1"},
		{"[2001:db8::1]", "https://[2001:db8::1]/", "2001:db8::1"},
		{"2001:db8::1", "https://[2001:db8::1]/", "2001:db8::1"},
		{"2001:DB8:0:0::1", "https://[2001:db8::1]/", "2001:db8::1"},
		{"fe80::1", "https://[fe80::1]/", "fe80::1"},
		{"[2001:db8::1", "https://[2001:db8::1]/", "2001:db8::1"},
		{"::1", "https://[::1]/", "::1"},
		{"[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x", "2001:db8::1"},
		{"http://[2001:db8::1]:80/", "http://[2001:db8::1]/", "2001:db8::1"},
		{"[2001:db8::1]:80", "http://[2001:db8::1]/", "2001:db8::1"},
		{"２０３.0.113.9", "https://203.0.113.9/", "203.0.113.9"},
		// International names.
		{"mañana.example", "https://xn--maana-pta.example/", "xn--maana-pta.example"},
		{"https://Mañana.Example/é", "https://xn--maana-pta.example/%C3%A9", "xn--maana-pta.example"},
		{"xn--maana-pta.example", "https://xn--maana-pta.example/", "xn--maana-pta.example"},
		{"ma%C3%B1ana.example", "https://xn--maana-pta.example/", "xn--maana-pta.example"},
		{"faß.example", "https://xn--fa-hia.example/", "xn--fa-hia.example"},
		{"例え。テスト", "https://xn--r8jz45g.xn--zckzah/", "xn--r8jz45g.xn--zckzah"},
		{"ｗｗｗ．site．fr", "https://www.site.fr/", "www.site.fr"},
		// User and password.
		{"https://marie:secret@site.fr/x", "https://site.fr/x", "site.fr"},
		{"marie:secret@site.fr", "https://site.fr/", "site.fr"},
		{"marie:1234@site.fr:8443", "https://site.fr:8443/", "site.fr"},
		{"https://marie@site.fr/", "https://site.fr/", "site.fr"},
		{"https://banque.fr@evil.example/", "https://evil.example/", "evil.example"},
		{"https://a:b@c:d@site.fr/", "https://site.fr/", "site.fr"},
		// Quotes, brackets, punctuation.
		{"<https://site.fr/x>", "https://site.fr/x", "site.fr"},
		{"« site.fr »", "https://site.fr/", "site.fr"},
		{"\"https://site.fr/x\",", "https://site.fr/x", "site.fr"},
		{"“site.fr”", "https://site.fr/", "site.fr"},
		{"'site.fr'.", "https://site.fr/", "site.fr"},
		{"`site.fr`", "https://site.fr/", "site.fr"},
		{"(site.fr)", "https://site.fr/", "site.fr"},
		{"[site.fr]", "https://site.fr/", "site.fr"},
		{"site.fr !", "https://site.fr/", "site.fr"},
		{"site.fr ?", "https://site.fr/", "site.fr"},
		{"site.fr/panier?", "https://site.fr/panier", "site.fr"},
		{"site.fr…", "https://site.fr/", "site.fr"},
		{"[mon site](https://site.fr/x)", "https://site.fr/x", "site.fr"},
		{`<a href="https://site.fr/x">mon lien</a>`, "https://site.fr/x", "site.fr"},
		{"URL:https://site.fr/x", "https://site.fr/x", "site.fr"},
		{"\u200bsite.fr\ufeff", "https://site.fr/", "site.fr"},
		{"\u202asite.fr\u202c", "https://site.fr/", "site.fr"},
		{"site.fr\r\n", "https://site.fr/", "site.fr"},
		{"\u00a0site.fr\u00a0", "https://site.fr/", "site.fr"},
		// Sentences.
		{"je n'arrive pas à ouvrir www.site.fr/panier, ça met 502", "https://www.site.fr/panier", "www.site.fr"},
		{"Je n’arrive plus à aller sur leboncoin.fr depuis ce matin.", "https://leboncoin.fr/", "leboncoin.fr"},
		{"Hi, I can't open https://shop.example/cart?id=3 (it says 502 Bad Gateway).", "https://shop.example/cart?id=3", "shop.example"},
		{"le site d'amazon.fr ne marche pas", "https://amazon.fr/", "amazon.fr"},
		{"qu’est-ce qu’il a, ameli.fr ?", "https://ameli.fr/", "ameli.fr"},
		{"ça met 502.Je ne comprends pas, c'est impots.gouv.fr", "https://impots.gouv.fr/", "impots.gouv.fr"},
		{"erreur:502 sur https://site.fr", "https://site.fr/", "site.fr"},
		{"502 Bad Gateway nginx/1.18.0 sur boutique.example", "https://boutique.example/", "boutique.example"},
		{"le serveur 203.0.113.9:8443 ne répond pas", "https://203.0.113.9:8443/", "203.0.113.9"},
		{"can't open [2001:db8::1]:8443 here", "https://[2001:db8::1]:8443/", "2001:db8::1"},
		{"mon nas.local est en panne", "https://nas.local/", "nas.local"},
		{"écrivez à marie@site.fr si www.site.fr est en panne", "https://www.site.fr/", "www.site.fr"},
		{"site.fr : https://site.fr/panier", "https://site.fr/panier", "site.fr"},
		{"https://site.fr/panier (site.fr)", "https://site.fr/panier", "site.fr"},
		{"localhost:8080 refuse", "https://localhost:8080/", "localhost"},
		{"ASP.NET error at shop.example/x", "https://shop.example/x", "shop.example"},
		{"adresse : «https://site.fr/x», erreur 504", "https://site.fr/x", "site.fr"},
	} {
		got, err := ParseTarget(c.input, false)
		if err != nil {
			t.Errorf("ParseTarget(%q): %v", c.input, err)
			continue
		}
		if got.URL != c.url || got.Host != c.host || got.Shortened {
			t.Errorf("ParseTarget(%q) = %q %q shortened=%v, want %q %q", c.input, got.URL, got.Host, got.Shortened, c.url, c.host)
		}
		sound(t, c.input, got)
	}
}

// TestParseTargetBad: what is refused, and for which reason.
func TestParseTargetBad(t *testing.T) {
	for _, c := range []struct{ input, code string }{
		{"", TargetEmpty}, {"   \n\t", TargetEmpty}, {"\u200b", TargetEmpty},
		{strings.Repeat("a", 2049), TargetTooLong}, {"https://site.fr/" + strings.Repeat("a", 2040), TargetTooLong},
		{"ftp://site.fr", TargetScheme}, {"ftp:site.fr", TargetScheme}, {"FTP://Site.fr/x", TargetScheme},
		{"file:///etc/passwd", TargetScheme}, {"javascript:alert(1)", TargetScheme}, {"javascript:location='https://site.fr'", TargetScheme},
		{"data:text/html,<b>x</b>", TargetScheme}, {"tel:+33123456789", TargetScheme}, {"about:blank", TargetScheme},
		{"chrome://settings", TargetScheme}, {"ws://site.fr", TargetScheme}, {"htps://site.fr", TargetScheme}, {"blob:https://site.fr/x", TargetScheme},
		{"je vois ftp://site.fr/x", TargetScheme},
		{"mailto:marie@site.fr", TargetEmail}, {"marie@site.fr", TargetEmail}, {"Écrivez à marie.durand@site.fr.", TargetEmail}, {"<marie@site.fr>", TargetEmail},
		{`C:\Users\moi\page.html`, TargetFile}, {"c:/page.html", TargetFile}, {`\\serveur\partage`, TargetFile}, {"~/page.html", TargetFile}, {"./page.html", TargetFile},
		{"1234", TargetNumber}, {"1.2.3", TargetNumber}, {"256.1.1.1", TargetNumber}, {"1.2.3.4.5", TargetNumber}, {"0x7f.1", TargetNumber},
		{"010.0.0.1", TargetNumber}, {"site.123", TargetNumber}, {"https://502/", TargetNumber}, {"0x7f000001", TargetNumber},
		{"site.fr:0", TargetPort}, {"site.fr:65536", TargetPort}, {"site.fr:99999999999999999999", TargetPort}, {"site.fr:abc", TargetPort}, {"https://site.fr:-1/", TargetPort},
		{"https://site.fr:8080x/", TargetPort}, {"203.0.113.9:x", TargetPort},
		{"[fe80::1%eth0]", TargetZone}, {"fe80::1%25eth0", TargetZone}, {"http://[fe80::1%25eth0]:80/", TargetZone},
		{"[2001:db8::g]", TargetAddress}, {"http://[::1]x/", TargetAddress}, {"a:b:c", TargetAddress}, {"[203.0.113.9]:80", TargetHost},
		{"-site.fr", TargetHost}, {"site-.fr", TargetHost}, {"a..fr", TargetHost}, {".fr", TargetHost}, {"si te!.fr", TargetNone}, {"site!.fr", TargetHost},
		{strings.Repeat("a", 64) + ".fr", TargetHost}, {strings.Repeat("abcdefgh.", 30) + "fr", TargetHost}, {"xn--\u00e9.fr", TargetHost}, {"xn--a.fr", TargetHost},
		{"site$.fr", TargetHost}, {"a%00b.fr", TargetHost}, {"https://a%2fb.fr/", TargetHost},
		{"http://", TargetNoHost}, {"https:///", TargetNoHost}, {"http", TargetNoHost}, {"/panier", TargetNoHost}, {"www.", TargetNoHost}, {"http://:80/", TargetNoHost}, {"https://?q=1", TargetNoHost},
		{"site.fr et autre.fr", TargetTwo}, {"https://site.fr,https://autre.fr", TargetTwo}, {"site.fr,autre.fr", TargetTwo}, {"site.fr/a ou site.fr/b", TargetTwo},
		{"https://site.fr marche, www.autre.fr non", TargetTwo},
		{"bonjour tout le monde", TargetNone}, {"502 Bad Gateway nginx", TargetNone}, {"502 Bad Gateway nginx/1.18.0 (Ubuntu)", TargetNone}, {"...", TargetNone}, {"« »", TargetNone},
		{"le bon coin", TargetNone}, {"Temporary error (502)", TargetNone}, {"ça ne marche pas.Je ne sais pas", TargetNone}, {"il est 12:30:45 ici", TargetNone}, {"Microsoft ASP.NET error", TargetNone},
	} {
		got, err := ParseTarget(c.input, false)
		var e *TargetError
		if !errors.As(err, &e) {
			t.Errorf("ParseTarget(%.80q) = %+v, want %s", c.input, got, c.code)
			continue
		}
		if e.Code != c.code {
			t.Errorf("ParseTarget(%.80q): %s (%v), want %s", c.input, e.Code, e, c.code)
		}
		if s := e.Error(); strings.Contains(s, "<nil>") || !strings.HasSuffix(s, ".") || len(s) > 300 {
			t.Errorf("ParseTarget(%.80q): sentence %q", c.input, s)
		}
	}
}

// TestTargetErrorsHaveWords: every reason has words in both languages, and English says what Error says.
func TestTargetErrorsHaveWords(t *testing.T) {
	vars := map[string]any{"Text": "x.1", "Scheme": "ftp", "Domain": "site.fr", "First": "a.fr", "Second": "b.fr", "Max": 2048, "Port": "0"}
	for _, code := range []string{TargetEmpty, TargetTooLong, TargetNone, TargetTwo, TargetScheme, TargetFile, TargetEmail, TargetNumber, TargetAddress, TargetZone, TargetHost, TargetNoHost, TargetPort} {
		e := &TargetError{Code: code, Vars: vars}
		for _, lang := range []string{words.French, words.English} {
			if p := words.New(lang); !p.Has("target." + code) {
				t.Errorf("%s: no words in %s", code, lang)
			} else if said := strings.ReplaceAll(p.T("target."+code, vars), ",048", "048"); lang == words.English && said != e.Error() {
				t.Errorf("%s: words %q, error %q", code, said, e.Error())
			}
		}
	}
}

// TestPrivateAddresses: which addresses are shortened to the site's front page, and how they may be shown.
func TestPrivateAddresses(t *testing.T) {
	private := []string{
		"?token=x", "?access_token=abc", "?accessToken=abc", "?code=4f2a", "?key=v", "?apikey=1", "?api_key=1", "?signature=1", "?X-Amz-Signature=1", "?sig=1", "?session=1", "?sessionid=3",
		"?PHPSESSID=abc", "?sid=3", "?auth=1", "?jwt=eyJ", "?otp=123456", "?password=x", "?pwd=x", "?reset_password_token=x", "?resetPasswordToken=x", "?_wpnonce=abc", "?invite=1", "?magic=1",
		"?logout", "?logout=1", "?action=logout", "?action=rp&key=abc", "?do=unsubscribe", "?mode=resetPassword&oobCode=x", "?confirm", "?email=a%40b.fr", "?q=a@b.fr", "?user[token]=1",
		"?t=Zx81kQm29LpWv73nB0aY", "?id=0f8fad5b-d9cb-469f-a165-70867728950e", "?next=https%3A%2F%2Fsite.fr%2Freset%3Ftoken%3D1", "?SAMLRequest=fVJ", "?state=xyz&code=1", "?mdp=x",
		"/reset", "/reset/abc", "/reset-password", "/password-reset/confirm/MQ/abc-123/", "/resetpassword.php", "/confirm/123", "/confirm-email", "/confirmation", "/unsubscribe", "/logout", "/log-out", "/signout",
		"/users/sign_in", "/signin", "/login", "/login.php", "/wp-login.php", "/connexion", "/mon-compte/deconnexion", "/déconnexion", "/verify", "/verify-email/abc", "/activate/1", "/activation", "/pay", "/pay/1",
		"/payment", "/paiement", "/checkout", "/checkout/cart", "/oauth2/authorize", "/auth/callback", "/otp", "/magic-link", "/invite/abc123", "/desinscription", "/mot-de-passe", "/forgot-password",
		"/session/a1b2c3d4", "/code/AB12CD", "/u/marie@site.fr", "/t/Zx81kQm29LpWv73nB0aY", "/d/0f8fad5b-d9cb-469f-a165-70867728950e", "/x;jsessionid=ABC", "/a/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "/sso",
	}
	public := []string{
		"/", "/panier", "/cart", "/keyboard", "/keyboards/azerty", "/monkey", "/codec", "/code/", "/code", "/codes-promo", "/key", "/key-features", "/turkey", "/session", "/sessions/2026", "/token-ring", "/author/marie",
		"/authors", "/payload", "/payments-methods-guide", "/how-to-reset-your-router", "/blog/10-passwords-you-should-change", "/2026/11/21/une-page-2026", "/resetting", "/confirmed-speakers", "/tokens", "/signature-collection",
		"/dp/B08N5WRWNW", "/itm/123456789012345678", "/news/articles/c4g9w8xk1d2o", "/iphone-15-pro-max-256gb-noir-sideral", "/watch?v=dQw4w9WgXcQ", "/article/2026/11/21/le-titre-de-l-article_6543210_3244.html",
		"/wiki/Special:Search?search=reset", "/CamelCaseWikiPageName", "/static/main.8f3c2a1b.js", "/environnement-developpement-durable-et-responsabilite", "/invitations-mariage-originales", "/verified-sellers", "/magical-places",
		"?page=2", "?q=shoes", "?q=reset", "?q=password", "?lang=fr", "?id=42", "?keyboard=azerty", "?monkey=1", "?codec=h264", "?postal_code=75001", "?zip-code=1", "?country_code=FR", "?sort_key=price", "?sortKey=price", "?promo_code=NOEL",
		"?utm_source=news&utm_medium=mail", "?gclid=EAIaIQobChMIx7Kf8Zq1_QIVk4lLBR0x9gYqEAAYASAAEgK", "?fbclid=IwAR2x8Zq1QIVk4lLBR0x9gYqEAAYASAAEgKx9", "?p=123", "?author=3", "?token=", "?action=view", "?view=list", "?s=confirm+order", "?tab=session-info",
		"?ref=homepage-banner-2026-noel", "?a=1&b=2&c=3", "?date=2026-11-21T10:04:05", "?next=https%3A%2F%2Fsite.fr%2Fpanier", "?design=1", "?shipping=1", "?compass=1",
	}
	for _, p := range private {
		got, err := ParseTarget("https://site.fr:8443"+p, false)
		if err != nil || !got.Shortened || got.URL != "https://site.fr:8443/" {
			t.Errorf("%s: %v %q, want shortened (%v)", p, got.Shortened, got.URL, err)
		}
		exact, err := ParseTarget("https://site.fr:8443"+p, true)
		if err != nil || exact.Shortened || afterHost(exact.URL) == "/" {
			t.Errorf("%s exact: %v %q (%v)", p, exact.Shortened, exact.URL, err)
		}
	}
	for _, p := range public {
		got, err := ParseTarget("https://site.fr"+p, false)
		if err != nil || got.Shortened {
			t.Errorf("%s: shortened, want not (%v)", p, err)
		}
	}
}

func TestTargetFlags(t *testing.T) {
	for _, c := range []struct {
		input            string
		guessed, private bool
		port             int
		display          string
	}{
		{"site.fr", true, false, 443, "site.fr"},
		{"https://site.fr", false, false, 443, "site.fr"},
		{"http://site.fr", false, false, 80, "site.fr"},
		{"site.fr:80", false, false, 80, "site.fr"},
		{"site.fr:443", false, false, 443, "site.fr"},
		{"site.fr:8080", true, false, 8080, "site.fr"},
		{"http://site.fr:443", false, false, 443, "site.fr"},
		{"//site.fr", true, false, 443, "site.fr"},
		{"nas", true, true, 443, "nas"},
		{"nas.local", true, true, 443, "nas.local"},
		{"box.lan", true, true, 443, "box.lan"},
		{"x.internal", true, true, 443, "x.internal"},
		{"x.home.arpa", true, true, 443, "x.home.arpa"},
		{"localhost:8080", true, true, 8080, "localhost"},
		{"boutique.example", true, false, 443, "boutique.example"},
		{"notlocal", true, true, 443, "notlocal"},
		{"a.notlocal.fr", true, false, 443, "a.notlocal.fr"},
		{"192.168.1.1", true, false, 443, "192.168.1.1"},
		{"[::1]:8443", true, false, 8443, "::1"},
		{"xn--maana-pta.example", true, false, 443, "mañana.example"},
		{"аррӏе.com", true, false, 443, "xn--80ak6aa92e.com"},
		{"пример.рф", true, false, 443, "пример.рф"},
		{"gооgle.com", true, false, 443, "xn--ggle-55da.com"}, // two Cyrillic letters
		{"日本語.jp", true, false, 443, "日本語.jp"},
	} {
		got, err := ParseTarget(c.input, false)
		if err != nil {
			t.Errorf("%q: %v", c.input, err)
			continue
		}
		if got.Guessed != c.guessed || got.PrivateDNS != c.private || got.Port != c.port || got.Display != c.display {
			t.Errorf("%q: guessed=%v private=%v port=%d display=%q, want %+v", c.input, got.Guessed, got.PrivateDNS, got.Port, got.Display, c)
		}
	}
}

// TestInputIsMasked: nothing secret survives in what is kept of the input, in errors or in masked addresses.
func TestInputIsMasked(t *testing.T) {
	const secret = "Hunter2secret"
	for _, input := range []string{
		"https://marie:" + secret + "@site.fr/", "marie:" + secret + "@site.fr", "https://" + secret + "@site.fr/", "https://site.fr/x#access_token=" + secret,
		"https://site.fr/?token=" + secret, "https://site.fr/?a=1&resetKey=" + secret, "https://site.fr/reset/" + secret, "https://site.fr/session/" + secret, "https://site.fr/x;jsessionid=" + secret,
		"https://site.fr/?next=https%3A%2F%2Fx.fr%2F%3Ftoken%3D" + secret, "https://site.fr/u/" + secret + "@mail.fr", "écrivez à " + secret + "@mail.fr, www.site.fr ne marche pas",
		"je ne peux pas ouvrir https://site.fr/password-reset?code=" + secret + " du tout", "https://a.fr/?token=" + secret + " https://b.fr/", "ftp://u:" + secret + "@site.fr/", "https://u:" + secret + "@-bad/",
		"https://u:" + secret + "@site.fr:99999/", secret + "@site.fr",
	} {
		got, err := ParseTarget(input, true)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q: the error tells the secret: %v", input, err)
			}
			continue
		}
		if strings.Contains(got.Input, secret) {
			t.Errorf("%q: Input = %q", input, got.Input)
		}
		if strings.Contains(MaskURL(got.URL), secret) {
			t.Errorf("%q: MaskURL = %q", input, MaskURL(got.URL))
		}
	}
	for in, want := range map[string]string{
		"boutique.example":                     "boutique.example",
		"https://site.fr/a?b=c&page=2":         "https://site.fr/a?b=c&page=2",
		"https://u:p@site.fr/a?token=x&b=c#f":  "https://***@site.fr/a?token=***&b=c#***",
		"https://site.fr/reset/ab12cd34/start": "https://site.fr/reset/***/start",
		"":                                     "",
		"https://site.fr":                      "https://site.fr",
	} {
		if got := MaskURL(in); got != want {
			t.Errorf("MaskURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLooksLikeError(t *testing.T) {
	for _, s := range []string{
		"502 Bad Gateway nginx", "502 Bad Gateway", "502", "Erreur 502", "Temporary error (502)", "502 Erreur de proxy", "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n<html>", "<html><head><title>502 Bad Gateway</title>",
		"<!DOCTYPE html>\n<title>x</title>", "ERR_CONNECTION_REFUSED", "NS_ERROR_NET_TIMEOUT", "This site can’t be reached\nwww.site.fr refused to connect.\nTry:\nChecking the connection\nERR_CONNECTION_REFUSED",
		"Ce site est inaccessible", "Bad gateway Error code 502\nVisit cloudflare.com for more information.\nYou\nBrowser\nWorking\nwww.site.fr\nHost\nError", "DNS_PROBE_FINISHED_NXDOMAIN", "Service Unavailable",
		"504 Gateway Time-out openresty/1.15.8", "La connexion a échoué : erreur 503", `{"error":"upstream"}`, "Le délai d’attente est dépassé", "SEC_ERROR_UNKNOWN_ISSUER", "PR_CONNECT_RESET_ERROR", "net::ERR_CERT_DATE_INVALID",
	} {
		if !LooksLikeError(s) {
			t.Errorf("LooksLikeError(%q) = false", s)
		}
	}
	for _, s := range []string{
		"", "  ", "site.fr", "https://site.fr/error/502", "https://site.fr/404", "www.site.fr/panier", "je n'arrive pas à ouvrir www.site.fr/panier, ça met 502", "nginx.org", "error.example", "203.0.113.9:8443", "[2001:db8::1]",
		"nas", "monsite", "bonjour", "localhost:5000", "marie@site.fr", "le bon coin", "502.example",
	} {
		if LooksLikeError(s) {
			t.Errorf("LooksLikeError(%q) = true", s)
		}
	}
}

// sound holds every accepted target to what the rest of the program relies on.
func sound(t *testing.T, input string, got Target) {
	t.Helper()
	u, err := url.Parse(got.URL)
	if err != nil {
		t.Fatalf("%q: URL %q does not parse: %v", input, got.URL, err)
	}
	if u.String() != got.URL {
		t.Errorf("%q: URL %q re-parses to %q", input, got.URL, u.String())
	}
	if u.User != nil || u.Fragment != "" || strings.Contains(got.URL, "#") {
		t.Errorf("%q: URL %q has a user or a fragment", input, got.URL)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() != got.Host || !strings.HasPrefix(u.EscapedPath(), "/") {
		t.Errorf("%q: URL %q host %q", input, got.URL, got.Host)
	}
	if got.Port < 1 || got.Port > 65535 {
		t.Errorf("%q: port %d", input, got.Port)
	}
	for i := 0; i < len(got.URL); i++ {
		if got.URL[i] <= ' ' || got.URL[i] >= 0x7f {
			t.Errorf("%q: URL %q is not printable ASCII", input, got.URL)
		}
	}
	if a, err := netip.ParseAddr(got.Host); err == nil {
		if a.Zone() != "" || a.String() != got.Host {
			t.Errorf("%q: host %q", input, got.Host)
		}
		return
	}
	if len(got.Host) > maxHost || strings.HasPrefix(got.Host, "-") {
		t.Errorf("%q: host %q", input, got.Host)
	}
	for _, label := range strings.Split(got.Host, ".") {
		if !validLabel(label) {
			t.Errorf("%q: host %q has the label %q", input, got.Host, label)
		}
	}
	again, terr := parseAddress(got.URL)
	if terr != nil {
		t.Errorf("%q: its own URL %q is refused: %v", input, got.URL, terr)
	} else if again.URL != got.URL || again.Host != got.Host || again.Port != got.Port {
		t.Errorf("%q: URL %q, read again: %q", input, got.URL, again.URL)
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"site.fr", "https://u:p@site.fr:8443/a?b#c", "[2001:db8::1]:80", "voir <https://site.fr/x>, merci", "mañana.example", "a@b.fr", "http:\\\\x", "1.2.3", "ftp://x", "%41.fr", "x://", "//", "d'amazon.fr", "https://a%zz/"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, exact bool) {
		LooksLikeError(s)
		MaskURL(s)
		got, err := ParseTarget(s, exact)
		if err != nil {
			var e *TargetError
			if !errors.As(err, &e) || e.Error() == "" {
				t.Fatalf("%q: %T", s, err)
			}
			return
		}
		sound(t, s, got)
		if !exact && got.Shortened && afterHost(got.URL) != "/" {
			t.Fatalf("%q: shortened to %q", s, got.URL)
		}
	})
}
