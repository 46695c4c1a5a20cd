package plan

import "slices"

// rows is how many tokens a model has embeddings for; 0 where it has none.
func (m *Model) rows() int64 {
	for _, is := range []func(string) bool{isEmbedding, isHead} {
		for _, name := range m.Order {
			if shape := m.Tensors[name].Shape; is(name) && len(shape) == 2 {
				return shape[0]
			}
		}
	}
	return 0
}

// commonRows is the number of tokens that all models have, where the vocabularies are to be cut to that; 0 where
// nothing is to be cut. Only the ends differ, so that a row means one token in all of them; whether it does,
// the tokenizers tell and nobody here.
//
// Source: mergekit 0.1.5, --unsafe-truncate-embeddings.
func (b *builder) commonRows() int64 {
	if !b.opts.TruncateVocabulary {
		return 0
	}
	var all []int64
	for _, m := range b.models {
		if n := m.rows(); n > 0 {
			all = append(all, n)
		}
	}
	if len(all) == 0 || slices.Min(all) == slices.Max(all) {
		return 0
	}
	return slices.Min(all)
}

// cut takes the rows beyond b.rows off a vocabulary tensor's inputs: what is left is the first part of the same bytes.
func (b *builder) cut(name string, inputs []input) []input {
	if b.rows == 0 || !isVocabulary(name) {
		return inputs
	}
	inputs = slices.Clone(inputs)
	for i := range inputs {
		t := &inputs[i].stored
		if len(t.Shape) == 0 || t.Shape[0] <= b.rows {
			continue
		}
		row := (t.End - t.Begin) / t.Shape[0]
		from := inputs[i].source.Model
		b.warn(from.Pos, "vocabulary", "tokens beyond them lose their meaning; test the model before relying on it",
			"%s has %d rows in its vocabulary, and the merge has the first %d", from, t.Shape[0], b.rows)
		t.whole, t.Shape = t.Shape, slices.Clone(t.Shape)
		t.Shape[0] = b.rows
		t.End = t.Begin + b.rows*row
	}
	return inputs
}

// checkVocabulary wants as many rows of every vocabulary tensor as the donor has, whose config and tokenizer the result takes
// over: slices may take the head from another model than the embedding.
func (b *builder) checkVocabulary() {
	donor := b.models[b.donor]
	for i := range b.plan.Outputs {
		o := &b.plan.Outputs[i]
		t := &o.Tensors[0]
		if !isVocabulary(t.Name) || len(t.Shape) == 0 || t.Shape[0] == b.rows {
			continue
		}
		want := donor.rows()
		if own, ok := donor.Tensors[t.Name]; ok && len(own.Shape) > 0 {
			want = own.Shape[0]
		}
		if want == 0 || t.Shape[0] == want {
			continue
		}
		from := o.Inputs()[0].Model
		b.fault(b.refs[from].Pos, "vocabulary", truncateHint, "%s has %d rows in %s and %d in %s, whose vocabulary the merge uses",
			t.Name, t.Shape[0], b.refs[from], want, b.refs[b.donor])
	}
}

const truncateHint = "add --unsafe-truncate-embeddings to cut the vocabularies to the rows that all models have; the other tokens lose their meaning"

// Rows is for how many tokens the result has embeddings, one number for each embedding that it has; without any, those of its
// output heads.
func (p *Plan) Rows() []int64 {
	for _, is := range []func(string) bool{isEmbedding, isHead} {
		var rows []int64
		for t := range p.Tensors() {
			if is(t.Name) && len(t.Shape) == 2 {
				rows = append(rows, t.Shape[0])
			}
		}
		if len(rows) > 0 {
			return rows
		}
	}
	return nil
}
