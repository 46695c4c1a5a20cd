package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Identify pins the folder: as a Hub repo and commit where its path, or what that is a link to, is a
// snapshot in the HF cache, else by a digest. That is the sha256 of the names, sizes and contents of the files
// that can change a result; of a weight file the content is its header and 64 blocks of 4 KiB spread evenly
// from the start to the end of its data.
func (f *Folder) Identify() (Identity, error) {
	if abs, err := filepath.Abs(f.dir); err == nil {
		if id, ok := cached(abs); ok {
			return id, nil
		}
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			if id, ok := cached(real); ok {
				return id, nil
			}
		}
	}
	modules, err := f.modules()
	if err != nil {
		return Identity{}, err
	}
	sum := sha256.New()
	for _, name := range f.names {
		weights := strings.HasSuffix(name, ".safetensors")
		if !weights && name != configFile && name != indexFile && !isCarried(name) && !inFolders(name, modules) && !isCode(name) {
			continue
		}
		if err := f.sample(sum, name, weights); err != nil {
			return Identity{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return Identity{Digest: hex.EncodeToString(sum.Sum(nil))}, nil
}

// snapshot matches the path of a model in the HF cache.
var snapshot = regexp.MustCompile(`(?:^|/)models--([^/]+)/snapshots/([0-9a-f]{40})$`)

// cached reads repo and commit off an absolute path. The cache writes "--" for the "/" of a repo, and a namespace has no
// "--" in it, so the first one counts.
//
// Source: huggingface_hub, repo_folder_name.
func cached(path string) (Identity, bool) {
	m := snapshot.FindStringSubmatch(filepath.ToSlash(filepath.Clean(path)))
	if m == nil {
		return Identity{}, false
	}
	return Identity{Repo: strings.Replace(m[1], "--", "/", 1), Commit: m[2]}, true
}

// modules returns the folders that modules.json names.
func (f *Folder) modules() ([]string, error) {
	raw, err := os.ReadFile(f.path(modulesFile))
	if os.IsNotExist(err) {
		return nil, nil
	}
	return moduleFolders(raw), err
}

const (
	sampleBlock  = 4 << 10
	sampleBlocks = 64
)

// sample writes what the digest takes of one file.
func (f *Folder) sample(w io.Writer, name string, weights bool) error {
	file, err := os.Open(f.path(name))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	fmt.Fprintf(w, "%d %s %d\n", len(name), name, size)
	if !weights {
		_, err = io.Copy(w, file)
		return err
	}
	head := headerSize(file, size)
	if size-head <= sampleBlock*sampleBlocks {
		head = size
	}
	if _, err := io.Copy(w, io.NewSectionReader(file, 0, head)); err != nil || head == size {
		return err
	}
	for i := range int64(sampleBlocks) {
		at := head + (size-head-sampleBlock)*i/(sampleBlocks-1)
		if _, err := io.Copy(w, io.NewSectionReader(file, at, sampleBlock)); err != nil {
			return err
		}
	}
	return nil
}

// headerSize is the length of a weight file's header, or of as much as a header may have where the
// file has no such.
func headerSize(r io.ReaderAt, size int64) int64 {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return min(size, int64(len(length)))
	}
	n := binary.LittleEndian.Uint64(length[:])
	return min(size, int64(len(length))+int64(min(n, safetensors.MaxHeader)))
}
