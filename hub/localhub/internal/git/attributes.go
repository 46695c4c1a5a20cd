package git

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

const (
	AttributesPath = ".gitattributes"
	IgnorePath     = ".gitignore"
	lfsAttributes  = "filter=lfs diff=lfs merge=lfs -text"
)

// DefaultAttributes is the .gitattributes of a new repo: what the public Hub sends to LFS.
var DefaultAttributes = func() []byte {
	var b strings.Builder
	for pattern := range strings.FieldsSeq(`*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.*
		*.mlmodel *.model *.msgpack *.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar
		*.safetensors saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents*`) {
		b.WriteString(pattern + " " + lfsAttributes + "\n")
	}
	return []byte(b.String())
}()

// lfsRules are the lines of a .gitattributes that say something about the filter.
type lfsRules []lfsRule

type lfsRule struct {
	match *regexp.Regexp
	LFS   bool
}

// ParseAttributes reads a .gitattributes as gitattributes(5) has it. Lines that git would not
// understand are left out, as git does.
func ParseAttributes(text string) lfsRules {
	var rules lfsRules
	for line := range strings.Lines(text) {
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "[attr]") {
			continue
		}
		pattern, attributes, ok := cutPattern(line)
		if !ok || strings.HasPrefix(pattern, "!") || strings.HasSuffix(pattern, "/") {
			continue
		}
		for a := range strings.FieldsSeq(attributes) {
			name, value, _ := strings.Cut(a, "=")
			if strings.TrimLeft(name, "-!") != "filter" {
				continue
			}
			if match := compilePattern(pattern); match != nil {
				rules = append(rules, lfsRule{match, name == "filter" && value == "lfs"})
			}
		}
	}
	return rules
}

// cutPattern splits a line into its pattern, which may be quoted as a C string, and the rest.
func cutPattern(line string) (pattern, rest string, ok bool) {
	if line[0] != '"' {
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			return line[:i], line[i:], true
		}
		return line, "", true
	}
	quoted, err := strconv.QuotedPrefix(line)
	if err != nil {
		return "", "", false
	}
	pattern, err = strconv.Unquote(quoted)
	return pattern, line[len(quoted):], err == nil && pattern != ""
}

// lfs tells whether the rules send path to LFS. The last rule that matches counts.
func (rules lfsRules) LFS(path string) bool {
	for i := len(rules) - 1; i >= 0; i-- {
		if rules[i].match.MatchString(byBytes(path)) {
			return rules[i].LFS
		}
	}
	return false
}

// Track returns attributes with a line more for each of paths that is not sent to LFS yet.
func Track(attributes []byte, paths []string) []byte {
	rules := ParseAttributes(string(attributes))
	grown := attributes[:len(attributes):len(attributes)]
	for _, path := range paths {
		if rules.LFS(path) {
			continue
		}
		if len(grown) > 0 && grown[len(grown)-1] != '\n' {
			grown = append(grown, '\n')
		}
		grown = append(grown, literalPattern(path)+" "+lfsAttributes+"\n"...)
	}
	return grown
}

// literalPattern is a pattern that matches path alone. The leading slash keeps a file in the
// root from matching its namesakes in folders, and "#" and "!" from meaning something.
func literalPattern(path string) string {
	var b strings.Builder
	b.WriteByte('/')
	for _, r := range path {
		if strings.ContainsRune(`*?[\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	if strings.ContainsAny(path, " \t\"") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(b.String()) + `"`
	}
	return b.String()
}

// ignoreRules are the lines of a .gitignore.
type ignoreRules []ignoreRule

type ignoreRule struct {
	match  *regexp.Regexp
	ignore bool
	dirs   bool // matches folders only
}

// ParseIgnore reads a .gitignore as gitignore(5) has it.
func ParseIgnore(text string) ignoreRules {
	var rules ignoreRules
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = withoutBlanks(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		if line == "" || line[0] == '#' {
			continue
		}
		rule := ignoreRule{ignore: true}
		if rest, ok := strings.CutPrefix(line, "!"); ok {
			line, rule.ignore = rest, false
		}
		line, rule.dirs = strings.CutSuffix(line, "/")
		if rule.match = compilePattern(line); line != "" && rule.match != nil {
			rules = append(rules, rule)
		}
	}
	return rules
}

// withoutBlanks is line without the blanks at its end, but for one that a backslash keeps.
func withoutBlanks(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		} else if line[i] == ' ' {
			continue
		}
		end = min(i+1, len(line))
	}
	return line[:end]
}

// ignored tells whether the rules leave out the file at path, or a folder above it. A file
// below a folder that is left out cannot be taken in again, as in git.
func (rules ignoreRules) Ignored(path string) bool {
	for parent := range names.Parents(path) {
		if rules.last(parent, true) {
			return true
		}
	}
	return rules.last(path, false)
}

func (rules ignoreRules) last(path string, dir bool) bool {
	for i := len(rules) - 1; i >= 0; i-- {
		if r := rules[i]; (dir || !r.dirs) && r.match.MatchString(byBytes(path)) {
			return r.ignore
		}
	}
	return false
}

// LooksBinary tells whether the start of a file, at most SampleSize bytes, is no text: it has
// a NUL byte, git's own sign.
func LooksBinary(sample []byte) bool {
	return strings.IndexByte(string(sample[:min(len(sample), SampleSize)]), 0) >= 0
}

// SampleSize is how much of a file a client sends to preupload, in bytes.
const SampleSize = 512

// wants decides how one file is uploaded, from its path, its size, its start and the size above which all go to LFS. Clients send an empty file as a regular one whatever the
// answer, so that is the answer.
func (rules lfsRules) Wants(path string, size int64, sample []byte, above int64) bool {
	return size > 0 && (rules.LFS(path) || size > above || LooksBinary(sample))
}
