package recipe

import (
	"fmt"
	"strings"
	"testing"
)

func TestSyntaxFaults(t *testing.T) {
	for _, tt := range []struct{ name, config, want string }{
		{"a tab at the start of a line", "models:\n\t- model: a\n", `m.yaml:2:1: a tab stands where only spaces are allowed; indent with spaces`},
		{"a tab before a key", "models:\n  - model: a\n\tparameters: 1\n", `m.yaml:3:1: a tab stands where only spaces are allowed; indent with spaces`},
		{"a tab after a dash", "models:\n  - model: b\n  -\tmodel: c\n", `m.yaml:3:4: a tab stands where only spaces are allowed; indent with spaces`},
		{"a colon in a value", "models:\n  - model: a: b\n", `m.yaml:2:13: ":" is not allowed here; put a value that contains a colon in quotes, or check the indentation`},
		{"too little indentation", "models:\n  - model: a\n parameters: x\n", `m.yaml:3:2: this does not fit what is above it; check the indentation, and the quotes of this line`},
		{"too much indentation", "models:\n  - model: a\n      parameters: b\n", `m.yaml:3:7: "parameters" is indented under "model", which already has a value; start it in column 5`},
		{"an entry without a dash", "models:\n  - model: a\n  model: b\n", `m.yaml:3:3: this is inside a list but not an entry of it; start it in column 5 if it belongs to the entry above, or with "- " if it is an entry`},
		{"a dash after a mapping", "dtype: a\n- b\n", `m.yaml:2:1: a list starts here without a key; write "models:" or "slices:" on a line above it`},
		{"a line without a colon", "dtype: float16\nslerp\nmodels: b\n", `m.yaml:2:1: this line has no ":"; write "key: value", and "- " before a list entry`},
		{"a list behind a key", "models: - a\n", `m.yaml:1:9: a list cannot start here; start it on a line of its own`},
		{"a list that is not closed", "layers: [1, 2]\nlayer_range: [0, 32\ndtype: x\n", `m.yaml:2:14: the list that starts here is not closed; end it with "]", with "," between entries`},
		{"the inner of two lists", "a: [[0, 1], [2, 3\n", `m.yaml:1:13: the list that starts here is not closed; end it with "]", with "," between entries`},
		{"a list that is closed otherwise", "a: {b: [1, 2}\n", `m.yaml:1:8: the list that starts here is not closed; end it with "]", with "," between entries`},
		{"a mapping that is not closed", "models: [{model: a, parameters: {weight: 1}\n", `m.yaml:1:10: the mapping that starts here is not closed; end it with "}", with "," between entries`},
		{"a bracket at the end", "models:\n- [\n", `m.yaml:2:3: there is no value here, or a bracket is not closed; write a value, close the bracket, or put it in quotes`},
		{"a bracket too many", "a: ]\n", `m.yaml:1:4: there is no value here, or a bracket is not closed; write a value, close the bracket, or put it in quotes`},
		{"a quote that is not closed", "a: 'x'\nb: \"foo\nc: 1\n", `m.yaml:2:4: the quote that starts here is not closed; end it with the same quote`},
		{"a quote inside a quote", "a: 'it's'\n", `m.yaml:1:8: this does not fit what is above it; check the indentation, and the quotes of this line`},
		{"an alias of nothing", "a: 1\nb: [*missing]\n", `m.yaml:2:5: nothing above is marked &missing; write &missing before the value that is meant`},
		{"a character that starts no value", "a: @x\n", `m.yaml:1:4: a value cannot start with "@"; put it in quotes`},
		{"columns count characters", "é: [1, é: @\n", `m.yaml:1:11: a value cannot start with "@"; put it in quotes`},
		{"lines end as they like", "a: 1\r\nb: 2\rc: @\n", `m.yaml:3:4: a value cannot start with "@"; put it in quotes`},
		{"a byte order mark has no column", "\ufeffa: @\n", `m.yaml:1:4: a value cannot start with "@"; put it in quotes`},
		{"an escape that is none", `a: "\q"`, `m.yaml:1:5: "\" starts an escape in double quotes; use single quotes, or "/" in a path`},
		{"a fault of the second document", "a: 1\n---\nb: @\n", `m.yaml:3:4: a value cannot start with "@"; put it in quotes`},
		{"not UTF-8", "a: 1\nb: caf\xe9\n", `m.yaml:2:7: the byte 0xe9 is not UTF-8; save the config as UTF-8`},
		{"UTF-16", "\xff\xfea\x00", `m.yaml:1:1: the config is encoded as UTF-16; save it as UTF-8; in PowerShell with Set-Content -Encoding utf8`},
		{"a control character", "a: \x1b[31m\n", `m.yaml:1:4: YAML does not allow the control character U+001B; take it out, or save the config as UTF-8`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if r := check(t, tt.config, tt.want); r != nil {
				t.Errorf("Parse gives a recipe for a text that is not YAML")
			}
		})
	}
}

