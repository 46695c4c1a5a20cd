package page

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// Every color of text is readable on every ground, in the light and in the dark: WCAG 2.2, 1.4.3, asks for 4.5.
func TestContrast(t *testing.T) {
	schemes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllSubmatch(Style, -1)
	if len(schemes) != 2 {
		t.Fatalf("the stylesheet has %d schemes, want 2", len(schemes))
	}
	for i, scheme := range schemes {
		colors := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): #(\w{6});`).FindAllSubmatch(scheme[1], -1) {
			colors[string(m[1])] = luminance(t, string(m[2]))
		}
		for _, text := range []string{"ink", "soft", "link", "accent", "good", "bad", "odd"} {
			for _, ground := range []string{"page", "sheet", "sunk"} {
				a, isText := colors[text]
				b, isGround := colors[ground]
				if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); !isText || !isGround || ratio < 4.5 {
					t.Errorf("scheme %d: %s on %s has a contrast of %.1f", i, text, ground, ratio)
				}
			}
		}
	}
}

// luminance is the relative luminance of a color, from 0 to 1: WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
