package card

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

const notForAllAudiences = "not-for-all-audiences" // the Hub's tag

// header returns the front matter of f, without the lines of dashes around it. Keys are in
// alphabetical order, but that the details of a license follow it.
func header(f Facts) (string, error) {
	var h headerWriter
	if ids := baseModels(f.Models); len(ids) > 0 {
		h.list("base_model", ids)
		h.line("base_model_relation", "merge")
	}
	h.line("library_name", f.LibraryName)
	terms := f.terms()
	h.line("license", terms.License)
	if terms.License == "other" {
		h.line("license_name", terms.Name)
		if destination(terms.Link) != "" {
			h.line("license_link", licenseLink(f, terms.Link))
		}
	}
	h.line("pipeline_tag", f.PipelineTag)
	tags := []string{"merge", "mergekit", "lazymerge"}
	if f.Method.Name != "" && !slices.Contains(tags, f.Method.Name) {
		tags = append(tags, f.Method.Name)
	}
	if slices.ContainsFunc(f.Models, func(m Model) bool { return m.NotForAllAudiences }) {
		tags = append(tags, notForAllAudiences)
	}
	h.list("tags", tags)
	h.line("thumbnail", thumbnail(f))
	return strings.Join(h.lines, "\n"), h.err
}

// licenseLink is a link to a license as the Hub takes it: an address, LICENSE or LICENSE.md. Another file of the result becomes
// an address where there is a repo.
//
// Source: hub-docs, modelcard.md.
func licenseLink(f Facts, link string) string {
	if link == "LICENSE" || link == "LICENSE.md" || strings.Contains(link, ":") || !f.onHub() {
		return link
	}
	address, err := url.JoinPath(f.Endpoint, f.Repo, "blob", cmp.Or(url.PathEscape(f.Revision), "main"), link)
	if err != nil {
		return link
	}
	return address
}

// thumbnail is the address of the chart in the repo, on the branch of the result, for those who show links to it; "" where there is no chart or no
// repo.
func thumbnail(f Facts) string {
	if f.Chart == "" || !f.onHub() {
		return ""
	}
	revision := cmp.Or(url.PathEscape(f.Revision), "main")
	address, err := url.JoinPath(f.Endpoint, f.Repo, "resolve", revision, f.Chart)
	if err != nil {
		return ""
	}
	return address
}

// baseModels returns the distinct Hub ids of models, in order. What has not the form of an id
// stays out, since the Hub would refuse the card for it.
func baseModels(models []Model) []string {
	var ids []string
	for _, m := range models {
		if !m.Local && isRepo(m.Repo) && !slices.Contains(ids, m.Repo) {
			ids = append(ids, m.Repo)
		}
	}
	return ids
}

// headerWriter collects lines of YAML. Items stand at the column of their key, as in the Hub's
// own cards.
type headerWriter struct {
	lines []string
	err   error
}

func (h *headerWriter) line(key, value string) {
	if value != "" {
		h.lines = append(h.lines, key+": "+h.scalar(value))
	}
}

func (h *headerWriter) list(key string, values []string) {
	h.lines = append(h.lines, key+":")
	for _, v := range values {
		h.lines = append(h.lines, "- "+h.scalar(v))
	}
}

// plainScalar matches what no YAML reader takes for more than a word, but for words like no.
var plainScalar = regexp.MustCompile(`^([A-Za-z][\w.-]*|\w[\w.-]*/[\w.-]+)$`)

// scalar returns s as YAML that is a string to readers of YAML 1.1 and 1.2 alike, for a model may
// be called no, 1e5 or 0123. The YAML library quotes words; all else is quoted here, for what it
// leaves plain, such as "=", is no string to PyYAML.
func (h *headerWriter) scalar(s string) string {
	var value any = s
	if !plainScalar.MatchString(s) {
		value = &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: s}
	}
	out, err := yaml.Marshal(value)
	if err != nil {
		h.err = err
	}
	return strings.TrimSuffix(string(out), "\n")
}