// Where the place would take too long to find, the parser's own line has to do.
func TestSyntaxFaultOfALargeText(t *testing.T) {
	check(t, "b: 'x"+strings.Repeat(" y", 20_000), `m.yaml:1:1: the quote that starts here is not closed; end it with the same quote`)
	text := strings.Repeat("a: 1\n", 100) + "b: 'x\n" + strings.Repeat("c: 1\n", 10_000)
	check(t, text, `m.yaml:101:1: the quote that starts here is not closed; end it with the same quote`)
}

func TestByteOrderMarkAndLineEnds(t *testing.T) {
	const config = "merge_method: karcher\nmodels:\n- model: a # é\n- model: b\nparameters: {tol: 7}\n"
	for name, text := range map[string]string{
		"as it is":          config,
		"byte order mark":   "\ufeff" + config,
		"lines end in CRLF": strings.ReplaceAll(config, "\n", "\r\n"),
		"lines end in CR":   strings.ReplaceAll(config, "\n", "\r"),
	} {
		t.Run(name, func(t *testing.T) {
			r := check(t, text, `m.yaml:5:19: tol 7 is above 1; write a value from 0 to 1`)
			if r == nil || len(r.Slices) != 1 || len(r.Slices[0].Sources) != 2 {
				t.Errorf("Parse(%q) = %+v, want two sources", text, r)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	const head = "merge_method: karcher\nmodels: [{model: a}, {model: b}]\n"
	var bomb strings.Builder
	bomb.WriteString(head + "a0: &a0 [x]\n")
	for i := range 40 {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	for _, tt := range []struct{ name, config, want string }{
		{"too many bytes", head + strings.Repeat("#", 1<<20), `m.yaml:1:1: the text is larger than 1048576 bytes, which no config is; give the YAML file that names the models`},
		{"too deep", head + "x: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "\n", `m.yaml:3:67: the config is nested more than 64 levels deep`},
		{"too many values", head + "x: [" + strings.Repeat("1,", 200_001) + "]\n", `m.yaml:3:399979: the config has more than 200000 values, with aliases unfolded; use fewer aliases: *a stands for everything that &a marks`},
		{"too many values by aliases", bomb.String(), `m.yaml:19:12: the config has more than 200000 values, with aliases unfolded; use fewer aliases: *a stands for everything that &a marks`},
		{"too deep by aliases", head + "a0: &a0 x\n" + chain(70), `m.yaml:66:12: the config is nested more than 64 levels deep`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, faults := Parse("m.yaml", []byte(tt.config), table)
			if got := faults.Error(); got != tt.want {
				t.Errorf("Parse reports %s\nwant %s", got, tt.want)
			}
		})
	}
}

// chain returns lines each of which wraps the one before in a list.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d]\n", i+1, i+1, i)
	}
	return b.String()
}

// Large texts must not take long, whatever is wrong with them: work that grows with the square of
// the size would take longer here than a test may.
func TestLargeTextsEndSoon(t *testing.T) {
	const size = 1 << 20 / 16
	for name, text := range map[string]string{
		"brackets":     strings.Repeat("[", size),
		"deep":         strings.Repeat("[", 9_000),
		"deep pairs":   strings.Repeat("{a: [", 2_000),
		"quote":        "a: '" + strings.Repeat("x ", size/2),
		"open list":    "a: [" + strings.Repeat("1,", size/2),
		"long lines":   strings.Repeat("a", size) + ": @",
		"many lines":   strings.Repeat("a: 1\n", size/5) + "\t@",
		"merge keys":   "a: &a {b: 1}\n" + strings.Repeat("<<: *a\n", size/8),
		"same key":     strings.Repeat("a: 1\n", size/5),
		"unknown keys": strings.Repeat("merge_methodd: 1\n", size/17),
		"digits":       "merge_method: " + strings.Repeat("9", size),
		"hex digits":   "merge_method: 0x" + strings.Repeat("f", size),
	} {
		t.Run(name, func(t *testing.T) {
			if _, faults := Parse("m.yaml", []byte(text), table); len(faults.Errors()) == 0 {
				t.Error("Parse finds nothing wrong")
			}
		})
	}
}
