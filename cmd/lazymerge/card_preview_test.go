package main

import (
	"bufio"
	"bytes"
	"context"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/hub/localhub/browsertest"
)

const previewed = "merge_method: linear\nmodels:\n  - model: alice/a\n    parameters: {weight: 0.5}\n  - model: alice/b\n    parameters: {weight: 0.5}\n"

// previewCard runs card --preview of a merge of two models until the test ends, and returns the address that it prints.
func previewCard(t *testing.T, config string, flags ...string) string {
	t.Helper()
	source, err := localhub.New(localhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	if err := source.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"alice/a", "alice/b"} {
		if err := putTiny(source, id, "w=1"); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config), []byte(previewed), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var said bytes.Buffer
	ended := make(chan int)
	go func() {
		p := process{strings.NewReader(""), in, &said, environ("HF_ENDPOINT", source.URL(), "HF_HOME", dir)}
		code := run(ctx, append([]string{"card", filepath.Join(dir, config), "--preview"}, flags...), p)
		in.Close()
		ended <- code
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("card --preview ended with %d: %s", <-ended, &said)
	}
	address = strings.TrimSuffix(address, "\n")
	t.Cleanup(func() {
		stop()
		select {
		case code := <-ended:
			if code != 0 || !strings.Contains(said.String(), "stop with Ctrl-C") {
				t.Errorf("card --preview ended with %d: %s", code, &said)
			}
		case <-time.After(20 * time.Second):
			t.Error("card --preview goes on after a signal")
		}
		if _, err := get(context.WithoutCancel(t.Context()), address); err == nil {
			t.Errorf("%s still answers", address)
		}
	})
	return address
}

func get(ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(req)
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	resp, err := get(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d %s, %v", url, resp.StatusCode, body, err)
	}
	return string(body)
}

// A preview is the page that the Hub will show: the card with its picture, and the config beside it.
func TestCardPreview(t *testing.T) {
	address := previewCard(t, "merge.yaml", "--repo", "bob/out")
	if !strings.HasPrefix(address, "http://127.0.0.1:") || !strings.HasSuffix(address, "/bob/out") {
		t.Errorf("card --preview prints %q", address)
	}
	page := fetch(t, address)
	for _, want := range []string{`<h2 id="out">out</h2>`, `<img src="/bob/out/resolve/main/merge.png" alt="Share of each model`, "mergekit_config.yml", "<dd>alice/a</dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s: %s", want, page)
		}
	}
	for _, not := range []string{"Local Hub", "Get it", "Last change", "lazymerge.lock.json\""} {
		if strings.Contains(page, not) {
			t.Errorf("the page of what is not published has %s: %s", not, page)
		}
	}
	picture, err := png.Decode(strings.NewReader(fetch(t, address+"/resolve/main/merge.png")))
	if err != nil || picture.Bounds().Dx() != 1600 {
		t.Errorf("the picture is %v, %v; want one 1600 wide", picture.Bounds(), err)
	}
	if config := fetch(t, address+"/resolve/main/mergekit_config.yml"); config != previewed {
		t.Errorf("the config is %q", config)
	}
}

// Without --repo the page has the name of the config, as far as a Hub takes it.
func TestCardPreviewWithoutRepo(t *testing.T) {
	for config, want := range map[string]string{"my-mix.yml": "/my-mix", "v1.5 + (new).yaml": "/v1.5-new", "合并.yaml": "/merge"} {
		t.Run(config, func(t *testing.T) {
			if address := previewCard(t, config); !strings.HasSuffix(address, want) {
				t.Errorf("card --preview of %s prints %q, want %s at its end", config, address, want)
			}
		})
	}
}

func TestCardPreviewRefuses(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--fields", "--preview"}, "--preview cannot be combined with --fields"},
		{[]string{"--update", "a/b", "--preview"}, "--preview cannot be combined with --update"},
		{[]string{"merge.yaml", "--json", "--preview"}, "--preview cannot be combined with --json"},
		{[]string{"merge.yaml", "--addr", "127.0.0.1:0"}, "--addr requires --preview"},
	} {
		var out, said bytes.Buffer
		code := run(t.Context(), append([]string{"card"}, tt.args...), process{strings.NewReader(""), &out, &said, environ()})
		if code != exitUsage || strings.Contains(out.String(), "http") || !strings.Contains(said.String(), tt.want) {
			t.Errorf("card %q = %d, %s%s; want %d and %q", tt.args, code, &out, &said, exitUsage, tt.want)
		}
	}
}

// The page in a browser, which fetches the picture and finds nothing amiss.
func TestBrowserPreviewsCard(t *testing.T) {
	browsertest.Need(t)
	dom := browsertest.DOM(t, previewCard(t, "merge.yaml", "--repo", "bob/out"))
	for _, want := range []string{"<title>bob/out · Preview</title>", `<img src="/bob/out/resolve/main/merge.png"`, "<table>", "merge_method: linear"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page lacks %s: %s", want, dom)
		}
	}
}
