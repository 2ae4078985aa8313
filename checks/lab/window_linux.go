package lab

import (
	"bufio"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Window is a graphical program on the computer of a world, on a screen of its own that nobody sees.
type Window struct {
	w       *World
	Dir     string // where the pictures go
	Slowest int    // the longest that the window's own goroutine let a question wait so far, in milliseconds
	program *exec.Cmd
	shots   int
	xid     string // of the window
}

// Window starts a screen (Xvfb) and the program on it, as the ordinary user, and waits until its window is there.
// Its pictures go to a folder of their own, see pictures.
func (w *World) Window(program string, args ...string) *Window {
	w.T.Helper()
	for _, p := range []string{"Xvfb", "xdotool", "import"} {
		w.Need(p)
	}
	dir := filepath.Join(pictures(), strings.ReplaceAll(w.T.Name(), "/", "--"))
	w.need(os.RemoveAll(dir), "removing the pictures of last time")
	w.need(os.MkdirAll(dir, 0o755), "making the folder of pictures")

	w.Screen("+extension", "GLX")
	w.Computer.Env = append(w.Computer.Env, "PASSERELLE_OUTLINE="+outlineSocket)
	w.runtimeDir()

	x := &Window{w: w, Dir: dir}
	x.Start(program, args...)
	return x
}

// Screen starts a screen (Xvfb) that nobody sees, with the given options, and makes it that of the computer.
func (w *World) Screen(options ...string) {
	w.T.Helper()
	w.Need("Xvfb")
	told, tell, err := os.Pipe()
	w.need(err, "opening a pipe")
	screen := w.Computer.Command("Xvfb", append([]string{"-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"}, options...)...)
	screen.ExtraFiles = []*os.File{tell}
	w.spawn(w.Computer, "", screen)
	tell.Close()
	told.SetReadDeadline(time.Now().Add(15 * time.Second))
	line, err := bufio.NewReader(told).ReadString('\n')
	told.Close()
	w.need(err, "waiting for Xvfb")
	w.Computer.Env = append(w.Computer.Env, "DISPLAY=:"+strings.TrimSpace(line), "LIBGL_ALWAYS_SOFTWARE=1")
}

// Start starts the program as the ordinary user, and waits until its window is there.
func (x *Window) Start(program string, args ...string) {
	x.w.T.Helper()
	c := x.w.Computer
	x.program, x.xid = x.w.spawn(c, "", c.As(c.Command(program, args...))), ""
	if o := c.run(c.Command("xdotool", "search", "--sync", "--onlyvisible", "--name", "."), 30*time.Second); o.Exit != 0 {
		x.w.T.Fatalf("no window came: %s", o.Stderr)
	}
	x.Focus()
}

// Close asks the window to close, as its button in the frame does.
func (x *Window) Close() {
	x.w.T.Helper()
	x.w.need(x.closeWindow(), "closing the window")
}

// pictures is the folder that a person can leaf through: PASSERELLE_PICTURES, else LAB_KEEP, else one in the temporary directory. Each
// story has a folder of its own in it, and index.html shows them all.
func pictures() string {
	for _, name := range []string{"PASSERELLE_PICTURES", "LAB_KEEP"} {
		if dir := os.Getenv(name); dir != "" {
			return dir
		}
	}
	return filepath.Join(os.TempDir(), "passerelle-lab-window")
}

func (x *Window) do(args ...string) string {
	x.w.T.Helper()
	o := x.w.Exec("xdotool", args...)
	if o.Exit != 0 {
		x.w.T.Fatalf("xdotool %s: %s", strings.Join(args, " "), o.Stderr)
	}
	return strings.TrimSpace(o.Stdout)
}

// Focus gives the window the keyboard, as a window manager would.
func (x *Window) Focus() {
	x.w.T.Helper()
	x.do("windowfocus", "--sync", x.id())
}

// id is the window's number on the screen.
func (x *Window) id() string {
	x.w.T.Helper()
	if x.xid == "" {
		x.xid, _, _ = strings.Cut(x.do("search", "--onlyvisible", "--name", "."), "\n")
	}
	return x.xid
}

// Title is the window's title.
func (x *Window) Title() string { return x.do("getwindowfocus", "getwindowname") }

// Type types text, as fingers would.
func (x *Window) Type(text string) { x.w.T.Helper(); x.do("type", "--delay", "15", text) }

// Key presses a key by its X name: Return, Tab, Escape, ctrl+a.
func (x *Window) Key(name string) { x.w.T.Helper(); x.do("key", name) }

// Click clicks a place of the screen, in pixels.
func (x *Window) Click(px, py int) {
	x.w.T.Helper()
	x.do("mousemove", strconv.Itoa(px), strconv.Itoa(py), "click", "1")
}

// Shot takes a picture and returns its path.
func (x *Window) Shot(name string) string {
	x.w.T.Helper()
	x.shots++
	file := filepath.Join(x.Dir, fmt.Sprintf("%02d-%s.png", x.shots, name))
	if o := x.w.Exec("import", "-window", "root", file); o.Exit != 0 {
		x.w.T.Fatalf("taking a picture: %s", o.Stderr)
	}
	return file
}

// Settle waits until two pictures half a second apart are the same, for at most limit: nothing moves any more.
func (x *Window) Settle(limit time.Duration) {
	x.w.T.Helper()
	look := func() string {
		return x.w.Exec("sh", "-c", "import -window root rgba:- | cksum").Stdout
	}
	for end, last := time.Now().Add(limit), ""; time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		now := look()
		if now == last {
			return
		}
		last = now
	}
}

