package recipe

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// value reads s as p's type and checks its range. The fault has no File.
//
// Types are lax, as mergekit's are: a number takes true as 1 and text such as 1e-5, a whole number takes
// 2.0, a bool takes 0, 1, and yes, no, on, off, t, f, y and n in any case.
//
// Source: pydantic 2, conversion table, lax mode.
func (p *Param) value(s Scalar) (float64, *Fault) {
	if s.Kind == KindNull {
		return 0, p.fault(s.Pos, "has no value", "write one after it, or take it out")
	}
	if p.Type == Bool {
		v, ok := s.lax()
		if !ok {
			return 0, p.fault(s.Pos, s.show()+" is neither true nor false", cmp.Or(unquoteHint(s.Text), "write true or false"))
		}
		return v, nil
	}
	example, within := p.hints()
	least, most := p.Limits()
	v, ok := s.number()
	switch {
	case !ok:
		return 0, p.fault(s.Pos, s.show()+" is not a number", cmp.Or(numberHint(s.Text), example))
	case math.IsNaN(v), math.IsInf(v, 0):
		return 0, p.fault(s.Pos, s.show()+" is not a finite number", "write a number such as 0.5")
	case p.Type == Int && (v != math.Trunc(v) || s.Kind == KindString && strings.ContainsAny(s.Text, "eE")):
		return 0, p.fault(s.Pos, s.show()+" is not a whole number", "write one such as "+short(math.Round(v)))
	case p.Takes(v):
		return v, nil
	case v > most:
		return 0, p.fault(s.Pos, fmt.Sprintf("%s is above %v", s.show(), most), within)
	case p.Above:
		return 0, p.fault(s.Pos, fmt.Sprintf("%s is not above %v", s.show(), least), within)
	}
	return 0, p.fault(s.Pos, fmt.Sprintf("%s is below %v", s.show(), least), within)
}

func (p *Param) fault(pos Pos, problem, hint string) *Fault {
	return &Fault{Pos: pos, Code: "value", Message: p.Name + " " + problem, Hint: hint}
}

// hints say what may be written where something else than a number stands, and which values p takes.
func (p *Param) hints() (example, within string) {
	example = "write a number such as 0.5"
	least, most := p.Limits()
	switch {
	case p.Role == Density:
		const share = "0.53 keeps 53 % of the entries"
		return share, share
	case p.Type == Int:
		example = "write a whole number such as 1"
	}
	switch {
	case !p.Above:
		return example, fmt.Sprintf("write a value from %v to %v", least, most)
	case math.IsInf(most, 1):
		return example, fmt.Sprintf("write a value above %v", least)
	}
	return example, fmt.Sprintf("write a value above %v, up to %v", least, most)
}

// decimal is the text that Python reads as a float, but for inf and nan.
var decimal = regexp.MustCompile(`^[-+]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$`)

var (
	decimalComma  = regexp.MustCompile(`^([-+]?[0-9]*),([0-9]+)$`)
	ratio         = regexp.MustCompile(`^([-+]?[0-9.]+) ?(?:%|/ ?([1-9][0-9]{0,8}))$`)
	numberAndTail = regexp.MustCompile(`^([-+0-9.eE_]+)\s*(?:[,;]+|//.*)$`)
	inBrackets    = regexp.MustCompile(`^(?s:\[.*\]|\{.*\})$`)
	bareList      = regexp.MustCompile(`^[-+]?[0-9.]+(?: *[, ] *[-+]?[0-9.]+)+$`)
)

// numberHint says how to write text, which is not a number, where that can be told.
func numberHint(text string) string {
	if m := ratio.FindStringSubmatch(text); m != nil {
		above, _ := strconv.ParseFloat(m[1], 64)
		below, _ := strconv.ParseFloat(cmp.Or(m[2], "100"), 64)
		return "write " + short(above/below)
	}
	switch {
	case decimalComma.MatchString(text):
		return "write " + decimalComma.ReplaceAllString(text, "$1.$2")
	case numberAndTail.MatchString(text):
		return "write " + numberAndTail.ReplaceAllString(text, "$1")
	case bareList.MatchString(text):
		parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		return "write a list: [" + strings.Join(parts, ", ") + "]"
	}
	return unquoteHint(text)
}

// unquoteHint is the hint for a list or a mapping that quotes have made a text of; "" for any other text.
func unquoteHint(text string) string {
	if text = strings.TrimSpace(text); !inBrackets.MatchString(text) {
		return ""
	}
	if inner := strings.Trim(text, "[]"); bareList.MatchString(inner) && !strings.Contains(inner, ",") {
		text = "[" + strings.Join(strings.Fields(inner), ", ") + "]"
	}
	return "take the quotes off: write " + clip(text)
}

func (s Scalar) number() (float64, bool) {
	switch s.Kind {
	case KindInt, KindFloat, KindBool:
		return s.Float, true
	case KindString:
		text := strings.TrimSpace(s.Text)
		if !decimal.MatchString(text) {
			return 0, false
		}
		digits, sign := splitSign(strings.ReplaceAll(text, "_", ""))
		return parseDecimal(digits, sign)
	}
	return 0, false
}

// lax reads s as a bool, 0 or 1.
func (s Scalar) lax() (float64, bool) {
	switch s.Kind {
	case KindInt, KindFloat, KindBool:
		return s.Float, s.Float == 0 || s.Float == 1
	case KindString:
		v, ok := laxBools[strings.ToLower(s.Text)]
		return v, ok
	}
	return 0, false
}

var laxBools = map[string]float64{
	"1": 1, "t": 1, "true": 1, "y": 1, "yes": 1, "on": 1,
	"0": 0, "f": 0, "false": 0, "n": 0, "no": 0, "off": 0,
}

// show is s as a message shows it: text in quotes, the rest as written.
func (s Scalar) show() string {
	if s.Kind == KindString {
		return quote(s.Text)
	}
	return clip(s.Text)
}

// short is f as a message shows it.
func short(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
