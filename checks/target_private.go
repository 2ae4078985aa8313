package checks

// Which addresses are spent or given away by opening them: one-time links (reset, confirm, unsubscribe, payment, sign-in) and
// addresses that carry a secret or an identity. Matching is on whole words of names and segments, so that "keyboard" is no key.

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// Mask stands in the place of something private.
const Mask = "***"

// maxNested is how many addresses inside addresses are looked into ("?next=https%3A…").
const maxNested = 3

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var (
	// secretWords, as any word of a parameter's name, mean that its value is a secret or an identity.
	secretWords = set(`token tokens authtoken accesstoken csrf xsrf csrftoken apikey accesskey signature sig hmac session sessionid sessid
		sid phpsessid jsessionid aspsessionid cfid cftoken auth oauth authorization otp totp passcode passwd password pwd secret jwt nonce wpnonce ticket
		magic magiclink invite invitation credential credentials samlresponse samlrequest assertion email mail courriel motdepasse mdp
		reset confirm confirmation verify verification activate activation unsubscribe jeton cle`)
	// ambiguousWords mean a secret when they are the whole name, or its last word, unless the word before says otherwise.
	ambiguousWords = set(`code key hash pass pin sign state uid uuid guid`)
	// harmlessBefore makes an ambiguous word harmless: postal_code, sort-key.
	harmlessBefore = set(`postal zip country lang language promo product area error status currency color colour sort search category
		city dept region item article insee iata postcode store shop shopping airport foreign primary partition us fr en eu`)
	// actionWords, as the whole value of a command parameter, as a parameter without value or as a segment of the path, mean that
	// opening the address does something.
	actionWords = set(`reset resetpassword passwordreset confirm confirmation verify verification activate activation validate unsubscribe optout desinscription
		desabonnement desabonner desinscrire logout signout logoff deconnexion deconnecter checkout payment payments pay paiement payer
		signin login logon connexion sso saml otp auth oauth oauth2 authenticate authorize jwt magic magiclink invite invitation password
		passwd forgot lostpassword motdepasse recover recovery rp token session signature`)
	// weakActions are in actionWords but name ordinary pages too: alone they need a token-like neighbour.
	weakActions = set(`token session signature code key ticket validate recovery recover`)
	// fillers may stand beside action words in one segment: confirm-email-address, reset-your-password.
	fillers = set(`email e mail account user users my your me address link page form new one time out in off log sign up order orders subscription
		newsletter newsletters registration compte commande votre mon adresse client customer member members password confirm de du la le mot passe process wp
		complete done start step secure express v1 v2 api 1 2 3 php html aspx jsp do action se 2fa mfa`)
	// commandNames are the parameters whose value is something to do.
	commandNames = set(`action act do mode op operation task page view cmd command step route r a m event type wc-ajax fuseaction func method`)
	// commandValues are values of such parameters that change something, beside actionWords.
	commandValues = set(`delete remove cancel approve accept decline revoke`)
	// switchedOn are the values of a parameter whose name is the action.
	switchedOn = set(`1 true yes on oui y o`)
	// trackingNames carry long random values that open nothing: they are masked, but do not shorten an address.
	trackingNames = set(`gclid fbclid msclkid dclid yclid gbraid wbraid srsltid igshid _ga _gl twclid ttclid li_fat_id _hsenc _hsmi mkt_tok`)
)

var (
	emailPattern = regexp.MustCompile(`[A-Za-z0-9._+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+`)
	uuidPattern  = regexp.MustCompile(`(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)
	jwtPattern   = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]{8,}\.`)
)

// looksPrivate tells whether path or query of an absolute URL look one-time or private.
func looksPrivate(raw string) bool { return privateURL(raw, 0) }

func privateURL(raw string, depth int) bool {
	rest := raw
	if i := strings.Index(rest, "://"); i >= 0 {
		rest = rest[i+3:]
	}
	slash := strings.IndexAny(rest, "/?")
	if slash < 0 {
		return false
	}
	path, query, _ := strings.Cut(rest[slash:], "?")
	return privatePath(path) || privateQuery(query, "&", depth)
}

func privatePath(path string) bool {
	segments := strings.Split(path, "/")
	for i, raw := range segments {
		segment, params, has := strings.Cut(raw, ";")
		if has && privateQuery(params, ";", maxNested) {
			return true
		}
		segment = unescaped(segment)
		if tokenLike(segment) || emailPattern.MatchString(segment) {
			return true
		}
		kind := actionSegment(segment)
		if kind == actionSure {
			return true
		}
		if kind == actionWeak && i+1 < len(segments) && shortToken(unescaped(segments[i+1])) {
			return true
		}
	}
	return false
}

