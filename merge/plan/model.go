package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/tidwall/gjson"
	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/hub/inside"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Errors of a source that a caller may tell apart.
var (
	ErrNoWeights = errors.New("no safetensors weights")
	ErrQuantized = errors.New("the weights are quantized")
	ErrPickles   = errors.New("it has only .bin files, which are Python pickles") // is an ErrNoWeights too
)

// Identity pins a model: a Hub repo at a commit, or the digest of a folder.
type Identity struct {
	Repo   string // Hub id; "" for a folder that is no Hub snapshot
	Commit string // 40 hex digits, with Repo
	Digest string // of a folder; see the function Digest
}

// A Model is a pinned model whose config and headers have been read.
type Model struct {
	Identity
	Files   Files
	Config  Config
	Tensors map[string]Stored // by name
	Order   []string          // names in file order: shards by name, then offset
	Shards  []string          // weight files by name
	Modules []string          // folders of a sentence-transformers model's further modules

	stored storedHead
}

// Stored is a tensor of a model, which its weight files have as it is or, where Make is not nil, in another form.
type Stored struct {
	Name  string
	File  string
	DType dtype.DType
	Shape []int64
	Begin int64 // bytes from the start of the file
	End   int64

	// Make returns how the tensor is made from what is stored; source is the index of the model's first source. Its
	// shape is Shape, DType the type that its values are meant to have, and what they are rounded to is the plan's to say.
	// File, Begin and End have no meaning then.
	Make func(source int) Expr

	whole []int64 // the shape in the file, where only the first rows are used
}

// expr is the tensor as a part of a plan, each value rounded to round unless that is Invalid.
func (t Stored) expr(source int, round dtype.DType) Expr {
	if t.Make != nil {
		e := t.Make(source)
		e.Round = round
		return e
	}
	l := &Leaf{Source: source, File: t.File, Tensor: t.Name, DType: t.DType, Stored: t.Shape, Begin: t.Begin, End: t.End}
	if t.whole != nil {
		l.Stored = t.whole
	}
	return Expr{Op: l, Round: round}
}

const (
	singleFile  = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
	configFile  = "config.json"
	modulesFile = "modules.json"
	readmeFile  = "README.md"
	// maxSmallFile bounds what is read whole; the largest tokenizers are near 40 MB.
	maxSmallFile = 512 << 20
	maxConfig    = 16 << 20
	maxIndex     = 64 << 20
)

