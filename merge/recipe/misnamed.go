package recipe

import (
	"regexp"
	"strings"
)

// Misnamed returns a fault for every reference that cannot be meant as it is written: part of an address, with a
// slash or a space too many, or a place holder that nobody filled in. What looks like a path is none of these,
// and neither is what exists says is there, for a folder may have any name.
func (r *Recipe) Misnamed(exists func(path string) bool) Faults {
	var out Faults
	told := map[Pos]bool{}
	for _, ref := range r.all() {
		problem, name := misnamed(ref)
		if problem == "" || told[ref.Pos] || exists(ref.Path) {
			continue
		}
		told[ref.Pos] = true
		hint := "write " + clip(name)
		if name == "" {
			hint = `write a name such as "alice/model", or the path of a folder, which starts with "./"`
		}
		if name != "" && strings.HasSuffix(ref.Path, "/") {
			hint += ", or " + clip("./"+ref.Path) + " if it is a folder"
		}
		out = append(out, &Fault{File: r.File, Pos: ref.Pos, Code: "model", Message: "model " + quote(ref.String()) + " " + problem, Hint: hint})
	}
	return out
}

var (
	hubScheme   = regexp.MustCompile(`^(?:hf://(?:models/)?|(?:www\.)?(?:huggingface\.co|hf\.co)/)`)
	browserPath = regexp.MustCompile(`^([^/]+/[^/]+)/(?:tree|blob|resolve|raw|commit)/([^/]+)`)
	cacheFolder = regexp.MustCompile(`^models--([^/]+?)--([^/]+)$`)
	spacedSlash = regexp.MustCompile(`\s*/\s*`)
	slashes     = regexp.MustCompile(`/{2,}`)
	// hubName is a name on the Hub; an old model of the Hub's own has no namespace.
	hubName = regexp.MustCompile(`^(?:[A-Za-z0-9._-]+/)?[A-Za-z0-9._-]+$`)
	// placeHolder is what stands in a template for the name of a model.
	placeHolder = regexp.MustCompile(`^(?:<.*>|\.\.\.+|\x{2026}|\$\{?\w+\}?|\{\{?.*\}\}?|(?:your[-_ ]?(?:user|name|org|model|repo|namespace)|path/to/|namespace/name$|username/)[\w/.-]*)$`)
)

// misnamed says why ref is no name, "" where it may be one, and the name that was meant, "" where that cannot be told.
func misnamed(ref Ref) (problem, name string) {
	path := ref.Path
	meant := func(problem, name, revision string) (string, string) {
		if !hubName.MatchString(name) {
			return problem, ""
		}
		if ref.Revision != "" {
			revision = ref.Revision
		} else if revision == "main" {
			revision = ""
		}
		return problem, Ref{Path: name, Revision: revision}.String()
	}
	bare := strings.Trim(hubScheme.ReplaceAllString(path, ""), "/")
	bare, _, _ = strings.Cut(bare, "?")
	bare, _, _ = strings.Cut(bare, "#")
	revision := ""
	if m := browserPath.FindStringSubmatch(bare); m != nil {
		bare, revision = m[1], m[2]
	}
	switch {
	case placeHolder.MatchString(path):
		return "holds the place of a name", ""
	case hubScheme.MatchString(path):
		return meant("is an address, not the name of a model", bare, revision)
	case isPath(path):
		return "", ""
	case browserPath.MatchString(path):
		return meant("is a part of an address, not the name of a model", bare, revision)
	case spacedSlash.MatchString(path) && hubName.MatchString(spacedSlash.ReplaceAllString(path, "/")) && strings.ContainsAny(path, " \t"):
		return meant("has a space beside its slash", spacedSlash.ReplaceAllString(path, "/"), "")
	case hubName.MatchString(beforeComment(path)):
		return meant("has a comment behind it, which starts with \"#\" in YAML", beforeComment(path), "")
	case strings.ContainsAny(path, " \t"):
		return "has a space, which no name on the Hub has", ""
	case strings.Contains(path, "//"):
		return meant("has a slash too many", strings.Trim(slashes.ReplaceAllString(path, "/"), "/"), "")
	case strings.Count(path, "/") == 2 && strings.HasSuffix(path, "/"):
		return meant("ends with a slash", strings.TrimSuffix(path, "/"), "")
	case cacheFolder.MatchString(path):
		return meant("is the name of a folder in the cache", cacheFolder.ReplaceAllString(path, "$1/$2"), "")
	case strings.Count(path, ":") == 1 && strings.Count(path, "/") == 1:
		name, revision, _ := strings.Cut(path, ":")
		if revision == "" {
			return meant("ends with a colon", name, "")
		}
		return meant(`has a ":" where "@" names a branch, tag or commit`, strings.TrimSuffix(name, "/"), keptRevision(revision))
	case strings.ContainsAny(path, "?#") && strings.Count(bare, "/") == 1 && hubName.MatchString(bare):
		return meant("is a part of an address, not the name of a model", bare, "")
	case strings.Count(path, "/") == 1 && strings.TrimRight(path, ",;") != path:
		return meant("ends with a comma", strings.TrimRight(path, ",;"), "")
	case strings.Count(path, "/") < 2 && strings.ContainsAny(path, `<>|"*`):
		return "has letters that no name on the Hub has", ""
	}
	return "", ""
}

// beforeComment is what stands before a comment as programs have it, "" without one.
func beforeComment(path string) string {
	name, _, found := strings.Cut(path, " //")
	if !found {
		return ""
	}
	return strings.TrimSpace(name)
}

// keptRevision is the revision that a tag of a registry stands for; latest is what comes without one.
func keptRevision(tag string) string {
	if tag == "latest" {
		return ""
	}
	return tag
}

// drive is how a path starts on Windows.
var drive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)

// isPath tells whether path is beyond doubt meant as one of this machine.
func isPath(path string) bool {
	return strings.HasPrefix(path, "/") || strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../") || path == "." || path == ".." ||
		strings.HasPrefix(path, "~") || strings.Contains(path, `\`) || drive.MatchString(path)
}
