package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Identify pins the folder: as a Hub repo and commit where its path, or what that is a link to, is a
// snapshot in the HF cache, else by its Digest.
func (f *Folder) Identify() (Identity, error) {
	if id, ok := f.snapshot(); ok {
		return id, nil
	}
	digest, err := Digest(context.Background(), f)
	return Identity{Digest: digest}, err
}

// snapshot is the repo and commit that the folder is of, if it is in the HF cache.
func (f *Folder) snapshot() (Identity, bool) {
	if abs, err := filepath.Abs(f.dir); err == nil {
		if id, ok := cached(abs); ok {
			return id, true
		}
	}
	return cached(f.root)
}

// Digest is the sha256, in hex digits, of the names, sizes and contents of the files that can change a result. Of a weight file the
// content is its header, 64 blocks of 4 KiB spread evenly from the start to the end of its data, and 4 KiB in the middle of each tensor. So a
// change of a whole tensor is seen, and one of a few elements may not be: to read every byte would take as long as the merge.
// Files that no folder lists, hidden or deep ones, do not count, so that a repo and a folder of the same files have one digest.
func Digest(ctx context.Context, files Files) (string, error) {
	modules, err := readSmall(ctx, files, modulesFile, maxConfig)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	folders := moduleFolders(modules)
	sum := sha256.New()
	for _, name := range files.Names() {
		weights := formatOf(name)
		if weights == nil && !isSmall(name, folders) {
			continue
		}
		if strings.HasPrefix(name, ".") || strings.Contains(name, "/.") || strings.Count(name, "/") > 1 {
			continue
		}
		if err := sample(ctx, sum, files, name, weights); err != nil {
			return "", named(name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// isSmall tells whether a file of this name can change a result and is no weights; folders are those of the model's further modules.
func isSmall(name string, folders []string) bool {
	return name == configFile || name == indexFile || isCarried(name) || inFolders(name, folders) || isCode(name)
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

const (
	sampleBlock  = 4 << 10
	sampleBlocks = 64
	sampleReads  = 8   // blocks that are read at once
	sampleBatch  = 256 // blocks that wait to be summed: 1 MiB
	sampleBuffer = 4 << 20
)

// sample writes what the digest takes of one file.
func sample(ctx context.Context, w io.Writer, files Files, name string, weights *format) error {
	ctx, done := context.WithCancel(ctx)
	defer done()
	file, size, err := files.Open(ctx, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d %s %d\n", len(name), name, size)
	head := size
	if weights != nil {
		if head = weights.header(file, size); size-head <= sampleBlock*sampleBlocks {
			head = size
		}
	}
	buffer := make([]byte, min(head, sampleBuffer)+1)
	if _, err := io.CopyBuffer(w, io.NewSectionReader(file, 0, head), buffer); err != nil || head == size {
		return err
	}
	blocks := make([]block, 0, sampleBlocks)
	for i := range int64(sampleBlocks) {
		blocks = append(blocks, block{head + (size-head-sampleBlock)*i/(sampleBlocks-1), sampleBlock})
	}
	tensors, err := weights.read(file, size, new(safetensors.Budget))
	if err != nil && !errors.Is(err, safetensors.ErrHeader) {
		return err
	}
	for _, t := range tensors {
		n := min(t.End-t.Begin, sampleBlock)
		blocks = append(blocks, block{t.Begin + (t.End-t.Begin-n)/2, n})
	}
	return readBlocks(w, file, blocks)
}

// A block is a range of a file, in bytes.
type block struct{ at, size int64 }

// readBlocks writes blocks in their order, and reads some at once, as each waits for the disk alone.
func readBlocks(w io.Writer, file io.ReaderAt, blocks []block) error {
	buffer := make([]byte, sampleBatch*sampleBlock)
	for batch := range slices.Chunk(blocks, sampleBatch) {
		var g errgroup.Group
		g.SetLimit(sampleReads)
		for i, b := range batch {
			g.Go(func() error {
				_, err := io.ReadFull(io.NewSectionReader(file, b.at, b.size), buffer[i*sampleBlock:][:b.size])
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for i, b := range batch {
			if _, err := w.Write(buffer[i*sampleBlock:][:b.size]); err != nil {
				return err
			}
		}
	}
	return nil
}
