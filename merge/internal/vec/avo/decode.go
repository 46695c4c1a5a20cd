package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func decoders() {
	convert("simdDecodeBF16", "dst []float32, src []byte", "decodes bf16s.", func(dst, src, i reg.Register) {
		for k := 0; k < step; k += 8 {
			v := YMM()
			VPMOVZXWD(at(src, i, 2, k), v)
			VPSLLD(operand.U8(16), v, v)
			VMOVDQU(v, at(dst, i, 4, k))
		}
	})
	convert("simdDecodeF16", "dst []float32, src []byte", "decodes f16s.", func(dst, src, i reg.Register) {
		for k := 0; k < step; k += 8 {
			v := YMM()
			VCVTPH2PS(at(src, i, 2, k), v)
			VMOVUPS(v, at(dst, i, 4, k))
		}
	})
	convert("simdDecodeF32", "dst []float32, src []byte", "decodes f32s.", func(dst, src, i reg.Register) {
		for k := 0; k < step; k += 8 {
			v := YMM()
			VMOVUPS(at(src, i, 4, k), v)
			VMOVUPS(v, at(dst, i, 4, k))
		}
	})
	convert("simdDecodeF64", "dst []float64, src []byte", "decodes f64s.", func(dst, src, i reg.Register) {
		for k := 0; k < step; k += 4 {
			v := YMM()
			VMOVUPD(at(src, i, 8, k), v)
			VMOVUPD(v, at(dst, i, 8, k))
		}
	})
	narrow := func(dst, src, i reg.Register) {
		for k := 0; k < step; k += 4 {
			v := XMM()
			VCVTPD2PSY(at(src, i, 8, k), v)
			VMOVUPS(v, at(dst, i, 4, k))
		}
	}
	convert("simdDecodeF64Narrow", "dst []float32, src []byte", "decodes f64s, rounded to float32.", narrow)
	convert("simdNarrow", "dst []float32, src []float64", "rounds to float32.", narrow)
	convert("simdWiden", "dst []float64, src []float32", "converts to float64.", func(dst, src, i reg.Register) {
		for k := 0; k < step; k += 4 {
			v := YMM()
			VCVTPS2PD(at(src, i, 4, k), v)
			VMOVUPD(v, at(dst, i, 8, k))
		}
	})
}

// convert is a kernel from src to dst.
func convert(name, params, doc string, body func(dst, src, i reg.Register)) {
	kernel(name, "func("+params+")", doc)
	dst, src := pointer("dst"), pointer("src")
	loop("dst", func(i reg.Register) { body(dst, src, i) })
}
