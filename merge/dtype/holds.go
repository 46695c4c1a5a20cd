package dtype

// A span describes the values of a type: integers of at most bits significant bits times a
// power of two from 2^low, all below 2^high in magnitude.
type span struct {
	bits, low, high int
	signed          bool
	complex         bool
}

var spans = [...]span{
	Bool:   {bits: 1, high: 1},
	U8:     {bits: 8, high: 8},
	I8:     {bits: 7, high: 7, signed: true},
	F8E5M2: {bits: 3, low: -16, high: 16, signed: true},
	F8E4M3: {bits: 4, low: -9, high: 9, signed: true},
	I16:    {bits: 15, high: 15, signed: true},
	U16:    {bits: 16, high: 16},
	F16:    {bits: 11, low: -24, high: 16, signed: true},
	BF16:   {bits: 8, low: -133, high: 128, signed: true},
	I32:    {bits: 31, high: 31, signed: true},
	U32:    {bits: 32, high: 32},
	F32:    {bits: 24, low: -149, high: 128, signed: true},
	C64:    {bits: 24, low: -149, high: 128, signed: true, complex: true},
	F64:    {bits: 53, low: -1074, high: 1024, signed: true},
	I64:    {bits: 63, high: 63, signed: true},
	U64:    {bits: 64, high: 64},
}

// Holds tells whether wide holds every value of narrow exactly. F32 holds F16 and BF16, which do
// not hold each other; every type holds itself; a real is the complex number without imaginary
// part. Invalid holds nothing and nothing holds it.
func Holds(wide, narrow DType) bool {
	if wide == Invalid || narrow == Invalid {
		return false
	}
	if wide == narrow {
		return true
	}
	w, n := spans[wide], spans[narrow]
	return w.bits >= n.bits && w.low <= n.low && w.high >= n.high &&
		(w.signed || !n.signed) && (w.complex || !n.complex)
}
