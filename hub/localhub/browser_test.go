package localhub_test

import (
	"fmt"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/hub/localhub/browsertest"
)

// browsed are pages of every kind, by the name of their screenshot.
var browsed = map[string]string{
	"start": "/", "card": "/alice/x", "hostile": "/alice/hostile", "gated": "/carol/gated", "files": "/alice/x/tree/main", "text": "/alice/x/blob/main/README.md?source", "markdown": "/alice/x/blob/main/README.md",
	"weights": "/alice/x/blob/main/model.safetensors", "picture": "/alice/x/blob/main/merge.png", "commits": "/alice/x/commits/main",
	"commit": "/alice/x/commit/main", "changed": "/alice/sizes/commit/main", "revision": "/alice/x?revision=v1", "discussions": "/alice/x/discussions", "pull": "/alice/x/discussions/1",
}

// The pages as Chromium builds them: with their chart, and without a word on its console.
func TestBrowserBuildsPages(t *testing.T) {
	browsertest.Need(t)
	server := site(t)
	for name, path := range browsed {
		dom := browsertest.DOM(t, server.URL()+path)
		doc, err := html.Parse(strings.NewReader(dom))
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode {
				count[n.Data]++
			}
		}
		if count["h1"] != 1 || count["main"] != 1 || count["script"] != 0 || !strings.Contains(dom, " · Local Hub</title>") && name != "start" {
			t.Errorf("%s is built as %s", path, dom)
		}
		if name == "card" && (count["table"] != 1 || count["tr"] != 3 || count["img"] != 1) {
			t.Errorf("the card has %d tables, %d rows, %d pictures", count["table"], count["tr"], count["img"])
		}
	}
	var style, chart int
	for _, r := range server.Log() {
		switch {
		case r.Path == "/-/style.css" && r.Status == http.StatusOK:
			style++
		case r.Storage && r.Status == http.StatusOK && r.Sent > 1000:
			chart++
		}
	}
	if style < len(browsed) || chart < 2 {
		t.Errorf("the stylesheet was fetched %d times, want %d, and pictures %d times, want 2", style, len(browsed), chart)
	}
}

// A person with a token sees their private repos, and their token goes to the Hub alone.
func TestBrowserLogsIn(t *testing.T) {
	browsertest.Need(t)
	server := site(t)
	put(t, server, "alice/private", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"README.md": localhub.Text("![a](a.png)\n"), "a.png": chart(t)})
	u, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("me", alice)
	if dom := browsertest.DOM(t, u.String()+"/?login"); !strings.Contains(dom, "/alice/private") || strings.Contains(dom, alice) {
		t.Errorf("the start page of alice is %s", dom)
	}
	if dom := browsertest.DOM(t, u.String()+"/alice/private"); strings.Contains(dom, "alice/private/resolve") {
		t.Errorf("a browser sends a token without being asked: %s", dom)
	}
	if len(server.Leaks()) > 0 {
		t.Errorf("the token went to storage: %v", server.Leaks())
	}
}

// measuring is a page that shows another in a frame as wide as a window of that width, as no window
// of Chromium is narrower than 500 when it is not for a screenshot, and tells in its title: how wide the
// content and the frame are, how wide the first picture is, whether the page is dark, and how many of its lists are cut.
const measuring = `<!DOCTYPE html><meta name="color-scheme" content="light dark"><iframe width="%d" height="1400" style="border: 0" src="%s"></iframe><script>
addEventListener("load", () => {
	const w = document.querySelector("iframe").contentWindow, page = w.document.documentElement, img = w.document.querySelector("article img")
	document.title = "measured " + [page.scrollWidth, w.innerWidth, img ? img.naturalWidth : 0, w.matchMedia("(prefers-color-scheme: dark)").matches,
		[...w.document.querySelectorAll("main > .scroll")].filter(s => s.scrollWidth > s.clientWidth).length].join(" ")
})</script>`

// measurable is server without the policy that keeps its pages out of frames, and with /-/measure.
func measurable(t *testing.T, server *localhub.Server) *httptest.Server {
	target, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error { r.Header.Del("Content-Security-Policy"); return nil },
	}
	mux := http.NewServeMux()
	mux.Handle("/", proxy)
	mux.HandleFunc("/-/measure", func(w http.ResponseWriter, r *http.Request) {
		width, _ := strconv.Atoi(r.FormValue("width"))
		fmt.Fprintf(w, measuring, width, r.FormValue("path"))
	})
	measurable := httptest.NewServer(mux)
	t.Cleanup(measurable.Close)
	return measurable
}

// No page is wider than its window, on a desk or on a phone, and the screenshots are as light or dark as was asked for.
// LAZYMERGE_SCREENSHOTS is a folder to keep them in.
func TestBrowserDrawsPages(t *testing.T) {
	browsertest.Need(t)
	server := site(t)
	proxy := measurable(t, server)
	found := regexp.MustCompile(`<title>measured (\d+) (\d+) (\d+) (true|false) (\d+)</title>`)
	keep := os.Getenv("LAZYMERGE_SCREENSHOTS")
	if keep == "" {
		keep = t.TempDir()
	}
	for name, path := range browsed {
		for _, width := range []int{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				if scheme == "dark" && name != "card" && name != "commit" {
					continue
				}
				shot := filepath.Join(keep, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
				// Chromium's own numbers of the schemes.
				window := []string{fmt.Sprintf("--window-size=%d,1400", width), "--blink-settings=preferredColorScheme=" + map[string]string{"dark": "0", "light": "1"}[scheme]}
				dom := browsertest.DOM(t, fmt.Sprintf("%s/-/measure?width=%d&path=%s", proxy.URL, width, path), window...)
				m := found.FindStringSubmatch(dom)
				if m == nil {
					t.Errorf("%s at %d was not measured: %s", path, width, dom)
					continue
				}
				if m[1] != m[2] || m[2] != strconv.Itoa(width) || m[4] != strconv.FormatBool(scheme == "dark") {
					t.Errorf("%s at %d is %s wide in a window of %s, dark %s; want %d, %s", path, width, m[1], m[2], m[4], width, scheme)
				}
				if name != "hostile" && m[5] != "0" {
					t.Errorf("%s at %d has %s lists that are cut", path, width, m[5])
				}
				if name == "card" && m[3] != "1600" {
					t.Errorf("the chart of %s is %s wide, want 1600", path, m[3])
				}
				if name != "card" && os.Getenv("LAZYMERGE_SCREENSHOTS") == "" {
					continue
				}
				browsertest.Shot(t, server.URL()+path, shot, window...)
				checkShot(t, shot, width, scheme == "dark")
			}
		}
	}
}

// checkShot wants a picture of that width with a corner as light or dark as the scheme.
func checkShot(t *testing.T, path string, width int, dark bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	corner := color.GrayModel.Convert(m.At(2, m.Bounds().Dy()-2)).(color.Gray).Y
	if m.Bounds().Dx() != width || (corner < 128) != dark {
		t.Errorf("%s is %d wide with a corner of %d; want %d, dark %v", path, m.Bounds().Dx(), corner, width, dark)
	}
}
