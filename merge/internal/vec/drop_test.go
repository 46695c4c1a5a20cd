package vec_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// A mask has a bit for every draw below the limit, and what it keeps are the entries with a bit, and NaN.
func TestMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 16, 23, 40, 1000} {
		for _, keep := range []uint32{0, 1, 2, 0x7fff, 0x8000, 0xffff, 1 << 16} {
			draws := make([]uint32, (n+7)/8*4)
			for i := range draws {
				draws[i] = r.Uint32()
				switch r.IntN(4) { // draws near what they are compared with
				case 0:
					draws[i] = draws[i]&^0xffff | (keep-uint32(r.IntN(2)))&0xffff
				case 1:
					draws[i] = draws[i]&0xffff | (keep-uint32(r.IntN(2)))<<16
				}
			}
			mask := make([]byte, (n+7)/8+1)
			vec.Mask(mask[:len(mask)-1], draws, keep)
			if mask[len(mask)-1] != 0 {
				t.Fatalf("a mask of %d draws is longer than it is", n)
			}
			d := make([]float32, n+1)
			for i := range d {
				d[i] = math.Float32frombits(r.Uint32())
				if i%3 == 0 {
					d[i] = []float32{float32(math.NaN()), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), 1e-45}[r.IntN(4)]
				}
			}
			got := append([]float32(nil), d...)
			vec.KeepMasked(got[:n], mask)
			for i, x := range d {
				want := math.Float32bits(x)
				if i < n && x == x && draws[i/2]>>(16*(i%2))&0xffff >= keep {
					want = 0
				}
				if bits := math.Float32bits(got[i]); bits != want {
					t.Fatalf("a mask of %d entries, keep %d: entry %d, %08x, becomes %08x, want %08x", n, keep, i, math.Float32bits(x), bits, want)
				}
			}
		}
	}
}
