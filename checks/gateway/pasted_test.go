package gateway

// Texts as people paste them into the window or a ticket: with the browser's own words around, with noise, in four languages. What is
// right was written down before Explain saw any of them.

import (
	"slices"
	"strings"
	"testing"

	"passerelle/checks/decide"
)

// What a text may be besides a server's error.
const (
	isNothing = -1 // no error
	isBrowser = -2 // the browser's own error: no server wrote it
)

type pasted struct {
	text    string
	status  int
	product string // with | between what is right
	cause   decide.Cause
}

var pastedTexts = []pasted{
	// A number and a few words.
	{"j'ai une erreur 502 sur le site leboncoin", 502, unknown, decide.BadGateway},
	{"Bonjour, j'ai un problème, quand je vais sur ameli.fr ça me met \"504 Gateway Time-out\" depuis 20 minutes. Merci de votre aide. Cordialement, Jean", 504, "unknown|nginx", decide.GatewayTimeout},
	{"le site affiche erreur 503 service unavailable", 503, unknown, decide.Unavailable},
	{"impossible d'ouvrir le site de la mairie : HTTP 500", 500, unknown, decide.ServerError},
	{"Erreur HTTP 502.", 502, unknown, decide.BadGateway},
	{"ERREUR 502 BAD GATEWAY", 502, unknown, decide.BadGateway},
	{"error: 502", 502, unknown, decide.BadGateway},
	{"Got a 502 on checkout page", 502, unknown, decide.BadGateway},
	{"I keep getting a 503 error when I try to log in", 503, unknown, decide.Unavailable},
	{"status code 504", 504, unknown, decide.GatewayTimeout},
	{"HTTP/1.1 502 Bad Gateway", 502, unknown, decide.BadGateway},
	{"HTTP status 429 - Too Many Requests", 429, unknown, decide.RateLimited},
	{"Request failed with status code 502", 502, unknown, decide.BadGateway},
	{"AxiosError: Request failed with status code 503", 503, unknown, decide.Unavailable},
	{"Fehler 502 – Bad Gateway", 502, unknown, decide.BadGateway},
	{"Fehlermeldung: 503 Dienst nicht verfügbar", 503, unknown, decide.Unavailable},
	{"Der Server ist vorübergehend nicht erreichbar (Fehler 503)", 503, unknown, decide.Unavailable},
	{"Fehler 504: Zeitüberschreitung am Gateway", 504, unknown, decide.GatewayTimeout},
	{"Error 502 Puerta de enlace incorrecta", 502, unknown, decide.BadGateway},
	{"me sale error 500 en la página del banco", 500, unknown, decide.ServerError},
	{"Error 503: servicio no disponible", 503, unknown, decide.Unavailable},
	{"Error interno del servidor", 500, unknown, decide.ServerError},
	{"Interner Serverfehler", 500, unknown, decide.ServerError},
	{"Ungültiges Gateway", 502, unknown, decide.BadGateway},
	{"Tiempo de espera de la puerta de enlace agotado", 504, unknown, decide.GatewayTimeout},
	{"Code erreur : 504 - La passerelle n'a pas répondu à temps", 504, unknown, decide.GatewayTimeout},
	{"502 - Serveur indisponible", 502, unknown, decide.BadGateway},
	{"error 404 page introuvable sur impots.gouv.fr", 404, unknown, decide.PageNotFound},
	{"403 forbidden", 403, unknown, decide.RefusedVisitor},
	{"Forbidden\nYou don't have permission to access this resource.", 403, "apache|unknown", decide.RefusedVisitor},
	{"Forbidden\n\nYou don't have permission to access /admin on this server.\nApache/2.4.41 (Ubuntu) Server at www.site.example Port 443", 403, "apache", decide.RefusedVisitor},
	// Whole pages copied, with what browsers add.
	{"502 Bad Gateway\n\nnginx/1.24.0 (Ubuntu)\n", 502, "nginx", decide.BadGateway},
	{"504 Gateway Time-out\r\n\r\nnginx", 504, "nginx", decide.GatewayTimeout},
	{"502 Bad Gateway\nopenresty", 502, "openresty", decide.BadGateway},
	{"503 Service Temporarily Unavailable\n\n\nopenresty/1.21.4.1", 503, "openresty", decide.Unavailable},
	{"502 Bad Gateway\n\ncloudflare", 502, "cloudflare", decide.BadGateway},
	{"Bad gateway Error code 502\nVisit cloudflare.com for more information.\n2026-11-20 09:12:33 UTC\nYou\nBrowser\nWorking\nParis\nCloudflare\nWorking\nwww.site.example\nHost\nError\nWhat happened?\nThe web server reported a bad gateway error.\n\nWhat can I do?\nPlease try again in a few minutes.\n\nCloudflare Ray ID: 8e5a7c1b2d3f4a5b • Your IP: Click to reveal • Performance & security by Cloudflare", 502, "cloudflare", decide.BadGateway},
	{"Connection timed out Error code 522\n2026-11-20 09:12:33 UTC\nYou Browser Working\nFrankfurt Cloudflare Working\nsite.example Host Error\nWhat happened?\nThe initial connection between Cloudflare's network and the origin web server timed out. As a result, the web page can not be displayed.\nWhat can I do?\nIf you're a visitor of this website:\nPlease try again in a few minutes.\nIf you're the owner of this website:\nContact your hosting provider letting them know your web server is not completing requests. An Error 522 means that the request was able to connect to your web server, but that the request didn't finish.", 522, "cloudflare", decide.GatewayTimeout},
	{"A timeout occurred Error code 524\nVisit cloudflare.com for more information.\nYou Browser Working\nHost Error\nCloudflare Ray ID: 8e5a7c1b2d3f4a5b", 524, "cloudflare", decide.GatewayTimeout},
	{"SSL handshake failed Error code 525 Visit cloudflare.com for more information. Host Error Cloudflare Ray ID: 7a1b2c", 525, "cloudflare", decide.BadGateway},
	{"Invalid SSL certificate Error code 526\nVisit cloudflare.com for more information.", 526, "cloudflare", decide.BadGateway},
	{"Web server is returning an unknown error Error code 520", 520, "cloudflare", decide.BadGateway},
	{"Error 1033 Ray ID: 8a7b6c5d4e3f2a1b • 2026-11-20 08:00:00 UTC\nCloudflare Tunnel error\nWhat happened?\nYou've requested a page on a website that is on the Cloudflare network. The host is configured as a Cloudflare Tunnel, and Cloudflare is currently unable to resolve it.", 530, "cloudflare", decide.BadGateway},
	{"Sorry, you have been blocked\nYou are unable to access site.example\nWhy have I been blocked?\nThis website is using a security service to protect itself from online attacks.\nCloudflare Ray ID: 8e5a7c1b2d3f4a5b", 403, "cloudflare", decide.RefusedVisitor},
	{"Just a moment...\nsite.example\nVerifying you are human. This may take a few seconds.\nsite.example needs to review the security of your connection before proceeding.\nRay ID: 8e5a7c1b2d3f4a5b\nPerformance & security by Cloudflare", 403, "cloudflare", decide.RefusedVisitor},
	{"Service Unavailable\n\nHTTP Error 503. The service is unavailable.", 503, "iis", decide.Unavailable},
	{"Server Error\n502 - Web server received an invalid response while acting as a gateway or proxy server.\nThere is a problem with the page you are looking for, and it cannot be displayed. When the Web server (while acting as a gateway or proxy) contacted the upstream content server, it received an invalid response from the content server.", 502, "iis", decide.BadGateway},
	{"HTTP Error 502.5 - ANCM Out-Of-Process Startup Failure\nCommon solutions to this issue:\nThe application process failed to start", 502, "iis", decide.BadGateway},
	{"HTTP Error 500.19 - Internal Server Error\nThe requested page cannot be accessed because the related configuration data for the page is invalid.", 500, "iis", decide.ServerError},
	{"Service Unavailable\n\nThe server is temporarily unable to service your request due to maintenance downtime or capacity problems. Please try again later.\n\nApache/2.4.57 (Debian) Server at boutique.example Port 443", 503, "apache", decide.Unavailable},
	{"Internal Server Error\n\nThe server encountered an internal error or misconfiguration and was unable to complete your request.\n\nPlease contact the server administrator at webmaster@localhost to inform them of the time this error occurred, and the actions you performed just before this error.", 500, "apache", decide.ServerError},
	{"Proxy Error\nThe proxy server received an invalid response from an upstream server.\nThe proxy server could not handle the request GET /app.\n\nReason: DNS lookup failure for: backend01", 502, "apache", decide.BadGateway},
	{"503 Service Unavailable\nNo server is available to handle this request.\n\n", 503, "haproxy", decide.Unavailable},
	{"504 Gateway Time-out\nThe server didn't respond in time.", 504, "haproxy", decide.GatewayTimeout},
	{"502 Bad Gateway\nThe server returned an invalid or incomplete response.", 502, "haproxy", decide.BadGateway},
	{"Error 503 Backend fetch failed\n\nBackend fetch failed\n\nGuru Meditation:\n\nXID: 163850\n\nVarnish cache server", 503, "varnish", decide.Unavailable},
	{"Error 503 first byte timeout\n\nfirst byte timeout\n\nError 54113\n\nDetails: cache-cdg-lfpg1960028-CDG 1763700000 1234567890\n\nVarnish cache server", 503, "fastly", decide.Unavailable},
	{"503 ERROR\nThe request could not be satisfied.\nThe Lambda function associated with the CloudFront distribution is invalid or doesn't have the required permissions.\nGenerated by cloudfront (CloudFront)\nRequest ID: x1y2z3", 503, "cloudfront", decide.Unavailable},
	{"504 ERROR\nThe request could not be satisfied.\nCloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection. We can't connect to the server for this app or website at this time.\nIf you provide content to customers through CloudFront, you can find steps to troubleshoot.\nGenerated by cloudfront (CloudFront)", 504, "cloudfront", decide.GatewayTimeout},
	{"Error: Server Error\nThe server encountered a temporary error and could not complete your request.\nPlease try again in 30 seconds.", 502, "google", decide.BadGateway},
	{"upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure, transport failure reason: delayed connect error: 111", 503, "envoy", decide.Unavailable},
	{"Application error\nAn error occurred in the application and your page could not be served. If you are the application owner, check your logs for details. You can do this from the Heroku CLI with the command\nheroku logs --tail", 503, "heroku", decide.Unavailable},
	{"This site can’t be reached\nsite.example took too long to respond.\nTry:\nChecking the connection\nChecking the proxy and the firewall\nERR_CONNECTION_TIMED_OUT", isBrowser, "", ""},
	{"Cette page ne fonctionne pas\nwww.site.example n'a envoyé aucune donnée.\nERR_EMPTY_RESPONSE", isBrowser, "", ""},
	{"Ce site est inaccessible\nVérifiez si l'adresse www.sitte.example est correcte.\nDNS_PROBE_FINISHED_NXDOMAIN", isBrowser, "", ""},
	{"Votre connexion n'est pas privée\nDes individus malveillants tentent peut-être de subtiliser vos informations personnelles sur le site site.example\nNET::ERR_CERT_AUTHORITY_INVALID", isBrowser, "", ""},
	{"Dies ist keine sichere Verbindung\nNET::ERR_CERT_DATE_INVALID", isBrowser, "", ""},
	{"Die Website ist nicht erreichbar", isBrowser, "", ""},
	{"No se puede acceder a este sitio web", isBrowser, "", ""},
	{"Safari ne parvient pas à ouvrir la page, car le serveur ne répond plus.", isBrowser, "", ""},
	{"Safari can’t open the page because your iPhone is not connected to the internet.", isBrowser, "", ""},
	{"Safari ne peut pas ouvrir la page. L’erreur est : « Le délai de la requête est dépassé. » (NSURLErrorDomain:-1001)", isBrowser, "", ""},
	{"Page Web non disponible\nLa page Web à l'adresse https://site.example/ n'a pas pu être chargée car :\nnet::ERR_NAME_NOT_RESOLVED", isBrowser, "", ""},
	{"Webpage not available\nThe webpage at https://site.example/ could not be loaded because:\nnet::ERR_INTERNET_DISCONNECTED", isBrowser, "", ""},
	{"Le délai d’attente est dépassé\nLe serveur à l’adresse www.site.example met trop de temps à répondre.", isBrowser, "", ""},
	{"Hum, nous ne parvenons pas à trouver ce site.\nImpossible de se connecter au serveur à l’adresse wwww.site.example.", isBrowser, "", ""},
	{"Échec de la connexion sécurisée\nUne erreur est survenue pendant une connexion à site.example. PR_CONNECT_RESET_ERROR", isBrowser, "", ""},
	{"The connection was reset\nThe connection to the server was reset while the page was loading.", isBrowser, "", ""},
	{"Fehler: Gesicherte Verbindung fehlgeschlagen\nFehlercode: SSL_ERROR_NO_CYPHER_OVERLAP", isBrowser, "", ""},
	{"This page isn’t working\nwww.site.example didn’t send any data.\nERR_EMPTY_RESPONSE", isBrowser, "", ""},
	{"Cette page ne fonctionne pas\nLe site www.site.example ne peut pas traiter cette demande pour le moment.\nHTTP ERROR 503\nActualiser", 503, unknown, decide.Unavailable},
	{"Diese Seite funktioniert nicht\nwww.site.example kann diese Anfrage momentan nicht verarbeiten.\nHTTP ERROR 500", 500, unknown, decide.ServerError},
	{"Accès à www.site.example refusé\nVous n'avez pas l'autorisation d'accéder à cette page.\nHTTP ERROR 403", 403, unknown, decide.RefusedVisitor},
	{"La page est introuvable\nHTTP ERROR 404", 404, unknown, decide.PageNotFound},
	// Tickets.
	{"Ticket #48213 - Ouvert par: M. Durand - Priorité: haute\nObjet: site intranet HS\nDescription: depuis ce matin l'intranet affiche « 502 Bad Gateway nginx ». Déjà essayé de vider le cache, pareil avec Firefox. 3 collègues touchés.", 502, "nginx", decide.BadGateway},
	{"Sujet : URGENT paiement bloqué\n\nBonjour,\nSur boutique.example au moment de payer j'obtiens une page blanche avec écrit\n\n  503 Service Unavailable\n  No server is available to handle this request.\n\nMerci d'intervenir", 503, "haproxy", decide.Unavailable},
	{"User reports: \"The page shows Error 521 Web server is down\". Happens on Wi-Fi and 4G.", 521, "cloudflare", decide.BadGateway},
	{"> Le 20 nov. 2026 à 10:12, Support a écrit :\n> Quel message voyez-vous ?\nC'est écrit : Erreur 504 - délai d'attente de la passerelle dépassé", 504, unknown, decide.GatewayTimeout},
	{"curl: (22) The requested URL returned error: 502", 502, unknown, decide.BadGateway},
	{"wget: server returned error: HTTP/1.1 503 Service Unavailable", 503, unknown, decide.Unavailable},
	{"2026-11-20 10:11:12 ERROR 504: Gateway Time-out.", 504, unknown, decide.GatewayTimeout},
	{"curl: (6) Could not resolve host: site.example", isNothing, "", ""},
	// Proxies and filters.
	{"ERREUR\nL'URL demandée n'a pas pu être trouvée\n\nL'erreur suivante s'est produite en essayant d'accéder à l'URL : http://site.example/\n\nAccès interdit.\n\nLa configuration du contrôle d'accès empêche votre requête d'être acceptée.\n\nGénéré Sat, 21 Nov 2026 10:00:00 GMT par proxy.mairie.example (squid/5.7)", 403, "squid", decide.ProxyBroken},
	{"ERROR\nThe requested URL could not be retrieved\nThe following error was encountered while trying to retrieve the URL: http://site.example/\nUnable to determine IP address from host name site.example\nThe DNS server returned:\nName Error: The domain name does not exist.\nGenerated by proxy01 (squid/4.10)", 503, "squid", decide.ProxyBroken},
	{"FortiGuard Intrusion Prevention - Access Blocked\nWeb Page Blocked!\nYou have tried to access a web page which is in violation of your internet usage policy.\nCategory: Games", 403, "fortinet-fortigate-fortiguard-web-filter", decide.PageReplaced},
	{"The requested URL was rejected. Please consult with your administrator.\n\nYour support ID is: 10876543210987654321\n\n[Go Back]", 403, "f5-big-ip-asm-advanced-waf", decide.RefusedVisitor},
	{"Access Denied\n\nYou don't have permission to access \"http://www.site.example/\" on this server.\n\nReference #18.6f1c1502.1763700000.1a2b3c4d\n\nhttps://errors.edgesuite.net/18.6f1c1502.1763700000.1a2b3c4d", 403, "akamai", decide.RefusedVisitor},
	// No errors, and texts about them.
	{"", isNothing, "", ""},
	{"   ", isNothing, "", ""},
	{"Bienvenue sur notre boutique. Livraison offerte dès 50 €. Mon compte. Panier (0). Nouveautés. Contact.", isNothing, "", ""},
	{"Commande 50234 expédiée le 20/11/2026. Total : 502,40 €.", isNothing, "", ""},
	{"Peugeot 504 berline, 1974, 98 000 km, contrôle technique OK", isNothing, "", ""},
	{"Vol AF 502 pour Paris, porte 12, embarquement 10:45", isNothing, "", ""},
	{"Le code postal 50300 correspond à Avranches", isNothing, "", ""},
	{"Comment corriger une erreur 502 Bad Gateway ? Cet article présente les causes possibles et les solutions pour les visiteurs et pour les propriétaires de sites.", isNothing, "", ""},
	{"What is a 502 Bad Gateway error and how do you fix it? A 502 error means that one server got an invalid response from another. In this guide, we cover the most common causes.", isNothing, "", ""},
	{"Was bedeutet der Fehler 502 Bad Gateway? In diesem Artikel erklären wir die Ursachen und wie Sie den Fehler beheben können, Schritt für Schritt.", isNothing, "", ""},
	{"¿Qué significa el error 502 Bad Gateway? En este artículo explicamos las causas y cómo solucionarlo paso a paso en su navegador o servidor.", isNothing, "", ""},
	{"502 Bad Gateway — Wikipédia. Le code HTTP 502 est un code d'état qui indique qu'un serveur agissant en tant que passerelle a reçu une réponse invalide.", isNothing, "", ""},
	{"nginx 502 bad gateway how to fix php-fpm - Stack Overflow\nAsked 11 years ago Modified 2 years ago Viewed 900k times\nI have an nginx server and it gives 502", isNothing, "", ""},
	{"Traceback (most recent call last):\n  File \"/home/jean/script.py\", line 502, in <module>\n    main()\n  File \"/home/jean/script.py\", line 43, in main\n    raise ValueError(\"bad value\")\nValueError: bad value", isNothing, "", ""},
	{"Exception in thread \"main\" java.lang.NullPointerException\n\tat com.example.App.run(App.java:503)\n\tat com.example.App.main(App.java:12)", isNothing, "", ""},
	{"Tous nos systèmes sont opérationnels. Dernier incident le 3 novembre.", isNothing, "", ""},
	{"asdfghjkl", isNothing, "", ""},
	{"https://www.site.example/page?id=502", isNothing, "", ""},
	{"le site est lent", isNothing, "", ""},
	{"Connexion\nIdentifiant\nMot de passe\nMot de passe oublié ?", isNothing, "", ""},
}