type actionKind int

const (
	actionNone actionKind = iota
	actionWeak            // means something only with a token behind it
	actionSure
)

// actionSegment judges one segment of a path. Every word must be known, so that the slug of an article about passwords is no link
// that resets one.
func actionSegment(segment string) actionKind {
	segment = strings.TrimSuffix(strings.ToLower(fold(segment)), "/")
	if dot := strings.LastIndexByte(segment, '.'); dot > 0 && len(segment)-dot <= 6 {
		segment = segment[:dot]
	}
	if weakActions[segment] {
		return actionWeak
	}
	kind := actionNone
	words := nameWords(segment)
	joined := strings.Join(words, "")
	if actionWords[joined] && !weakActions[joined] {
		return actionSure
	}
	for _, w := range words {
		switch {
		case actionWords[w]:
			kind = actionSure
		case !fillers[w]:
			return actionNone
		}
	}
	return kind
}

func privateQuery(query, separator string, depth int) bool {
	for _, pair := range strings.Split(query, separator) {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescaped(name), unescaped(value)
		if privatePair(name, value, depth) && !trackingNames[strings.ToLower(name)] {
			return true
		}
	}
	return false
}

func privatePair(name, value string, depth int) bool {
	low := strings.ToLower(fold(name))
	if value == "" {
		return actionWords[strings.Join(nameWords(name), "")] && !weakActions[low] || tokenLike(name) || emailPattern.MatchString(name)
	}
	if secretName(name) || emailPattern.MatchString(value) || tokenLike(value) {
		return true
	}
	if switchedOn[strings.ToLower(value)] && actionWords[strings.Join(nameWords(name), "")] && !weakActions[low] {
		return true // "?logout=1", but not a hotel's "?checkout=2026-11-23"
	}
	if commandNames[low] {
		v := strings.ToLower(value)
		if commandValues[v] || actionSegment(v) == actionSure {
			return true
		}
	}
	if depth < maxNested && (strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://")) {
		return privateURL(value, depth+1)
	}
	return false
}

func secretName(name string) bool {
	words := nameWords(name)
	if len(words) == 0 {
		return false
	}
	if secretWords[strings.Join(words, "")] {
		return true
	}
	for _, w := range words {
		if secretWords[w] {
			return true
		}
	}
	last := words[len(words)-1]
	return ambiguousWords[last] && (len(words) == 1 || !harmlessBefore[words[len(words)-2]])
}

// nameWords splits "resetPasswordToken", "reset_password-token" and "reset.password[token]" into lower-case words.
func nameWords(name string) []string {
	name = fold(name)
	var b strings.Builder
	var before rune
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		} else {
			b.WriteByte(' ')
		}
		before = r
	}
	return strings.Fields(b.String())
}

// fold takes the accents off the French letters that appear in such words.
func fold(s string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ê", "e", "à", "a", "ç", "c", "î", "i", "ô", "o", "É", "E").Replace(s)
}

func unescaped(s string) string {
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}

// shortToken tells whether what follows "/code/" or "/session/" is a value rather than a word: six characters with a figure in them.
func shortToken(s string) bool {
	return len(s) >= 6 && strings.ContainsAny(s, "0123456789") && !strings.ContainsAny(s, " .") && strings.Count(s, "-") < 2 || tokenLike(s)
}

const (
	// minToken is the shortest random-looking run that counts, in characters: identifiers of videos (11), articles (12) and products
	// (10) stay below; 16 characters of base 64 are 96 bits.
	minToken = 16
	// minHex is the same for figures and a–f only, where 24 characters are 96 bits.
	minHex = 24
	// minTurns is how often a run must change between lower case, upper case and figures: words with a year change once or twice.
	minTurns = 4
	// minLetterTurns is the same for a run without a figure: CamelCaseNames change often.
	minLetterTurns = 12
)

