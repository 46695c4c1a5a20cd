package plan

import (
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// checkModels compares the models as wholes.
func (b *builder) checkModels() {
	donor := b.models[b.donor].Config.Architecture
	for i, m := range b.models {
		arch := m.Config.Architecture
		if arch == "" || donor == "" || strings.EqualFold(arch, donor) { // LLaMaForCausalLM is an old name
			continue
		}
		if b.opts.AllowCrimes {
			b.warn(b.refs[i].Pos, "architecture", "", "%s is a %s, but %s is a %s", b.refs[i], arch, b.refs[b.donor], donor)
			continue
		}
		b.fault(b.refs[i].Pos, "architecture", "add --allow-crimes if you know that their tensors fit", "%s is a %s, but %s is a %s", b.refs[i], arch, b.refs[b.donor], donor)
		b.unfit[i] = true
	}
	for i, l := range b.layouts {
		b.checkLayerCount(i, l)
	}
}

// checkLayerCount wants a number of layers in the config of model i that its tensors bear out. They may have more: those
// are told of elsewhere.
func (b *builder) checkLayerCount(i int, l *layout) {
	c := l.model.Config
	if c.LayersKey == "" || c.Layers > 0 && c.Layers <= l.named || c.Layers > 0 && l.stack == "" {
		return
	}
	b.unfit[i] = true
	_, key, nested := strings.Cut(c.LayersKey, ".")
	if !nested {
		key = c.LayersKey
	}
	has, hint := fmt.Sprintf("%d layers", l.named), fmt.Sprintf("%s should be %d", key, l.named)
	switch {
	case l.stack == "":
		has, hint = "no tensor numbered by layer", fmt.Sprintf("find another copy of the model whose %s is a number", key)
	case c.Layers > 0:
		hint = "its upload or download may be incomplete; if not, " + hint
	}
	b.fault(b.refs[i].Pos, "layer-count", hint, "config.json of %s has %s: %.40s, and its weight files have %s", b.refs[i], c.LayersKey, c.layersRaw, has)
}

// checkLayers compares layer ranges with the models' layer counts, and the counts of a
// models form with each other.
func (b *builder) checkLayers() {
	if b.recipe.Form == recipe.FormSlices {
		b.checkStacks()
		for _, s := range b.slices {
			b.checkRanges(s)
		}
		return
	}
	s := b.slices[0]
	lead := s.sources[s.lead]
	for _, src := range s.sources {
		if src.layout.layers != lead.layout.layers && !b.unfit[src.index] && !b.unfit[lead.index] {
			b.fault(src.Model.Pos, "layer-count", "use slices with a layer_range to say which layers to combine",
				"%s has %d layers and %s has %d", src.Model, src.layout.layers, lead.Model, lead.layout.layers)
		}
	}
}

// checkStacks reports models whose layers slices cannot be taken of.
func (b *builder) checkStacks() {
	for i, l := range b.layouts {
		switch {
		case b.unfit[i]:
			continue
		case l.stack == "":
			b.fault(b.refs[i].Pos, "no-layers", "use the models form", "no tensor of %s is numbered by layer", b.refs[i])
		case len(l.other) > 0:
			b.fault(b.refs[i].Pos, "several-stacks", "use the models form",
				"%s has a second stack of layers, %s0 to %d, and slices cannot say what to do with it",
				b.refs[i], l.other[0].prefix, l.other[0].layers-1)
		default:
			continue
		}
		b.unfit[i] = true
	}
}

// checkRanges reports ranges of s that end behind the model's last layer.
func (b *builder) checkRanges(s *slice) {
	for _, src := range s.sources {
		n := src.layout.layers
		if src.Layers == nil || src.Layers.End <= n {
			continue
		}
		s.broken = true
		if b.unfit[src.index] {
			continue
		}
		hint := fmt.Sprintf("write [%d, %d]: the second number is the layer after the last", src.Layers.First, n)
		if src.Layers.First >= n {
			hint = fmt.Sprintf("write a range within [0, %d]: the second number is the layer after the last", n)
		}
		b.fault(src.Layers.Pos, "layer-range", hint, "layers %d to %d of %s, which has %d: the last is %d",
			src.Layers.First, src.Layers.End-1, src.Model, n, n-1)
	}
}
