package ui

import (
	"bytes"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func faultAt(file string, line, col int, message, hint string) *recipe.Fault {
	return &recipe.Fault{File: file, Pos: recipe.Pos{Line: line, Col: col}, Warning: true, Message: message, Hint: hint}
}

func TestPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		u := New(Options{Err: &out})
		u.Line("plan", "slerp of %d models, %s parameters\nof one kind", 2, "7.24 B")
		u.Line("", "")
		u.Line("destination", "a long word pushes only its own line")
		u.Warn(faultAt("", 0, 0, "chat template: the base has none", `add "chat_template: auto"`))

		merge := u.Bar("merge", 1_000_000_000, read)
		for second := range 304 { // a tenth of it takes 30.4 seconds
			merge.Add(3_289_473)
			if second == 100 {
				merge.Note("1 of 3 shards")
			}
			time.Sleep(time.Second)
		}
		merge.Add(1_000_000_000 - 304*3_289_473)
		merge.Done()
		tensors := u.Bar("check", 291, Unit{Noun: "tensor"})
		time.Sleep(1500 * time.Millisecond)
		tensors.Add(100)
		tensors.Abort()

		u.Text("%d faults. %s read,\nnothing created.", 6, say.Bytes(39_000))
		u.Hint("go on with the same command")
		u.Close()

		const want = `plan     slerp of 2 models, 7.24 B parameters
         of one kind

destination a long word pushes only its own line
warning  chat template: the base has none
         hint: add "chat_template: auto"
merge    0 B of 1.0 GB read
merge    102 MB of 1.0 GB read, 30s, 3.4 MB/s, 4m24s left
merge    201 MB of 1.0 GB read, 1m00s, 3.3 MB/s, 3m59s left
merge    303 MB of 1.0 GB read, 1m31s, 3.3 MB/s, 3m30s left
merge    401 MB of 1.0 GB read, 1 of 3 shards, 2m01s, 3.3 MB/s, 3m01s left
merge    503 MB of 1.0 GB read, 1 of 3 shards, 2m32s, 3.3 MB/s, 2m30s left
merge    602 MB of 1.0 GB read, 1 of 3 shards, 3m02s, 3.3 MB/s, 2m00s left
merge    701 MB of 1.0 GB read, 1 of 3 shards, 3m32s, 3.3 MB/s, 1m31s left
merge    803 MB of 1.0 GB read, 1 of 3 shards, 4m03s, 3.3 MB/s, 1m00s left
merge    901 MB of 1.0 GB read, 1 of 3 shards, 4m33s, 3.3 MB/s, 30s left
merge    1.0 GB read, 1 of 3 shards, 5m04s, 3.3 MB/s
check    0 of 291 tensors
check    stopped at 100 of 291 tensors, 1.5s, 67/s
6 faults. 39 kB read,
nothing created.
hint     go on with the same command
`
		if got := out.String(); got != want {
			t.Errorf("plain output is\n%swant\n%s", got, want)
		}
	})
}

func TestPlainLinesOfALongRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		u := New(Options{Err: &out})
		b := u.Bar("merge", 1_000_000, read)
		for range 36 { // an hour, in which 2 % are done
			time.Sleep(100 * time.Second)
			b.Add(556)
		}
		u.Close()
		if got := bytes.Count([]byte(out.String()), []byte("\n")); got != 14 {
			t.Errorf("an hour printed %d lines, want one at each end and one every five minutes:\n%s", got, out.String())
		}
	})
}

func TestQuiet(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out buffer
		u := New(Options{Err: &out, Terminal: terminal, Quiet: true, Actions: !terminal})
		u.Line("plan", "is not printed")
		u.Text("nor is this")
		b := u.Bar("merge", 1, read)
		b.Add(1)
		b.Done()
		u.Bar("merge", 1, read)
		u.Warn(faultAt("", 0, 0, "a warning is", ""))
		u.Fail("stopped", "so is a stop")
		u.Hint("and a hint")
		u.Close()
		want := "warning  a warning is\n"
		if !terminal {
			want += "::warning title=lazymerge::a warning is\n"
		}
		want += "stopped  so is a stop\nhint     and a hint\n"
		if out.String() != want {
			t.Errorf("quiet output is\n%swant\n%s", out.String(), want)
		}
	}
}
