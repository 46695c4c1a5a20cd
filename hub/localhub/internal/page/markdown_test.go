package page

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

var here = Place{Repo: "/alice/x", At: "main"}

func TestMarkdown(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"a heading goes one level down and has an anchor", "# A b", `<h2 id="a-b">A b</h2>`},
		{"the last level stays", "###### A", `<h6 id="a">A</h6>`},
		{"raw headings go down, too", "<h1>A</h1>", `<h2>A</h2>`},
		{"a table scrolls and keeps its alignment", "| a | b |\n|---|---:|\n| 1 | 2 |",
			`<div class="scroll" tabindex="0"><table>
<thead>
<tr>
<th>a</th>
<th align="right">b</th>
</tr>
</thead>
<tbody>
<tr>
<td>1</td>
<td align="right">2</td>
</tr>
</tbody>
</table></div>`},
		{"fenced code is text", "```html\n<script>\n```", "<pre><code>&lt;script&gt;\n</code></pre>"},
		{"struck-out text", "~~a~~", "<p><del>a</del></p>"},
		{"a footnote, also of one word", "a[^1]\n\n[^1]: b", `<p>a<sup id="fnref:1"><a href="#fn:1" rel="nofollow noreferrer">1</a></sup></p>
<div>
<hr>
<ol>
<li id="fn:1">
<p>b <a href="#fnref:1" rel="nofollow noreferrer">↩︎</a></p>
</li>
</ol>
</div>`},
		{"the sign of a footnote that is not there", "a[^1]", "<p>a[^1]</p>"},
		{"a task list", "- [x] a\n- [ ] b\n- c [x]", `<ul>
<li><span class="task">☑</span> a</li>
<li><span class="task">☐</span> b</li>
<li>c [x]</li>
</ul>`},
		{"an alert", "> [!NOTE]\n> a *b*\n> c", "<blockquote>\n<p><strong>Note</strong></p>\n<p>a <em>b</em>\nc</p>\n</blockquote>"},
		{"an alert in small letters over a list", "> [!warning]\n> - a", "<blockquote>\n<p><strong>Warning</strong></p>\n<ul>\n<li>a</li>\n</ul>\n</blockquote>"},
		{"an alert that says no more", "> [!TIP]", "<blockquote>\n<p><strong>Tip</strong></p>\n</blockquote>"},
		{"a quote that begins like an alert", "> [!NOTE] a", "<blockquote>\n<p>[!NOTE] a</p>\n</blockquote>"},
		{"an alert of a kind that there is not", "> [!LOUD]\n> a", "<blockquote>\n<p>[!LOUD]\na</p>\n</blockquote>"},
		{"a marker in code", "> `[!NOTE]`\n> a", "<blockquote>\n<p><code>[!NOTE]</code>\na</p>\n</blockquote>"},
		{"a link that looks like a marker", "> [!NOTE]\n> a\n\n[!NOTE]: b", "<blockquote>\n<p><a href=\"/alice/x/blob/main/b\" rel=\"nofollow noreferrer\">!NOTE</a>\na</p>\n</blockquote>"},
		{"wrong UTF-8 becomes the sign for it", "a\xffb", "<p>a\ufffdb</p>"},

		{"a picture of the repo", "![a chart](merge.png)", `<p><img src="/alice/x/resolve/main/merge.png" alt="a chart"></p>`},
		{"a picture in a folder", "![](./img/a%20b.png)", `<p><img src="/alice/x/resolve/main/img/a%20b.png" alt=""></p>`},
		{"a picture above the root stays in the repo", "![](../../../api/models)", `<p><img src="/alice/x/resolve/main/api/models" alt=""></p>`},
		{"a picture of raw HTML with a size", `<img src="a.png" width="50%" onerror="alert(1)" style="x">`, `<img width="50%" src="/alice/x/resolve/main/a.png" alt="">`},
		{"a picture from elsewhere is its text", "![badge](https://img.example/b.svg)", `<p><span class="elsewhere">badge</span></p>`},
		{"also without a scheme", "![badge](//img.example/b.svg)", `<p><span class="elsewhere">badge</span></p>`},
		{"a picture of data", "![](data:image/svg+xml;base64,PHN2Zz4=)", `<p><span class="elsewhere">picture</span></p>`},
		{"a picture elsewhere on this Hub", "![a](/bob/y/resolve/main/a.png)", `<p><span class="elsewhere">a</span></p>`},

		{"a file of the repo", "[lock](lazymerge.lock.json)", `<p><a href="/alice/x/blob/main/lazymerge.lock.json" rel="nofollow noreferrer">lock</a></p>`},
		{"a part of the text", "[u](#usage)", `<p><a href="#usage" rel="nofollow noreferrer">u</a></p>`},
		{"a page of this Hub", "[b](/bob/y)", `<p><a href="/bob/y" rel="nofollow noreferrer">b</a></p>`},
		{"an address that browsers take for another host", `[b](/\evil.example)`, `<p><a href="/%5Cevil.example" rel="nofollow noreferrer">b</a></p>`},
		{"slashes that browsers take for another host", "[b](////evil.example)", `<p><a href="/evil.example" rel="nofollow noreferrer">b</a></p>`},
		{"a page elsewhere", "[b](https://example.org/?a=1&b=2)", `<p><a href="https://example.org/?a=1&amp;b=2" rel="nofollow noreferrer">b</a></p>`},
		{"a bare link", "https://example.org", `<p><a href="https://example.org" rel="nofollow noreferrer">https://example.org</a></p>`},
		{"a script as a link", "[b](javascript:alert(1))", "<p>b</p>"},
		{"a script as a link, in disguise", `<a href=" JaVa&#x09;ScRiPt:alert(1)">b</a>`, "<p>b</p>"},
		{"a page as a link", `<a href="data:text/html,x">b</a>`, "<p>b</p>"},

		{"a script", "a<script>alert(1)</script>b", "<p>ab</p>"},
		{"a style", "<style>*{display:none}</style>\n\nb", "\n<p>b</p>"},
		{"a frame", `<iframe src="https://evil.example"></iframe>b`, "b"},
		{"a form", `<form action="/api/repos/delete"><input name=a><button>b</button></form>`, "b"},
		{"a drawing with a script", `<svg onload="alert(1)"><script>alert(1)</script></svg>b`, "<p>b</p>"},
		{"a handler", `<p onclick="alert(1)" class="top" style="position:fixed">b</p>`, "<p>b</p>"},
		{"an end tag of the page", "</article></main></div>b", "b"},
		{"what is left open", "<div><b>b", "<div><b>b</b></div>"},
		{"a comment", "<!-- a -->b", "b"},
		{"folded text", "<details open><summary>s</summary>\n\nb\n\n</details>", "<details open=\"\"><summary>s</summary>\n<p>b</p>\n</details>"},
	}
	for _, tt := range tests {
		got, err := here.Markdown([]byte(tt.text))
		if strings.TrimSuffix(string(got), "\n") != tt.want || err != nil {
			t.Errorf("%s: Markdown(%q) = %q, %v; want %q", tt.name, tt.text, got, err, tt.want)
		}
	}
}

