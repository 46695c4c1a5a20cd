package card

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A class is what a license says of the things that are made from what it covers.
type class int

const (
	vague         class = iota // no one text, or one that is not known here
	permissive                 // they may carry other terms, as long as its notices are kept
	nonCommercial              // they may carry other terms that forbid commercial use too
	shareAlike                 // they carry the same license
	ownTerms                   // its terms and use restrictions go with them, under any license
	noDerivatives              // they may not be shared
)

// A kind is what the rules know of a license.
type kind struct {
	class
	noCommerce bool // commercial use is forbidden
	asks       int  // of permissive ones: how much, from nothing to credit in a given form
}

// knownLicenses are the licenses that the Hub has ids for, beside "other" and "unknown".
//
// Sources: the Hub's list of licenses (hub-docs, repositories-licenses.md); the texts of the licenses; the
// Free Software Foundation's "Various licenses and comments about them". "cc" and the research licenses without a
// published text are vague. The RAIL licenses want their use restrictions in whatever license
// follows (OpenRAIL-M, paragraphs 4 and 5), as do the Gemma Terms of Use (3.1) and the Llama agreements (1.b).
var knownLicenses = map[string]kind{
	"cc0-1.0": {permissive, false, 0}, "unlicense": {permissive, false, 0}, "pddl": {permissive, false, 0}, "wtfpl": {permissive, false, 0},
	"mit": {permissive, false, 1}, "isc": {permissive, false, 1}, "bsd": {permissive, false, 1}, "bsd-2-clause": {permissive, false, 1},
	"zlib": {permissive, false, 1}, "bsl-1.0": {permissive, false, 1}, "postgresql": {permissive, false, 1},
	"bsd-3-clause": {permissive, false, 2}, "bsd-3-clause-clear": {permissive, false, 2}, "ncsa": {permissive, false, 2},
	"artistic-2.0": {permissive, false, 3}, "openmdw-1.0": {permissive, false, 3}, "ecl-2.0": {permissive, false, 3},
	"afl-3.0": {permissive, false, 3}, "apache-2.0": {permissive, false, 4},
	"cdla-permissive-1.0": {permissive, false, 5}, "cdla-permissive-2.0": {permissive, false, 5}, "etalab-2.0": {permissive, false, 5},
	"odc-by": {permissive, false, 5}, "cc-by-2.0": {permissive, false, 6}, "cc-by-2.5": {permissive, false, 7},
	"cc-by-3.0": {permissive, false, 8}, "cc-by-4.0": {permissive, false, 9},

	"cc-by-nc-2.0": {class: nonCommercial, noCommerce: true}, "cc-by-nc-3.0": {class: nonCommercial, noCommerce: true},
	"cc-by-nc-4.0": {class: nonCommercial, noCommerce: true},

	"cc-by-sa-3.0": {class: shareAlike}, "cc-by-sa-4.0": {class: shareAlike},
	"cc-by-nc-sa-2.0": {class: shareAlike, noCommerce: true}, "cc-by-nc-sa-3.0": {class: shareAlike, noCommerce: true},
	"cc-by-nc-sa-4.0": {class: shareAlike, noCommerce: true},
	"agpl-3.0":        {class: shareAlike}, "gpl": {class: shareAlike}, "gpl-2.0": {class: shareAlike}, "gpl-3.0": {class: shareAlike},
	"lgpl": {class: shareAlike}, "lgpl-2.1": {class: shareAlike}, "lgpl-3.0": {class: shareAlike}, "lgpl-lr": {class: shareAlike},
	"gfdl": {class: shareAlike}, "mpl-2.0": {class: shareAlike}, "epl-1.0": {class: shareAlike}, "epl-2.0": {class: shareAlike},
	"eupl-1.1": {class: shareAlike}, "eupl-1.2": {class: shareAlike}, "osl-3.0": {class: shareAlike}, "ms-pl": {class: shareAlike},
	"odbl": {class: shareAlike}, "cdla-sharing-1.0": {class: shareAlike}, "ofl-1.1": {class: shareAlike}, "lppl-1.3c": {class: shareAlike},

	"openrail": {class: ownTerms}, "openrail++": {class: ownTerms}, "bigscience-openrail-m": {class: ownTerms},
	"creativeml-openrail-m": {class: ownTerms}, "bigscience-bloom-rail-1.0": {class: ownTerms}, "bigcode-openrail-m": {class: ownTerms},
	"deepfloyd-if-license": {class: ownTerms}, "llama2": {class: ownTerms}, "llama3": {class: ownTerms}, "llama3.1": {class: ownTerms},
	"llama3.2": {class: ownTerms}, "llama3.3": {class: ownTerms}, "llama4": {class: ownTerms}, "gemma": {class: ownTerms},
	"grok2-community": {class: ownTerms}, "c-uda": {class: ownTerms}, "apple-ascl": {class: ownTerms},
	"apple-amlr": {class: ownTerms, noCommerce: true}, "fair-noncommercial-research-license": {class: ownTerms, noCommerce: true},

	"cc-by-nd-4.0":    {class: noDerivatives},
	"cc-by-nc-nd-3.0": {class: noDerivatives, noCommerce: true}, "cc-by-nc-nd-4.0": {class: noDerivatives, noCommerce: true},

	"cc": {}, "h-research": {}, "intel-research": {},
}

