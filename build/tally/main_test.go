package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const recorded = `{"Action":"start","Package":"p/a"}
{"Action":"run","Package":"p/a","Test":"TestGood"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"--- PASS: TestGood (0.00s)\n"}
{"Action":"pass","Package":"p/a","Test":"TestGood","Elapsed":0}
{"Action":"output","Package":"p/a","Test":"TestLab","Output":"=== RUN   TestLab\n"}
{"Action":"output","Package":"p/a","Test":"TestLab","Output":"    lab_test.go:12: trying namespaces\n"}
{"Action":"output","Package":"p/a","Test":"TestLab","Output":"    lab_test.go:14: needs root or user namespaces:\n        operation not permitted\n"}
{"Action":"output","Package":"p/a","Test":"TestLab","Output":"--- SKIP: TestLab (0.00s)\n"}
{"Action":"skip","Package":"p/a","Test":"TestLab","Elapsed":0}
{"Action":"output","Package":"p/a","Test":"TestBad","Output":"    a_test.go:3: wrong side\n"}
{"Action":"fail","Package":"p/a","Test":"TestBad","Elapsed":0}
{"Action":"output","Package":"p/a","Output":"FAIL\n"}
{"Action":"output","Package":"p/a","Output":"FAIL\tp/a\t0.012s\n"}
{"Action":"fail","Package":"p/a","Elapsed":0.01}
go: something about a flag
{"Action":"output","Package":"p/b","Output":"?   \tp/b\t[no test files]\n"}
{"Action":"output","Package":"p/c","Output":"ok  \tp/c\t0.003s\n"}
{"Action":"pass","Package":"p/c","Elapsed":0.01}
`

func TestFollowKeepsWhatMatters(t *testing.T) {
	var out strings.Builder
	lines, err := follow(strings.NewReader(recorded), &out, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"wrong side", "FAIL\tp/a\t0.012s", "ok  \tp/c", "go: something", "--- SKIP: TestLab (needs root or user namespaces: operation not permitted)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not shown: %q in\n%s", want, out.String())
		}
	}
	for _, not := range []string{"TestGood", "no test files"} {
		if strings.Contains(out.String(), not) {
			t.Errorf("shown: %q", not)
		}
	}
	file := filepath.Join(t.TempDir(), "outcome")
	if err := appendLines(file, lines); err != nil {
		t.Fatal(err)
	}
	if err := appendLines(file, []line{{"skip", "the window", "no Xvfb"}}); err != nil {
		t.Fatal(err)
	}
	var summary strings.Builder
	if err := sum(file, &summary); err != nil {
		t.Fatal(err)
	}
	want := "FAIL\tp/a\t0.012s\nok  \tp/c\t0.003s\n1 tests passed, 1 failed, 2 skipped; 1 packages failed.\n"
	if !strings.HasPrefix(summary.String(), want) || !strings.Contains(summary.String(), "skipped 1: no Xvfb\n      the window") {
		t.Errorf("summary:\n%s", summary.String())
	}
}

func TestFollowShowsWhatNeverEnded(t *testing.T) {
	var out strings.Builder
	_, err := follow(strings.NewReader(`{"Action":"output","Package":"p","Test":"TestHang","Output":"panic: test timed out\n"}`+"\n"), &out, false)
	if err != nil || !strings.Contains(out.String(), "panic: test timed out") {
		t.Errorf("%v %q", err, out.String())
	}
}

func TestExitStatusIsGoTests(t *testing.T) {
	err := test(filepath.Join(t.TempDir(), "o"), []string{os.Args[0], "-test.run", "^$", "-no-such-flag"})
	if err == nil {
		t.Error("a command that failed was taken for a success")
	}
}
