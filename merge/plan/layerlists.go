package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// unknownLayerLists warns of what seems to say something of single layers under a key that is not known: it stays as it is, and
// the slices have moved the layers. Following it could break what only looks like it.
func (b *builder) unknownLayerLists(at string) {
	donor := b.models[b.donor].Config
	object := gjson.Parse(donor.text.strict)
	if at != "" {
		object = donor.get(strings.TrimSuffix(at, "."))
	}
	moved := b.moved()
	var look func(object gjson.Result, at string, depth int)
	look = func(object gjson.Result, at string, depth int) {
		object.ForEach(func(k, v gjson.Result) bool {
			key := at + k.String()
			if followed(key) || ofNoLayer(k.String()) {
				return true
			}
			switch why := layerwise(k.String(), v, donor.Layers); {
			case why == "":
				if v.IsObject() && depth > 0 {
					look(v, key+".", depth-1)
				}
			case moved || b.saidOtherwise(key, v):
				b.stale(key, why)
			}
			return true
		})
	}
	look(object, at, 1)
}

// followed tells whether the rest of the package looks after the key at path.
func followed(path string) bool {
	is := func(known string) bool { return path == known || strings.HasSuffix(path, "."+known) }
	return slices.ContainsFunc(perLayerLists, is) || slices.ContainsFunc(perLayerIndices, func(l layerIndex) bool { return is(l.key) })
}

// ofNoLayer tells whether the name of a key says that it is about tokens, positions, packed weights, another part of the model than
// its language layers, or layers beyond them.
func ofNoLayer(key string) bool {
	return slices.ContainsFunc([]string{"token", "rope", "mrope", "quant", "compress", "vision", "visual", "image", "video", "audio", "speech",
		"backbone", "encoder_config", "codec", "mtp", "draft", "label", "architectures"}, func(part string) bool { return strings.Contains(key, part) })
}

// layerwise says in what way the value of a key speaks of single layers of a model that has that many; "" where it does not seem to.
func layerwise(key string, v gjson.Result, layers int) string {
	names := slices.ContainsFunc([]string{"layer", "block", "idx", "index", "indices"}, func(part string) bool { return strings.Contains(key, part) })
	switch {
	case layers < 2:
	case v.IsArray() && len(v.Array()) == layers:
		return "has as many entries as the model has layers"
	case v.IsArray() && names && ascending(v.Array(), layers):
		return "seems to list layers by number"
	case v.IsObject() && names && numbered(v, layers):
		return "seems to have layers by number"
	}
	return ""
}

// ascending tells whether all entries are whole numbers up to most, each greater than the one before it, as lists of layers are.
func ascending(list []gjson.Result, most int) bool {
	last := int64(-1)
	for _, v := range list {
		n, ok := wholeNumber(v)
		if !ok || n <= last || n > int64(most) {
			return false
		}
		last = n
	}
	return len(list) > 0
}

// numbered tells whether all keys of an object are whole numbers up to most.
func numbered(object gjson.Result, most int) bool {
	n := 0
	all := true
	object.ForEach(func(k, _ gjson.Result) bool {
		number := gjson.Parse(k.String())
		i, ok := wholeNumber(number)
		all = ok && i <= int64(most)
		n++
		return all
	})
	return all && n > 0
}

// saidOtherwise tells whether a model that layers come from has another value at path than v, which is the donor's.
func (b *builder) saidOtherwise(path string, v gjson.Result) bool {
	return slices.ContainsFunc(b.origins, func(o layerOrigin) bool { return compactJSON(b.models[o.model].Config.get(path)) != compactJSON(v) })
}

func compactJSON(v gjson.Result) string {
	var out bytes.Buffer
	if json.Compact(&out, []byte(v.Raw)) != nil {
		return v.Raw // absent
	}
	return out.String()
}
