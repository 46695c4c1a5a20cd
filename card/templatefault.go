package card

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

const fieldsHint = "lazymerge card --fields lists what a template may use"

// templateTypes are the types of the values that templates meet, with what they are called.
var templateTypes = []struct {
	typ  reflect.Type
	name string
}{
	{reflect.TypeFor[Facts](), "a card"}, {reflect.TypeFor[Method](), "the method"}, {reflect.TypeFor[Model](), "a model"},
	{reflect.TypeFor[Slice](), "a slice"}, {reflect.TypeFor[Part](), "a part of a slice"}, {reflect.TypeFor[Setting](), "a setting"},
	{reflect.TypeFor[Group](), "a group of tensors"}, {reflect.TypeFor[Strip](), "a strip"}, {reflect.TypeFor[Course](), "a course"},
	{reflect.TypeFor[Evaluation](), "an evaluation"}, {reflect.TypeFor[Score](), "a score"}, {reflect.TypeFor[Table](), "a table"},
	{reflect.TypeFor[Row](), "a row"}, {reflect.TypeFor[Terms](), "the license"},
}

// Messages of text/template.
var (
	executing    = regexp.MustCompile(`^executing "[^"]*" at <(.*?)>: ((?s:.*))$`)
	noField      = regexp.MustCompile(`^can't evaluate field (\S+) in type (\S+)$`)
	noValue      = regexp.MustCompile(`^nil pointer evaluating \*?card\.(\w+)\.(\w+)$`)
	noFunction   = regexp.MustCompile(`^function "([^"]*)" not defined$`)
	unclosed     = regexp.MustCompile(`^unclosed action(?: started at card:(\d+))?$`)
	wrongType    = regexp.MustCompile(`wrong type for value; expected (\S+); got (\S+)`)
	yamlLine     = regexp.MustCompile(`yaml: (?:unmarshal errors:\s*)?line (\d+): `)
	wrongNumber  = regexp.MustCompile(`^can't handle (.*) for arg of type (\S+)$`)
	definedAt    = regexp.MustCompile(` already defined at line \d+`)
	unclosedMark = "unclosed comment"
)

// say puts a message of text/template into words for those who write templates, with a hint where there is one.
func say(message string) (text, hint string) {
	at := ""
	if m := executing.FindStringSubmatch(message); m != nil {
		at, message = m[1], m[2]
	}
	in := func(s string) string {
		if at == "" {
			return s
		}
		return at + ": " + s
	}
	switch {
	case noField.MatchString(message):
		m := noField.FindStringSubmatch(message)
		typ, name := typeNamed(m[2])
		if typ == nil {
			return in(fmt.Sprintf("%s is asked of a %s, which has no fields", "."+m[1], m[2])), fieldsHint
		}
		return fmt.Sprintf(".%s is no field of %s", m[1], name), meant(".", m[1], fieldNames(typ))
	case noValue.MatchString(message):
		m := noValue.FindStringSubmatch(message)
		return in("there is none in this card"), "put it between {{with ." + m[1] + "}} and {{end}}"
	case noFunction.MatchString(message):
		m := noFunction.FindStringSubmatch(message)
		return "there is no function " + m[1], meant("", m[1], slices.Sorted(maps.Keys(functions())))
	case unclosed.MatchString(message):
		return "an action is not closed", "end it with }}"
	case strings.HasPrefix(message, unclosedMark):
		return "a comment is not closed", "end it with */}}"
	case message == "unexpected EOF":
		return "the template ends inside a block", "each {{if}}, {{range}} and {{with}} needs an {{end}}"
	case wrongNumber.MatchString(message):
		m := wrongNumber.FindStringSubmatch(message)
		return fmt.Sprintf("it takes %s, and this is %s", typeWords(m[2]), m[1]), fieldsHint
	case wrongType.MatchString(message):
		m := wrongType.FindStringSubmatch(message)
		return in(fmt.Sprintf("it takes %s, and this is %s", typeWords(m[1]), typeWords(m[2]))), fieldsHint
	}
	return in(strings.ReplaceAll(message, "card.", "")), ""
}

// meant is the hint for a name that is none of candidates.
func meant(prefix, name string, candidates []string) string {
	if c := recipe.Nearest(name, candidates); c != "" {
		return "did you mean " + prefix + c + "? " + fieldsHint
	}
	return fieldsHint
}

// typeNamed finds a type as text/template names it.
func typeNamed(s string) (reflect.Type, string) {
	for _, t := range templateTypes {
		if strings.TrimLeft(s, "*") == "card."+t.typ.Name() {
			return t.typ, t.name
		}
	}
	return nil, ""
}

func typeWords(s string) string {
	if _, name := typeNamed(s); name != "" {
		return name
	}
	switch s {
	case "string":
		return "a text"
	case "int", "int64", "uint64", "float64":
		return "a number"
	}
	return s
}

func fieldNames(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		out = append(out, t.Field(i).Name)
	}
	return out
}

// frontMatterFault gives a fault of the front matter that tmpl makes the line of tmpl that it is in, where that can be known: a line
// that is in the card as the template has it, and only once.
func frontMatterFault(tmpl string, card []byte, err error) *TemplateError {
	e := &TemplateError{Message: err.Error()}
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil || !errors.Is(err, ErrFrontMatter) {
		return e
	}
	e.Message = definedAt.ReplaceAllString(strings.Replace(e.Message, m[0], "", 1), " is there already") // lines are those of the card
	at := frontMatterPattern.FindSubmatchIndex(card)
	n, _ := strconv.Atoi(m[1])
	made := strings.Split(string(card[at[2]:at[3]]), "\n")
	lines := strings.Split(tmpl, "\n")
	for _, k := range []int{n - 1, n, n - 2} { // the YAML reader may be off by one
		if k < 0 || k >= len(made) || strings.TrimSpace(made[k]) == "" {
			continue
		}
		found := -1
		for i, line := range lines {
			if line == made[k] && found >= 0 {
				return e
			} else if line == made[k] {
				found = i
			}
		}
		if found >= 0 {
			e.Line, e.Col = found+1, 1
			e.Message = fmt.Sprintf("%s, near %q", e.Message, strings.TrimSpace(made[k]))
			return e
		}
	}
	return e
}
