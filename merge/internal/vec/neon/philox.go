package main

// rounds is how many Draws makes.
const rounds = 7

func draws() {
	kernel("simdDraws", "func(dst []uint32, k0, k1 uint32, block uint64)", "is Draws.")
	dst := float32sAt("dst")
	a, b, c, d := newVector(), newVector(), newVector(), newVector() // word 0 of four blocks, word 1, 2, and 3
	mul0, mul1 := repeat(32, 0xD2511F53), repeat(32, 0xCD9E8D57)
	k0, k1 := keys("k0", 0x9E3779B9), keys("k1", 0xBB67AE85)
	counters, next := [2]vector{newVector(), newVector()}, repeat(64, 4) // of two blocks each
	r := newRegister()
	write("MOVD %s, %s", param("block"), r)
	for j, counter := range counters {
		write("VDUP %s, V%d.D2", r, counter)
		add2d.to(counter, counter, list(uint64(2*j), uint64(2*j+1)))
		vectors-- // free again
	}
	// The products of a and mul0, and those of c and mul1, of two blocks each.
	p, q := [2]vector{newVector(), newVector()}, [2]vector{newVector(), newVector()}
	loop("dst", step, func(int) {
		uzp14s.to(a, counters[0], counters[1])
		uzp24s.to(b, counters[0], counters[1])
		for j, counter := range counters {
			add2d.to(counter, counter, next)
			umull[j].to(p[j], a, mul0)
		}
		eor.to(a, b, k0[0]) // words 2 and 3 are 0
		eor.to(b, b, b)
		uzp24s.to(c, p[0], p[1])
		eor.to(c, c, k1[0])
		uzp14s.to(d, p[0], p[1])
		for r := 1; r < rounds; r++ {
			for j := range 2 {
				umull[j].to(p[j], a, mul0)
				umull[j].to(q[j], c, mul1)
			}
			uzp24s.to(a, q[0], q[1])
			eor.to(a, a, b)
			eor.to(a, a, k0[r])
			uzp14s.to(b, q[0], q[1])
			uzp24s.to(c, p[0], p[1])
			eor.to(c, c, d)
			eor.to(c, c, k1[r])
			uzp14s.to(d, p[0], p[1])
		}
		write("VST4 [V%d.S4, V%d.S4, V%d.S4, V%d.S4], (%s)", a, b, c, d, dst.in) // one block after the other
	})
}

// keys returns vectors full of the parameter of this name, and of what it grows to, round by round.
func keys(name string, growth uint64) (k [rounds]vector) {
	for r := range k {
		k[r] = newVector()
	}
	key, by := newRegister(), newRegister()
	registers -= 2 // free again
	write("MOVWU %s, %s", param(name), key)
	write("MOVD $%#x, %s", growth, by)
	for _, v := range k {
		write("VDUP %s, V%d.S4", key, v)
		write("ADDW %s, %s", by, key)
	}
	return k
}
