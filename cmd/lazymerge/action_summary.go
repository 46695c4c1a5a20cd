package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// maxSummary is what GitHub takes of one step; bytes. It drops a summary that is larger.
const maxSummary = 1 << 20

// A summary is what a person sees of a step, on the page of its run.
type summary struct {
	title string // Markdown
	text  string // plan and faults, as a terminal has them
	card  string // README.md, or ""
	chart string // the card's picture in characters, for where it is not published; "" for none
	page  string // of the repo that holds the card, or "" where it is not published
	at    string // commit of it there
}

// summarize tells what a push has come to.
func summarize(run stepRun, err error) summary {
	var text strings.Builder
	out := ui.New(ui.Options{Err: &text})
	page(run, out)
	if run.Published != nil && run.Published.Kept != nil {
		out.Line("card", pipeline.KeptNote)
	}
	if run.Target != nil {
		if note := run.Target.AccessNote(); note != "" {
			out.Line("note", "%s", note)
		}
	}
	var s summary
	switch stopped, mid := errors.AsType[*pipeline.Stopped](err); {
	case mid:
		s.title = "Stopped"
		out.Error(err)
		out.Fail("stopped", "%s", stopped.State())
	case err != nil:
		s.title = "Nothing was published"
		if run.Published != nil {
			s.title = "Published, but this step could not be ended well"
		}
		out.Error(err)
	}
	out.Close()
	s.text = text.String()
	if p := run.Published; p != nil {
		page := run.tools.TargetHub().Page(p.Repo)
		repo := fmt.Sprintf("[%s](%s)", p.Repo, page)
		s.card = string(p.Readme())
		if picture := run.Offer.Picture(); picture != nil {
			s.chart = picture.Text
		}
		if p.Commit != "" {
			s.page, s.at = page, p.Commit
		}
		switch {
		case err != nil:
		case run.dry:
			s.title = "Dry run for " + repo + ": nothing was created"
		case p.Unchanged && p.Pull != 0:
			s.title = fmt.Sprintf("[Pull request %d](%s) of %s has this merge already: nothing was changed", p.Pull, p.URL, repo)
		case p.Unchanged:
			s.title = repo + " holds this merge already: nothing was changed"
		case p.Pull != 0:
			s.title = fmt.Sprintf("Proposed for %s: [pull request %d](%s)", repo, p.Pull, p.URL)
		default:
			s.title = fmt.Sprintf("Published %s, [commit %s](%s)", repo, say.CommitID(p.Commit), p.URL)
		}
	}
	return s
}

// page prints what is known of the merge, with the target of a dry run: that of another is no longer what it was.
func page(run stepRun, out *ui.UI) {
	p := run.Prepared
	if p == nil {
		return
	}
	known := p.Report(run.tools)
	if run.Offer != nil && run.dry {
		known = run.Offer.Report(run.tools)
	}
	known.Print(p.Merge, out.Line)
	warnings := p.Warnings
	if run.Published != nil {
		warnings = run.Published.Warnings
	}
	for _, w := range warnings {
		out.Warn(w)
	}
}

// markdown is the summary in at most room bytes. Where the card does not fit, it is shown as text, up to where it does.
func (s summary) markdown(room int) string {
	head := "## " + s.title + "\n\n"
	if s.text != "" {
		head += block("text", cut(s.text, room/2)) // a plan has a few kB
	}
	whole := head
	if s.card != "" {
		whole += "\n## Model card\n\n" + s.rendered()
	}
	if len(whole) <= room {
		return whole
	}
	const note = "\nThe card is cut here, for a summary may have 1 MiB. The output card-path has all of it.\n"
	const title = "\n## Model card\n\n"
	switch left := room - len(head) - len(title) - len(note); {
	case left > 200: // or there is no room for more than a fence
		return head + title + block("md", cut(s.card, left-100)) + note
	case len(head) <= room:
		return head
	}
	return ""
}

// rendered is the card as Markdown of another page than its own. The front matter is shown as text, for GitHub would take
// it for a ruler and a heading.
func (s summary) rendered() string {
	rest, ok := strings.CutPrefix(s.card, "---\n")
	front, body, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed {
		return s.withLinks(s.card)
	}
	return block("yaml", front) + s.withLinks(body)
}

// relative matches a link or a picture of a file beside the card.
var relative = regexp.MustCompile(`(!?)\[([^\[\]]*)\]\(([A-Za-z0-9][^\s():#]*)\)`)

// withLinks makes relative links those of the repo. Where nothing is published they are text, and a picture is drawn in
// characters below its words: GitHub shows none that is not at an address, and text in a fence wherever it is read.
func (s summary) withLinks(markdown string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(markdown) {
		mark := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(mark) >= 3:
			fence = mark
		case fence == "":
			picture := s.page == "" && s.chart != "" && strings.HasPrefix(line, "![")
			line = relative.ReplaceAllStringFunc(line, s.link)
			if picture {
				line += "\n" + block("text", s.chart)
			}
		case len(mark) >= len(fence) && strings.TrimSpace(line) == mark:
			fence = ""
		}
		b.WriteString(line)
	}
	return b.String()
}

func (s summary) link(markdown string) string {
	m := relative.FindStringSubmatch(markdown)
	picture, text, file := m[1] != "", m[2], m[3]
	switch {
	case s.page == "":
		return text
	case picture:
		return fmt.Sprintf("![%s](%s/resolve/%s/%s)", text, s.page, s.at, file)
	}
	return fmt.Sprintf("[%s](%s/blob/%s/%s)", text, s.page, s.at, file)
}

// block fences text, whatever fences it has itself.
func block(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimSuffix(text, "\n") + "\n" + fence + "\n"
}

// cut returns the lines of text that fit into n bytes.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:strings.LastIndexByte(text[:max(n, 0)], '\n')+1]
}

// appendSummary adds s to what the step has there already.
func appendSummary(path string, s summary) error {
	room := maxSummary
	if info, err := os.Stat(path); err == nil {
		room -= int(info.Size())
	}
	return file.Append(path, []byte(s.markdown(room)))
}
