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

// maxSummary is GitHub's limit for the summary of a step, in bytes. Larger summaries are dropped.
const maxSummary = 1 << 20

// A summary is what the page of a run shows of a step.
type summary struct {
	title string // Markdown
	text  string // plan and faults, as on a terminal
	card  string // README.md, or ""
	chart string // the card's picture in characters, shown if it is not published; "" for none
	page  string // of the repo with the card; "" if not published
	at    string // the card's commit
}

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
			s.title = "Published, but the step failed"
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
			s.title = fmt.Sprintf("[Pull request %d](%s) of %s already has this merge; nothing changed", p.Pull, p.URL, repo)
		case p.Unchanged:
			s.title = repo + " already has this merge; nothing changed"
		case p.Pull != 0:
			s.title = fmt.Sprintf("Proposed for %s: [pull request %d](%s)", repo, p.Pull, p.URL)
		default:
			s.title = fmt.Sprintf("Published %s, [commit %s](%s)", repo, say.CommitID(p.Commit), p.URL)
		}
	}
	return s
}

// page prints the plan. Only a dry run shows its target: a push has changed it.
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

// markdown renders the summary in at most room bytes. A card that does not fit is cut and shown as text.
func (s summary) markdown(room int) string {
	head := "## " + s.title + "\n\n"
	if s.text != "" {
		head += block("text", cut(s.text, room/2)) // a plan has a few kB
	}
	const title = "\n## Model card\n\n"
	const note = "\nCut here: GitHub limits summaries to 1 MiB. The output card-path names the whole card.\n"
	whole := head
	if s.card != "" {
		whole += title + s.rendered()
	}
	if len(whole) <= room {
		return whole
	}
	switch left := room - len(head) - len(title) - len(note); {
	case left > 200: // room for more than the fence
		return head + title + block("md", cut(s.card, left-100)) + note
	case len(head) <= room:
		return head
	}
	return ""
}

// rendered is the card as Markdown for another page. Front matter becomes a code block: GitHub would read it as a rule and a
// heading.
func (s summary) rendered() string {
	rest, ok := strings.CutPrefix(s.card, "---\n")
	front, body, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed {
		return s.withLinks(s.card)
	}
	return block("yaml", front) + s.withLinks(body)
}

// relative matches a link to, or a picture of, a file next to the card.
var relative = regexp.MustCompile(`(!?)\[([^\[\]]*)\]\(([A-Za-z0-9][^\s():#]*)\)`)

// withLinks points relative links at the repo. If nothing is published, links become plain text and a picture is drawn in
// characters: GitHub shows only pictures with a URL.
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

// block fences text, which may contain fences.
func block(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimSuffix(text, "\n") + "\n" + fence + "\n"
}

// cut returns the leading lines of text that fit into n bytes.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:strings.LastIndexByte(text[:max(n, 0)], '\n')+1]
}

func appendSummary(path string, s summary) error {
	room := maxSummary
	if info, err := os.Stat(path); err == nil {
		room -= int(info.Size())
	}
	return file.Append(path, []byte(s.markdown(room)))
}
