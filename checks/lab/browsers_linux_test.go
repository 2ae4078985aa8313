package lab

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The browsers of Debian's packages with a profile that they made themselves: pages kept, a cookie, a history, a saved password, a
// page's own storage. The program empties the pages; everything else must be what it was.

// browserLimit bounds one thing that a browser does: its first start takes 3 s alone, and many times that beside other tests.
const browserLimit = 90 * time.Second

const (
	shopURL   = "http://" + SiteHost + "/"
	shopParts = 8       // what the page loads,
	partSize  = 1 << 20 // bytes each
	loginUser = "marie@boutique.example"
	loginWord = "correct horse"
)

// keptShop is a site whose pages may be kept for a day, and which hears from the page what the browser still knows.
type keptShop struct {
	mu    sync.Mutex
	copy  string // which edition of the page is served now
	parts int    // how many parts were asked for
	heard []visit
}

// visit is what a page reported: the edition that the browser showed, the cookie that it sent, what the page had stored before, and
// the address as it arrived, and which browser it is.
type visit struct{ Copy, Cookie, Stored, URI, Agent string }

func (s *keptShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case strings.HasPrefix(r.URL.Path, "/part/"):
		s.parts++
		w.Header().Set("Cache-Control", "max-age=86400")
		w.Header().Set("Content-Type", "application/octet-stream")
		b := make([]byte, partSize)
		rand.New(rand.NewSource(7)).Read(b)
		w.Write(b)
	case r.URL.Path == "/told":
		q := r.URL.Query()
		s.heard = append(s.heard, visit{q.Get("copy"), r.Header.Get("Cookie"), q.Get("stored"), q.Get("at"), r.UserAgent()})
		http.SetCookie(w, &http.Cookie{Name: "basket", Value: "three-apples", Path: "/", MaxAge: 864000})
		w.Header().Set("Cache-Control", "no-store")
	case r.URL.Path == "/favicon.ico":
		http.NotFound(w, r)
	default:
		w.Header().Set("Cache-Control", "max-age=86400")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>Boutique</title><script>
const stored = localStorage.getItem("note") || "";
localStorage.setItem("note", "ring the bell");
(async () => {
  for (let i = 0; i < %d; i++) await (await fetch("/part/" + i)).arrayBuffer();
  await fetch("/told?copy=%s&stored=" + encodeURIComponent(stored) + "&at=" + encodeURIComponent(location.href), {cache: "no-store"});
})()</script>`, shopParts, s.copy)
	}
}

// since waits for the report after the first n, and gives it with the parts asked for until then.
func (s *keptShop) since(t testing.TB, n int) (visit, int) {
	t.Helper()
	for end := time.Now().Add(browserLimit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		s.mu.Lock()
		if len(s.heard) > n {
			v, parts := s.heard[n], s.parts
			s.parts = 0
			s.mu.Unlock()
			return v, parts
		}
		s.mu.Unlock()
	}
	t.Fatal("the lab failed: no browser opened the page")
	return visit{}, 0
}

// realBrowser is a browser of Debian's, as the lab drives it.
type realBrowser struct {
	id, program string
	args        []string
	pages       []string // folders of pages, below home; * is the profile
	profile     string   // below home
	rows        map[string]string
	save        func(w *World, profile string) // saves a password: while it runs (firefox) or after it was closed (chromium)
	close       func(w *World, b *started)
}

// started is one that runs.
type started struct {
	*exec.Cmd
	control *os.File // Chromium's remote control, commands in JSON with a NUL at the end
}

// Chromium's folder is its usual one: it must be named, or there is no remote control.
var realBrowsers = []realBrowser{
	{id: "chromium", program: "chromium", args: []string{"--ozone-platform=headless", "--disable-gpu", "--remote-debugging-pipe", "--user-data-dir=" + visitorHome + "/.config/chromium"},
		pages: []string{".cache/chromium/Default/Cache", ".cache/chromium/Default/Code Cache"}, profile: ".config/chromium/Default",
		rows: map[string]string{"Cookies": "select host_key, name, hex(encrypted_value) from cookies", "History": "select url, title from urls",
			"Login Data": "select origin_url, username_value, hex(password_value) from logins"},
		save: saveInChromium,
		close: func(w *World, b *started) { // at SIGTERM it would not write down everything
			_, err := b.control.WriteString(`{"id":1,"method":"Browser.close"}` + "\x00")
			w.need(err, "closing Chromium")
		}},
	{id: "firefox", program: "firefox-esr", args: []string{"--headless", "--marionette", "--remote-allow-system-access"},
		pages: []string{".cache/mozilla/firefox/*/cache2"}, profile: ".config/mozilla/firefox/*.default-esr",
		rows: map[string]string{"cookies.sqlite": "select host, name, value from moz_cookies", "places.sqlite": "select url, title from moz_places where visit_count > 0"},
		close: func(w *World, _ *started) {
			m := w.marionette()
			defer m.Close()
			if _, err := m.ask("Marionette:Quit", map[string]any{"flags": []string{"eAttemptQuit"}}); err != nil {
				w.need(err, "closing Firefox")
			}
		}},
}

// saveInChromium writes a password as Chromium does where the desktop keeps no keys (components/os_crypt/sync/os_crypt_linux.cc).
func saveInChromium(w *World, profile string) {
	w.T.Helper()
	key, err := pbkdf2.Key(sha1.New, "peanuts", []byte("saltysalt"), 1, 16)
	w.need(err, "making Chromium's key")
	block, err := aes.NewCipher(key)
	w.need(err, "making Chromium's key")
	pad := aes.BlockSize - len(loginWord)%aes.BlockSize
	text := append([]byte(loginWord), slices.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, []byte(strings.Repeat(" ", aes.BlockSize))).CryptBlocks(text, text)
	w.rows(profile+"/Login Data", fmt.Sprintf(`insert into logins (origin_url, action_url, username_element, username_value, password_element, password_value, signon_realm, date_created,
		blacklisted_by_user, scheme, password_type, times_used) values ('%[1]s', '%[1]s', 'u', '%[2]s', 'p', x'%[3]s', '%[1]s', 13350000000000000, 0, 0, 0, 1)`,
		shopURL, loginUser, "763130"+hex.EncodeToString(text))) // "v10" before it
}

const (
	saveInFirefox = `const info = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
info.init("http://` + SiteHost + `", "http://` + SiteHost + `", null, "` + loginUser + `", "` + loginWord + `", "u", "p");
await Services.logins.addLoginAsync(info);`
	readFromFirefox = `const all = await Services.logins.getAllLogins(); return all.map(l => l.username + " " + l.password).join(",")`
)

// rows asks a database of the visitor's profile, as the visitor.
func (w *World) rows(file, question string) []string {
	w.T.Helper()
	o := w.Computer.run(w.Computer.As(w.Computer.Command("sqlite3", file, question)), browserLimit)
	if o.Exit != 0 {
		w.T.Fatalf("the lab failed: sqlite3 %s: %s%s", file, o.Stdout, o.Stderr)
	}
	lines := strings.Split(strings.TrimSpace(o.Stdout), "\n")
	slices.Sort(lines)
	return lines
}

const visitorHome = "/home/visitor"

// open starts the browser on an address, as the visitor.
func (b realBrowser) open(w *World, address string) *started {
	w.T.Helper()
	cmd := w.Computer.As(w.Computer.Command(b.program, append(slices.Clone(b.args), address)...))
	orders, control, err := os.Pipe()
	w.need(err, "opening a pipe")
	answers, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	w.need(err, "opening the null device")
	cmd.ExtraFiles = []*os.File{orders, answers}
	w.spawn(w.Computer, "", cmd)
	orders.Close()
	answers.Close()
	return &started{cmd, control}
}

// closed closes it as its menu does, and waits until nothing of it runs.
func (b realBrowser) closed(w *World, x *started) {
	w.T.Helper()
	b.close(w, x)
	defer x.control.Close()
	for end := time.Now().Add(browserLimit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if o := w.Exec("pgrep", "-u", fmt.Sprint(visitor), "-f", b.id); o.Exit == 1 {
			return
		}
	}
	w.T.Fatalf("the lab failed: %s does not close", b.id)
}

// found gives the one path below home that matches.
func (w *World) found(pattern string) string {
	w.T.Helper()
	list, _ := filepath.Glob(w.Computer.Path(visitorHome) + "/" + pattern)
	if len(list) != 1 {
		w.T.Fatalf("the lab failed: %s: %q", pattern, list)
	}
	return strings.TrimPrefix(list[0], w.Computer.Path("/"))
}

// everything is each file of the visitor's home with what it holds.
func (w *World) everything() map[string]string {
	w.T.Helper()
	root, all := w.Computer.Path(visitorHome), map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, root+"/")
		switch {
		case d.Type().IsRegular():
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all[name] = fmt.Sprintf("%d bytes %x", len(b), sha256.Sum256(b))
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			all[name] = "→ " + to
		}
		return nil
	})
	w.need(err, "reading the visitor's home")
	return all
}

type saidOfFix struct {
	Name       string
	Done       bool
	Verified   *bool
	VerifiedBy string `json:"verified_by"`
	Text       string
	Error      *string
	Steps      []struct {
		Call    string
		Command []string
	}
}

func (w *World) fix(args ...string) (saidOfFix, Output) {
	w.T.Helper()
	o := w.Passerelle(false, append([]string{"fix", "--json", "--yes"}, args...)...)
	var said saidOfFix
	if err := json.Unmarshal(o.Raw, &said); err != nil {
		w.T.Fatalf("fix %q: %v: %s%s", args, err, o.Stdout, o.Stderr)
	}
	return said, o.Output
}

// shopWorld is a world with the shop, and Chromium told what every browser of a lab must be: without its sandbox, which wants a
// kernel of its own choosing, without a keyring, without a welcome.
func shopWorld(t *testing.T) (*World, *keptShop) {
	t.Helper()
	w := New(t)
	if !realRoot() {
		t.Skip("skipped: an ordinary user wants real root to come down from")
	}
	s := &keptShop{copy: "old"}
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", s)
	w.File("/etc/chromium.d/lab", `CHROMIUM_FLAGS="$CHROMIUM_FLAGS --no-sandbox --password-store=basic --no-first-run --no-default-browser-check"`+"\n")
	w.runtimeDir()
	return w, s
}

func TestRealBrowserCaches(t *testing.T) {
	if os.Getenv("PASSERELLE_ALL") != "1" {
		t.Skip("runs under PASSERELLE_ALL=1: real browsers")
	}
	for _, b := range realBrowsers {
		t.Run(b.id, func(t *testing.T) {
			defer count(t)
			w, s := shopWorld(t)
			w.Need(b.program)
			w.Need("sqlite3")
			w.Need("pgrep")
			clearedForReal(t, w, s, b)
		})
	}
}

func clearedForReal(t *testing.T, w *World, s *keptShop, b realBrowser) {
	// The first visit fills the cache; the browser is closed as a person closes it.
	cmd := b.open(w, shopURL)
	if v, parts := s.since(t, 0); v.Copy != "old" || v.Stored != "" || parts != shopParts {
		t.Fatalf("the lab failed: the first visit: %+v, %d parts", v, parts)
	}
	if b.id == "firefox" {
		m := w.marionette()
		w.run(m, saveInFirefox)
		m.ask("WebDriver:DeleteSession", map[string]any{})
		m.Close()
	}
	b.closed(w, cmd)
	profile := w.found(b.profile)
	if b.save != nil {
		b.save(w, profile)
	}

	// The site is mended, and the browser goes on showing its old copy: what this fix is for. It runs, so nothing is touched.
	s.mu.Lock()
	s.copy = "new"
	s.mu.Unlock()
	cmd = b.open(w, shopURL)
	if v, parts := s.since(t, 1); v.Copy != "old" || v.Stored != "ring the bell" || v.Cookie != "basket=three-apples" || parts != 0 {
		t.Fatalf("the lab failed: the cache is not used: %+v, %d parts", v, parts)
	}
	if said, o := w.fix("clear-browser-cache", b.id); o.Exit != 1 || said.Done || said.Error == nil || len(said.Steps) != 0 {
		t.Errorf("while it runs: exit %d, %+v", o.Exit, said)
	} else {
		t.Logf("while it runs: %s", *said.Error)
	}
	for _, p := range b.pages {
		w.found(p) // still there
	}
	b.closed(w, cmd)

	// Closed: the pages go, and nothing else of this person's home changes by a byte.
	rows := map[string][]string{}
	for file, question := range b.rows {
		rows[file] = w.rows(profile+"/"+file, question)
		if len(rows[file][0]) == 0 {
			t.Fatalf("the lab failed: nothing in %s", file)
		}
	}
	before := w.everything()
	const least = shopParts * partSize / 1_000_000
	said, o := w.fix("clear-browser-cache", b.id)
	var megabytes int
	for _, word := range strings.Fields(said.Text) {
		if megabytes == 0 {
			fmt.Sscan(word, &megabytes)
		}
	}
	if o.Exit != 0 || !said.Done || said.Verified == nil || !*said.Verified || said.VerifiedBy != "state-read" || megabytes < least || megabytes > 3*least {
		t.Fatalf("exit %d: %s%s", o.Exit, o.Stdout, o.Stderr)
	}
	t.Logf("closed: %s", said.Text)
	after := w.everything()
	gone := 0
	for name, was := range before {
		isPage := slices.ContainsFunc(b.pages, func(p string) bool { return below(name, p) })
		switch now, there := after[name]; {
		case isPage && there:
			t.Errorf("still there: %s", name)
		case isPage:
			gone++
		case now != was:
			t.Errorf("%s: %q, %q before", name, now, was)
		}
	}
	for name := range after {
		if _, was := before[name]; !was && !strings.HasPrefix(name, ".local/state/passerelle/") {
			t.Errorf("new in the home: %s", name)
		}
	}
	t.Logf("%d files of pages are gone, %d others are as they were", gone, len(before)-gone)

	// It starts again, asks anew, and knows everything else.
	cmd = b.open(w, shopURL)
	if v, parts := s.since(t, 2); v.Copy != "new" || v.Stored != "ring the bell" || v.Cookie != "basket=three-apples" || parts != shopParts {
		t.Errorf("after: %+v, %d parts asked", v, parts)
	}
	if b.id == "firefox" {
		m := w.marionette()
		if got := w.run(m, readFromFirefox); got != loginUser+" "+loginWord {
			t.Errorf("Firefox's passwords: %q", got)
		}
		m.ask("WebDriver:DeleteSession", map[string]any{})
		m.Close()
	}
	b.closed(w, cmd)
	for file, question := range b.rows {
		now := w.rows(profile+"/"+file, question)
		for _, row := range rows[file] {
			if !slices.Contains(now, row) {
				t.Errorf("%s: lost %q, has %q", file, row, now)
			}
		}
		t.Logf("%s: %d rows before, %d after", file, len(rows[file]), len(now))
	}
}

// below tells whether a path lies in a folder whose name may hold a * for one part.
func below(path, folder string) bool {
	n := strings.Count(folder, "/") + 1
	parts := strings.SplitN(path, "/", n+1)
	if len(parts) <= n {
		return false
	}
	ok, _ := filepath.Match(folder, strings.Join(parts[:n], "/"))
	return ok
}
