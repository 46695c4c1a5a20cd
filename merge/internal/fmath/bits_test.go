package fmath

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/bits.txt anew")

const bitsFile = "testdata/bits.txt"

// TestBits compares with bits that were written on amd64. A change here changes what plans give: it
// needs a new plan.Numeric.
func TestBits(t *testing.T) {
	if *update {
		writeBits(t)
	}
	text, err := os.ReadFile(bitsFile)
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string]func(args []float64) float64{
		"Atan2": func(args []float64) float64 { return Atan2(args[0], args[1]) },
	}
	for _, o := range ones {
		functions[o.name] = func(args []float64) float64 { return o.f(args[0]) }
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 1000 {
		t.Fatalf("%s has %d lines", bitsFile, len(lines))
	}
	for i, line := range lines {
		name, rest, _ := strings.Cut(line, " ")
		var numbers []float64
		for field := range strings.FieldsSeq(rest) {
			bits, err := strconv.ParseUint(field, 16, 64)
			if err != nil {
				t.Fatalf("%s:%d: %v", bitsFile, i+1, err)
			}
			numbers = append(numbers, math.Float64frombits(bits))
		}
		args, want := numbers[:len(numbers)-1], numbers[len(numbers)-1]
		if got := functions[name](args); math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s:%d: %s(%v) = %016x, want %016x", bitsFile, i+1, name, args, math.Float64bits(got), math.Float64bits(want))
		}
	}
}

func writeBits(t *testing.T) {
	var out bytes.Buffer
	for _, o := range ones {
		for _, x := range o.arguments(40) {
			fmt.Fprintf(&out, "%s %016x %016x\n", o.name, math.Float64bits(x), math.Float64bits(o.f(x)))
		}
	}
	for _, yx := range directions(90) {
		fmt.Fprintf(&out, "Atan2 %016x %016x %016x\n", math.Float64bits(yx[0]), math.Float64bits(yx[1]), math.Float64bits(Atan2(yx[0], yx[1])))
	}
	if err := os.WriteFile(bitsFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestProductsAreConverted reads the source: outside constants every product stands in float64(...), so
// that no compiler may fuse it with a sum, be it in another statement. So does every quotient, for
// x/2 is compiled as x*0.5 and was fused on arm64.
func TestProductsAreConverted(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	products := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		tree, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range bareProducts(tree, &products) {
			t.Errorf("%v: a product or quotient outside of float64(...)", files.Position(p))
		}
	}
	if products < 50 {
		t.Errorf("found %d products and quotients, which cannot be all", products)
	}
}

// TestBareProducts: the reader of TestProductsAreConverted finds what it should.
func TestBareProducts(t *testing.T) {
	tests := []struct {
		code string
		want int
	}{
		{"a + b*c", 1},
		{"a + b/2", 1},
		{"a + float64(b*c)", 0},
		{"a + float64(b/2)", 0},
		{"a + float64(-(b*c)/d)", 0},
		{"float64(a + b*c)", 1},
		{"a + float64(b*f(c*d))", 1},
		{"a + float32(b*c)", 1},
		{"func() float64 { a *= b; return a }()", 1},
		{"func() float64 { const c = 2*3; return a + c }()", 0},
	}
	for _, tt := range tests {
		tree, err := parser.ParseFile(token.NewFileSet(), "", "package p; var x = "+tt.code, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(bareProducts(tree, new(int))); got != tt.want {
			t.Errorf("bareProducts(%s) finds %d, want %d", tt.code, got, tt.want)
		}
	}
}

// bareProducts returns where tree has products and quotients outside of float64(...), and counts all.
func bareProducts(tree ast.Node, products *int) (bare []token.Pos) {
	var walk func(node ast.Node, converted bool)
	walk = func(node ast.Node, converted bool) {
		ast.Inspect(node, func(n ast.Node) bool {
			if n == node {
				return true
			}
			switch n := n.(type) {
			case *ast.GenDecl:
				return n.Tok != token.CONST
			case *ast.AssignStmt:
				if n.Tok == token.MUL_ASSIGN || n.Tok == token.QUO_ASSIGN {
					bare = append(bare, n.TokPos)
				}
			case *ast.BinaryExpr:
				// What is below a product is as converted as it is: only sums fuse.
				inside := converted
				switch n.Op {
				case token.MUL, token.QUO:
					*products++
					if !converted {
						bare = append(bare, n.OpPos)
					}
				default:
					inside = false
				}
				walk(n, inside)
				return false
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.Ident)
				walk(n, ok && f.Name == "float64")
				return false
			case *ast.ParenExpr, *ast.UnaryExpr:
				walk(n, converted)
				return false
			}
			return true
		})
	}
	walk(tree, false)
	return bare
}
