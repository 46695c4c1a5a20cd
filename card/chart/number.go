package chart

import "strconv"

// number returns v with at most three digits, and a real minus sign.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'g', 3, 64)
	if s[0] == '-' {
		return "−" + s[1:]
	}
	return s
}

func percent(share float64) string { return number(100*share) + " %" }
