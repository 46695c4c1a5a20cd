package card

import (
	"iter"
	"math"
	"slices"
)

// A Strip is what the models give to one set of tensors, layer by layer.
type Strip struct {
	Name    string   // "attention", "norms, embeddings"; "" where it holds all tensors
	Outside bool     // none of its tensors is in a layer
	Mean    bool     // its tensors differ within a layer, and the values are their means
	Layers  int      // how many layers its tower has, where it is not the language model; 0 takes those of the result
	Models  []Course // one for each of Facts.Models
}

// A Course is what one model gives to a strip: one value for all layers, or one for each layer of the result; NaN
// where the model gives nothing that has such a value, as the base of a sum of changes. Weight is nil for a model
// that nowhere gives any.
type Course struct {
	Weight  []float64 // factor of the model, or of its changes
	Density []float64 // share of its changes that is kept, 0 to 1; nil for methods that have none
}

// A Use is what one output tensor takes from one model.
type Use struct {
	Model   int     // index into Facts.Models
	Weight  float64 // factor
	Density float64 // NaN for methods that have none
}

// A Mixed is an output tensor with what it takes from the models.
type Mixed struct {
	Name     string
	Elements float64
	Uses     []Use // none where nothing is known or nothing is to be shown
}

// stripKinds are the parts of a model in the words and the order of its strips; those from outside on lie outside the layers.
var stripKinds = []string{"attention", "MLP", "norms", "other tensors", "embeddings", "final norm", "output head", "tensors outside the layers",
	"vision tower", "audio tower", "projector"}

const outside = 4

// Strips sorts what the tensors of a result of so many layers take from so many models. Tensors of one kind go
// together, and kinds with equal values in every layer do too. Where tensors of one kind differ within a layer the value is
// their mean, weighted by elements; so the values of models whose weights sum to 1 in every tensor sum to 1 in every strip.
//
// The layer of a tensor is found as [Groups] finds it.
func Strips(layers, models int, tensors iter.Seq[Mixed]) []Strip {
	means := make([][]meanCourse, len(stripKinds))
	of := depths(func(yield func(string) bool) {
		for t := range tensors {
			if !yield(t.Name) {
				return
			}
		}
	})
	deep := func(kind int) int { return of[stripKinds[kind]] } // 0 for what is no tower
	for t := range tensors {
		kind, layer := stripOf(t.Name, layers)
		if tower := towerOf(t.Name); of != nil && tower != language {
			kind, layer = slices.Index(stripKinds, tower), towerLayer(t.Name)
			if layer < 0 && of[tower] > 0 {
				kind = slices.Index(stripKinds, "tensors outside the layers")
			}
		}
		if means[kind] == nil {
			means[kind] = make([]meanCourse, models)
		}
		for _, u := range t.Uses {
			n := layers
			if kind >= outside {
				n = max(deep(kind), 1)
			}
			means[kind][u.Model].add(n, max(layer, 0), u, t.Elements)
		}
	}
	var strips []Strip
	for kind, m := range means {
		s := Strip{Name: stripKinds[kind], Outside: kind >= outside && deep(kind) == 0}
		known := false
		for i := range m {
			c := m[i].course()
			s.Mean = s.Mean || m[i].differ
			known = known || c.Weight != nil
			s.Models = append(s.Models, c)
			if max(len(c.Weight), len(c.Density)) > 1 {
				s.Layers = deep(kind)
			}
		}
		if !known {
			continue
		}
		if i := slices.IndexFunc(strips, s.equal); i >= 0 {
			strips[i].Name += ", " + s.Name
			strips[i].Mean = strips[i].Mean || s.Mean
			continue
		}
		strips = append(strips, s)
	}
	if len(strips) == 1 {
		strips[0].Name = ""
	}
	return strips
}

// stripOf returns the kind of a tensor's strip and its layer, -1 outside the layers.
func stripOf(name string, layers int) (kind, layer int) {
	layer, pattern := layerOf(name)
	inside := layer >= 0 && layer < layers
	switch k := kinds[kindOf(pattern)]; {
	case inside && (k == "embeddings" || k == "output head"):
		return slices.Index(stripKinds, "other tensors"), layer
	case inside:
		return slices.Index(stripKinds, k), layer
	case layer >= 0: // of another tower than the layers that are counted
		return slices.Index(stripKinds, "tensors outside the layers"), -1
	case k == "embeddings" || k == "output head":
		return slices.Index(stripKinds, k), -1
	case k == "norms":
		return slices.Index(stripKinds, "final norm"), -1
	}
	return slices.Index(stripKinds, "tensors outside the layers"), -1
}

// meanCourse is a course in the making.
type meanCourse struct {
	weight, density []float64
	elements        []float64 // so far
	differ          bool      // two tensors of one layer have other values
}

func (m *meanCourse) add(layers, layer int, u Use, elements float64) {
	if m.weight == nil {
		m.weight = slices.Repeat([]float64{math.NaN()}, layers)
		m.density = slices.Clone(m.weight)
		m.elements = make([]float64, layers)
	}
	if m.elements[layer] == 0 {
		m.weight[layer], m.density[layer] = u.Weight, u.Density
	}
	m.differ = m.differ || !same(m.weight[layer], u.Weight) || !same(m.density[layer], u.Density)
	m.elements[layer] += elements
	// A value that is the mean already leaves it as it is, to the last bit.
	toward := func(mean *float64, value float64) {
		*mean += float64((value-*mean)*elements) / max(m.elements[layer], 1)
	}
	toward(&m.weight[layer], u.Weight)
	toward(&m.density[layer], u.Density)
}

func (m *meanCourse) course() Course {
	c := Course{Weight: shortest(m.weight)}
	if slices.ContainsFunc(m.density, func(d float64) bool { return !math.IsNaN(d) }) {
		c.Density = shortest(m.density)
	}
	return c
}

// shortest returns one value where all are the same.
func shortest(values []float64) []float64 {
	if len(values) > 1 && !slices.ContainsFunc(values, func(v float64) bool { return !same(v, values[0]) }) {
		return values[:1]
	}
	return values
}

// equal tells whether s and t say the same. One value for all layers is equal to one layer's only if that is all there is.
func (s Strip) equal(t Strip) bool {
	return s.Layers == t.Layers && slices.EqualFunc(s.Models, t.Models, func(a, b Course) bool {
		return slices.EqualFunc(a.Weight, b.Weight, same) && slices.EqualFunc(a.Density, b.Density, same)
	})
}
