package chart

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/card"
)

// factsOf makes facts of what a fuzzer says.
func factsOf(name string, data []byte) card.Facts {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	value := func() float64 {
		if len(data) < 8 || next()%4 > 0 {
			return float64(next()-64) / 64
		}
		var bits [8]byte
		copy(bits[:], data)
		data = data[min(8, len(data)):]
		return math.Float64frombits(binary.LittleEndian.Uint64(bits[:]))
	}
	f := card.Facts{Title: "x", Method: card.Method{Name: "m"}, Layers: next() % 200}
	if next()%2 == 0 {
		f.Method = changes
	}
	for i := range 1 + next()%20 {
		m := card.Model{Ref: name, Local: next()%8 == 0, Base: i == 0}
		if next()%2 == 0 {
			m.Ref = "org/" + name + string(rune('a'+i))
			m.Share = new(value())
		}
		f.Models = append(f.Models, m)
	}
	values := func() []float64 {
		switch next() % 4 {
		case 0:
			return nil
		case 1:
			out := make([]float64, f.Layers)
			for i := range out {
				out[i] = value()
			}
			return out
		}
		return []float64{value()}
	}
	for i := range next() % 8 {
		s := card.Strip{Name: []string{"attention", "MLP, norms", name, ""}[i%4], Outside: next()%3 == 0}
		for range f.Models {
			s.Models = append(s.Models, card.Course{Weight: values(), Density: values()})
		}
		f.Strips = append(f.Strips, s)
	}
	for end := 0; next()%4 == 1; {
		n, first := 1+next()%40, next()
		f.Slices = append(f.Slices, card.Slice{First: end, End: end + n, Parts: []card.Part{{Model: next() % len(f.Models), First: first, End: first + n}}})
		end += n
		f.Layers, f.Strips = end, nil
	}
	return f
}

// FuzzDraw looks for facts whose picture cannot be drawn, leaves its frame or changes from one time to the next, and for texts
// that are no single line of visible words.
func FuzzDraw(f *testing.F) {
	f.Add("name", []byte{32, 1, 2, 1, 0, 1, 0, 3, 2, 1})
	f.Add(strings.Repeat("long\x1b\u202e\u0645", 40), []byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
	f.Add("b", []byte{10, 0, 1, 1, 1, 0, 1, 5, 30, 0, 1, 9, 2, 1})
	f.Add("c", []byte{3, 0, 1, 1, 1, 4, 0, 1, 1, 200, 0, 1, 2, 3, 4, 5, 6, 240, 127, 0, 1, 0, 0, 0, 0, 0, 0, 240, 255})
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		facts := factsOf(name, data)
		c, alt, err := draw(facts)
		if err != nil {
			t.Skip() // facts that no card can be made of, as where a name is nothing but control characters
		}
		if c == nil {
			return
		}
		again, altAgain, err := draw(factsOf(name, data))
		if err != nil || !bytes.Equal(c.image.Pix, again.image.Pix) || alt != altAgain {
			t.Fatalf("the same facts gave another picture or text: %v", err)
		}
		m := c.image
		if m.Rect.Dx() != width || m.Rect.Dy() < minHeight || m.Rect.Dy() > 6000 || len(m.Palette) > 256 {
			t.Fatalf("the picture is %v in %d colors", m.Rect, len(m.Palette))
		}
		for i, index := range m.Pix {
			x, y := i%m.Stride, i/m.Stride
			inside := x >= margin/2 && x < width-margin/2 && y >= margin/2 && y < m.Rect.Dy()-8
			if !inside && m.Palette[index] != paper {
				t.Fatalf("something is drawn at %d, %d, in the frame", x, y)
			}
		}
		if !utf8.ValidString(alt) || strings.ContainsFunc(alt, unicode.IsControl) || alt == "" {
			t.Fatalf("the text is %q", alt)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	for _, name := range []string{"slerp", "ties", "passthrough", "fourteen-models"} {
		b.Run(name, func(b *testing.B) {
			facts := goldens[name]()
			for b.Loop() {
				if _, err := Draw(facts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
