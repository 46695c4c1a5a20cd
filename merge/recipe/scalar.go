package recipe

import (
	"cmp"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The plain scalars of YAML 1.1 as PyYAML has them: a float needs a dot and a sign in its
// exponent, so 1e-5 is text; numbers to base 60 and octal numbers with a leading 0 exist.
//
// Source: PyYAML 6.0, resolver.py; yaml.org/type/int.html, float.html and bool.html.
var (
	intPattern = regexp.MustCompile(`^[-+]?(?:` +
		`0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$`)
	floatPattern = regexp.MustCompile(`^(?:` +
		`[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|` +
		`\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|` +
		`[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|` +
		`[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	nulls = map[string]bool{"": true, "~": true, "null": true, "Null": true, "NULL": true}
	bools = map[string]float64{
		"yes": 1, "Yes": 1, "YES": 1, "no": 0, "No": 0, "NO": 0,
		"true": 1, "True": 1, "TRUE": 1, "false": 0, "False": 0, "FALSE": 0,
		"on": 1, "On": 1, "ON": 1, "off": 0, "Off": 0, "OFF": 0,
	}
)

// resolve reads the scalar node n: by its tag if it has one, as text if it is quoted or a
// block, else by its looks. The fault says which value does not fit its tag.
//
// Dates, a lone = and a lone << are text here, where PyYAML makes a date of the one and refuses
// the others: no key of a config takes them.
func resolve(n *yaml.Node) (Scalar, *Fault) {
	s := Scalar{Pos: nodePos(n), Text: n.Value}
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.Tag
	}
	is := func(kind string, plain bool) bool { return tag == kind || tag == "" && !quoted && plain }
	_, isBool := bools[n.Value]
	ok := true
	switch {
	case is("!!null", nulls[n.Value]):
		s.Kind = KindNull
	case is("!!bool", isBool):
		s.Kind = KindBool
		s.Float, ok = bools[strings.ToLower(n.Value)]
	case is("!!int", intPattern.MatchString(n.Value)):
		s.Kind = KindInt
		s.Float, ok = parseInt(n.Value)
	case is("!!float", floatPattern.MatchString(n.Value)):
		s.Kind = KindFloat
		s.Float, ok = parseFloat(n.Value)
	}
	if !ok {
		what := map[Kind]string{KindBool: "true or false", KindInt: "a whole number", KindFloat: "a number"}[s.Kind]
		hint := "write a number in digits, such as 16"
		if tag != "" {
			hint = "take " + tag + " out, or write what it says"
		}
		return s, newFault(s.Pos, "value", hint, "%s cannot be read as %s", quote(n.Value), what)
	}
	return s, nil
}

// parseInt reads an int of YAML 1.1, as PyYAML does. What a float64 cannot hold becomes infinite.
func parseInt(text string) (float64, bool) {
	digits, sign := splitSign(strings.ReplaceAll(text, "_", ""))
	var base int
	switch {
	case strings.HasPrefix(digits, "0b"):
		digits, base = digits[2:], 2
	case strings.HasPrefix(digits, "0x"):
		digits, base = digits[2:], 16
	case len(digits) > 1 && digits[0] == '0':
		digits, base = digits[1:], 8
	case strings.Trim(digits, "0123456789:") != "":
		return 0, false
	case strings.Contains(digits, ":"):
		return parseSixty(digits, sign)
	default:
		return parseDecimal(digits, sign) // rounds to nearest, in linear time
	}
	if strings.ContainsAny(digits, "+-") { // which SetString takes for a sign
		return 0, false
	}
	i, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return 0, false
	}
	f, _ := new(big.Float).SetInt(i).Float64()
	return sign * f, true
}

// parseFloat reads a float of YAML 1.1, as PyYAML does.
func parseFloat(text string) (float64, bool) {
	digits, sign := splitSign(strings.ToLower(strings.ReplaceAll(text, "_", "")))
	switch {
	case digits == ".inf":
		digits = "inf"
	case digits == ".nan":
		digits = "nan"
	case strings.Contains(digits, ":"):
		return parseSixty(digits, sign)
	}
	return parseDecimal(digits, sign)
}

// parseSixty reads digits to base 60 with colons between them; the last may have a fraction.
func parseSixty(text string, sign float64) (float64, bool) {
	total := 0.0
	for digit := range strings.SplitSeq(text, ":") {
		d, ok := parseDecimal(digit, 1)
		if !ok {
			return 0, false
		}
		total = float64(total*60) + d
	}
	return sign * total, true
}

func parseDecimal(digits string, sign float64) (float64, bool) {
	if strings.ContainsAny(digits, "xXpP_") {
		return 0, false // what Go reads and Python does not
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return sign * f, true
}

func splitSign(text string) (digits string, sign float64) {
	if digits, negative := strings.CutPrefix(text, "-"); negative {
		return digits, -1
	}
	return strings.TrimPrefix(text, "+"), 1
}

// oldNumber warns about a number that YAML 1.1 reads otherwise than people do: 010 is eight, and 1:30 is ninety.
func (p *parser) oldNumber(s Scalar) {
	digits, _ := splitSign(strings.ReplaceAll(s.Text, "_", ""))
	plain, ok := parseDecimal(cmp.Or(strings.TrimLeft(digits, "0"), "0"), 1)
	if isNumber := s.Kind == KindInt || s.Kind == KindFloat; isNumber && (strings.Contains(digits, ":") || ok && digits[0] == '0' && s.Kind == KindInt && plain != math.Abs(s.Float)) {
		p.warn(s.Pos, "number", "write it without a leading 0 or colons", "%s is read as %v, as mergekit reads it", s.show(), s.Float)
	}
}
