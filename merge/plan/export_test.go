package plan

// HashOf is the hash of p as it is.
func HashOf(p *Plan) string { return p.hash() }

// LineOf is an output as it is hashed.
func LineOf(o *Output) string {
	var l Line
	l.output(o)
	return string(l.buf)
}

// HashShare is the estimate that Hashers follows from.
func HashShare(p *Plan) float64 { return p.hashShare() }
