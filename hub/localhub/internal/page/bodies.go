package page

import (
	"html/template"
	"time"
)

// Start lists repos: all that the viewer may see, or those of one namespace.
type Start struct {
	Namespace string // "" lists all
	Use       *Use   // nil where there is nothing to say
	Repos     []Listed
}

// Use is how clients reach a Hub, in commands for a shell.
type Use struct {
	Note     string // who may write
	Commands []string
}

// Listed is a repo of a list.
type Listed struct {
	Label
	Task, Library, License string // "" where the card does not say
	Parameters             string // such as "7.24 B"; "" where it is not known
	Size                   int64  // bytes of all files
	Files                  int
	Changed                time.Time
}

// Label is what names a repo wherever it stands.
type Label struct {
	Path      string // of its page: "/alice/x"
	Namespace string // with the kind before it, where it is no model: "datasets/alice"; may be ""
	Name      string
	Private   bool
	Gated     bool
}

// Head stands at the top of each page of a repo.
type Head struct {
	Label
	Tab         string // card, files, commits or discussions
	Revision    string // that is looked at
	At          string // the same as one segment of a path
	IsDefault   bool   // it is what one sees without naming a revision
	CardPath    string // of the card at this revision
	Preview     bool   // the repo is not published yet, and so has no history and no discussions
	Chips       []Link
	Discussions int
}

// Link is a text that leads somewhere, or only a text where Path is "".
type Link struct{ Text, Path string }

// Card is the first page of a repo: its card, and what is known beside it.
type Card struct {
	Head
	Text     template.HTML // from Place.Markdown; "" where there is Notice
	Notice   string        // why there is no text
	Facts    []Fact
	Entries  []Entry // of the root
	Total    int     // files of the repo
	Size     int64   // bytes of all files
	Download string  // command that gets the files; "" where there is none
	Refs     Refs    // to the cards of other revisions; empty where there are none
}

// Refs are the revisions of a repo that have a name. The one that is looked at leads nowhere.
type Refs struct {
	Branches []Link
	Tags     []Link
	Pulls    []Link // open pull requests
}

// Fact is a line beside the card: what it is, and one or more values.
type Fact struct {
	Name   string
	Values []Link
}

// Entry is a file or folder of a list.
type Entry struct {
	Name     string
	Path     string // of its page
	Download string // "" for a folder
	Folder   bool
	LFS      bool
	Size     int64 // bytes
	Last     Step  // that changed it; the zero Step where that was not asked for
}

// Step is a commit in one line.
type Step struct {
	ID      string
	Title   string
	Message string
	Author  string
	Path    string // of its page
	Time    time.Time
}

// Files is one folder at one revision.
type Files struct {
	Head
	Trail   []Link // the folders down to this one
	Refs    Refs
	Entries []Entry
	Next    string // path of the next page; "" is the last
}

// Blob is one file at one revision. Of Text, Card, Picture and Notice one is set.
type Blob struct {
	Head
	Trail   []Link
	Entry   Entry
	SHA256  string // of an LFS file
	Other   Link   // the same file in another form
	Text    string
	Card    template.HTML // from Place.Markdown
	Picture string        // path of the bytes
	Notice  string        // why it is not shown
}

// Commits is one page of a history, the latest first.
type Commits struct {
	Head
	Steps       []Step
	Total       int
	Newer, Next string // paths; "" where there is none
}

// Commit is one step and what it changed.
type Commit struct {
	Head
	Step
	Parent  *Link
	Changes Changes
}

// Changes are the files that differ between two commits, by path.
type Changes struct {
	Shown []Change // the first of them
	Total int
}

// Change is a file that differs between two commits.
type Change struct {
	What string // added, changed or removed
	Entry
	Before int64 // bytes; of what was changed or removed
}

// Discussions lists them, the latest first.
type Discussions struct {
	Head
	Entries []Talk
}

// Talk is a discussion or pull request in one line.
type Talk struct {
	Num     int
	Title   string
	Author  string
	Status  string // draft, open, closed or merged
	Pull    bool
	Path    string
	Created time.Time
}

// Discussion is one conversation; of a pull request also what it would change.
type Discussion struct {
	Head
	Talk
	Base      string // branch that a pull request is for
	Files     string // path of its files
	Card      string // path of its card; "" where it has none
	Merged    *Link  // the commit that merged it
	Conflicts []string
	Changes   Changes
	Events    []Event
}

// Event is something that happened in a discussion.
type Event struct {
	Author string
	Time   time.Time
	Text   template.HTML // a comment, from Place.Markdown
	What   string        // what else happened, in words
	Link   Link
}

// Problem is why there is no page.
type Problem struct {
	Status  int
	Title   string
	Message string
	Login   bool // logging in may help
	Repo    Link // in which something is missing; the zero Link where it is the repo itself
}
