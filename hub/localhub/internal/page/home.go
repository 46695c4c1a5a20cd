package page

import (
	"net/url"
	"slices"
	"strings"
)

// publicHosts are names of the public Hub. What a card links to there may be here, too.
var publicHosts = []string{"huggingface.co", "www.huggingface.co", "hf.co"}

// here is a link to the public Hub as one to the same page of this Hub; false where it has none.
func (p Place) here(u *url.URL) (string, bool) {
	if p.Here == nil || u.User != nil || !slices.Contains(publicHosts, strings.ToLower(u.Host)) {
		return "", false
	}
	local, ok := p.Here(u)
	if ok && u.Fragment != "" {
		local += "#" + u.EscapedFragment()
	}
	return local, ok
}
