package practice

// The practice site's two pages, in both languages at once: they stand for somebody else's site, which does not know the
// language chosen in Passerelle either.

const pageHead = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 1em}@media(prefers-color-scheme:dark){body{background:#16181d;color:#e8eaed}}</style>
`

// badGatewayPage says what it is: nobody who meets it by chance should believe that a real site is down.
const badGatewayPage = pageHead + `<title>502 Bad Gateway</title>
</head>
<body>
<h1>502 Bad Gateway</h1>
<p>Passerelle practice site: the front door is here, the program behind it is stopped. It comes back by itself in a moment.</p>
<p lang="fr">Site d’exercice de Passerelle : la porte d’entrée est là, le programme derrière elle est arrêté. Il revient tout seul dans un instant.</p>
</body>
</html>
`

const workingPage = pageHead + `<title>Ça remarche – It works again</title>
</head>
<body>
<h1 lang="fr">Ça remarche</h1>
<p lang="fr">Site d’exercice de Passerelle : le programme est revenu.</p>
<h1>It works again</h1>
<p>Passerelle practice site: the program is back.</p>
</body>
</html>
`
