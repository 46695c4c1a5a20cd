package card

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestFieldsAreAllFacts compares the documented fields with the type itself, and wants a word on each but those that
// their names explain.
func TestFieldsAreAllFacts(t *testing.T) {
	var want []string
	var walk func(t reflect.Type, prefix string)
	walk = func(rt reflect.Type, prefix string) {
		for i := range rt.NumField() {
			at := prefix + "." + rt.Field(i).Name
			want = append(want, at)
			inner := rt.Field(i).Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Slice {
				inner, at = inner.Elem(), at+"[]"
			}
			if inner.Kind() == reflect.Struct {
				walk(inner, at)
			}
		}
	}
	walk(reflect.TypeFor[Facts](), "")
	var got []string
	for _, f := range Fields() {
		got = append(got, f.Name)
		plain := []string{".Method", ".Models[].License", ".Slices[].First", ".Slices[].End", ".Slices[].Parts", ".Settings[].Name", ".Settings[].Groups"}
		if f.Doc == "" && !slices.Contains(plain, strings.Replace(f.Name, ".Models[].Settings[]", ".Settings[]", 1)) && strings.Count(f.Name, "[]") < 2 && !strings.HasPrefix(f.Name, ".Evaluation.Scores") {
			t.Errorf("%s has no word of explanation", f.Name)
		}
		if f.Type == "value" {
			t.Errorf("%s has a type without a name", f.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("Fields = %q, want %q", got, want)
	}
}

// TestFunctionsAreAllDocumented finds every function of templates at the start of a line.
func TestFunctionsAreAllDocumented(t *testing.T) {
	doc := "\n" + Functions()
	for name := range functions() {
		if !strings.Contains(doc, "\n\t"+name+" ") {
			t.Errorf("%s is not in the documentation of templates", name)
		}
	}
}
