package plan_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lazymerge/lazymerge/merge/plan"
)

func write(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, old, new string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(new), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(old, new); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip("links need a privilege here")
		}
		t.Fatal(err)
	}
}

func identify(t *testing.T, dir string) plan.Identity {
	t.Helper()
	f, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	id, err := f.Identify()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// bigFile is a weight file of 3 MB with a long header, so that neither the header nor the data fits one block.
func bigFile(t *testing.T) []byte {
	t.Helper()
	var lines []string
	for i := range 2_000 {
		lines = append(lines, fmt.Sprintf("a.tensor.with.a.long.name.%s.%d BF16 500", strings.Repeat("x", 1000), i))
	}
	f := weightFile(t, lines)
	b := make([]byte, f.size)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if len(f.head) < 2<<20 || f.size-int64(len(f.head)) < 1<<20 {
		t.Fatalf("the header has %d of %d bytes", len(f.head), f.size)
	}
	return b
}

// The names are those that a model may consist of.
func TestFolderNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"config.json", "1_Pooling/config.json", ".hidden", ".cache/x.json", "a/b/c.json", "1_Pooling/.hidden"} {
		write(t, dir, name, []byte(name))
	}
	link(t, filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling.json"))
	link(t, filepath.Join(dir, "config.json"), filepath.Join(dir, "linked.json"))
	link(t, filepath.Join(dir, "a"), filepath.Join(dir, "folder.json"))
	f, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"1_Pooling/config.json", "config.json", "linked.json"}; !slices.Equal(f.Names(), want) {
		t.Errorf("Names = %v, want %v", f.Names(), want)
	}
	for _, name := range []string{".hidden", "a/b/c.json", "../x", "missing", "dangling.json", ""} {
		if _, _, err := f.Open(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want fs.ErrNotExist", name, err)
		}
	}
	r, size, err := f.Open(t.Context(), "1_Pooling/config.json")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(io.NewSectionReader(r, 0, size)); err != nil || string(b) != "1_Pooling/config.json" {
		t.Errorf("read %q, %v", b, err)
	}
	if _, err := plan.OpenFolder(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenFolder of nothing = %v", err)
	}
}

// A file is closed with the context that it was opened under.
func TestFolderCloses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "config.json", []byte("{}"))
	f, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, done := context.WithCancel(t.Context())
		r, _, err := f.Open(ctx, "config.json")
		if err != nil {
			t.Fatal(err)
		}
		done()
		synctest.Wait()
		if _, err := r.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
			t.Errorf("read after the end: %v, want os.ErrClosed", err)
		}
	})
}

// Content decides the digest, wherever it lies.
func TestDigest(t *testing.T) {
	big := bigFile(t)
	header := 8 + int(binary.LittleEndian.Uint64(big))
	fill := func(dir string) string {
		write(t, dir, "config.json", []byte("{}"))
		write(t, dir, "tokenizer.json", []byte("tokens"))
		write(t, dir, "modeling.py", []byte("import torch"))
		write(t, dir, "modules.json", []byte(`[{"path": "1_Pooling"}]`))
		write(t, dir, "1_Pooling/config.json", []byte("pool"))
		write(t, dir, "small.safetensors", big[:1000])
		write(t, dir, "model.safetensors", big)
		return dir
	}
	base := identify(t, fill(t.TempDir()))
	if base.Repo != "" || base.Commit != "" || len(base.Digest) != 64 {
		t.Errorf("Identify = %+v", base)
	}
	if got := identify(t, fill(filepath.Join(t.TempDir(), "elsewhere", "with a name"))); got != base {
		t.Errorf("the same content in another place is %v, want %v", got, base)
	}
	other := func(at int) []byte {
		b := slices.Clone(big)
		b[at] ^= 1
		return b
	}
	for what, change := range map[string]func(dir string){
		"a small file":                   func(dir string) { write(t, dir, "tokenizer.json", []byte("Tokens")) },
		"code":                           func(dir string) { write(t, dir, "modeling.py", []byte("import Torch")) },
		"a module's file":                func(dir string) { write(t, dir, "1_Pooling/config.json", []byte("Pool")) },
		"the end of a small weight file": func(dir string) { write(t, dir, "small.safetensors", append(slices.Clone(big[:999]), 7)) },
		"the end of the header":          func(dir string) { write(t, dir, "model.safetensors", other(header-1)) },
		"the first data":                 func(dir string) { write(t, dir, "model.safetensors", other(header)) },
		"the last data":                  func(dir string) { write(t, dir, "model.safetensors", other(len(big)-1)) },
		"the size":                       func(dir string) { write(t, dir, "model.safetensors", append(slices.Clone(big), 0)) },
		"a name":                         func(dir string) { write(t, dir, "vocab.txt", nil) },
		"where one file ends": func(dir string) {
			write(t, dir, "tokenizer.json", []byte("token"))
			write(t, dir, "modeling.py", []byte("simport torch"))
		},
	} {
		dir := fill(t.TempDir())
		change(dir)
		if got := identify(t, dir); got == base {
			t.Errorf("the digest stays with a change of %s", what)
		}
	}
	dir := fill(t.TempDir())
	for _, name := range []string{"README.md", ".gitattributes", "optimizer.pt", "2_Other/config.json"} {
		write(t, dir, name, []byte("x"))
	}
	if got := identify(t, dir); got != base {
		t.Error("the digest changes with a file that no result has")
	}
}

