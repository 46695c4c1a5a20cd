package card

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// A Field is one value that a template may use.
type Field struct {
	Name string `json:"name"` // as a template writes it from the top: ".Repo"; in a list of Facts ".Models[].Repo"
	Type string `json:"type"` // string, number, bool, or list of or optional one of these
	Doc  string `json:"doc"`  // what it holds, one line
}

// sources are the files in which the facts are declared: what is written there for readers of the source is what users of
// templates are told.
//
//go:embed doc.go evaluation.go facts.go strips.go
var sources embed.FS

func readSource(name string) string {
	text, err := sources.ReadFile(name)
	if err != nil {
		panic("card: " + err.Error())
	}
	return string(text)
}

// Fields lists all that [Facts] hold, in the order of their declaration, lists after their own line.
func Fields() []Field {
	types := map[string]*ast.StructType{}
	for _, name := range []string{"evaluation.go", "facts.go", "strips.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, readSource(name), parser.ParseComments)
		if err != nil {
			panic("card: its own source does not parse: " + err.Error())
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				for _, spec := range gen.Specs {
					if s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
						types[spec.(*ast.TypeSpec).Name.Name] = s
					}
				}
			}
		}
	}
	return fieldsOf(types, "Facts", "")
}

func fieldsOf(types map[string]*ast.StructType, name, prefix string) []Field {
	var out []Field
	for _, f := range types[name].Fields.List {
		doc := strings.Join(strings.Fields(f.Comment.Text()+" "+f.Doc.Text()), " ")
		for _, id := range f.Names {
			kind, inner, list := describe(f.Type)
			at := prefix + "." + id.Name
			out = append(out, Field{Name: at, Type: kind, Doc: doc})
			if types[inner] == nil {
				continue
			}
			if list {
				at += "[]"
			}
			out = append(out, fieldsOf(types, inner, at)...)
		}
	}
	return out
}

// describe says in words what a type is, with the name of the struct in it, if there is one.
func describe(t ast.Expr) (kind, inner string, list bool) {
	switch t := t.(type) {
	case *ast.StarExpr:
		kind, inner, list = describe(t.X)
		return "optional " + kind, inner, list
	case *ast.ArrayType:
		kind, inner, _ = describe(t.Elt)
		return "list of " + kind, inner, true
	case *ast.Ident:
		switch t.Name {
		case "int", "int64", "uint64", "float64":
			return "number", "", false
		case "string", "TemplateUse":
			return "string", "", false
		case "bool":
			return "bool", "", false
		}
		return t.Name, t.Name, false
	case *ast.SelectorExpr: // recipe.Result
		return "string", "", false
	}
	return "value", "", false
}

// Functions returns what the package's documentation says of templates: the functions that they may call.
func Functions() string {
	_, doc, _ := strings.Cut(readSource("doc.go"), "// # Templates\n//\n")
	doc, _, _ = strings.Cut(doc, "\npackage card")
	var lines []string
	for line := range strings.SplitSeq(doc, "\n") {
		lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(line, "//"), " "))
	}
	return strings.Join(lines, "\n")
}