// tokenLike tells whether s looks random: a UUID, a JWT, or a long run that keeps changing between kinds of characters.
func tokenLike(s string) bool {
	if len(s) < minToken {
		return false
	}
	if uuidPattern.MatchString(s) || jwtPattern.MatchString(s) {
		return true
	}
	separators := 0
	runs := strings.FieldsFunc(s, func(r rune) bool {
		if strings.ContainsRune("-_.~=+,:", r) {
			separators++
			return true
		}
		return false
	})
	for _, run := range runs {
		if randomRun(run) {
			return true
		}
	}
	// Base 64 for addresses has "-" and "_" inside; a slug has many more of them for its length.
	const charactersPerSeparator = 10
	return len(s) >= 2*minToken && separators > 0 && len(s)/separators >= charactersPerSeparator && randomRun(strings.Join(runs, ""))
}

func randomRun(run string) bool {
	if len(run) < minToken {
		return false
	}
	turns, digits, letters, hex := 0, 0, 0, 0
	var before int
	for i := 0; i < len(run); i++ {
		c, kind := run[i], 0
		switch {
		case '0' <= c && c <= '9':
			kind, digits = 1, digits+1
		case 'a' <= c && c <= 'z':
			kind, letters = 2, letters+1
		case 'A' <= c && c <= 'Z':
			kind, letters = 3, letters+1
		default:
			return false
		}
		if isHex(c) {
			hex++
		}
		if before != 0 && kind != before {
			turns++
		}
		before = kind
	}
	switch {
	case hex == len(run):
		return len(run) >= minHex && digits > 0 && letters > 0 && turns >= minTurns
	case digits == 0:
		return turns >= minLetterTurns
	}
	return digits >= 2 && letters >= 3 && turns >= minTurns
}

// MaskURL gives an address that may be shown to others: user and password, fragment, e-mail addresses, and values and segments
// that look secret are replaced. What is no address is given back with its e-mail addresses masked.
func MaskURL(raw string) string { return maskURL(raw, 0) }

func maskURL(raw string, depth int) string {
	head, rest := "", raw
	if i := strings.Index(raw, "://"); i >= 0 {
		head, rest = raw[:i+3], raw[i+3:]
	} else if strings.HasPrefix(raw, "//") {
		head, rest = "//", raw[2:]
	}
	end := strings.IndexAny(rest, `/?#\`)
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 && !strings.ContainsAny(authority, " \t\n") {
		authority = Mask + authority[at:]
	}
	tail, fragment, hasFragment := strings.Cut(tail, "#")
	path, query, hasQuery := strings.Cut(tail, "?")
	out := head + emailPattern.ReplaceAllString(authority, Mask) + maskPath(path)
	if hasQuery {
		out += "?" + maskPairs(query, "&", depth)
	}
	if hasFragment && fragment != "" {
		out += "#" + Mask
	}
	return out
}

func maskPath(path string) string {
	segments := strings.Split(path, "/")
	after := false
	for i, raw := range segments {
		segment, params, has := strings.Cut(raw, ";")
		plain := unescaped(segment)
		action := actionSegment(plain) != actionNone
		switch {
		case tokenLike(plain) || after && !action && shortToken(plain):
			segment = Mask
		case emailPattern.MatchString(plain):
			segment = Mask
		}
		after = after || action
		if has {
			segment += ";" + maskPairs(params, ";", maxNested)
		}
		segments[i] = segment
	}
	return strings.Join(segments, "/")
}

func maskPairs(query, separator string, depth int) string {
	pairs := strings.Split(query, separator)
	for i, pair := range pairs {
		name, value, has := strings.Cut(pair, "=")
		plainName, plain := unescaped(name), unescaped(value)
		switch {
		case !has:
			if tokenLike(plainName) || emailPattern.MatchString(plainName) {
				pairs[i] = Mask
			}
		case plain == "":
		case secretName(plainName) || tokenLike(plain) || emailPattern.MatchString(plain):
			pairs[i] = name + "=" + Mask
		case strings.HasPrefix(plain, "http://") || strings.HasPrefix(plain, "https://"):
			if depth >= maxNested || maskURL(plain, depth+1) != plain {
				pairs[i] = name + "=" + Mask
			}
		}
	}
	return strings.Join(pairs, separator)
}

// maskInput is the input as it may be kept: the address in it masked, and every e-mail address beside it.
func maskInput(text, raw string) string {
	before, after, ok := strings.Cut(text, raw)
	if !ok || raw == "" {
		return MaskURL(raw)
	}
	masked := emailPattern.ReplaceAllString(before, Mask) + MaskURL(raw) + emailPattern.ReplaceAllString(after, Mask)
	return strings.TrimSpace(masked)
}