// A file that is gone or too short to be a weight file has no digest, or one by all its bytes.
func TestDigestOfOddities(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "model.safetensors", []byte("abc"))
	base := identify(t, dir)
	write(t, dir, "model.safetensors", []byte("abd"))
	if identify(t, dir) == base {
		t.Error("the last byte of three does not count")
	}
	f, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Identify(); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "model.safetensors: ") {
		t.Errorf("Identify = %v, want an error that names the file", err)
	}
	if _, _, err := f.Open(t.Context(), "model.safetensors"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open = %v, want fs.ErrNotExist", err)
	}
}

// Of a large tensor 64 blocks of 4 KiB count, from the first to the last byte, and one in its middle; no gap between them is wide.
func TestDigestBlocks(t *testing.T) {
	const size = 1 << 20
	dir := t.TempDir()
	f := weightFile(t, []string{fmt.Sprintf("w U8 %d", size)})
	content := make([]byte, f.size)
	copy(content, f.head)
	write(t, dir, "model.safetensors", content)
	base := identify(t, dir)
	file, err := os.OpenFile(filepath.Join(dir, "model.safetensors"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	counts := func(off int64) bool {
		put := func(b byte) {
			if _, err := file.WriteAt([]byte{b}, f.size-size+off); err != nil {
				t.Fatal(err)
			}
		}
		put(1)
		defer put(0)
		return identify(t, dir) != base
	}
	const step = 2 << 10
	n, gap, widest := 0, 0, 0
	for off := int64(0); off < size; off += step {
		if counts(off) {
			n, gap = n+1, 0
		} else {
			gap++
			widest = max(widest, gap)
		}
	}
	if n < 64*2 || n > 65*2 || !counts(size-1) || !counts(size/2) {
		t.Errorf("%d of %d places count, want 65 blocks of 2 places that may touch, the middle and the last byte", n, size/step)
	}
	if widest*step > size/63 {
		t.Errorf("a gap of %d bytes does not count", widest*step)
	}
}

// However long the tensors are, one that is another as a whole is seen.
func FuzzDigestOfTensors(f *testing.F) {
	f.Add([]byte{200, 1, 255, 3, 90, 0, 70}, uint8(2))
	f.Add([]byte{255, 255, 255}, uint8(1))
	f.Add([]byte{0, 1, 255, 255}, uint8(1))
	f.Fuzz(func(t *testing.T, lengths []byte, which uint8) {
		if len(lengths) == 0 || len(lengths) > 64 {
			return
		}
		var lines []string
		for i, n := range lengths { // up to 65 kB each, odd ones too
			lines = append(lines, fmt.Sprintf("t%d U8 %d", i, int(n)*int(n)))
		}
		file := weightFile(t, lines)
		content := make([]byte, file.size)
		copy(content, file.head)
		files := memory{}
		files.add("model.safetensors", string(content))
		base, err := plan.Digest(t.Context(), files)
		if err != nil {
			t.Fatal(err)
		}
		at := int(which) % len(lengths)
		begin := len(file.head)
		for _, n := range lengths[:at] {
			begin += int(n) * int(n)
		}
		for i := range int(lengths[at]) * int(lengths[at]) {
			content[begin+i] = 7
		}
		files.add("model.safetensors", string(content))
		digest, err := plan.Digest(t.Context(), files)
		if err != nil || (digest != base) != (lengths[at] > 0) {
			t.Errorf("tensors of the roots %v: with another number %d the digest is the same: %v, %v", lengths, at, digest == base, err)
		}
	})
}

// A model of very many tensors has a digest in a moment.
func BenchmarkDigestOfManyTensors(b *testing.B) {
	dir := b.TempDir()
	var lines []string
	for i := range 18_000 {
		lines = append(lines, fmt.Sprintf("model.layers.%d.mlp.experts.%d.weight U8 16384", i/128, i%128))
	}
	f := weightFile(b, lines)
	content := make([]byte, f.size)
	copy(content, f.head)
	if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), content, 0o666); err != nil {
		b.Fatal(err)
	}
	folder, err := plan.OpenFolder(dir)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := folder.Identify(); err != nil {
			b.Fatal(err)
		}
	}
}

