package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages of the command and what each may import of ours, from the bottom up: a room knows those above it in this table
// that it names, and no other. Names without a slash are rooms.
var rooms = []struct {
	name string
	may  string
}{
	{"say", ""},
	{"file", "say"},
	{"fault", "file hub/openfiles merge/recipe"},
	{"names", "say fault hub merge/recipe"},
	{"lock", "say file fault names card merge/plan merge/recipe"},
	{"source", "say fault names lock card hub merge/plan merge/recipe"},
	{"compat", "say source merge/plan merge/recipe"},
	{"license", "say fault source card hub merge/plan merge/recipe"},
	{"privacy", "say lock source hub merge/plan merge/recipe"},
	{"target", "say fault names lock source card hub merge/plan"},
	{"local", "say file fault lock hub merge merge/plan"},
	{"render", "say fault names lock source license card card/chart merge merge/plan merge/recipe"},
	{"report", "say file fault compat source license target render card hub merge/plan merge/recipe"},
	{"ui", "say fault card merge/recipe"},
	{"pipeline", "say file fault names lock source compat license privacy target local render report ui card card/chart hub merge merge/dtype merge/plan merge/recipe"},
	{"verify", "say names lock source target render report pipeline hub merge merge/plan"},
}

// Beside the rooms of the command there are those of what it is tried with: sample models and benchmarks.
var besideRooms = []string{"sample", "bench"}

// maxRoom is how many files a reader can hold in mind.
const maxRoom = 21

// TestRooms holds the rooms to the directions in which they may know each other, and to a size.
func TestRooms(t *testing.T) {
	const internal = "cmd/lazymerge/internal/"
	may := map[string][]string{}
	for _, r := range rooms {
		for _, name := range strings.Fields(r.may) {
			if !strings.Contains(name, "/") && may[name] == nil && !slices.Contains([]string{"card", "hub", "merge"}, name) {
				t.Errorf("%s may import %s, which is no room above it", r.name, name)
			}
			may[r.name] = append(may[r.name], name)
		}
		may[r.name] = append(may[r.name], "")
		files, err := filepath.Glob(filepath.Join("internal", r.name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
		if n := len(files); n == 0 || n > maxRoom {
			t.Errorf("the room %s has %d files, and a reader can hold %d in mind", r.name, n, maxRoom)
		}
	}
	for _, p := range list(t) {
		path, inside := strings.CutPrefix(p.ImportPath, module+internal)
		name, below, _ := strings.Cut(path, "/")
		if !inside || below != "" || slices.Contains(besideRooms, name) { // helpers of tests, and tools
			continue
		}
		if may[name] == nil {
			t.Errorf("the room %s is in no row of the table", name)
		}
		for _, imported := range p.Imports {
			of, ours := strings.CutPrefix(imported, module)
			if room := strings.TrimPrefix(of, internal); ours && !slices.Contains(may[name], room) {
				t.Errorf("the room %s imports %s, which the table does not let it", name, room)
			}
		}
	}
}

// changing are the types that change: sinks, meters and caches, whose doc comments say so.
var changing = []string{
	"compat.tokenizers", "local.Uploads", "source.memo",
}

// changers are the functions that change their first argument.
var changers = []string{
	"delete", "clear", "copy",
	"slices.Sort", "slices.SortFunc", "slices.SortStableFunc", "slices.Reverse", "slices.Delete", "slices.DeleteFunc", "slices.Compact", "slices.CompactFunc", "slices.Insert", "slices.Replace",
	"sort.Slice", "sort.SliceStable", "sort.Strings", "sort.Sort", "maps.Copy", "maps.DeleteFunc", "rand.Shuffle",
}

// TestValuesFlow looks for what changes a field or an element of a receiver or an argument: values are made once, and what is found out later
// is returned.
func TestValuesFlow(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rooms {
		if slices.Contains([]string{"ui", "file"}, r.name) { // what prints and what writes
			continue
		}
		for _, c := range changes(t, filepath.Join("internal", r.name)) {
			of := r.name + "." + c.receiver
			seen[of] = true
			if !slices.Contains(changing, of) {
				t.Errorf("%s: %s changes %s, which came in; make another value and return it", c.pos, c.function, c.what)
			}
		}
	}
	for _, name := range changing {
		if !seen[name] {
			t.Errorf("%s does not change any more: take it off the list", name)
		}
	}
}

// The test of values finds what it is for.
func TestChangesAreFound(t *testing.T) {
	var found []string
	for _, c := range changes(t, filepath.Join("testdata", "changes")) {
		found = append(found, c.function)
	}
	want := []string{"field", "byValue", "element", "deep", "increment", "sorted", "inClosure", "ofClosure", "removed", "ranged"}
	if !slices.Equal(found, want) {
		t.Errorf("changes were found in %q, want %q", found, want)
	}
}

// A change is a place where a function changes what came in.
type change struct {
	pos, function, what string
	receiver            string // type of the function's receiver; "" for none
}

// changes finds the changes in the package in dir, but for its tests.
func changes(t *testing.T, dir string) []change {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []change
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			came := fields(f.Recv, f.Type.Params)
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if inner, ok := n.(*ast.FuncLit); ok {
					came = append(came, fields(inner.Type.Params)...)
				}
				return true
			})
			report := func(e ast.Expr) {
				if root := rootOf(e); root != nil && root != e && root.Obj != nil && slices.Contains(came, root.Obj.Decl) {
					out = append(out, change{set.Position(e.Pos()).String(), f.Name.Name, root.Name, receiverOf(f)})
				}
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					for _, left := range n.Lhs {
						report(left)
					}
				case *ast.IncDecStmt:
					report(n.X)
				case *ast.RangeStmt:
					report(n.Key)
					report(n.Value)
				case *ast.CallExpr:
					if len(n.Args) > 0 && slices.Contains(changers, called(n.Fun)) {
						report(&ast.ParenExpr{Lparen: n.Args[0].Pos(), X: n.Args[0]}) // the argument itself counts
					}
				}
				return true
			})
		}
	}
	return out
}

// fields are the declarations of parameters.
func fields(lists ...*ast.FieldList) []any {
	var out []any
	for _, l := range lists {
		if l != nil {
			for _, f := range l.List {
				out = append(out, f)
			}
		}
	}
	return out
}

// rootOf is the variable that an expression such as a.b[c].d begins with; nil for another expression.
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// called is the name of a function that is called, with its package.
func called(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		if p, ok := x.X.(*ast.Ident); ok {
			return p.Name + "." + x.Sel.Name
		}
	}
	return ""
}

// receiverOf is the name of the type that f is a method of; "" for a function.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	e := f.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
