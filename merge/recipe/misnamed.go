package recipe

import (
	"regexp"
	"strings"
)

// Misnamed returns a fault for every reference that cannot be meant as it is written: part of an address, with a
// slash or a space too many, or a placeholder that nobody filled in. What looks like a path is none of these,
// and neither is what exists says is there, for a folder may have any name.
func (r *Recipe) Misnamed(exists func(path string) bool) Faults {
	var out Faults
	all := r.all()
	for i, ref := range all {
		f := misnamed(ref)
		if f == nil || i > 0 && all[i-1].Pos == ref.Pos || exists(ref.Path) {
			continue
		}
		f.File = r.File
		out = append(out, f)
	}
	return out
}

// slipsOfNames are what people write around, in or for the name of a model, in order, and what is left of it.
var slipsOfNames = []struct {
	slip *regexp.Regexp
	left string
}{
	{regexp.MustCompile(`^(?:hf://(?:models/)?|(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/)`), ""},
	{regexp.MustCompile(` //.*$`), ""}, // a comment
	{regexp.MustCompile(`^([^/?#]+/[^/?#]+)[?#].*$`), "$1"},
	{regexp.MustCompile(`^([^/]+/[^/]+)/(?:tree|blob|resolve|raw|commit)/([^/?#]+).*$`), "$1@$2"},
	{regexp.MustCompile(`\s*/[/\s]*/\s*|\s+/\s*|/\s+`), "/"},
	{regexp.MustCompile(`^([^/]+/[^/]+)/$`), "$1"},
	{regexp.MustCompile(`^models--([^/]+?)--([^/]+)$`), "$1/$2"}, // a folder of the cache
	{regexp.MustCompile(`^([^/:]+/[^/:]+)/?:([^/:]*)$`), "$1@$2"},
	{regexp.MustCompile(`^([^/]+/[^/]+)[,;]+$`), "$1"},
	{regexp.MustCompile(`@(?:main|latest|)$`), ""},
}

var (
	// hubName is a name on the Hub, with a revision or not; an old model of the Hub's own has no namespace.
	hubName = regexp.MustCompile(`^(?:[A-Za-z0-9._-]+/)?[A-Za-z0-9._-]+(?:@[^@\s]+)?$`)
	// notOfNames has a character that no name on the Hub has, in what is not a path of several folders.
	notOfNames = regexp.MustCompile(`\s|^[^/]*/?[^/]*[<>|"*][^/]*/?[^/]*$`)
	// placeholder is what stands in a template for the name of a model.
	placeholder = regexp.MustCompile(`^(?:<.*>|\.\.\.+|\x{2026}|\$\{?\w+\}?|\{\{?.*\}\}?|(?:your[-_ ]?(?:user|name|org|model|repo|namespace)|path/to/|namespace/name$|username/)[\w/.-]*)$`)
)

// misnamed returns the fault of ref where it cannot be a name as it is written, with the name that was meant where
// that can be told; else nil.
func misnamed(ref Ref) *Fault {
	problem := "is not a model name"
	f := &Fault{Pos: ref.Pos, Code: "model", Hint: `write a name such as "alice/model", or the path of a folder, which starts with "./"`}
	name := ref.Path
	for _, s := range slipsOfNames {
		name = s.slip.ReplaceAllString(name, s.left)
	}
	switch {
	case placeholder.MatchString(ref.Path):
		problem = "is a placeholder, not a model name"
	case isPath(ref.Path), name == ref.Path && !notOfNames.MatchString(name):
		return nil
	case name != ref.Path && hubName.MatchString(name):
		if ref.Revision != "" {
			name, _, _ = strings.Cut(name, "@")
			name += "@" + ref.Revision
		}
		f.Hint = "write " + clip(name)
		if strings.HasSuffix(ref.Path, "/") {
			f.Hint += ", or " + clip("./"+ref.Path) + " if it is a folder"
		}
	}
	f.Message = quote(ref.String()) + " " + problem
	return f
}

// localPath is how a path of this machine starts; a backslash makes a path of any text.
var localPath = regexp.MustCompile(`^(?:/|\.\.?(?:/|$)|~|[A-Za-z]:[\\/])|\\`)

// isPath tells whether path is beyond doubt meant as one of this machine.
func isPath(path string) bool { return localPath.MatchString(path) }