// A snapshot of the HF cache is the repo at its commit, by its own path or a link to it. Its files are links.
func TestSnapshots(t *testing.T) {
	sha := strings.Repeat("0123456789", 4)
	for folder, want := range map[string]string{
		"models--alice--model":         "alice/model",
		"models--gpt2":                 "gpt2",
		"models--alice--a--b":          "alice/a--b",
		"models--alice--two.words_1-b": "alice/two.words_1-b",
	} {
		root := t.TempDir()
		repo := filepath.Join(root, folder)
		snapshot := filepath.Join(repo, "snapshots", sha)
		write(t, repo, "blobs/abc", []byte("{}"))
		link(t, filepath.Join("..", "..", "blobs", "abc"), filepath.Join(snapshot, "config.json"))
		link(t, filepath.Join("..", "..", "blobs", "gone"), filepath.Join(snapshot, "model.safetensors"))
		link(t, snapshot, filepath.Join(root, "mine"))
		for _, dir := range []string{snapshot, snapshot + string(filepath.Separator), filepath.Join(root, "mine")} {
			if got := identify(t, dir); got != (plan.Identity{Repo: want, Commit: sha}) {
				t.Errorf("Identify(%s) = %+v, want %s at %s", dir, got, want, sha)
			}
			f, err := plan.OpenFolder(dir)
			if err != nil || !slices.Equal(f.Names(), []string{"config.json"}) {
				t.Errorf("OpenFolder(%s) has %v, %v", dir, f.Names(), err)
			}
		}
	}
	for _, path := range []string{"models--a--b/snapshots/main", "models--a--b/snapshots/" + sha + "/sub", "datasets--a--b/snapshots/" + sha, "xmodels--a--b/snapshots/" + sha, "models--a--b/" + sha} {
		dir := filepath.Join(t.TempDir(), filepath.FromSlash(path))
		write(t, dir, "config.json", []byte("{}"))
		if got := identify(t, dir); got.Repo != "" || got.Digest == "" {
			t.Errorf("%s is taken for %+v", path, got)
		}
	}
	// A path in the working folder is one as well.
	root := t.TempDir()
	write(t, root, "models--a--b/snapshots/"+sha+"/config.json", []byte("{}"))
	t.Chdir(filepath.Join(root, "models--a--b", "snapshots"))
	if got := identify(t, sha); got.Repo != "a/b" {
		t.Errorf("a relative path is %+v", got)
	}
}
