package plan

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Every field of a plan is hashed but those that follow from others or are of one machine; a field that is added
// and forgotten shows up here.
func TestHashHasEveryField(t *testing.T) {
	leaf := Expr{Op: &Leaf{Source: 1, File: "f", Tensor: "t", DType: dtype.F32, Stored: []int64{1}, Begin: 1, End: 5}, Round: dtype.BF16}
	p := &Plan{
		Numeric: 1, Hash: "h", Method: "m", DType: "d", Layers: 1, Params: 1, Donor: 1,
		Sources: []Source{{Repo: "r", Commit: "c", Digest: "d", DType: "t", Bytes: 1, Shards: []string{"s"}}},
		Outputs: []Output{{
			Codec:   Cast,
			Tensors: []Tensor{{Name: "n", DType: dtype.F32, Shape: []int64{1}, Shard: 1, Begin: 1, End: 5}},
			Unit:    1,
			Expr: Expr{Round: dtype.BF16, Op: &Call{
				Method: "m", Args: recipe.Args{Shared: map[string]float64{"p": 1}, PerModel: []map[string]float64{nil, {"q": 1}}, Base: 1},
				Inputs: []Input{{Model: 1, Expr: leaf}}, Draw: &Draw{Seed: 1, Stage: 1, Name: "n"}, Work: Work{Unit: 1, Usual: 1, Worst: 1, Keeps: 1},
			}},
		}},
		Shards: []Shard{{Name: "n", Size: 1, First: 1, End: 2, Header: []byte("h")}},
		Files:  []File{{Name: "n", Source: 1, Size: 1, Edited: Text("e")}},
		Cost:   &Cost{ReadBytes: 1},
	}
	seen := map[string]string{p.hash(): "nothing"}
	fields := 0
	check := func(path string) {
		fields++
		h := p.hash()
		was, same := seen[h]
		free := path == ".Hash" || strings.HasPrefix(path, ".Cost") || strings.HasSuffix(path, ".Header") || path == ".ShardSize" || strings.Contains(path, ".Work") || path == ".Outputs[0].Unit"
		switch {
		case free && (!same || was != "nothing"):
			t.Errorf("the hash changes with %s", path)
		case !free && same:
			t.Errorf("the hash with another %s is that with another %s", path, was)
		}
		seen[h] = path
		if free {
			seen[h] = "nothing"
		}
	}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
			return
		case reflect.Interface:
			walk(path, v.Elem().Elem())
			return
		case reflect.Pointer:
			walk(path, v.Elem())
			v.SetZero()
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() + 7)
		case reflect.Uint64:
			v.SetUint(v.Uint() + 7)
		case reflect.Uint8:
			v.SetUint(uint64(dtype.F64))
		case reflect.Map:
			if v.Len() == 0 {
				return
			}
			v.Set(reflect.ValueOf(map[string]float64{"p": 2}))
			check(path + " value")
			v.Set(reflect.ValueOf(map[string]float64{"r": 1}))
			check(path + " name")
			v.SetZero()
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				v.SetBytes([]byte("another"))
				break
			}
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
			}
			v.SetZero()
		default:
			t.Fatalf("%s is a %v", path, v.Kind())
		}
		check(path)
		v.Set(old)
	}
	walk("", reflect.ValueOf(p).Elem())
	if fields < 60 {
		t.Errorf("only %d fields were changed", fields)
	}
}