// Running tells whether the program still runs.
func (x *Window) Running() bool { return unix.Kill(x.program.Process.Pid, 0) == nil }

// Picture reads a picture that Shot took.
func (x *Window) Picture(file string) image.Image {
	x.w.T.Helper()
	f, err := os.Open(file)
	x.w.need(err, "opening a picture")
	defer f.Close()
	p, err := png.Decode(f)
	x.w.need(err, "reading %s", file)
	return p
}

// Count is how many pixels of a picture have exactly this colour, 0xRRGGBB.
func Count(p image.Image, colour uint32) (n int) {
	b := p.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for px := b.Min.X; px < b.Max.X; px++ {
			if same(p, px, y, colour) {
				n++
			}
		}
	}
	return n
}

func same(p image.Image, x, y int, colour uint32) bool {
	r, g, b, _ := p.At(x, y).RGBA()
	return r>>8 == colour>>16&0xff && g>>8 == colour>>8&0xff && b>>8 == colour&0xff
}

// Smallest size of a button, in pixels: what is filled and smaller is a bar or a sign.
const (
	buttonWidth  = 40
	buttonHeight = 20
)

// Filled finds the middle of the widest area of one of the colours that is as large as a button: the main button, by its look.
func Filled(p image.Image, colours ...uint32) (px, py int, ok bool) {
	type span struct{ left, width int }
	rows := map[span][2]int{} // first and last row of each span: the text inside splits only the rows between
	b := p.Bounds()
	for _, colour := range colours {
		for y := b.Min.Y; y < b.Max.Y; y++ {
			run := 0
			for x := b.Min.X; x <= b.Max.X; x++ {
				if x < b.Max.X && same(p, x, y, colour) {
					run++
					continue
				}
				if run >= buttonWidth {
					s := span{x - run, run}
					if r, known := rows[s]; known {
						rows[s] = [2]int{r[0], y}
					} else {
						rows[s] = [2]int{y, y}
					}
				}
				run = 0
			}
		}
	}
	best := 0
	for s, r := range rows {
		if s.width > best && r[1]-r[0] >= buttonHeight {
			best, px, py, ok = s.width, s.left+s.width/2, (r[0]+r[1])/2, true
		}
	}
	return px, py, ok
}

// Await takes pictures until one is as wanted, for at most limit. The last one is kept under the name, and given back.
func (x *Window) Await(name string, limit time.Duration, wanted func(image.Image) bool) (p image.Image, ok bool) {
	x.w.T.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(300 * time.Millisecond) {
		p = x.Picture(x.Shot(name))
		if wanted(p) {
			return p, true
		}
		if time.Now().After(end) {
			return p, false
		}
		x.shots--
	}
}