// ReadModel reads the config, the index and every weight file's header, a few kB each, at most
// eight files at once. The error is ErrNoWeights or ErrQuantized where those are what is wrong, and holds a *[FileError] for each
// of these files that is something else than its name says.
func ReadModel(ctx context.Context, id Identity, files Files) (*Model, error) {
	m := &Model{Identity: id, Files: files, Tensors: map[string]Stored{}}
	var broken []error
	for _, read := range []func(context.Context) error{m.readConfig, m.readModules, m.readWeights} {
		err := read(ctx)
		found, only := fileErrors(err)
		if !only {
			return nil, errors.Join(append(broken, err)...)
		}
		broken = append(broken, found...)
	}
	if broken != nil {
		return nil, errors.Join(broken...)
	}
	if err := m.quantized(); err != nil {
		return nil, err
	}
	if err := m.readStoredHead(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) readConfig(ctx context.Context) error {
	raw, err := readSmall(ctx, m.Files, configFile, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s: %w", configFile, explainNoConfig(m.Files.Names()))
	}
	if err != nil {
		return err
	}
	m.Config, err = parseConfig(raw)
	return err
}

func (m *Model) readWeights(ctx context.Context) error {
	where, err := m.weightFiles(ctx)
	if err != nil {
		return err
	}
	return m.readHeaders(ctx, where)
}

// weightFiles fills Shards and returns which file the index puts each tensor in, nil
// without an index: shards tell by their names whether all are there.
func (m *Model) weightFiles(ctx context.Context) (map[string]string, error) {
	names := m.Files.Names()
	has := func(name string) bool { _, ok := slices.BinarySearch(names, name); return ok }
	if has(indexFile) {
		raw, err := readSmall(ctx, m.Files, indexFile, maxIndex)
		if err != nil {
			return nil, err
		}
		ix, err := safetensors.ReadIndex(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", indexFile, err)
		}
		m.Shards = ix.Files()
		missing := slices.DeleteFunc(slices.Clone(m.Shards), has)
		switch more := len(missing) - 1; {
		case more == 0:
			return nil, fmt.Errorf("%s names %s, which is missing: the upload or download of this model is incomplete", indexFile, missing[0])
		case more > 0:
			return nil, fmt.Errorf("%s names %s and %d more files that are missing: the upload or download of this model is incomplete", indexFile, missing[0], more)
		}
		return ix.WeightMap, nil
	}
	if has(singleFile) {
		m.Shards = []string{singleFile}
		return nil, nil
	}
	var err error
	if m.Shards, err = shardSet(names); err == nil && m.Shards == nil {
		err = explainNoWeights(names)
	}
	return nil, err
}

// readModules fills Modules from modules.json, where the model has one.
func (m *Model) readModules(ctx context.Context) error {
	raw, err := readSmall(ctx, m.Files, modulesFile, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	m.Modules = moduleFolders(raw)
	return nil
}

// moduleFolders returns the folders that modules.json names beside the model's own.
func moduleFolders(raw []byte) []string {
	var dirs []string
	for _, module := range gjson.ParseBytes(raw).Array() {
		if dir := module.Get("path").String(); dir != "." && fs.ValidPath(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func (m *Model) readHeaders(ctx context.Context, where map[string]string) error {
	tensors := make([][]Stored, len(m.Shards))
	broken := make([]error, len(m.Shards))
	var budget safetensors.Budget
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, name := range m.Shards {
		g.Go(func() (err error) {
			tensors[i], err = readHeader(ctx, m.Files, name, &budget)
			if _, ok := errors.AsType[*FileError](err); ok {
				broken[i], err = err, nil // and the others may be, too
			}
			return err
		})
	}
	if err := errors.Join(append(broken, g.Wait())...); err != nil {
		return err
	}
	for _, t := range slices.Concat(tensors...) {
		if where != nil && where[t.Name] != t.File {
			continue // the index is what loaders go by
		}
		if other, twice := m.Tensors[t.Name]; twice {
			return fmt.Errorf("tensor %.200q is in %s and in %s, and there is no %s to say which one counts", t.Name, other.File, t.File, indexFile)
		}
		m.Tensors[t.Name] = t
		m.Order = append(m.Order, t.Name)
	}
	if len(where) > len(m.Order) {
		for _, name := range slices.Sorted(maps.Keys(where)) {
			if _, ok := m.Tensors[name]; !ok {
				return fmt.Errorf("%s puts tensor %.200q in %s, whose header does not list it", indexFile, name, where[name])
			}
		}
	}
	if len(m.Order) == 0 {
		return fmt.Errorf("%w: the weight files are empty", ErrNoWeights)
	}
	return nil
}

// readHeader reads what a weight file has, from its header alone.
func readHeader(ctx context.Context, files Files, name string, budget *safetensors.Budget) ([]Stored, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	f := formatOf(name)
	if f == nil {
		return nil, fmt.Errorf("%s is in no format that can be read", name)
	}
	r, size, err := files.Open(ctx, name)
	if err != nil {
		return nil, named(name, err)
	}
	tensors, err := f.read(r, size, budget)
	if errors.Is(err, safetensors.ErrHeader) {
		err = explainHeader(name, r, size, err)
	}
	if err != nil {
		return nil, named(name, err)
	}
	for i := range tensors {
		tensors[i].File = name
	}
	return tensors, nil
}

// Bytes is the size of all tensors.
func (m *Model) Bytes() int64 {
	var n int64
	for _, t := range m.Tensors {
		n += t.End - t.Begin
	}
	return n
}

// DType is the type that most of the model's bytes have.
func (m *Model) DType() dtype.DType {
	by := map[dtype.DType]int64{}
	for _, t := range m.Tensors {
		by[t.DType] += t.End - t.Begin
	}
	return most(by)
}

// most returns the key with the largest count, and of equal ones the smallest.
func most(by map[dtype.DType]int64) dtype.DType {
	best := dtype.Invalid
	for d, n := range by {
		if best == dtype.Invalid || n > by[best] || n == by[best] && d < best {
			best = d
		}
	}
	return best
}

// ReadFile reads a small file whole, and no weights, which may lie anywhere. The error is fs.ErrNotExist for a name that is not there.
func ReadFile(ctx context.Context, files Files, name string, limit int64) ([]byte, error) {
	if inside.Weights(name) {
		return nil, fmt.Errorf("%s: weights are no small file", name)
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	r, size, err := files.Open(ctx, name)
	if err != nil {
		return nil, named(name, err)
	}
	if size > limit {
		return nil, fmt.Errorf("%s: %d bytes, more than the %d allowed here", name, size, limit)
	}
	b := make([]byte, size)
	if err := readFull(r, b, 0); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// readFull fills p. A ReaderAt may return io.EOF together with all the bytes asked for.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	if n, err := r.ReadAt(p, off); n < len(p) {
		return cmp.Or(err, io.ErrUnexpectedEOF)
	}
	return nil
}

// readSmall is ReadFile of a model's file. The error is a *FileError where the file is something else than its name says.
func readSmall(ctx context.Context, files Files, name string, limit int64) ([]byte, error) {
	b, err := ReadFile(ctx, files, name, limit)
	if err != nil {
		return nil, err
	}
	if err := inspect(name, b); err != nil {
		return nil, err
	}
	return b, nil
}

// ReadSmall reads one of a model's small files, of at most 512 MiB. The error is a *[FileError] where the file is something else
// than its name says.
func (m *Model) ReadSmall(ctx context.Context, name string) ([]byte, error) {
	return readSmall(ctx, m.Files, name, maxSmallFile)
}
