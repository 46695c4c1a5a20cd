package recipe

import (
	"fmt"
	"math"
	"strings"
)

// At evaluates the setting for one tensor: the first case whose filter matches name, and in a
// gradient the value at t, 0 to 1, of the slice. The second result is false where no case
// matches or the gradient is empty, and the next level counts. The error says which value
// is not of p's type or outside its range, and is a *Fault without a File.
//
// Numbers of a gradient are spread evenly over 0 to 1 and joined by straight lines; of a
// list of bools the one at or before t counts.
//
// Source: mergekit 0.1.5, config.py, evaluate_setting.
func (s Setting) At(p *Param, name string, t float64) (float64, bool, error) {
	for _, c := range s.Cases {
		if c.Matches(name) {
			v, ok, fault := c.at(p, t)
			if fault != nil {
				return 0, false, fault
			}
			return v, ok, nil
		}
	}
	return 0, false, nil
}

// Matches tells whether c counts for the tensor called name. Case matters, and there is no
// pattern but "*" alone.
func (c Case) Matches(name string) bool {
	return c.matchesAll() || strings.Contains(name, c.Filter)
}

// matchesAll tells whether c counts for every tensor.
func (c Case) matchesAll() bool {
	return !c.Filtered || c.Filter == "*" || c.Filter == ""
}

func (c Case) at(p *Param, t float64) (float64, bool, *Fault) {
	if len(c.Values) == 0 {
		return 0, false, nil
	}
	last := len(c.Values) - 1
	step := float64(min(max(t, 0), 1) * float64(last)) // converted: Go fuses on arm64
	i := min(int(step), last)
	low, fault := p.value(c.Values[i])
	if fault != nil || p.Type == Bool {
		return low, fault == nil, fault
	}
	high, fault := p.value(c.Values[min(i+1, last)])
	if fault != nil {
		return 0, false, fault
	}
	f := step - float64(i)
	v := float64((1-f)*low) + float64(f*high)
	v = min(max(v, min(low, high)), max(low, high)) // rounding must not leave p's range
	if p.Type == Int && v != math.Trunc(v) {
		return 0, false, p.fault(c.Pos, fmt.Sprintf("is %s at %s of its gradient, and must be a whole number", short(v), short(t)), "")
	}
	return v, true, nil
}
