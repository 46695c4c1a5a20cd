package main

func masks() {
	kernel("simdMask", "func(dst []byte, draws []uint32, keep uint32)", "is Mask, of a keep that is not 0.")
	dst, draws, less := bytesAt("dst"), newPointer("draws", 16), newRegister()
	write("MOVWU %s, %s", param("keep"), less)
	write("SUB $1, %s", less)
	last, bit := newVector(), repeat(64, 0x8040201008040201)
	write("VDUP %s, V%d.H8", less, last)
	loop("dst", step, func(int) {
		var bits [8]vector // two bytes of dst, each bit in a byte
		for j := range bits {
			low, high := cmhs8h.of(last, draws.load(2*j)), cmhs8h.of(last, draws.load(2*j+1))
			uzp116b.to(low, low, high)
			and.to(low, low, bit)
			bits[j] = low
			vectors = int(low) + 1 // those after it are free again
		}
		sums := bits[:]
		for len(sums) > 1 { // of neighbors
			for j := range len(sums) / 2 {
				addp16b.to(sums[j], sums[2*j], sums[2*j+1])
			}
			sums = sums[:len(sums)/2]
		}
		dst.store(0, sums[0])
	})

	kernel("simdKeepMasked", "func(d []float32, mask []byte)", "is KeepMasked.")
	d, mask, two := float32sAt("d"), newRegister(), newRegister()
	write("MOVD %s, %s", param("mask_base"), mask)
	var places [4]vector
	for j := range places {
		one := uint64(1) << (4 * j)
		places[j] = list(one|one<<33, one<<2|one<<35)
	}
	loop("d", step, func(int) {
		bits := newVector()
		write("MOVHU.P 2(%s), %s", mask, two)
		write("VDUP %s, V%d.S4", two, bits)
		for j, place := range places {
			x := d.load(4 * j)
			stays := cmtst4s.of(bits, place)
			orn.to(stays, stays, fcmeq4s.of(x, x)) // or it is NaN
			and.to(x, x, stays)
			d.store(4*j, x)
		}
	})
}
