package plan_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// checkFaults are what Check says of a folder, each fault a line.
func checkFaults(t *testing.T, dir string) string {
	t.Helper()
	f, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Check(t.Context()); err != nil {
		return err.Error()
	}
	return ""
}

// All links that lead out of a folder are named at once, but not those of files that no merge takes over.
func TestCheckNamesLinksOut(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "model")
	write(t, dir, "token", []byte("secret"))
	write(t, dir, "folder/x.jinja", []byte("secret"))
	write(t, model, "config.json", []byte("{}"))
	write(t, model, "real/vocab.json", []byte("{}"))
	write(t, model, "modules.json", []byte(`[{"path": "1_Pooling"}, {"path": "2_Dense"}]`))
	write(t, model, "2_Dense/config.json", []byte("{}"))
	link(t, filepath.Join(dir, "token"), filepath.Join(model, "LICENSE"))
	link(t, "../token", filepath.Join(model, "README.md"))
	link(t, "real/../../token", filepath.Join(model, "merges.txt"))
	link(t, "NOTICE.2", filepath.Join(model, "NOTICE"))
	link(t, "../token", filepath.Join(model, "NOTICE.2"))
	link(t, "../../token", filepath.Join(model, "2_Dense", "model.safetensors"))
	link(t, "../folder", filepath.Join(model, "additional_chat_templates"))
	link(t, "../folder", filepath.Join(model, "1_Pooling"))
	link(t, "../token", filepath.Join(model, "LICENSE.safetensors"))
	link(t, "../token", filepath.Join(model, "training_args.bin"))
	link(t, "../folder", filepath.Join(model, "runs"))
	link(t, "real/vocab.json", filepath.Join(model, "vocab.json"))
	link(t, filepath.Join(model, "config.json"), filepath.Join(model, "generation_config.json"))
	link(t, "../token", filepath.Join(model, "model.safetensors"))
	want := `1_Pooling is a link to a folder, which is not followed
additional_chat_templates is a link to a folder, which is not followed
2_Dense/model.safetensors is a link to a place outside the folder
LICENSE is a link to a place outside the folder
NOTICE is a link to a place outside the folder
NOTICE.2 is a link to a place outside the folder
README.md is a link to a place outside the folder
merges.txt is a link to a place outside the folder`
	if got := checkFaults(t, model); got != want {
		t.Errorf("Check says\n%s\nwant\n%s", got, want)
	}
	// The same through a link to the folder, where what is inside is still inside.
	link(t, "model", filepath.Join(dir, "mine"))
	if got := checkFaults(t, filepath.Join(dir, "mine")); got != want {
		t.Errorf("Check of a link to the folder says\n%s\nwant\n%s", got, want)
	}
}

// A snapshot has its files as links to the blobs of its repo or of the cache. No other link leads out of it.
func TestSnapshotLinks(t *testing.T) {
	sha := strings.Repeat("0123456789", 4)
	root := t.TempDir()
	repo := filepath.Join(root, "models--alice--model")
	snapshot := filepath.Join(repo, "snapshots", sha)
	write(t, repo, "blobs/abc", []byte("{}"))
	write(t, root, "blobs/ab/abcd", []byte("{}"))
	write(t, repo, "refs/main", []byte(sha))
	write(t, root, "token", []byte("secret"))
	link(t, "../../blobs/ab/abcd", filepath.Join(repo, "blobs", "shared"))
	link(t, "../../token", filepath.Join(repo, "blobs", "out"))
	link(t, "../../blobs/abc", filepath.Join(snapshot, "config.json"))
	link(t, "../../blobs/shared", filepath.Join(snapshot, "tokenizer.json"))
	if got := checkFaults(t, snapshot); got != "" {
		t.Errorf("Check says %q of an honest snapshot", got)
	}
	link(t, "../../refs/main", filepath.Join(snapshot, "merges.txt"))
	link(t, "../../blobs/out", filepath.Join(snapshot, "LICENSE"))
	link(t, "../../../token", filepath.Join(snapshot, "NOTICE"))
	want := "LICENSE is a link to a place outside the folder\nNOTICE is a link to a place outside the folder\nmerges.txt is a link to a place outside the folder"
	if got := checkFaults(t, snapshot); got != want {
		t.Errorf("Check says\n%s\nwant\n%s", got, want)
	}

	// What only looks like a cache has no blobs beside it: they are a link to somebody's home.
	fake := filepath.Join(root, "clone", "models--alice--model", "snapshots", sha)
	write(t, fake, "config.json", []byte("{}"))
	link(t, "../../../blobs/token", filepath.Join(fake, "LICENSE"))
	link(t, root, filepath.Join(root, "clone", "models--alice--model", "blobs"))
	link(t, root, filepath.Join(root, "clone", "blobs"))
	if got := checkFaults(t, fake); got != "LICENSE is a link to a place outside the folder" {
		t.Errorf("Check says %q of links to blobs that are a link", got)
	}
}

