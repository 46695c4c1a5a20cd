// Package templates holds the texts that lazymerge fills in, as files that a user can copy
// and change.
package templates

import _ "embed"

// Card is the default template of a model card. The doc of package card lists the facts and
// functions it may use.
//
//go:embed card.md.tmpl
var Card string
