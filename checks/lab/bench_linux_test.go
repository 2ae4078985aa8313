package lab

// The speed table of the README (DESIGN.md, "Budgets"): the whole terminal process beside curl for the same page, over a wire of
// 40 ms round trip, in turns. It measures and prints; it never fails on a time, since a busy machine would decide then.
//
//	PASSERELLE_BENCH=1 go test ./checks/lab -run TestSpeed -v        (make bench)

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	benchDelay   = 20 * time.Millisecond // one way: 40 ms there and back, an ordinary line at home
	benchRuns    = 11                    // of each, in turns; the table has medians
	benchWarm    = 2                     // runs before those, so that every cache on the way is warm for both
	wirePriority = 10                    // of the threads that carry packets, so that a busy processor does not lengthen the wire

	mutePlace = "203.0.113.30" // of a front door whose origin never answers

	maxRatioGood  = 1.25 // DESIGN.md: a site that answers well, of curl's time
	maxRatioError = 2.25 // one that answers with an error is asked twice before it is judged
	maxExtra      = 30 * time.Millisecond
	maxStart      = 30 * time.Millisecond
	maxRSS        = 64 << 10 // KiB
	maxOpen       = 12       // connections at a time
	maxSilence    = 5 * time.Second
	maxAccepted   = 9 * time.Second // accepted and silent
	maxWhole      = 10 * time.Second
)

// pageRow is one page that both ask for.
type pageRow struct {
	name, address string
	cause         string
	ratio         float64
}

var pageRows = []pageRow{
	{"https, 5 KB", "https://" + SiteHost + "/", "works", maxRatioGood},
	{"https, 100 KB", "https://" + SiteHost + "/large", "works", maxRatioGood},
	{"a bare name", SiteHost, "works", maxRatioGood},
	{"http, then sent to https", "http://" + SiteHost + "/", "works", maxRatioGood},
	{"plain http, 5 KB", "http://plain.example/", "works", maxRatioGood},
	{"https, first byte after 1 s", "https://" + SiteHost + "/slow", "works", maxRatioGood},
	{"404 page", "https://" + SiteHost + "/nothing", "page-not-found", maxRatioError},
	{"502 of nginx", "https://" + SiteHost + "/broken", "bad-gateway", maxRatioError},
	{"503 page", "https://" + SiteHost + "/busy", "unavailable", maxRatioError},
	{"502 over plain http", "http://plain.example/broken", "bad-gateway", maxRatioError},
}

func TestSpeed(t *testing.T) {
	if os.Getenv("PASSERELLE_BENCH") != "1" {
		t.Skip("runs under PASSERELLE_BENCH=1 (make bench)")
	}
	start := startUp(t)
	var out strings.Builder
	fmt.Fprintf(&out, "\n| over a wire of %v there and back | curl | passerelle | of that, verdict | budget | |\n|---|--:|--:|--:|--:|---|\n", 2*benchDelay)
	w := New(t)
	w.Lay(Wire{Delay: benchDelay})
	w.benchSite()
	favourThreads()
	rss, open := 0, 0
	var curls, ours [][]time.Duration
	for _, row := range pageRows {
		curl, mine, verdict := w.race(row)
		curls, ours = append(curls, curl), append(ours, mine)
		budget := time.Duration(float64(median(curl))*row.ratio) + maxExtra
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", row.name, millis(median(curl)), millis(median(mine)), millis(median(verdict)), millis(budget), within(median(mine) <= budget))
		k, n := w.watch(row.address)
		rss, open = max(rss, k), max(open, n)
	}
	out.WriteString("\n| a silent network | verdict | end | budget | |\n|---|--:|--:|--:|---|\n")
	for _, s := range silences {
		w := New(t)
		w.Lay(Wire{Delay: benchDelay})
		w.benchSite()
		s.make(w)
		favourThreads()
		var verdicts, ends []time.Duration
		cause := ""
		for range 3 {
			c := w.Check(SiteHost)
			verdicts, ends = append(verdicts, time.Duration(c.VerdictMS*1e6)), append(ends, c.Took)
			cause = c.Verdict.Cause
		}
		k, n := w.watch(SiteHost)
		rss, open = max(rss, k), max(open, n)
		v, e := slices.Max(verdicts), slices.Max(ends)
		fmt.Fprintf(&out, "| %s (`%s`) | %s | %s | %s | %s |\n", s.name, cause, millis(v), millis(e), millis(s.budget), within(v <= s.budget && e <= maxWhole))
	}
	out.WriteString("\n| the program itself | measured | budget | |\n|---|--:|--:|---|\n")
	fmt.Fprintf(&out, "| start (`passerelle version`) | %s | %s | %s |\n", millis(start), millis(maxStart), within(start <= maxStart))
	fmt.Fprintf(&out, "| memory at its most, all of the above | %.1f MiB | %d MiB | %s |\n", float64(rss)/1024, maxRSS>>10, within(rss <= maxRSS))
	fmt.Fprintf(&out, "| connections at a time, all of the above | %d | %d | %s |\n", open, maxOpen, within(open <= maxOpen))
	fmt.Println(out.String())
	if testing.Verbose() {
		for i, row := range pageRows {
			fmt.Printf("%-28s curl %v\n%-28s ours %v\n", row.name, rounded(curls[i]), "", rounded(ours[i]))
		}
	}
}

