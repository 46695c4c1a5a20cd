package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

// demoConfig is the config that most people start with.
//
//go:embed docs/slerp.yaml
var demoConfig []byte

const (
	demoToken = "hf_demo"
	demoUser  = "you"
	demoRepo  = "you/NeuralPipe-7B-slerp"
)

// demoModels are the two sources of demoConfig.
var demoModels = []string{"OpenPipe/mistral-ft-optimized-1218", "mlabonne/NeuralHermes-2.5-Mistral-7B"}

type demoOptions struct {
	dir    string // "" is one in the system's temporary folder
	asJSON bool
}

func newDemoCommand(a *app) *cobra.Command {
	var opts demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Publish a whole merge to a Hub on this machine",
		Long: `Demo makes two small checkpoints in the layout of Mistral-7B, publishes them on a Hub of its own, pushes the
slerp of the two with the same code that publishes to the public Hub, reads the result back and checks
every tensor. It needs no account, and nothing leaves this machine.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), a, opts) },
	}
	cmd.Flags().BoolVar(&opts.asJSON, "json", false, "print what came of it as JSON")
	cmd.Flags().StringVar(&opts.dir, "dir", "", "`DIR` for the demo's Hub; what an earlier demo left there is replaced (default lazymerge-demo in the system's temporary folder)")
	return cmd
}

// runDemo prints what was published to stdout.
func runDemo(ctx context.Context, a *app, opts demoOptions) error {
	start := time.Now()
	d := demonstration{app: a, dir: cmp.Or(opts.dir, filepath.Join(os.TempDir(), "lazymerge-demo"))}
	if err := d.clear(ctx); err != nil {
		return err
	}
	if err := d.publishSources(ctx); err != nil {
		return err
	}
	defer d.server.Close()
	published, err := d.push(ctx)
	if err != nil {
		return err
	}
	worst, tensors, err := d.verify(ctx)
	if err != nil {
		return err
	}
	a.ui.Line("verify", "%s read back and compared with a slerp in float64: %s", say.N(tensors, "tensor"), apart(worst))
	if err := d.keep(ctx); err != nil {
		return err
	}
	a.ui.Line("done", "in %s. Nothing left this machine.", say.Duration(time.Since(start)))
	a.ui.Line("", "")
	a.ui.Line("look at", "%s   the card that was published", filepath.Join(d.result(), "README.md"))
	a.ui.Line("", "%s   the picture on it", filepath.Join(d.result(), "merge.png"))
	a.ui.Line("", "%s   every file's sha256, and what decided it", filepath.Join(d.result(), "lazymerge.lock.json"))
	a.ui.Line("", "%s hub serve --root %s   the Hub again, for a browser, too", invoked(), filepath.Join(d.dir, "hub"))
	a.ui.Line("next", "HF_TOKEN=... %s push %s --repo YOU/NAME   the same, on the public Hub", invoked(), d.config())
	return a.printPublished(published, false, opts.asJSON)
}

// invoked is how this program was started, for commands to copy: go run builds it in a folder that it clears.
func invoked() string {
	if path, err := os.Executable(); err == nil && strings.Contains(path, "go-build") && filepath.Base(path) == "lazymerge" {
		return "go run ./cmd/lazymerge"
	}
	return "lazymerge"
}

// demonstration is one run of the demo.
type demonstration struct {
	app    *app
	dir    string
	server *localhub.Server
	client *hub.Client
}

func (d *demonstration) config() string { return filepath.Join(d.dir, "merge.yaml") }
func (d *demonstration) result() string { return filepath.Join(d.dir, "result") }

// marker is in every folder that a demo made, so that no other folder is ever cleared.
const marker = ".lazymerge-demo"

// clear makes the folder, or empties one that an earlier demo made.
func (d *demonstration) clear(ctx context.Context) error {
	entries, err := os.ReadDir(d.dir)
	if err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(d.dir, marker)); err != nil {
			return usage(fmt.Errorf("%s holds something that no demo made; name another folder with --dir", d.dir))
		}
		if err := os.RemoveAll(d.dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(d.dir, "hub"), 0o777); err != nil {
		return err
	}
	if err := file.Write(ctx, filepath.Join(d.dir, marker), nil, nil); err != nil {
		return err
	}
	return file.Write(ctx, d.config(), demoConfig, nil)
}

// publishSources starts the Hub and puts the two models there.
func (d *demonstration) publishSources(ctx context.Context) error {
	var err error
	d.server, err = localhub.New(localhub.Options{
		Root:  filepath.Join(d.dir, "hub"),
		Users: []localhub.User{{Name: demoUser, Tokens: []localhub.Token{{Secret: demoToken, Role: localhub.Write}}}},

		ErrorLog: d.app.hubLog(),
	})
	if err != nil {
		return err
	}
	if err := d.server.Start(ctx, "127.0.0.1:0"); err != nil {
		return err
	}
	shape, _ := sample.Find("demo")
	var g errgroup.Group
	for i, id := range demoModels {
		g.Go(func() error { return d.publishSource(shape, id, uint64(i+1)) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	d.app.ui.Line("hub", "a small Hub of its own at %s, with two models in the layout of Mistral-7B", d.server.URL())
	d.client = &hub.Client{Endpoint: d.server.URL(), Token: func() string { return demoToken }, TokenFrom: "the demo", UserAgent: "lazymerge/" + version() + "; go/" + runtime.Version()}
	return nil
}

func (d *demonstration) publishSource(shape sample.Shape, id string, tune uint64) error {
	tmp, err := os.MkdirTemp(d.dir, "model-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // the next demo clears the folder
	if err := shape.Write(tmp, 1, tune, "apache-2.0"); err != nil {
		return err
	}
	files, err := localhub.Folder(tmp)
	if err != nil {
		return err
	}
	_, err = d.server.PutRepo(id, localhub.RepoOptions{}, files)
	return err
}

// push is what `lazymerge push` does.
func (d *demonstration) push(ctx context.Context) (*pipeline.Published, error) {
	d.app.ui.Line("command", "lazymerge push %s --repo %s", d.config(), demoRepo)
	name, text, err := pipeline.ReadConfig(ctx, d.app.ui, d.config(), nil)
	if err != nil {
		return nil, err
	}
	run, err := pipeline.Push(ctx, pipeline.Tools{UI: d.app.ui, Hub: d.client},
		pipeline.Request{Name: name, Text: text, Tool: version(), Publish: &pipeline.Publishing{Repo: demoRepo}})
	return run.Published, err
}

// keep writes the published small files beside the Hub, to look at.
func (d *demonstration) keep(ctx context.Context) error {
	files, err := d.server.Files(demoRepo, "")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.result(), 0o777); err != nil {
		return err
	}
	for _, f := range files {
		if f.Size > 1<<20 {
			continue
		}
		text, err := d.server.Read(demoRepo, "", f.Path)
		if err != nil {
			return err
		}
		if err := file.Write(ctx, filepath.Join(d.result(), filepath.FromSlash(f.Path)), text, nil); err != nil {
			return err
		}
	}
	return nil
}
