package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrIndex is a text that is no index of a model in several files.
var ErrIndex = errors.New("not a weight index")

const (
	maxFiles         = 10_000  // of an index; the largest models have a few hundred
	maxIndexMetadata = 1 << 20 // bytes; writers put two numbers there
)

// An Index says which file of a model holds which tensor: the content of
// model.safetensors.index.json, or of pytorch_model.bin.index.json.
type Index struct {
	WeightMap map[string]string          // tensor to file, which lies beside the index
	Metadata  map[string]json.RawMessage // for example total_size, the bytes of all tensors
}

// ReadIndex reads an index. Its files have plain names that are safe to create on every system:
// ReadIndex refuses separators, drives, "..", ".git", ".cache" and whatever else could name
// another place than the index's folder, or two files that differ in case alone.
// Keys beside weight_map and metadata are passed over. The error is an ErrIndex.
func ReadIndex(text []byte) (*Index, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, indexError("%w", err)
	}
	ix := new(Index)
	seen := map[string]bool{}
	err = p.object(func(key string) error {
		read := map[string]func(*Index) error{"weight_map": p.weightMap, "metadata": p.indexMetadata}[key]
		if read == nil {
			p.skip()
			return nil
		}
		if seen[key] {
			return fmt.Errorf("%s appears twice", quote(key))
		}
		seen[key] = true
		return read(ix)
	})
	if err != nil {
		return nil, indexError("%w", err)
	}
	if len(ix.WeightMap) == 0 {
		return nil, indexError("weight_map names no tensor")
	}
	return ix, nil
}

func indexError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrIndex, fmt.Errorf(format, args...))
}

func (p *parser) weightMap(ix *Index) error {
	ix.WeightMap = map[string]string{}
	known := map[string]string{} // by name in lower case; few files, many tensors
	return p.object(func(tensor string) error {
		if _, ok := ix.WeightMap[tensor]; ok {
			return fmt.Errorf("tensor %s appears twice", quote(tensor))
		}
		if len(ix.WeightMap) == MaxTensors {
			return fmt.Errorf("more than %d tensors, the limit for a model", MaxTensors)
		}
		file, err := p.string(maxName)
		if err != nil {
			return fmt.Errorf("tensor %s: %w", quote(tensor), err)
		}
		if tensor == "" {
			return fmt.Errorf("tensor %s: not a name", quote(tensor))
		}
		switch same, ok := known[strings.ToLower(file)]; {
		case !ok:
			if err := checkFile(file); err != nil {
				return fmt.Errorf("tensor %s is in %s: %w", quote(tensor), quote(file), err)
			}
			if len(known) == maxFiles {
				return fmt.Errorf("more than %d files", maxFiles)
			}
			known[strings.ToLower(file)] = file
		case same != file:
			return fmt.Errorf("files %s and %s differ in case alone", quote(same), quote(file))
		default:
			file = same // one copy of each name
		}
		ix.WeightMap[tensor] = file
		return nil
	})
}

func (p *parser) indexMetadata(ix *Index) error {
	ix.Metadata = map[string]json.RawMessage{}
	size := 0
	err := p.object(func(key string) error {
		if _, ok := ix.Metadata[key]; ok {
			return fmt.Errorf("key %s appears twice", quote(key))
		}
		value := p.skip()
		if size += len(key) + len(value); size > maxIndexMetadata {
			return fmt.Errorf("more than %d bytes", maxIndexMetadata)
		}
		ix.Metadata[key] = slices.Clone(value)
		return nil
	})
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	return nil
}

// Files returns the names of the weight files, sorted, each once.
func (ix *Index) Files() []string {
	return slices.Compact(slices.Sorted(maps.Values(ix.WeightMap)))
}

// Encode returns the index as JSON, indented by two spaces: metadata, with total_size first and
// the other keys sorted, then the tensors in plain string order, and a newline. Equal indexes give
// equal bytes. It panics where a value of Metadata is not JSON.
func (ix *Index) Encode() []byte {
	out := []byte("{\n  \"metadata\": {")
	keys := slices.Sorted(maps.Keys(ix.Metadata))
	if i := slices.Index(keys, "total_size"); i > 0 {
		keys = slices.Insert(slices.Delete(keys, i, i+1), 0, "total_size")
	}
	for i, key := range keys {
		var value bytes.Buffer
		if err := json.Compact(&value, ix.Metadata[key]); err != nil {
			panic(fmt.Sprintf("safetensors: metadata %q of an index: %v", key, err))
		}
		out = append(appendMember(out, i, key), value.Bytes()...)
	}
	out = append(closeObject(out, len(keys)), ",\n  \"weight_map\": {"...)
	for i, tensor := range slices.Sorted(maps.Keys(ix.WeightMap)) {
		out = appendString(appendMember(out, i, tensor), ix.WeightMap[tensor])
	}
	return append(closeObject(out, len(ix.WeightMap)), "\n}\n"...)
}

// appendMember starts the i-th member of one of the two objects of an index.
func appendMember(out []byte, i int, key string) []byte {
	if i > 0 {
		out = append(out, ',')
	}
	return append(appendString(append(out, "\n    "...), key), ": "...)
}

func closeObject(out []byte, members int) []byte {
	if members > 0 {
		out = append(out, "\n  "...)
	}
	return append(out, '}')
}