func rounded(d []time.Duration) (ms []int64) {
	for _, x := range d {
		ms = append(ms, x.Milliseconds())
	}
	return ms
}

// benchSite puts a real nginx in front of SiteHost, and one over plain HTTP.
func (w *World) benchSite() {
	w.T.Helper()
	page := "<!doctype html><title>Boutique</title><h1>Boutique</h1>\n"
	line := "<p>An ordinary paragraph of an ordinary page, with words enough to be one.</p>\n"
	for name, size := range map[string]int{"index.html": 5 << 10, "large": 100 << 10} {
		text := page + strings.Repeat(line, (size-len(page))/len(line))
		w.Scratch(name, text)
	}
	os.Chmod(w.Dir, 0o777)
	w.Serve(w.Internet, "127.0.0.1:8001", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Second)
		Page("Slow").ServeHTTP(rw, r)
	}))
	places := fmt.Sprintf(`root %s; default_type text/html;
 location = /broken { proxy_pass http://127.0.0.1:9; }
 location = /slow { proxy_pass http://127.0.0.1:8001; }
 location = /busy { return 503; }`, w.Dir)
	const plain = "203.0.113.20"
	w.Address(w.Internet, mutePlace)
	w.Address(w.Internet, plain)
	w.Names.Set("plain.example", plain)
	cert := w.Pair("site", Trusted().Issue(Good(), SiteHost, "www."+SiteHost))
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.NginxConf(fmt.Sprintf(`
server { listen %[1]s:443 ssl; listen [%[2]s]:443 ssl; server_name %[3]s; ssl_certificate %[4]s.crt; ssl_certificate_key %[4]s.key;
%[5]s
}
server { listen %[1]s:80; listen [%[2]s]:80; return 301 https://$host$request_uri; }
server { listen %[6]s:80; %[5]s }
server { listen %[7]s:443 ssl; server_name %[3]s; ssl_certificate %[4]s.crt; ssl_certificate_key %[4]s.key; location / { proxy_pass http://127.0.0.1:8002; } }`,
		SiteIP, SiteIP6, SiteHost, cert, places, plain, mutePlace), SiteIP+":443")
}

// silences are the networks in which nothing comes back.
var silences = []struct {
	name   string
	make   func(*World)
	budget time.Duration
}{
	{"nothing passes the box", func(w *World) {
		w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n drop\n }\n chain o { type filter hook output priority 0\n oifname \"wire0\" drop\n }\n}")
	}, maxSilence},
	{"names resolve, no connection passes", func(w *World) {
		w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	}, maxSilence},
	{"the box is dead too", func(w *World) {
		w.NFT(w.Box, "table netdev lab { chain i { type filter hook ingress device \"lan\" priority 0\n drop\n }\n}")
	}, maxSilence},
	{"only the site is silent", func(w *World) {
		w.NFT(w.Internet, "table inet lab { chain i { type filter hook input priority -5\n ip daddr "+SiteIP+" drop\n ip6 daddr "+SiteIP6+" drop\n }\n}")
	}, maxSilence},
	{"the site never sends its page", func(w *World) {
		w.ServeTCP(w.Internet, "127.0.0.1:8002", func(c net.Conn) { io.Copy(io.Discard, c) })
		w.Names.Set(SiteHost, mutePlace)
	}, maxAccepted},
	{"the site accepts, then is silent", func(w *World) {
		w.NFT(w.Internet, "table inet lab { chain i { type filter hook input priority -5\n ip daddr "+SiteIP+" tcp flags & (syn|ack) == ack drop\n ip6 daddr "+SiteIP6+" tcp flags & (syn|ack) == ack drop\n }\n}")
	}, maxAccepted},
}