// What is hidden in a folder, such as the token that git keeps in its config, is its owner's.
func TestLinksToWhatIsHidden(t *testing.T) {
	model := filepath.Join(t.TempDir(), "model")
	write(t, model, "config.json", []byte("{}"))
	write(t, model, ".git/config", []byte("secret"))
	write(t, model, ".env", []byte("secret"))
	link(t, ".git/config", filepath.Join(model, "LICENSE"))
	link(t, ".env", filepath.Join(model, "NOTICE"))
	want := "LICENSE is a link to a hidden file\nNOTICE is a link to a hidden file"
	if got := checkFaults(t, model); got != want {
		t.Errorf("Check says\n%s\nwant\n%s", got, want)
	}
}

// A link that changes while it is read gives what is inside or an error, never what is outside.
func TestLinksThatChange(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "model")
	write(t, dir, "out/LICENSE", []byte("secret"))
	write(t, model, "in/LICENSE", []byte("inside"))
	link(t, "in/LICENSE", filepath.Join(model, "LICENSE"))
	f, err := plan.OpenFolder(model)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil { // the folder that the link goes through is now here, now there
			_ = os.Rename(filepath.Join(model, "in"), filepath.Join(model, "kept"))
			_ = os.Symlink("../out", filepath.Join(model, "in"))
			_ = os.Remove(filepath.Join(model, "in"))
			_ = os.Rename(filepath.Join(model, "kept"), filepath.Join(model, "in"))
		}
	}()
	read, refused := 0, 0
	for read+refused < 20_000 {
		switch b, err := plan.ReadFile(t.Context(), f, "LICENSE", 100); {
		case err != nil:
			refused++
		case string(b) == "inside":
			read++
		default:
			t.Errorf("the file is %q", b)
			refused = 20_000
		}
	}
	stop()
	<-done
	t.Logf("%d read, %d refused", read, refused)
}

// What a clone or a download leaves in the place of files is told in words of its own.
func TestCheckNamesWhatIsNoFile(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 17000000\n"
	for _, tt := range []struct{ name, content, want string }{
		{"tokenizer.json", pointer, "a Git LFS pointer, not the file"},
		{"tokenizer.model", pointer, "a Git LFS pointer, not the file"},
		{"config.json", strings.Replace(pointer, "git-lfs", "hawser", 1), "a Git LFS pointer, not the file"},
		{"LICENSE", pointer, "a Git LFS pointer, not the file"},
		{"merges.txt", "\ufeff \n<!DOCTYPE HTML>\n<title>404", "a web page, not the file"},
		{"vocab.json", "<html>", "a web page, not the file"},
		{"LICENSE.html", "<html>", ""},
		{"README.md", "<div align=center>\n<html>", ""},
		{"chat_template.jinja", "", ""},
		{"LICENSE", "", ""},
		{"tokenizer.model", "", "empty: the download is incomplete"},
		{"tokenizer_config.json", "", "empty: the download is incomplete"},
		{"tokenizer_config.json", " \n", "cut short: the download is incomplete"},
		{"tokenizer.json", `{"a": [1, "b`, "cut short: the download is incomplete"},
		{"tokenizer.json", `{"a": NaN, "b": [Infinity`, "cut short: the download is incomplete"},
		{"generation_config.json", "\ufeff{\"a\": -Infinity, \"b\": NaN}", ""},
		{"generation_config.json", "{\n\"a\": 1,\n}", "not JSON: it is broken in line 3"},
		{"special_tokens_map.json", "{}\n\n{}", "not JSON: it is broken in line 3"},
		{"vocab.json", "not found", "not JSON: it is broken in line 1"},
		{"trainer_state.json", "not found", ""},
	} {
		dir := t.TempDir()
		write(t, dir, tt.name, []byte(tt.content))
		want := tt.want
		if want != "" {
			want = tt.name + " is " + want
		}
		if got := checkFaults(t, dir); got != want {
			t.Errorf("%s with %q: Check says %q, want %q", tt.name, tt.content, got, want)
		}
	}
}