// A text that takes longer than a person waits is refused, or rendered all the same.
func TestMarkdownOfHostileSize(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, maxMarkdown/len(s)) }
	var differing strings.Builder
	for i := 0; differing.Len() < maxMarkdown-40; i++ {
		fmt.Fprintf(&differing, "<b title=%d>\n\n<p>\n\n", i)
	}
	tests := []struct {
		name, text string
		want       error
	}{
		{"one byte too many", strings.Repeat("a", maxMarkdown+1), ErrLong},
		{"the longest text", strings.Repeat("a", maxMarkdown), nil},
		{"one heading many times", fill("# a\n"), nil},
		{"an underlined heading many times", fill("a\n-\n\n"), nil},
		{"a long line under a heading", "a\n" + strings.Repeat("-", 1000), nil},
		{"a reference that is used often", "[a]: " + strings.Repeat("b", maxMarkdown/2) + "\n\n" + strings.Repeat("[a]\n\n", maxMarkdown/12), ErrCostly},
		{"a short reference that is used often", "[a]: " + strings.Repeat("b", maxReference-1) + "\n\n" + strings.Repeat("[a]\n\n", 40_000), ErrCostly},
		{"words", fill("a b "), nil},
		{"paragraphs of links that do not close", fill(strings.Repeat("[a](", 1000) + "\n\n"), nil},
		{"addresses", fill("http://a.b/ "), ErrCostly},
		{"mail addresses", fill("a@b.cc "), ErrCostly},
		{"quotes in quotes", fill("> "), ErrDeep},
		{"lists in lists", fill("- "), ErrDeep},
		{"elements in elements", fill("<i>\n\n"), ErrDeep},
		{"elements that a tree would repeat", differing.String(), ErrDeep},
		{"open brackets", fill("["), ErrCostly},
		{"pictures in pictures", fill("!["), ErrCostly},
		{"links that do not close", fill("[a]("), ErrCostly},
		{"stars", fill("*a "), ErrCostly},
		{"stars and lines", fill("*a_"), ErrCostly},
		{"backquotes of all lengths", fill("`a``b```c````d"), ErrCostly},
		{"angles", fill("<a "), ErrCostly},
		{"entities", fill("&#x"), ErrCostly},
		{"references", fill("[a]: b\n"), ErrCostly},
		{"a table of many cells", "|" + strings.Repeat("a|", 20_000) + "\n|" + strings.Repeat("-|", 20_000) + "\n", nil},
		{"rows without cells", "|" + strings.Repeat("a|", 1000) + "\n|" + strings.Repeat("-|", 1000) + "\n" + strings.Repeat("|\n", 50_000), ErrCostly},
		{"tildes", fill("~~a "), ErrCostly},
		{"signs of one footnote", "[^a]: b\n\n" + fill("[^a] \n\n")[:maxMarkdown-10], ErrCostly},
		{"footnotes in footnotes", strings.Repeat("[^a]: ", maxNotes), nil},
		{"as many footnotes as may be", strings.Repeat("[^a]\n\n", maxNotes-1) + "[^a]: b\n", nil},
		{"many alerts", fill("> [!NOTE]\n> a\n\n"), nil},
		{"many tasks", fill("- [ ] a\n\n"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			got, err := here.Markdown([]byte(tt.text))
			if !errors.Is(err, tt.want) || err != nil && got != "" {
				t.Errorf("Markdown of %d bytes gives %d bytes and %v, want %v", len(tt.text), len(got), err, tt.want)
			}
			if took := time.Since(begin); took > 30*time.Second { // a second where nothing else runs
				t.Errorf("Markdown of %d bytes took %s", len(tt.text), took)
			}
		})
	}
}

