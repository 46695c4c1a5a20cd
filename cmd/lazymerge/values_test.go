package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// changing are the types that change: sinks, meters and caches, whose doc comments say so.
var changing = []string{"compat.tokenizers", "local.Uploads"}

// changers are the functions that change their first argument.
var changers = []string{
	"append", "delete", "clear", "copy",
	"slices.Sort", "slices.SortFunc", "slices.SortStableFunc", "slices.Reverse", "slices.Delete", "slices.DeleteFunc", "slices.Compact", "slices.CompactFunc", "slices.Insert", "slices.Replace",
	"sort.Slice", "sort.SliceStable", "sort.Stable", "sort.Strings", "sort.Ints", "sort.Sort", "maps.Copy", "maps.Insert", "maps.DeleteFunc",
}

// TestValuesFlow looks for what changes a receiver, an argument, or something that they lead to: values are made once, and what is found
// out later is returned.
func TestValuesFlow(t *testing.T) {
	seen := map[string]bool{}
	imports := exported(t)
	for _, r := range rooms {
		if slices.Contains([]string{"ui", "file"}, r.name) { // what prints and what writes
			continue
		}
		for _, c := range changes(t, imports, filepath.Join("internal", r.name)) {
			of := r.name + "." + c.receiver
			if seen[of] = true; !slices.Contains(changing, of) {
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

// The test of values finds what it is for, and nothing else: functions whose names begin with "changes" do, others do not.
func TestChangesAreFound(t *testing.T) {
	dir := filepath.Join("testdata", "changes")
	found := map[string]bool{}
	for _, c := range changes(t, exported(t), dir) {
		if found[c.function] = true; !strings.HasPrefix(c.function, "changes") {
			t.Errorf("%s: %s changes nothing that came in", c.pos, c.function)
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "changes.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "changes") {
			if n++; !found[f.Name.Name] {
				t.Errorf("the change of %s was not found", f.Name.Name)
			}
		}
	}
	if n < 15 {
		t.Errorf("there are %d functions that change something", n)
	}
}

// A change is a place where a function changes what came in.
type change struct {
	pos, function, what string
	receiver            string // type of the receiver, where that is what is changed; "" otherwise
}

// exported reads packages as the compiler has left them.
func exported(t *testing.T) types.Importer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export", "./internal/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := map[string]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("%s is not among what is imported", path)
		}
		return os.Open(files[path])
	})
}

// changes finds the changes in the package in dir, but for its tests and what other systems than this one have.
func changes(t *testing.T, imports types.Importer, dir string) []change {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_windows.go") {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: imports, Error: func(error) {}} // what only another system has is missing
	if _, err := config.Check(dir, set, files, info); err != nil && len(info.Uses) == 0 {
		t.Fatal(err)
	}
	var out []change
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				out = append(out, newFlow(set, info, f).changes()...)
			}
		}
	}
	return out
}

// A flow is how values go through one function.
type flow struct {
	set      *token.FileSet
	info     *types.Info
	function *ast.FuncDecl
	came     map[types.Object]bool // parameters and receivers
	shares   map[types.Object]bool // variables that may lead to what came in
}

func newFlow(set *token.FileSet, info *types.Info, f *ast.FuncDecl) *flow {
	w := &flow{set, info, f, map[types.Object]bool{}, map[types.Object]bool{}}
	add := func(lists ...*ast.FieldList) {
		for _, l := range lists {
			if l == nil {
				continue
			}
			for _, field := range l.List {
				for _, name := range field.Names {
					w.came[info.Defs[name]] = true
				}
			}
		}
	}
	add(f.Recv, f.Type.Params)
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if inner, ok := n.(*ast.FuncLit); ok {
			add(inner.Type.Params)
		}
		return true
	})
	for n := -1; n != len(w.shares); { // until nothing is new
		n = len(w.shares)
		ast.Inspect(f.Body, w.spread)
	}
	return w
}

// spread finds variables that get what came in, or a part of it.
func (w *flow) spread(n ast.Node) bool {
	share := func(to, from ast.Expr) {
		id, ok := to.(*ast.Ident)
		if !ok || from == nil || !w.leads(from) {
			return
		}
		if o := w.object(id); o != nil && refers(o.Type()) {
			w.shares[o] = true
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if len(n.Rhs) == len(n.Lhs) {
				share(left, n.Rhs[i])
			}
		}
	case *ast.RangeStmt:
		if n.Value != nil {
			share(n.Value, n.X)
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) {
				share(name, n.Values[i])
			}
		}
	}
	return true
}

// leads tells whether what is reached by an expression may be what came in. The result of a function is taken for a value of its own.
func (w *flow) leads(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.UnaryExpr:
		return x.Op == token.AND && w.leads(x.X)
	case *ast.SliceExpr:
		return x.Max == nil && w.leads(x.X) // with one, append makes another
	case *ast.CallExpr:
		return w.called(x.Fun) == "append" && w.leads(x.Args[0])
	}
	root := rootOf(e)
	return root != nil && (w.came[w.object(root)] || w.shares[w.object(root)])
}

func (w *flow) object(id *ast.Ident) types.Object {
	if o := w.info.Uses[id]; o != nil {
		return o
	}
	return w.info.Defs[id]
}

// refers tells whether a copy of a value of this type shares memory with it.
func refers(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map:
		return true
	case *types.Struct:
		for i := range u.NumFields() {
			if refers(u.Field(i).Type()) {
				return true
			}
		}
	}
	return false
}

// changes are where the function stores into what came in, or into a variable of its package.
func (w *flow) changes() []change {
	var out []change
	report := func(e ast.Expr, whole bool) {
		root := rootOf(e)
		if root == nil {
			return
		}
		o := w.object(root)
		v, _ := o.(*types.Var)
		switch {
		case v == nil:
			return
		case v.Parent() == v.Pkg().Scope(): // of the package
		case w.came[o] && (whole || root != e):
		case w.shares[o] && (whole || w.throughMemory(e)):
		default:
			return
		}
		c := change{pos: w.set.Position(e.Pos()).String(), function: w.function.Name.Name, what: root.Name}
		if r := w.function.Recv; r != nil && len(r.List[0].Names) > 0 && w.info.Defs[r.List[0].Names[0]] == o {
			t := o.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			c.receiver = t.(*types.Named).Obj().Name()
		}
		out = append(out, c)
	}
	ast.Inspect(w.function.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, left := range n.Lhs {
					report(left, false)
				}
			}
		case *ast.IncDecStmt:
			report(n.X, false)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				report(n.Key, false)
				if n.Value != nil {
					report(n.Value, false)
				}
			}
		case *ast.CallExpr:
			if len(n.Args) > 0 && slices.Contains(changers, w.called(n.Fun)) && w.leads(n.Args[0]) {
				report(n.Args[0], true)
			}
		}
		return true
	})
	return out
}

// throughMemory tells whether a store to e goes through a pointer, a slice or a map, and so is seen by others that have it.
func (w *flow) throughMemory(e ast.Expr) bool {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			if t := w.info.Types[x.X].Type; t != nil {
				if _, ok := t.Underlying().(*types.Pointer); ok {
					return true
				}
			}
			e = x.X
		case *ast.IndexExpr:
			if t := w.info.Types[x.X].Type; t != nil {
				if _, ok := t.Underlying().(*types.Array); !ok {
					return true
				}
			}
			e = x.X
		case *ast.StarExpr:
			return true
		case *ast.ParenExpr:
			e = x.X
		default:
			return false
		}
	}
}

// called is the name of a function that is called, with its package.
func (w *flow) called(e ast.Expr) string {
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
