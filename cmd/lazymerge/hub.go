package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

func newHubCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hub",
		Short: "Run a small Hub on this machine",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newServeCommand(a))
	return cmd
}

type serveFlags struct {
	addr, root, user string
	tokens           []string
	faults           []string // rules that localhub reads
}

func newServeCommand(a *app) *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a small Hub, for a rehearsal or a site without internet",
		Long: `Serve runs a Hub that lazymerge, the hf client and others can use through HF_ENDPOINT. Its address is the
first line of standard output. Without --root it keeps the repos in memory.

In a browser the address shows the repos, each with its card, files, commits and pull requests. Private ones show after
a login with any name, and the token as the password.

The token belongs to the account --user and may write to its repos; repos of others are public to read.
The Python client needs HF_HUB_DISABLE_XET=1 here.

With --fault, which may be given several times, requests fail as on a bad day. A rule has the form

  KIND[=N] [METHOD] [PART] [xN | #N | N%]

METHOD is GET, HEAD, POST, PUT or DELETE, and PART a part of the path, as /resolve/ or /commit/; the paths of
storage have "storage:" before them. xN is the first N such requests, #N the N-th alone, N% that share of them, the
same ones for a client that does the same; without it all fail. Of several rules the first that holds counts.
The kinds:

` + faultKinds(),
		Example: `  lazymerge hub serve --addr 127.0.0.1:8080 --root ./hub --token hf_local
  HF_ENDPOINT=http://127.0.0.1:8080 HF_TOKEN=hf_local HF_HUB_DISABLE_XET=1 hf upload me/model ./model

  # The answer to the first commit is lost, and one download in twenty is cut after 1000 bytes
  lazymerge hub serve --token hf_local --fault "lose POST /commit/ #1" --fault "truncate=1000 GET storage: 5%"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.token != "" {
				flags.tokens = append(flags.tokens, a.token)
			}
			return a.serve(cmd.Context(), flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.addr, "addr", "127.0.0.1:0", "`HOST:PORT` to listen at; port 0 is any free one")
	f.StringVar(&flags.root, "root", "", "`DIR` that keeps the repos (default memory)")
	f.StringVar(&flags.user, "user", "me", "`NAME` of the account that the token belongs to, or several separated by commas: the first, then its organisations")
	f.StringArrayVar(&flags.faults, "fault", nil, "`RULE` of which requests fail and how, see above")
	return cmd
}

// faultKinds lists the kinds that a rule can name.
func faultKinds() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, k := range localhub.FaultKinds() {
		name := k.Name
		if k.Arg != "" {
			name += "=" + k.Arg
		}
		fmt.Fprintf(w, "  %s\t%s\n", name, k.About)
	}
	_ = w.Flush() // to memory
	return strings.TrimSuffix(b.String(), "\n")
}

// hubLog is where a Hub of ours tells of faults of its own.
func (a *app) hubLog() *log.Logger { return log.New(hubLines{a.ui}, "", 0) }

// hubLines prints what is written to it, which is a line or a trace of several.
type hubLines struct{ ui *ui.UI }

func (h hubLines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		h.ui.Line("hub", "%s", strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

// faultSeed decides which requests a share of them is.
const faultSeed = 1

// faultsOf reads the rules of --fault.
func faultsOf(texts []string) (func(*http.Request) localhub.Fault, error) {
	rules := make([]func(*http.Request) localhub.Fault, len(texts))
	for i, text := range texts {
		rule, err := localhub.ParseRule(text)
		if err != nil {
			return nil, err
		}
		rules[i] = rule.Faults(faultSeed)
	}
	return localhub.Either(rules...), nil
}

// serve runs until ctx ends.
func (a *app) serve(ctx context.Context, flags serveFlags) error {
	names := strings.Split(flags.user, ",")
	user := localhub.User{Name: names[0], Orgs: names[1:]}
	for _, t := range flags.tokens {
		user.Tokens = append(user.Tokens, localhub.Token{Secret: t, Role: localhub.Write})
	}
	fault, err := faultsOf(flags.faults)
	if err != nil {
		return usage(err)
	}
	if flags.root != "" {
		if err := os.MkdirAll(flags.root, 0o777); err != nil {
			return usage(err)
		}
	}
	server, err := localhub.New(localhub.Options{Root: flags.root, Users: []localhub.User{user}, ErrorLog: a.hubLog()})
	if err != nil {
		return usage(err)
	}
	server.Fault = fault
	if err := server.Start(flags.addr); err != nil {
		return usage(err)
	}
	if _, err := fmt.Fprintln(a.stdout, server.URL()); err != nil {
		return err
	}
	a.ui.Line("hub", "%s, account %s; stop with Ctrl-C", where(flags.root), flags.user)
	for _, rule := range flags.faults {
		a.ui.Line("fault", "%s", rule)
	}
	if len(flags.tokens) == 0 {
		a.ui.Hint("without --token nobody can write here")
	}
	return untilStopped(ctx, server)
}

// untilStopped lets a Hub answer until ctx ends, and gives what it answers then a second more.
func untilStopped(ctx context.Context, server *localhub.Server) error {
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return server.Shutdown(stop)
}

func where(root string) string {
	if root == "" {
		return "repos in memory"
	}
	return "repos in " + root
}
