package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// licenseFlags state the license of a merge. They are spelled as the keys of a card.
type licenseFlags struct{ id, name, link string }

func (l *licenseFlags) add(f *pflag.FlagSet) {
	f.StringVar(&l.id, "license", "", "`ID` that the Hub has for the license of the merge (default what the sources' licenses come to)")
	f.StringVar(&l.name, "license-name", "", "`NAME` of the license, with --license other")
	f.StringVar(&l.link, "license-link", "", "`URL` of its text, or a file on terms of the result, with --license other")
}

// read checks the flags.
func (l *licenseFlags) read() (license.Choice, error) {
	refuse := func(format string, args ...any) (license.Choice, error) {
		return license.Choice{}, usage(fmt.Errorf(format, args...))
	}
	web := strings.HasPrefix(l.link, "https://") || strings.HasPrefix(l.link, "http://")
	switch {
	case l.id == "" && (l.name != "" || l.link != ""), l.id != "" && l.id != "other" && (l.name != "" || l.link != ""):
		return refuse("--license-name and --license-link go with --license other")
	case l.id != "" && !card.IsLicense(l.id):
		like := ""
		if near := nearestLicense(l.id); near != "" {
			like = "; did you mean " + near + "?"
		}
		return refuse("--license %s: the Hub has no such id%s For one of your own write --license other --license-name NAME", l.id, cmp.Or(like, "."))
	case l.id == "other" && l.name == "":
		return license.Choice{}, usage(errors.New("--license other needs --license-name NAME, such as my-license-1.0"))
	case l.id == "other" && l.name != card.LicenseSlug(l.name):
		return refuse("--license-name %s: write an id in letters, digits and - _ ., such as %s", l.name, cmp.Or(card.LicenseSlug(l.name), "my-license-1.0"))
	case l.link != "" && !web && strings.ContainsAny(l.link, `:/\`):
		return refuse("--license-link %s: write an address that begins with https://, or the name of a file of the result", l.link)
	}
	return license.Choice{ID: l.id, Name: l.name, Link: l.link}, nil
}

var (
	licenseWords  = regexp.MustCompile(`licen[sc]e|version|community|agreement|^the\b`)
	notInLicense  = regexp.MustCompile(`[^a-z0-9+]`)
	versionLetter = regexp.MustCompile(`v([0-9])`)
)

// nearestLicense is the id of the Hub that id was most likely meant to be, or "". People leave out dashes, dots and the end of a version,
// and add words: apache2, GPLv3, cc-by-nc-4, "MIT License".
func nearestLicense(id string) string {
	plain := func(id string) string {
		id = licenseWords.ReplaceAllString(strings.ToLower(id), "")
		return versionLetter.ReplaceAllString(notInLicense.ReplaceAllString(id, ""), "$1")
	}
	name := plain(id)
	ids := card.LicenseIDs()
	slices.Reverse(ids) // of versions that are as near as each other the latest
	best := ""
	better := func(c string, longer bool) bool {
		return best == "" || longer == (len(c) > len(best)) && len(c) != len(best)
	}
	for _, c := range ids { // the same, or its beginning
		switch like := plain(c); {
		case like == name:
			return c
		case len(name) > 1 && strings.HasPrefix(like, name) && better(c, false):
			best = c
		}
	}
	if best != "" {
		return best
	}
	for _, c := range ids { // with something behind it
		if like := plain(c); len(like) > 4 && strings.HasPrefix(name, like) && better(c, true) {
			best = c
		}
	}
	return cmp.Or(best, recipe.Nearest(id, ids))
}
