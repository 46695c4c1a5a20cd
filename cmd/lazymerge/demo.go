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

// demoConfig is a typical first config.
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

// A demonstration is one run of the demo.
type demonstration struct {
	app    *app
	dir    string
	server *localhub.Server
	client *hub.Client
}

func newDemoCommand(a *app) *cobra.Command {
	d := &demonstration{app: a}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a complete merge against a Hub on this machine",
		Long: `Demo starts a local Hub with two small models in the layout of Mistral-7B, pushes their slerp with the same
code that publishes to the public Hub, reads the result back and checks every tensor. It needs no account,
and nothing leaves this machine.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	cmd.Flags().StringVar(&d.dir, "dir", "", "`DIR` for the demo's Hub; replaces an earlier demo (default lazymerge-demo in the system's temporary folder)")
	return cmd
}

// run prints the URL of the commit to stdout.
func (d *demonstration) run(ctx context.Context, asJSON bool) error {
	start := time.Now()
	a := d.app
	d.dir = cmp.Or(d.dir, filepath.Join(os.TempDir(), "lazymerge-demo"))
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
	a.ui.Line("look at", "%s   the published card", filepath.Join(d.result(), "README.md"))
	a.ui.Line("", "%s   the picture on it", filepath.Join(d.result(), "merge.png"))
	a.ui.Line("", "%s   the sha256 of every file, and what determines it", filepath.Join(d.result(), "lazymerge.lock.json"))
	a.ui.Line("", "%s hub serve --root %s   the same Hub, also for a browser", invoked(), filepath.Join(d.dir, "hub"))
	a.ui.Line("next", "HF_TOKEN=... %s push %s --repo YOU/NAME   the same on the public Hub", invoked(), d.config())
	return a.printPublished(published, false, asJSON)
}

// invoked is the command that started this program, for hints. go run builds it in a temporary folder.
func invoked() string {
	if path, err := os.Executable(); err == nil && strings.Contains(path, "go-build") && filepath.Base(path) == "lazymerge" {
		return "go run ./cmd/lazymerge"
	}
	return "lazymerge"
}

func (d *demonstration) config() string { return filepath.Join(d.dir, "merge.yaml") }
func (d *demonstration) result() string { return filepath.Join(d.dir, "result") }

// marker is a file in each demo folder, so that no other folder is ever cleared.
const marker = ".lazymerge-demo"

// clear creates the folder, or empties that of an earlier demo.
func (d *demonstration) clear(ctx context.Context) error {
	entries, err := os.ReadDir(d.dir)
	if err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(d.dir, marker)); err != nil {
			return usage(fmt.Errorf("%s is not empty and was not made by a demo; choose another folder with --dir", d.dir))
		}
		if err := os.RemoveAll(d.dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(d.dir, "hub"), 0o777); err != nil {
		return usage(fmt.Errorf("--dir: %w; choose another folder", err))
	}
	if err := file.Write(ctx, filepath.Join(d.dir, marker), nil, nil); err != nil {
		return err
	}
	return file.Write(ctx, d.config(), demoConfig, nil)
}

// publishSources starts the Hub with the two models.
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
	d.app.ui.Line("hub", "a local Hub at %s with two small models in the layout of Mistral-7B", d.server.URL())
	d.client = &hub.Client{Endpoint: d.server.URL(), Token: func() string { return demoToken }, TokenFrom: "the demo", UserAgent: "lazymerge/" + version() + "; go/" + runtime.Version()}
	return nil
}

func (d *demonstration) publishSource(shape sample.Shape, id string, tune uint64) error {
	tmp, err := os.MkdirTemp(d.dir, "model-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // the next demo clears it
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

// push does what `lazymerge push` does.
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

// keep writes the small published files next to the Hub for the user to look at.
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
