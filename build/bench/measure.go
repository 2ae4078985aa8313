//go:build ignore

// Measures programs with a window, in turn and several times each: how long from the start to the first painted frame, how much memory,
// how much of a processor while nothing happens. Linux only: it reads Xvfb's picture in memory, and /proc.
//
//	go run measure.go NAME=PROGRAM…
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	rounds = 5               // the median of so many starts is quoted
	settle = 3 * time.Second // after which nothing of the start is left
	idle   = 5 * time.Second // over which the processor is watched
)

type sample struct {
	paint time.Duration
	rss   int     // KiB
	cpu   float64 // percent of one processor
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(programs []string) error {
	got := map[string][]sample{}
	for range rounds {
		for _, p := range programs { // in turn, so that what else the machine does hits all alike
			name, path, _ := strings.Cut(p, "=")
			s, err := start(path)
			if err != nil {
				return fmt.Errorf("measuring %s: %w", name, err)
			}
			got[name] = append(got[name], s)
		}
	}
	fmt.Printf("%-12s %14s %10s %10s\n", "", "first frame ms", "RSS MiB", "idle CPU %")
	for _, p := range programs {
		name, _, _ := strings.Cut(p, "=")
		all := got[name]
		paint, rss, cpu := []float64{}, []float64{}, []float64{}
		for _, s := range all {
			paint = append(paint, float64(s.paint.Microseconds())/1000)
			rss = append(rss, float64(s.rss)/1024)
			cpu = append(cpu, s.cpu)
		}
		fmt.Printf("%-12s %14.0f %10.1f %10.2f\n", name, median(paint), median(rss), median(cpu))
	}
	return nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// start runs one program on a fresh screen.
func start(path string) (s sample, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	told, tell, err := os.Pipe()
	if err != nil {
		return s, err
	}
	defer told.Close()
	screen := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset", "-fbdir", dir, "+extension", "GLX")
	screen.ExtraFiles = []*os.File{tell}
	if err := screen.Start(); err != nil {
		return s, err
	}
	tell.Close()
	defer func() { screen.Process.Kill(); screen.Wait() }()
	number := make([]byte, 16)
	n, err := told.Read(number)
	if err != nil {
		return s, err
	}
	picture, err := pixels(filepath.Join(dir, "Xvfb_screen0"))
	if err != nil {
		return s, err
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), "DISPLAY=:"+strings.TrimSpace(string(number[:n])), "WAYLAND_DISPLAY=", "LIBGL_ALWAYS_SOFTWARE=1", "FYNE_THEME=light",
		"LANG=en_US.UTF-8", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "PASSERELLE_STATE="+filepath.Join(dir, "state"))
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return s, err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	for !painted(picture) {
		if time.Since(begin) > 15*time.Second {
			return s, fmt.Errorf("nothing was painted in 15 s")
		}
		time.Sleep(time.Millisecond)
	}
	s.paint = time.Since(begin)
	time.Sleep(settle)
	before, err := ticks(cmd.Process.Pid)
	if err != nil {
		return s, err
	}
	time.Sleep(idle)
	after, err := ticks(cmd.Process.Pid)
	if err != nil {
		return s, err
	}
	const perSecond = 100 // USER_HZ, the same on every Linux that Go runs on
	s.cpu = float64(after-before) / perSecond / idle.Seconds() * 100
	s.rss, err = memory(cmd.Process.Pid)
	return s, err
}

// pixels maps the screen's picture (an XWD file that Xvfb keeps up to date), without its header.
func pixels(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, int(st.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	const ncolors, colorSize = 76, 12 // offset in the header, bytes of one entry (XWDFile.h)
	header := int(binary.BigEndian.Uint32(b)) + colorSize*int(binary.BigEndian.Uint32(b[ncolors:]))
	return b[header:], nil
}

// painted tells whether a light window stands in the middle of the black screen.
func painted(b []byte) bool {
	middle := len(b) / 2
	for i := middle; i < middle+4*1280; i += 64 {
		if b[i] > 0x80 {
			return true
		}
	}
	return false
}

func ticks(pid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("reading the times of %d", pid)
	}
	return user + system, nil
}

func memory(pid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	return strconv.Atoi(strings.Fields(rest)[0])
}
