package truth

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// keepDrawn keeps an entry if its draw of 16 bits is below 65,536·density, rounded to a whole number from 1 to 65,535;
// none for a density of 0 or less, and all from 1 on.
func keepDrawn(in input, j int, density float64, d *delta) {
	below := uint32(max(1, min(65535, math.Floor(65536*density+0.5))))
	key := keyOf(in.seed, 0, j, in.name)
	for i := range d.kept {
		d.kept[i] = density >= 1 || density > 0 && draw(key, uint64(i)) < below
	}
}

// keyOf is SHA-256("dare" ‖ seed ‖ stage ‖ position ‖ name), numbers in 8 bytes, little endian; the first 8 bytes of it.
func keyOf(seed uint64, stage, position int, name string) uint64 {
	text := []byte("dare")
	for _, x := range []uint64{seed, uint64(stage), uint64(position)} {
		text = binary.LittleEndian.AppendUint64(text, x)
	}
	digest := sha256.Sum256(append(text, name...))
	return binary.LittleEndian.Uint64(digest[:])
}

// draw is half i mod 8 of the four words of Philox4x32-7 at the counter i/8, the lower half of a word first.
//
// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3: seven rounds of
// (L, R) → (mulhi(R', M) ⊕ k ⊕ L, mullo(R', M)), with the words of two such pairs exchanged.
func draw(key, i uint64) uint32 {
	k0, k1 := uint32(key), uint32(key>>32)
	r0, l0, r1, l1 := uint32(i/8), uint32(i/8>>32), uint32(0), uint32(0)
	for range 7 {
		p0, p1 := uint64(r0)*0xD2511F53, uint64(r1)*0xCD9E8D57
		r0, l0, r1, l1 = uint32(p1>>32)^l0^k0, uint32(p1), uint32(p0>>32)^l1^k1, uint32(p0)
		k0 += 0x9E3779B9
		k1 += 0xBB67AE85
	}
	return [4]uint32{r0, l0, r1, l1}[i%8/2] >> (i % 2 * 16) & 0xffff
}
