package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

func (b *bench) push(ctx context.Context, method *benchmark, folders []string) error {
	root := filepath.Join(b.dir, "hub")
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o777); err != nil {
		return err
	}
	server, refs, err := b.serve(ctx, root, folders)
	if err != nil {
		return err
	}
	defer server.Close()
	config, err := b.config(method, refs)
	if err != nil {
		return err
	}
	cost, err := b.cost(ctx, config)
	if err != nil {
		return err
	}
	since := len(server.Log())
	work := filepath.Join(b.dir, "work")
	m, err := measure(ctx, work, append([]string{b.binary, "push", config, "--repo", "me/result", "--work-dir", work}, b.flags()...)...)
	if err != nil {
		return err
	}
	m.print("lazymerge push")
	compare(cost, server.Log()[since:], m)
	if b.python == "" {
		return nil
	}
	home := filepath.Join(b.dir, "home")
	if err := os.RemoveAll(home); err != nil {
		return err
	}
	m, err = measure(ctx, home, b.python, "-c", pythonRoundTrip, filepath.Join(home, "copy"))
	if err != nil {
		return err
	}
	m.print("huggingface_hub: download both, cp, upload")
	return os.RemoveAll(home)
}

// cost is what the plan says that the push will take.
func (b *bench) cost(ctx context.Context, config string) (plan.Cost, error) {
	out, err := exec.CommandContext(ctx, b.binary, append([]string{"plan", config, "--json"}, b.flags()...)...).Output()
	if err != nil {
		return plan.Cost{}, fmt.Errorf("plan: %w", err)
	}
	var report struct {
		Plan struct {
			Cost plan.Cost `json:"cost"`
		} `json:"plan"`
	}
	err = json.Unmarshal(out, &report)
	return report.Plan.Cost, err
}

// compare prints the plan's figures beside those of a run and of the Hub's log of it, in which headers are among the reads.
func compare(c plan.Cost, log []localhub.Request, m measurement) {
	var reads, read, written int64
	for _, r := range log {
		switch {
		case r.Storage && r.Method == http.MethodGet:
			reads++
			read += r.Sent
		case r.Storage && r.Method == http.MethodPut:
			written += r.Received
		}
	}
	for _, row := range []struct {
		name           string
		planned, found int64
		unit           float64
	}{
		{"read, MB", c.ReadBytes, read, 1e6},
		{"requests", c.Requests, reads, 1},
		{"written, MB", c.WriteBytes, written, 1e6},
		{"memory, MB", c.Memory, m.memory, 1e6},
		{"disk, MB", c.Disk, m.disk, 1e6},
	} {
		fmt.Printf("  %-12s plan %8.0f   measured %8.0f   %+.1f %%\n", row.name, float64(row.planned)/row.unit, float64(row.found)/row.unit,
			100*(float64(row.found)/float64(row.planned)-1))
	}
}

// pythonRoundTrip is the transport alone: no merge.
const pythonRoundTrip = `
import shutil, sys
from huggingface_hub import HfApi, snapshot_download
a = snapshot_download("me/source-1")
b = snapshot_download("me/source-2")
shutil.copytree(a, sys.argv[1])
api = HfApi()
api.create_repo("me/python", exist_ok=True)
api.upload_folder(repo_id="me/python", folder_path=sys.argv[1])
`