// race asks for one page in turns, curl first, and gives the times of both and those of our verdicts.
func (w *World) race(row pageRow) (curl, mine, verdict []time.Duration) {
	w.T.Helper()
	address := row.address
	if !strings.Contains(address, "://") {
		address = "https://" + address + "/"
	}
	for i := range benchRuns + benchWarm {
		c := w.Computer.run(w.Computer.As(w.Computer.Command("curl", "-sS", "-L", "-o", "/dev/null", address)), 30*time.Second)
		if c.Err != nil || c.Exit != 0 {
			w.T.Fatalf("the lab failed: curl %s: %v %s", address, c.Err, c.Stderr)
		}
		p := w.Check(row.address)
		if p.Err != nil || p.Verdict.Cause != row.cause {
			w.T.Errorf("%s: cause %q (%v), the truth is %q", row.address, p.Verdict.Cause, p.Err, row.cause)
		}
		if i >= benchWarm {
			curl, mine = append(curl, c.Took), append(mine, p.Took)
			verdict = append(verdict, time.Duration(p.VerdictMS*1e6))
		}
	}
	return curl, mine, verdict
}

// startUp is how long the program takes to say its version: the median of many starts.
func startUp(t *testing.T) time.Duration {
	path := Program(t)
	var took []time.Duration
	for range 21 {
		began := time.Now()
		if out, err := exec.Command(path, "version").CombinedOutput(); err != nil {
			t.Fatalf("passerelle version: %v: %s", err, out)
		}
		took = append(took, time.Since(began))
	}
	return median(took)
}

// watch runs one check more and gives the most memory it held (KiB, VmHWM) and the most TCP connections that were open or being
// opened at one moment. It is a run of its own, since looking costs time.
func (w *World) watch(address string) (rss, open int) {
	w.T.Helper()
	cmd := w.Computer.As(w.Computer.Command(Program(w.T), "check", "--json", address))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, io.Discard
	if err := w.Computer.Start(cmd); err != nil {
		w.T.Fatalf("the lab failed: %v", err)
	}
	ended := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		holder := strconv.Itoa(w.Computer.hold.Process.Pid)
		var before map[string]bool
		for {
			if exe, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "exe")); err == nil && strings.Contains(exe, "passerelle") {
				rss = max(rss, peak(cmd.Process.Pid))
			}
			now := connections(holder)
			open, before = max(open, inBoth(before, now)), now
			select {
			case <-ended:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	cmd.Wait()
	close(ended)
	looking.Wait()
	if !json.Valid(out.Bytes()) {
		w.T.Errorf("%s: no JSON came", address)
	}
	return rss, open
}

// peak is the most memory that a process has held so far, in KiB.
func peak(pid int) (kib int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
		fmt.Sscan(rest, &kib)
	}
	return kib
}

// connections lists the TCP connections of a machine that are open or being opened. The kernel's list is not read in one moment: only
// what stands in two readings that follow each other was there all the time between them.
func connections(pid string) map[string]bool {
	all := map[string]bool{}
	for _, file := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile(filepath.Join("/proc", pid, "net", file))
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && (f[3] == "01" || f[3] == "02") { // ESTABLISHED, SYN_SENT
				all[f[1]+f[2]+f[9]] = true // both ends and the inode
			}
		}
	}
	return all
}

func inBoth(a, b map[string]bool) (n int) {
	for k := range a {
		if b[k] {
			n++
		}
	}
	return n
}

// favourThreads gives the threads that exist now, those of the wire among them, precedence over everything else; what they start
// does not inherit it. Without the right to do so nothing changes.
func favourThreads() {
	time.Sleep(50 * time.Millisecond) // until the wire's threads are there
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		if tid, err := strconv.Atoi(task.Name()); err == nil {
			unix.SchedSetAttr(tid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: wirePriority, Flags: unix.SCHED_FLAG_RESET_ON_FORK}, 0)
		}
	}
}

func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000)
}

func within(ok bool) string {
	if ok {
		return "within"
	}
	return "**over**"
}
