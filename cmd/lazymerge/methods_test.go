package main

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Help, page and JSON give the limits of values, whichever there are.
func TestMethodsTellTheLimitsOfValues(t *testing.T) {
	for _, tt := range []struct {
		p           recipe.Param
		words, json string
	}{
		{recipe.Param{Type: recipe.Bool}, "true or false", `{}`},
		{recipe.Param{Required: true}, "number", `{}`},
		{recipe.Param{Max: 1}, "0 to 1", `{"min":0,"max":1}`},
		{recipe.Param{Min: -2}, "-2 to 0", `{"min":-2,"max":0}`},
		{recipe.Param{Required: true, Above: true}, "> 0", `{"above":0}`},
		{recipe.Param{Required: true, Above: true, Min: 2.5}, "> 2.5", `{"above":2.5}`},
		{recipe.Param{Default: 1, Above: true, Max: 1}, "> 0 to 1", `{"above":0,"max":1}`},
	} {
		tt.p.Name, tt.p.Doc = "heat", "how hot it is"
		m := recipe.Method{Name: "melt", Title: "Melt", Summary: "molten models", Params: []recipe.Param{tt.p}}
		var help, out bytes.Buffer
		if err := printMethod(&help, &m); err != nil {
			t.Fatal(err)
		}
		if want := "  " + tt.words + "  "; !strings.Contains(help.String(), want) {
			t.Errorf("the help of %+v has no %q:\n%s", tt.p, want, &help)
		}
		if page := methodReference([]recipe.Method{m}); !bytes.Contains(page, []byte("| "+tt.words+" | how hot")) {
			t.Errorf("the page of %+v has no %q:\n%s", tt.p, tt.words, page)
		}
		if err := printMethodsJSON(&out, []recipe.Method{m}); err != nil {
			t.Fatal(err)
		}
		limits := map[string]any{}
		for _, key := range []string{"min", "above", "max"} {
			if v := gjson.GetBytes(out.Bytes(), "methods.0.parameters.0."+key); v.Exists() {
				limits[key] = v.Value()
			}
		}
		want, _ := gjson.Parse(tt.json).Value().(map[string]any)
		if !maps.Equal(limits, want) {
			t.Errorf("the JSON of %+v has the limits %v, want %s", tt.p, limits, tt.json)
		}
	}
}
