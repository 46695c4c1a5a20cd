package truth

import "math"

var slerp = reference{
	method: "slerp",
	settings: []setting{
		{inputs: 2, base: 0, shared: map[string]float64{"t": 0.3}},
		{inputs: 2, base: 1, shared: map[string]float64{"t": 0.75}},
		{inputs: 2, base: 0, shared: map[string]float64{"t": -0.5}},
		{inputs: 2, base: 0, shared: map[string]float64{"t": 1}},
	},
	// c = b·o / (‖b‖ ‖o‖), where a norm of at most 1e-8 counts as 1; θ = acos c;
	// (sin((1−t)θ) b + sin(tθ) o) / sin θ for |c| ≤ 0.9995, else (1−t) b + t o.
	values: func(in input) []value {
		b, o, t := in.rows[in.base], in.others()[0], in.shared("t", 0)
		cosine := dot(b, o).float() / norm(b) / norm(o)
		atB, atO := 1-t, t
		if cosine = min(max(cosine, -1), 1); math.Abs(cosine) <= 0.9995 {
			angle := math.Acos(cosine)
			atB, atO = math.Sin((1-t)*angle)/math.Sin(angle), math.Sin(t*angle)/math.Sin(angle)
		}
		return in.elements(func(i int) (v value) {
			v.add(exactly(atB).times(exactly(b[i])))
			v.add(exactly(atO).times(exactly(o[i])))
			return v
		})
	},
}

func dot(a, b []float64) (s number) {
	for i := range a {
		s = s.add(exactly(a[i]).times(exactly(b[i])))
	}
	return s
}

func norm(x []float64) float64 {
	if n := math.Sqrt(dot(x, x).float()); n > 1e-8 {
		return n
	}
	return 1
}