func TestPastedTexts(t *testing.T) { judgePasted(t, pastedTexts) }

// Judged blind, 82 % of the first set were right before anything was mended for it.
func TestPastedTextsAgain(t *testing.T) { judgePasted(t, secondTexts) }

func judgePasted(t *testing.T, list []pasted) {
	right := 0
	for _, c := range list {
		g, e := Explain([]byte(c.text))
		short := c.text[:min(len(c.text), 90)]
		switch {
		case c.status == isNothing:
			if g != nil || e.Browser != "" {
				t.Errorf("%q: no error, got %+v %q", short, g, e.Browser)
				continue
			}
		case c.status == isBrowser:
			if g != nil || e.Browser == "" {
				t.Errorf("%q: the browser's own error, got %+v", short, g)
				continue
			}
		case g == nil:
			t.Errorf("%q: not understood (browser %q), want %d", short, e.Browser, c.status)
			continue
		case g.Status != c.status || !slices.Contains(strings.Split(c.product, "|"), g.Product) || e.Cause != c.cause:
			t.Errorf("%q: got %d %s %s, want %d %s %s", short, g.Status, g.Product, e.Cause, c.status, c.product, c.cause)
			continue
		}
		right++
	}
	t.Logf("%d of %d right (%.1f %%)", right, len(list), 100*float64(right)/float64(len(list)))
}
