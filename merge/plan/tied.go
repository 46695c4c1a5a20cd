package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A storedHead is an output head in the weight files of a model that ties it to its embedding. Loaders pass it over and
// use the embedding.
type storedHead struct {
	head, embedding string // "" where the model has no such head
	differs         bool   // from the embedding, as far as a sample tells
}

// readStoredHead looks for a stored head, and settles whether a model is tied that does not say so.
func (m *Model) readStoredHead(ctx context.Context) error {
	var heads, embeddings []string
	for _, name := range m.Order {
		switch {
		case isHead(name):
			heads = append(heads, name)
		case isEmbedding(name):
			embeddings = append(embeddings, name)
		}
	}
	if len(heads) == 0 && len(embeddings) > 0 && !m.Config.tiedSaid {
		m.Config.Tied = true // nothing else could be its head
	}
	if !m.Config.Tied || len(heads) != 1 || len(embeddings) == 0 {
		return nil
	}
	head := m.Tensors[heads[0]]
	at := slices.IndexFunc(embeddings, func(name string) bool { return slices.Equal(m.Tensors[name].Shape, head.Shape) })
	embedding := m.Tensors[embeddings[max(at, 0)]]
	same, err := m.sameSample(ctx, head, embedding)
	m.stored = storedHead{head.Name, embedding.Name, !same}
	return err
}

// The head is compared in so many blocks of so many elements, evenly spread over the tensor.
const (
	headBlocks   = 8
	headElements = 1024
)

// sameSample tells whether two tensors have one shape and equal elements at the places of a sample.
func (m *Model) sameSample(ctx context.Context, a, b Stored) (bool, error) {
	if !slices.Equal(a.Shape, b.Shape) || a.DType != b.DType && !(a.DType.Float() && b.DType.Float()) {
		return false, nil
	}
	all := (a.End - a.Begin) / a.DType.Size()
	n := min(all, headElements)
	equal := make([]bool, headBlocks)
	g, ctx := errgroup.WithContext(ctx)
	for i := range int64(headBlocks) {
		g.Go(func() error {
			first := (all - n) / (headBlocks - 1) * i
			if i == headBlocks-1 {
				first = all - n
			}
			x, err := m.elements(ctx, a, first, n)
			if err != nil {
				return err
			}
			y, err := m.elements(ctx, b, first, n)
			if err != nil {
				return err
			}
			equal[i] = equalElements(x, y, a.DType, b.DType)
			return nil
		})
	}
	err := g.Wait()
	return !slices.Contains(equal, false), err
}

// elements reads the bytes of n elements of t from first on.
func (m *Model) elements(ctx context.Context, t Stored, first, n int64) ([]byte, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	r, _, err := m.Files.Open(ctx, t.File)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.File, err)
	}
	b := make([]byte, n*t.DType.Size())
	if err := readFull(r, b, t.Begin+first*t.DType.Size()); err != nil {
		return nil, fmt.Errorf("%s: %w", t.File, err)
	}
	return b, nil
}

// equalElements compares elements of two types by their values, and of one type by their bytes.
func equalElements(x, y []byte, dx, dy dtype.DType) bool {
	if dx == dy {
		return string(x) == string(y)
	}
	for i := range int64(len(x)) / dx.Size() {
		if dtype.Element(x, i, dx) != dtype.Element(y, i, dy) {
			return false
		}
	}
	return true
}

// allTied tells whether every model ties its head to its embedding and no result needs a head of its own.
func (b *builder) allTied() bool {
	return !slices.ContainsFunc(b.models, func(m *Model) bool {
		return !m.Config.Tied || m.stored.head == "" && slices.ContainsFunc(m.Order, isHead)
	})
}

// passedOver tells whether name is the head of a merge of tied models, which is left out as their loaders would pass it
// over, and warns of one that is more than a copy.
func (b *builder) passedOver(name string) bool {
	if !isHead(name) || !b.allTied() {
		return false
	}
	for i, m := range b.models {
		if m.stored.differs {
			b.warnOfHead(b.refs[i], m, "it is left out")
		}
	}
	return true
}

// warnOfHead tells of a head that the config of its model says is the embedding, and that is not.
func (b *builder) warnOfHead(ref recipe.Ref, m *Model, so string) {
	b.warn(ref.Pos, "tied", "if it should count, merge a copy of the model whose config.json has tie_word_embeddings: false",
		"%s of %s differs from the embedding that config.json ties it to: loaders ignore it, so %s", m.stored.head, ref, so)
}

// asLoaded puts the embedding of a tied model in the place of the head in its files.
func (b *builder) asLoaded(inputs []input) []input {
	inputs = slices.Clone(inputs)
	for i, in := range inputs {
		m := in.source.model
		if in.stored.Name != m.stored.head {
			continue
		}
		inputs[i].stored = m.Tensors[m.stored.embedding]
		if m.stored.differs {
			b.warnOfHead(in.source.Model, m, "the embedding is used instead")
		}
	}
	return inputs
}

// head notes that a head of so many bytes is written. Where only some of the models tie theirs, the result has one of
// its own, and its config must not tie it.
func (b *builder) head(name string, bytes int64) {
	b.heads++
	var tied, untied []string
	for i, m := range b.models {
		if m.Config.Tied {
			tied = append(tied, b.refs[i].String())
		} else {
			untied = append(untied, b.refs[i].String())
		}
	}
	if len(tied) == 0 || len(untied) == 0 {
		return
	}
	b.untied = true
	b.warn(b.refs[b.donor].Pos, "tied", "", "%s is the embedding in %s and a matrix of its own in %s: the merge has one of its own (%s), and its config.json says tie_word_embeddings: false",
		name, strings.Join(tied, ", "), strings.Join(untied, ", "), size(bytes))
}

// lastHead plans the head where the last slice has none, as its models are tied, and the donor's config asks for one:
// it is their embedding.
func (b *builder) lastHead(last *slice) {
	donor := b.layouts[b.donor]
	at := slices.IndexFunc(donor.post, isHead)
	if b.heads > 0 || at < 0 || donor.model.Config.Tied || slices.ContainsFunc(last.sources, func(src source) bool { return slices.ContainsFunc(src.layout.post, isHead) }) {
		return
	}
	name := donor.post[at]
	var inputs []input
	for i := range last.sources {
		src := &last.sources[i]
		if t, ok := standIn(src, name); ok {
			inputs = append(inputs, input{src, t, name})
		} else if !b.unfit[src.index] {
			b.missing(src.Model, name, b.refs[b.donor])
		}
	}
	if len(inputs) == len(last.sources) {
		b.tensor(last, name, 0, inputs, func(int) string { return name })
	}
}

// size shows bytes with a unit: "131.1 MB".
func size(bytes int64) string {
	v, unit := float64(bytes), 0
	for ; v >= 999.95 && unit < 4; unit++ {
		v /= 1000
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %cB", v, "kMGT"[unit-1])
}

// HasHead tells whether the result has an output head of its own, beside its embedding.
func (p *Plan) HasHead() bool {
	for t := range p.Tensors() {
		if isHead(t.Name) {
			return true
		}
	}
	return false
}