// Whatever a text holds, the page has no script, handler, style or frame, no address that runs
// something or reads from elsewhere, and nothing of the text outside its element.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"# a\n\n| a | b |\n|---|---|\n| ![x](y.png) | [z](w) |\n\n```sh\nls\n```\n",
		"<script>alert(1)</script>", `<img src=x onerror=alert(1)>`, "[a](javascript:alert(1))", "[a](&#106;avascript:alert(1))",
		"</article></main><h1>b", `<svg><style><img src=x onerror=alert(1)></style></svg>`, "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
		"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<table><tr><td></table></div></article>", `<a href="//evil.example">x</a>`,
		"![a](/\\evil.example/x.png)", "![a](https:evil.example)", "<plaintext>", "<textarea></article>", "<a href='\x01javascript:alert(1)'>b</a>",
		"<div class=scroll><table><div></article>", "[x]: javascript:alert(1)\n[x]", "<javascript:alert(1)>", "<p><table><p></table></p>", "> <div>\n\n</div>",
		"a[^1] b[^1]\n\n[^1]: c\n\n    d", "- [x] a\n  - [ ] b", "> [!NOTE]\n> a", "> [!NOTE]\n> a\n\n[!NOTE]: b", `<input type=checkbox disabled><span class="task" id="fn:1">`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := here.Markdown([]byte(text))
		if err != nil {
			if !errors.Is(err, ErrLong) && !errors.Is(err, ErrDeep) && !errors.Is(err, ErrCostly) || got != "" {
				t.Fatalf("Markdown(%q) = %q, %v", text, got, err)
			}
			return
		}
		doc, err := html.Parse(strings.NewReader("<main><article>" + string(got) + "</article><aside></aside></main>"))
		if err != nil {
			t.Fatalf("Markdown(%q) = %q: %v", text, got, err)
		}
		main := doc.LastChild.LastChild.FirstChild
		if main.Data != "main" || main.NextSibling != nil || main.FirstChild.Data != "article" || main.LastChild.Data != "aside" ||
			main.FirstChild.NextSibling != main.LastChild || main.LastChild.FirstChild != nil {
			t.Fatalf("Markdown(%q) = %q leaves its element", text, got)
		}
		for n := range main.FirstChild.Descendants() {
			if n.Type == html.ElementNode {
				checkElement(t, text, n)
			}
		}
	})
}

// harmless are the attributes that are no address.
var harmless = strings.Fields("rel alt title width height align colspan rowspan start open id class tabindex")

func checkElement(t *testing.T, text string, n *html.Node) {
	if slices.Contains(strings.Fields("script style iframe object embed form input button svg math link meta base template noscript audio video source h1"), n.Data) {
		t.Fatalf("Markdown(%q) has the element %s", text, n.Data)
	}
	for _, a := range n.Attr {
		// What a browser strips before it reads an address: WHATWG URL Standard, "basic URL parser".
		address := strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(strings.TrimFunc(a.Val, func(r rune) bool { return r <= ' ' }))
		u, err := url.Parse(address)
		local := strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !strings.HasPrefix(address, `/\`)
		switch {
		case a.Key == "src" && n.Data == "img" && strings.HasPrefix(address, "/alice/x/resolve/main/") && err == nil:
		case a.Key == "href" && n.Data == "a" && err == nil && (local || strings.HasPrefix(address, "#") || slices.Contains([]string{"http", "https", "mailto"}, u.Scheme)):
		case slices.Contains(harmless, a.Key):
		default:
			t.Fatalf("Markdown(%q) has the attribute %s=%q of %s", text, a.Key, a.Val, n.Data)
		}
	}
}

// A link to a file that is not there yet is its text; all else leads where it does elsewhere.
func TestMarkdownOfWhatIsNotThereYet(t *testing.T) {
	place := Place{Repo: "/alice/x", At: "main", Dir: "docs", Lacks: func(path string) bool { return path != "docs/a.md" }}
	for text, want := range map[string]string{
		"[a](a.md#b)":          `<p><a href="/alice/x/blob/main/docs/a.md#b" rel="nofollow noreferrer">a</a></p>`,
		"[lock](../lock.json)": "<p>lock</p>",
		"[u](#usage)":          `<p><a href="#usage" rel="nofollow noreferrer">u</a></p>`,
		"[b](/bob/y)":          `<p><a href="/bob/y" rel="nofollow noreferrer">b</a></p>`,
	} {
		if got, err := place.Markdown([]byte(text)); strings.TrimSuffix(string(got), "\n") != want || err != nil {
			t.Errorf("Markdown(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}
