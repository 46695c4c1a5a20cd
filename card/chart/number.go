package chart

import (
	"strings"

	"github.com/lazymerge/lazymerge/card"
)

// number returns v as the card writes it, with a real minus sign.
func number(v float64) string {
	return strings.Replace(card.Number(v, card.SettingDigits), "-", "−", 1)
}
