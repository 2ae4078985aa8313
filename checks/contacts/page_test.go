package contacts

import (
	"net/url"
	"strings"
	"testing"

	"passerelle/checks"
)

const at = "https://www.boutique.example/panier?x=1"

func TestOnPage(t *testing.T) {
	for _, c := range []struct {
		name, page string
		want       string // kind value other?; …
	}{
		{"support", `<p>Oups. <a href="/aide/contact">Écrire au support</a>`, "support https://www.boutique.example/aide/contact"},
		{"relative", `<a href="../support">x</a>`, "support https://www.boutique.example/support"},
		{"base", `<base href="https://shop.boutique.example/x/"><a href="help">?</a>`, "support https://shop.boutique.example/x/help"},
		{"by its text", `<a href="/p/12"><b>Besoin d’aide</b> ?</a>`, "support https://www.boutique.example/p/12"},
		{"by its label", `<a href="/p/12" aria-label="Contact"><svg/></a>`, "support https://www.boutique.example/p/12"},
		{"status name", `<a href="https://status.boutique.example">Voir</a>`, "status https://status.boutique.example"},
		{"status elsewhere", `<a href="https://boutique.statuspage.io/history">Voir</a>`, "status https://boutique.statuspage.io/history other"},
		{"desk elsewhere", `<a href="https://boutique.zendesk.com/hc/fr">Questions</a>`, "support https://boutique.zendesk.com/hc/fr other"},
		{"mailto", `<a href="mailto:aide@boutique.example?subject=x&bcc=evil@x.example">Mail</a>`, "mail aide@boutique.example"},
		{"mail elsewhere", `<a href="mailto:boutique@gmail.example">Mail</a>`, "mail boutique@gmail.example other"},
		{"apache", `Please contact the server administrator at webmaster@boutique.example to inform them.`, "mail webmaster@boutique.example"},
		{"tel", `<a href="tel:+33123456789">Appeler</a>`, "phone +33123456789"},
		{"punycode", `<a href="https://aide.boutique.example"> </a><a href="https://bоutique.zendesk.com/hc">Support</a>`, "support https://aide.boutique.example; support https://xn--butique-9ig.zendesk.com/hc other"},
		{"nothing", `<h1>502 Bad Gateway</h1><hr><center>nginx</center>`, ""},
		{"others' sites", `<a href="https://www.cloudflare.com/5xx-error-landing">Help</a> <a href="https://nginx.org/en/support.html">support</a> <a href="https://evil.example/support">support</a>`, ""},
		{"other schemes", `<a href="javascript:support()">Support</a><a href="data:text/html,contact">Contact</a><a href="ftp://boutique.example/support">s</a><a href="file:///support">s</a>`, ""},
		{"names in it", `<a href="https://support@boutique.example/support">Support</a><a href="https://boutique.example:pw@evil.example/support">x</a>`, ""},
		{"no real address", `webmaster@localhost, you@example.com, root@localhost.localdomain, <a href="mailto:[no address given]">x</a>`, ""},
		{"in a script", `<script>var a="<a href='/support'>support</a> x@boutique.example"</script><style>a@b.example</style>`, ""},
		{"twice", `<a href="/contact">a</a><a href="/contact">b</a>`, "support https://www.boutique.example/contact"},
		{"no link to itself", `<a href="#contact">Contact</a><a>support</a><a href="">help</a>`, ""},
		{"statut is no statue", `<a href="/statues">Statues</a><a href="/helpful">Helpful</a><a href="/contactless">Contactless</a>`, ""},
		{"unclosed", `<a href="/contact">Contact <a href="/help">`, "support https://www.boutique.example/contact"},
	} {
		var got []string
		for _, f := range OnPage(c.page, at) {
			s := string(f.Kind) + " " + f.Value
			if f.Other {
				s += " other"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
	if f := OnPage(`<a href="/contact">  Nous
	écrire </a>`, at); len(f) != 1 || f[0].Text != "Nous écrire" {
		t.Errorf("%+v", f)
	}
	if f := OnPage(strings.Repeat(`<a href="/contact/`+strings.Repeat("x", 20)+`">c</a>`, 5)+manyLinks(50), at); len(f) != maxFound {
		t.Errorf("%d", len(f))
	}
	// Two addresses that share their last numbers are not one site.
	if f := OnPage(`<a href="http://198.51.113.10/support">s</a>`, "http://203.0.113.10/"); len(f) != 0 {
		t.Errorf("%+v", f)
	}
	if InResult(nil) != nil || InResult(&checks.Result{}) != nil {
		t.Error("found in nothing")
	}
}

func manyLinks(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`<a href="/support/` + strings.Repeat("a", i+1) + `">x</a>`)
	}
	return b.String()
}

// FuzzOnPage: whatever a page holds, what is found opens nothing but a web page of an ASCII host, a mail or a call, and can be shown.
func FuzzOnPage(f *testing.F) {
	f.Add(`<a href="https://boutique.statuspage.io">x</a><a href="mailto:a@b.example">y</a>`)
	f.Add("<base href=//x><a href=\"//\u202eelpmaxe.\">support</a>")
	f.Fuzz(func(t *testing.T, page string) {
		for _, x := range OnPage(page, at) {
			if strings.ContainsFunc(x.Value, func(r rune) bool { return r < ' ' || r == 0x7f }) || len([]rune(x.Text)) > maxText+1 {
				t.Fatalf("%+v", x)
			}
			switch x.Kind {
			case Support, StatusPage:
				u, err := url.Parse(x.Value)
				if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() != x.Host || strings.ContainsFunc(x.Value, func(r rune) bool { return r > '~' }) {
					t.Fatalf("%+v", x)
				}
			case MailTo:
				if !plainMail(x.Value) {
					t.Fatalf("%+v", x)
				}
			case Telephone:
				if !phone(x.Value) {
					t.Fatalf("%+v", x)
				}
			default:
				t.Fatalf("%+v", x)
			}
		}
	})
}
