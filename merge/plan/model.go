package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Errors of a source that a caller may tell apart.
var (
	ErrNoWeights = errors.New("no safetensors weights")
	ErrQuantised = errors.New("the weights are quantised")
)

// Identity pins a model: a Hub repo at a commit, or the digest of a folder.
type Identity struct {
	Repo   string // Hub id; "" for a folder that is no Hub snapshot
	Commit string // 40 hex digits, with Repo
	Digest string // of a folder; see Folder
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
}

// Stored is a tensor of a model's weight files.
type Stored struct {
	Name  string
	File  string
	DType dtype.DType
	Shape []int64
	Begin int64 // bytes from the start of the file
	End   int64
}

const (
	singleFile  = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
	configFile  = "config.json"
	modulesFile = "modules.json"
	// maxSmallFile bounds what is read whole; the largest tokenizers are near 40 MB.
	maxSmallFile = 512 << 20
	maxConfig    = 16 << 20
	maxIndex     = 64 << 20
)

// ReadModel reads the config, the index and every weight file's header, a few kB each, at most
// eight files at once.
func ReadModel(ctx context.Context, id Identity, files Files) (*Model, error) {
	m := &Model{Identity: id, Files: files, Tensors: map[string]Stored{}}
	raw, err := ReadFile(ctx, files, configFile, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: %w", configFile, explainNoConfig(files))
	}
	if err != nil {
		return nil, err
	}
	if m.Config, err = parseConfig(raw); err != nil {
		return nil, err
	}
	if q := m.Config.get("quantization_config"); q.IsObject() {
		return nil, fmt.Errorf("%w (quantization_config %q in %s): name the model it was made from instead",
			ErrQuantised, q.Get("quant_method").String(), configFile)
	}
	if err := m.readModules(ctx); err != nil {
		return nil, err
	}
	where, err := m.weightFiles(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.readHeaders(ctx, where); err != nil {
		return nil, err
	}
	return m, nil
}

// weightFiles fills Shards and returns which file the index puts each tensor in, nil
// without an index.
func (m *Model) weightFiles(ctx context.Context) (map[string]string, error) {
	names := m.Files.Names()
	has := func(name string) bool { _, ok := slices.BinarySearch(names, name); return ok }
	if has(indexFile) {
		raw, err := ReadFile(ctx, m.Files, indexFile, maxIndex)
		if err != nil {
			return nil, err
		}
		ix, err := safetensors.ReadIndex(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", indexFile, err)
		}
		m.Shards = ix.Files()
		for _, name := range m.Shards {
			if !has(name) {
				return nil, fmt.Errorf("%s names %s, which is not there: the upload or download of this model is not complete", indexFile, name)
			}
		}
		return ix.WeightMap, nil
	}
	if has(singleFile) {
		m.Shards = []string{singleFile}
		return nil, nil
	}
	return nil, explainNoWeights(names)
}

// readModules fills Modules from modules.json, where the model has one.
func (m *Model) readModules(ctx context.Context) error {
	raw, err := ReadFile(ctx, m.Files, modulesFile, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, module := range gjson.ParseBytes(raw).Array() {
		if dir := module.Get("path").String(); fs.ValidPath(dir) && dir != "." {
			m.Modules = append(m.Modules, dir)
		}
	}
	return nil
}

func (m *Model) readHeaders(ctx context.Context, where map[string]string) error {
	headers := make([]*safetensors.Header, len(m.Shards))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, name := range m.Shards {
		g.Go(func() error {
			r, size, err := m.Files.Open(gctx, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if headers[i], err = safetensors.ReadHeader(r, size); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, h := range headers {
		for _, t := range h.Tensors {
			if where != nil && where[t.Name] != m.Shards[i] {
				continue // the index is what loaders go by
			}
			m.Tensors[t.Name] = Stored{
				Name: t.Name, File: m.Shards[i], DType: t.DType, Shape: t.Shape,
				Begin: h.Size + t.Begin, End: h.Size + t.End,
			}
			m.Order = append(m.Order, t.Name)
		}
	}
	for name, file := range where {
		if _, ok := m.Tensors[name]; !ok {
			return fmt.Errorf("%s puts tensor %q in %s, whose header does not have it", indexFile, name, file)
		}
	}
	if len(m.Order) == 0 {
		return fmt.Errorf("%w: the weight files are empty", ErrNoWeights)
	}
	return nil
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

// ReadFile reads a small file whole. The error is fs.ErrNotExist for a name that is not there.
func ReadFile(ctx context.Context, files Files, name string, limit int64) ([]byte, error) {
	r, size, err := files.Open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if size > limit {
		return nil, fmt.Errorf("%s: %d bytes, more than the %d that make sense here", name, size, limit)
	}
	b := make([]byte, size)
	if n, err := r.ReadAt(b, 0); int64(n) < size {
		return nil, fmt.Errorf("%s: %w", name, cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return b, nil
}

// ReadSmall reads one of a model's small files, of at most 512 MiB.
func (m *Model) ReadSmall(ctx context.Context, name string) ([]byte, error) {
	return ReadFile(ctx, m.Files, name, maxSmallFile)
}

func explainNoConfig(files Files) error {
	names := files.Names()
	switch {
	case slices.Contains(names, "adapter_config.json"):
		return errors.New("this is an adapter, and adapters are not built yet")
	case slices.Contains(names, "model_index.json"):
		return errors.New("this is a diffusion pipeline, not a language model")
	case slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ".gguf") }):
		return errors.New("GGUF files are quantised copies: name the model they were made from instead")
	}
	return fs.ErrNotExist
}

func explainNoWeights(names []string) error {
	ends := func(suffix string) bool {
		return slices.ContainsFunc(names, func(n string) bool {
			return strings.HasSuffix(n, suffix) && !strings.Contains(n, "/")
		})
	}
	switch {
	case ends(".bin") || ends(".bin.index.json"):
		return fmt.Errorf("%w: it has only .bin files, which are Python pickles; on the Hub, convert them with the space safetensors/convert, whose pull request can be named as a revision (model@refs/pr/N)", ErrNoWeights)
	case ends(".gguf"):
		return fmt.Errorf("%w: GGUF files are quantised copies: name the model they were made from instead", ErrNoWeights)
	case ends("adapter_model.safetensors"):
		return fmt.Errorf("%w: this is an adapter, and adapters are not built yet", ErrNoWeights)
	}
	return fmt.Errorf("%w: neither %s nor %s is there", ErrNoWeights, singleFile, indexFile)
}

// Config is a model's config.json as it stands, with the few fields that a plan needs.
type Config struct {
	Raw          []byte
	Architecture string // the one entry of architectures
	ModelType    string
	Layers       int    // 0 where no key gives it
	LayersKey    string // gjson path of the number of layers, for example "text_config.num_hidden_layers"
	Vocabulary   int64  // 0 where no key gives it
	Tied         bool   // tie_word_embeddings, with the default of the model type
}

// layerKeys are tried in order. Source: the layer-count keys of mergekit's architecture
// definitions, and the attribute maps of transformers.
var layerKeys = []string{"num_hidden_layers", "n_layer", "n_layers", "num_layers", "text_config.num_hidden_layers", "text_config.n_layer", "llm_config.num_hidden_layers"}

// untiedByDefault are the model types whose config class leaves the embeddings untied when the file does
// not say. Source: transformers' config classes, which default to true unless they say otherwise.
var untiedByDefault = []string{"llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "phi", "phi3", "gpt_neox", "falcon_mamba", "stablelm", "olmo", "olmo2", "internlm2", "deepseek_v2", "deepseek_v3", "granitemoehybrid", "glm4", "baichuan", "gptj"}

func parseConfig(raw []byte) (Config, error) {
	if !json.Valid(raw) || !gjson.ParseBytes(raw).IsObject() {
		return Config{}, fmt.Errorf("%s is not a JSON object", configFile)
	}
	c := Config{Raw: raw}
	archs := c.get("architectures").Array()
	if len(archs) > 1 {
		return Config{}, fmt.Errorf("%s names %d architectures; a merge needs one", configFile, len(archs))
	}
	if len(archs) == 1 {
		c.Architecture = archs[0].String()
	}
	c.ModelType = c.get("model_type").String()
	for _, key := range layerKeys {
		if v := c.get(key); v.Type == gjson.Number && v.Num >= 0 && v.Num < 1e6 {
			c.Layers, c.LayersKey = int(v.Num), key
			break
		}
	}
	for _, key := range []string{"vocab_size", "text_config.vocab_size"} {
		if v := c.get(key); v.Type == gjson.Number {
			c.Vocabulary = v.Int()
			break
		}
	}
	c.Tied = !slices.Contains(untiedByDefault, c.ModelType)
	for _, key := range []string{"tie_word_embeddings", "text_config.tie_word_embeddings"} {
		if v := c.get(key); v.IsBool() {
			c.Tied = v.Bool()
			break
		}
	}
	return c, nil
}

func (c Config) get(path string) gjson.Result { return gjson.GetBytes(c.Raw, path) }
