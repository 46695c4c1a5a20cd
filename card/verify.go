package card

import (
	"regexp"
	"strings"
)

// onHub tells whether the result is in a repo of the Hub, and not in a folder.
func (f Facts) onHub() bool { return strings.Contains(f.Repo, "/") && isRepo(f.Repo) }

// verifyCommand is what a reader types to make the merge again and compare, for a shell. It is "" where nobody can: a folder has
// no address, a result without a lock or with models at no commit says not what it was made of, and a model that is not on the
// Hub cannot be read.
func verifyCommand(f Facts) string {
	if !f.onHub() || f.LockFile == "" || !pinned(f) || len(local(f)) > 0 {
		return ""
	}
	command := "lazymerge verify " + f.Repo
	if f.Revision != "" {
		command += " --revision " + shellWord(f.Revision)
	}
	return command
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// shellWord returns s as one word of a shell's command line.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