// FuzzFolderLinks builds any tree of files and links beside a file that is not the model's: no byte of that comes out of the reader of
// small files, nor out of the folder at all but through a weight file.
//
// A line of tree is a name, and "=" or ">" with what a link leads to; "@" in that is the folder above the model.
func FuzzFolderLinks(f *testing.F) {
	const sha = "0123456789012345678901234567890123456789"
	for _, seed := range []string{
		"LICENSE>../secret", "LICENSE>@/secret", "NOTICE>a>b>../secret", "d>..\nLICENSE>d/secret", "d>../m/..\nREADME.md>d/secret\nx=", "1_Pooling>..\nmodules.json=",
		"d/e=\nmerges.txt>d/../../secret", "a>b\nb>a", "tokenizer.json>../m/../secret", "config.json>@/m/x\nx=", "LICENSE>@/./m/../secret", "model.safetensors>../secret",
		"LICENSE.safetensors>../secret", "d/model.safetensors>../../secret", "m>.\nm/m/LICENSE>..", ".>x", "LICENSE>../" + sha + "/../secret", "LICENSE>../../blobs/x", "LICENSE>/",
		"LICENSE>a/b\na>..\nb=", "LICENSE>\\..\\secret", "LICENSE>../secret\x00", "LICENSE>c\nc>d\nd>../c\ne>@", "LICENSE>../../blobs/../secret", "a/b/c>@\nLICENSE>a/b/c/secret",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, tree string, cached bool) {
		const secret, own = "SECRET", "own"
		top := t.TempDir()
		model := filepath.Join(top, "m")
		if cached { // the places that belong to a snapshot are its own, too
			model = filepath.Join(top, "models--a--b", "snapshots", sha)
			write(t, top, "models--a--b/blobs/x", []byte(own))
			write(t, top, "blobs/aa/x", []byte(own))
			write(t, top, "models--a--b/secret", []byte(secret))
			write(t, top, "models--a--b/snapshots/secret", []byte(secret))
			write(t, top, "models--a--b/snapshots/1123456789012345678901234567890123456789/LICENSE", []byte(secret))
		}
		write(t, top, "secret", []byte(secret))
		write(t, model, "config.json", []byte(own))
		names := []string{"config.json", "../secret", "/secret", "..", ""}
		for i, line := range strings.Split(tree, "\n") {
			name, target, linked := strings.Cut(line, ">")
			name = strings.TrimSuffix(name, "=")
			at := filepath.Join(model, filepath.FromSlash(path.Clean("/"+name)))
			if i == 20 || !filepath.IsLocal(name) || len(name) > 100 {
				break
			}
			// A folder that is a link is no place to write through: that would not be a tree that somebody gives us.
			if real, err := filepath.EvalSymlinks(filepath.Dir(at)); err == nil && real != filepath.Dir(at) {
				continue
			}
			_ = os.MkdirAll(filepath.Dir(at), 0o777)
			if linked {
				_ = os.Symlink(strings.ReplaceAll(target, "@", filepath.ToSlash(top)), at)
			} else if _, err := os.Lstat(at); errors.Is(err, fs.ErrNotExist) {
				_ = os.WriteFile(at, []byte(own), 0o666)
			}
			names = append(names, name)
		}
		folder, err := plan.OpenFolder(model)
		if err != nil {
			t.Fatal(err)
		}
		_ = folder.Check(t.Context())
		for _, name := range append(names, folder.Names()...) {
			if b, err := plan.ReadFile(t.Context(), folder, name, 1000); err == nil && string(b) != own {
				t.Errorf("the small file %q of %q is %q", name, tree, b)
			}
			if strings.HasSuffix(name, ".safetensors") && !strings.Contains(name, "/") {
				continue
			}
			ctx, done := context.WithCancel(t.Context())
			if r, size, err := folder.Open(ctx, name); err == nil {
				if b, err := io.ReadAll(io.NewSectionReader(r, 0, size)); err == nil && string(b) != own {
					t.Errorf("the file %q of %q is %q", name, tree, b)
				}
			}
			done()
		}
	})
}
