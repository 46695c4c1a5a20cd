package dtype

// Promote returns the type that PyTorch computes in when tensors of the given types meet: BF16
// and F16 make F32, a floating type wins over integers, U8 and I8 make I16. The order of types does not
// matter.
//
// It is Invalid where PyTorch refuses (an F8 type with any other, U16 with I32), where the answer
// is no type of safetensors files (F64 with C64), for an Invalid among types, and for none.
//
// Source: torch.promote_types of PyTorch 2.
func Promote(types ...DType) DType {
	var has [U64 + 1]bool
	distinct, last := 0, Invalid
	for _, t := range types {
		if !has[t] {
			has[t] = true
			distinct, last = distinct+1, t
		}
	}
	wideUnsigned := has[U16] || has[U32] || has[U64]
	switch {
	case has[Invalid]:
		return Invalid
	case distinct <= 1:
		return last
	case has[F8E5M2] || has[F8E4M3]:
		return Invalid
	case has[C64]:
		if has[F64] || wideUnsigned {
			return Invalid
		}
		return C64
	case has[F64]:
		return F64
	case has[F32] || has[F16] && has[BF16]:
		return F32
	case has[F16]:
		return F16
	case has[BF16]:
		return BF16
	case wideUnsigned:
		return Invalid
	case has[I64]:
		return I64
	case has[I32]:
		return I32
	case has[I16] || has[U8] && has[I8]:
		return I16
	case has[I8]:
		return I8
	}
	return U8 // with Bool, which gives way to every other type
}