// Licenses of which one source's may carry another's: the licenses that a share-alike or non-commercial one lets its
// adaptations have instead of itself.
//
// Sources: CC BY-SA 3.0 and BY-NC-SA 2.0 and 3.0, section 4.b (later versions of the same license);
// creativecommons.org/compatiblelicenses (BY-SA 4.0 to GPL 3, one way); Creative Commons, "Remixing: adapter's license
// chart" (BY-NC to BY-NC-SA); GNU LGPL 2.1, section 3, and LGPL 3.0, section 2 (to the GPL);
// GNU GPL 3.0, section 13 (together with the AGPL); MPL 2.0, sections 1.12 and 3.3 (secondary licenses).
var adaptations = map[string][]string{
	"cc-by-nc-2.0":    {"cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"},
	"cc-by-nc-3.0":    {"cc-by-nc-4.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"},
	"cc-by-nc-4.0":    {"cc-by-nc-sa-4.0"},
	"cc-by-nc-sa-2.0": {"cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"},
	"cc-by-nc-sa-3.0": {"cc-by-nc-sa-4.0"},
	"cc-by-sa-3.0":    {"cc-by-sa-4.0"},
	"cc-by-sa-4.0":    {"gpl-3.0"},
	"lgpl-2.1":        {"gpl-2.0", "gpl-3.0"},
	"lgpl-3.0":        {"gpl-3.0", "agpl-3.0"},
	"gpl-3.0":         {"agpl-3.0"},
	"mpl-2.0":         {"lgpl-2.1", "lgpl-3.0", "gpl-2.0", "gpl-3.0", "agpl-3.0"},
}

// gnu are the permissive licenses that the GNU licenses have room for, and gnu3 those that only their version 3 has.
//
// Source: Free Software Foundation, "Various licenses and comments about them".
var (
	gnu = []string{"cc0-1.0", "unlicense", "wtfpl", "mit", "isc", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear",
		"zlib", "bsl-1.0", "postgresql", "ncsa", "artistic-2.0", "cc-by-4.0"}
	gnu3 = []string{"apache-2.0", "ecl-2.0"}
)

// leavesRoom tells whether what is made from something under the license of the name from may be under that of the
// name to.
func leavesRoom(from, to string) bool {
	a, b := knownLicenses[from], knownLicenses[to]
	switch {
	case from == to:
		return true
	case a.class != permissive:
		return slices.Contains(adaptations[from], to)
	case b.class == permissive:
		return a.asks <= b.asks
	case to == "gpl" || to == "lgpl" || to == "gpl-2.0" || to == "lgpl-2.1":
		return slices.Contains(gnu, from)
	case to == "agpl-3.0" || to == "gpl-3.0" || to == "lgpl-3.0":
		return slices.Contains(gnu, from) || slices.Contains(gnu3, from)
	}
	return true
}

// LicenseIDs lists the ids that the Hub takes as a card's license, in order.
func LicenseIDs() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for id := range maps.Keys(knownLicenses) {
			if !yield(id) {
				return
			}
		}
		_ = yield("other") && yield("unknown")
	})
}

// IsLicense tells whether the Hub takes id as a card's license.
func IsLicense(id string) bool {
	_, ok := knownLicenses[id]
	return ok || id == "other" || id == "unknown"
}

// licenseName is what the Hub calls an id for a license of one's own.
//
// Source: hub-docs, modelcard.md: "specify an id for it here, like my-license-1.0".
var licenseName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// maxLicenseName is how long a name is taken over from a source, in bytes.
const maxLicenseName = 96

// LicenseSlug returns the name of a license in the form of an id; as it is where it has that form, and "" where nothing of
// it can be in one.
func LicenseSlug(name string) string {
	if licenseName.MatchString(name) && len(name) <= maxLicenseName {
		return name
	}
	slug := notInName.ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(slug[:min(len(slug), maxLicenseName)], "-+.")
}

// A stated license is what a model's card says, in one form: the id in lower case, with a name where the id is "other". An
// id that the Hub does not have is the name of another license. The zero stated is none.
type stated struct{ id, name string }

func (m Model) stated() stated {
	id := strings.ToLower(strings.TrimSpace(m.License))
	switch {
	case id == "other" && LicenseSlug(m.LicenseName) != "":
		return stated{"other", LicenseSlug(m.LicenseName)}
	case id == "" || id == "other" || id == "unknown":
		return stated{}
	case !IsLicense(id) && LicenseSlug(m.License) == "":
		return stated{}
	case !IsLicense(id):
		return stated{"other", LicenseSlug(m.License)}
	}
	return stated{id: id}
}

func (s stated) label() string { return licenseLabel(s.id, s.name) }
func (s stated) kind() kind    { return knownLicenses[s.id] }

// leavesRoom is leavesRoom of what two models state. Of a license that is not known here, only a permissive one is known to leave room for it.
func (s stated) leavesRoom(to stated) bool {
	if s.id == "other" || to.id == "other" {
		return s == to || s.kind().class == permissive
	}
	return leavesRoom(s.id, to.id)
}
