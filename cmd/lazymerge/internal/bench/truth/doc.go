// Package truth compares merges with the formulas of their methods.
//
// The reference of a method is written from its formula alone, element by element over whole tensors, with sums in twice the
// precision of float64; it shares no arithmetic with the engine. [Measure] makes small models in
// memory, merges them through recipe, plan and engine as a user would, and reads what was written.
//
// The rule that results are held to: an element is at most half a unit in the last place of the output's type, at the
// true value, and 2⁻⁴⁰ of the sum of the terms' magnitudes away from the truth.
//
// A new method needs a reference: write one in a file here, as slerp.go does, and add it to the list of references in truth.go.
package truth
