package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// addLicense adds the flags that state the license of a merge, named like the keys in a card.
func addLicense(f *pflag.FlagSet, l *license.Choice) {
	f.StringVar(&l.ID, "license", "", "license `ID` of the merge, as listed on the Hub (default derived from the sources)")
	f.StringVar(&l.Name, "license-name", "", "license `NAME`, with --license other")
	f.StringVar(&l.Link, "license-link", "", "license `URL`, or a license file in the result, with --license other")
}

func checkLicense(l license.Choice) error {
	web := strings.HasPrefix(l.Link, "https://") || strings.HasPrefix(l.Link, "http://")
	switch {
	case l.ID != "other" && (l.Name != "" || l.Link != ""):
		return fault.Usagef("--license-name and --license-link require --license other")
	case l.ID != "" && !card.IsLicense(l.ID):
		like := ""
		if near := nearestLicense(l.ID); near != "" {
			like = "; did you mean " + near + "?"
		}
		return fault.Usagef("--license %s: unknown license id%s For a custom license, use --license other --license-name NAME", l.ID, cmp.Or(like, "."))
	case l.ID == "other" && l.Name == "":
		return fault.Usagef("--license other requires --license-name NAME, such as my-license-1.0")
	case l.ID == "other" && l.Name != card.LicenseSlug(l.Name):
		return fault.Usagef("--license-name %s: use only letters, digits and - _ ., such as %s", l.Name, cmp.Or(card.LicenseSlug(l.Name), "my-license-1.0"))
	case l.Link != "" && !web && strings.ContainsAny(l.Link, `:/\`):
		return fault.Usagef("--license-link %s: must be an https:// URL or the name of a file in the result", l.Link)
	}
	return nil
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
