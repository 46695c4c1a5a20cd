package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// licenseFlags state the license of a merge, named like the keys in a card.
type licenseFlags struct{ id, name, link string }

func (l *licenseFlags) add(f *pflag.FlagSet) {
	f.StringVar(&l.id, "license", "", "license `ID` of the merge, as listed on the Hub (default derived from the sources)")
	f.StringVar(&l.name, "license-name", "", "license `NAME`, with --license other")
	f.StringVar(&l.link, "license-link", "", "license `URL`, or a license file in the result, with --license other")
}

// read validates the flags.
func (l *licenseFlags) read() (license.Choice, error) {
	refuse := func(format string, args ...any) (license.Choice, error) {
		return license.Choice{}, usage(fmt.Errorf(format, args...))
	}
	web := strings.HasPrefix(l.link, "https://") || strings.HasPrefix(l.link, "http://")
	switch {
	case l.id == "" && (l.name != "" || l.link != ""), l.id != "" && l.id != "other" && (l.name != "" || l.link != ""):
		return refuse("--license-name and --license-link require --license other")
	case l.id != "" && !card.IsLicense(l.id):
		like := ""
		if near := nearestLicense(l.id); near != "" {
			like = "; did you mean " + near + "?"
		}
		return refuse("--license %s: unknown license id%s For a custom license, use --license other --license-name NAME", l.id, cmp.Or(like, "."))
	case l.id == "other" && l.name == "":
		return refuse("--license other requires --license-name NAME, such as my-license-1.0")
	case l.id == "other" && l.name != card.LicenseSlug(l.name):
		return refuse("--license-name %s: use only letters, digits and - _ ., such as %s", l.name, cmp.Or(card.LicenseSlug(l.name), "my-license-1.0"))
	case l.link != "" && !web && strings.ContainsAny(l.link, `:/\`):
		return refuse("--license-link %s: must be an https:// URL or the name of a file in the result", l.link)
	}
	return license.Choice{ID: l.id, Name: l.name, Link: l.link}, nil
}

var (
	licenseWords  = regexp.MustCompile(`licen[sc]e|version|community|agreement|^the\b`)
	notInLicense  = regexp.MustCompile(`[^a-z0-9+]`)
	versionLetter = regexp.MustCompile(`v([0-9])`)
)

// nearestLicense returns the license id that id most likely means, or "". People omit dashes, dots and parts of a version, and
// add words: apache2, GPLv3, cc-by-nc-4, "MIT License".
func nearestLicense(id string) string {
	plain := func(id string) string {
		id = licenseWords.ReplaceAllString(strings.ToLower(id), "")
		return versionLetter.ReplaceAllString(notInLicense.ReplaceAllString(id, ""), "$1")
	}
	name := plain(id)
	ids := card.LicenseIDs()
	slices.Reverse(ids)          // prefer later versions
	var longer, shorter []string // that start with name, and that name starts with
	for _, c := range ids {
		switch like := plain(c); {
		case like == name:
			return c
		case len(name) > 1 && strings.HasPrefix(like, name):
			longer = append(longer, c)
		case len(like) > 4 && strings.HasPrefix(name, like):
			shorter = append(shorter, c)
		}
	}
	byLength := func(a, b string) int { return len(a) - len(b) }
	switch {
	case len(longer) > 0:
		return slices.MinFunc(longer, byLength)
	case len(shorter) > 0:
		return slices.MaxFunc(shorter, byLength)
	}
	return recipe.Nearest(id, ids)
}
