package plan

// HashOf is the hash of p as it is.
func HashOf(p *Plan) string { return p.hash() }

// LineOf is an output as it is hashed.
func LineOf(o *Output) string {
	var l Line
	l.output(o)
	return string(l.buf)
}
