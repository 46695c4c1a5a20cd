// Package recipe reads a mergekit config into values that know their line and column.
//
// [Parse] takes the text and the table of merge methods, and returns a [Recipe] and every
// [Fault] of the text at once, each with its place. [Setting.At] then evaluates one
// parameter for one tensor: filters, gradients and the types that mergekit lets through.
//
//	r, faults := recipe.Parse("merge.yaml", text, merge.Known())
//	if errs := faults.Errors(); len(errs) > 0 {
//		return errs
//	}
//
// It reads nothing but the text. Whether a model exists, how many layers it has, whether a
// filter matches any tensor or leaves one without a value is the plan's business.
//
// A config means here what it means to mergekit 0.1.5: the YAML is 1.1 as PyYAML reads it
// (yes and on are true, 010 is eight, 1e-5 is text that counts as a number), of a key that is written twice
// the last counts, and in the models form the base is appended where it is not listed.
// What mergekit passes over in silence, an unknown key or a parameter that cannot act
// where it stands, is a warning. It is an error where the name is misspelled beyond doubt, and where
// the method needs the parameter: nobody means that. What is not built yet is an error that names it, so
// no part of a config is ever skipped.
//
// What stands under a misspelled name is read as it was meant, so that one slip is one fault and hides none.
//
// A config comes from outside. Texts above 1 MiB, deep nesting, aliases that contain themselves and
// aliases that unfold to more than 200,000 values are faults; no text makes Parse panic.
package recipe
