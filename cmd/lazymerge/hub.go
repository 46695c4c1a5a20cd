package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/netip"
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

type serveOptions struct {
	addr, storageAddr, root, user string
	tokenFile                     string
	allowHosts, proxies           []string
	faults                        []string // rules that localhub reads
}

func newServeCommand(a *app) *cobra.Command {
	var opts serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a small Hub, for a rehearsal or a site without internet",
		Long: `Serve runs a Hub that lazymerge, the hf client and others can use through HF_ENDPOINT. Its address is the
first line of standard output. Without --root it keeps the repos in memory.

In a browser the address shows the repos, each with its card, files, commits and pull requests. Private ones show after
a login with any name, and the token as the password.

The token belongs to the account --user and may write to its repos; repos of others are public to read. Give it in
` + hubTokenVariable + ` or with --token-file, for --token shows in the list of processes. HF_TOKEN is not used, so that your own
token does not become that of this Hub.

The Python client needs HF_HUB_DISABLE_XET=1 here; standard error has a line to paste.

On a loopback address only loopback names are answered, and those of --allow-host, so that no web page can read the Hub
through a browser. To serve others, listen at an address of the network, best behind a proxy with TLS: --trust-proxy
names the proxy, whose X-Forwarded-Proto and X-Forwarded-Host then say what URLs in answers begin with. Large files are
served at the same port unless --storage-addr names another; a proxy must lead to that one, too.

With --fault, which may be given several times, requests fail as on a bad day. A rule has the form

  KIND[=N] [METHOD] [PART] [xN | #N | N%]

METHOD is GET, HEAD, POST, PUT or DELETE, and PART a part of the path, as /resolve/ or /commit/; the paths of
storage have "storage:" before them. xN is the first N such requests, #N the N-th alone, N% that share of them, the
same ones for a client that does the same; without it all fail. Of several rules the first that holds counts.
The kinds:

` + faultKinds(),
		Example: `  ` + hubTokenVariable + `=hf_local lazymerge hub serve --addr 127.0.0.1:8080 --root ./hub
  HF_ENDPOINT=http://127.0.0.1:8080 HF_TOKEN=hf_local HF_HUB_DISABLE_XET=1 hf upload me/model ./model

  # The answer to the first commit is lost, and one download in twenty is cut after 1000 bytes
  lazymerge hub serve --token-file token.txt --fault "lose POST /commit/ #1" --fault "truncate=1000 GET storage: 5%"

  # For others, behind a proxy on this machine that answers https://hub.example.org
  lazymerge hub serve --addr 127.0.0.1:8080 --root ./hub --token-file token.txt --trust-proxy 127.0.0.1 --allow-host hub.example.org`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runServe(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.addr, "addr", "127.0.0.1:0", "`HOST:PORT` to listen at; port 0 is any free one")
	f.StringVar(&opts.root, "root", "", "`DIR` that keeps the repos (default memory)")
	f.StringVar(&opts.user, "user", "me", "`NAME` of the account that the token belongs to, or several separated by commas: the first, then its organizations")
	f.StringVar(&opts.tokenFile, "token-file", "", "`FILE` that holds the token, and nothing else")
	f.StringVar(&opts.storageAddr, "storage-addr", "", "`HOST:PORT` to serve large files at; port 0 is any free one (default that of --addr)")
	f.StringSliceVar(&opts.allowHosts, "allow-host", nil, "`NAME` that requests may be for, beside those of this machine, or several separated by commas")
	f.StringSliceVar(&opts.proxies, "trust-proxy", nil, "`ADDRESS` or network, as 10.0.0.0/8, of a proxy whose X-Forwarded-Proto and X-Forwarded-Host count, or several separated by commas")
	f.StringArrayVar(&opts.faults, "fault", nil, "`RULE` of which requests fail and how, see above")
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

// networks reads the addresses and networks of --trust-proxy.
func networks(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if address, e := netip.ParseAddr(text); e == nil {
			address = address.Unmap()
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("--trust-proxy: %q is neither an address nor a network such as 10.0.0.0/8", text)
		}
		all = append(all, network.Masked())
	}
	return all, nil
}

// runServe prints the address of a Hub to stdout and runs it until ctx ends.
func runServe(ctx context.Context, a *app, opts serveOptions) error {
	token, err := a.hubToken(ctx, opts.tokenFile)
	if err != nil {
		return usage(err)
	}
	names := strings.Split(opts.user, ",")
	user := localhub.User{Name: names[0], Orgs: names[1:]}
	if token != "" {
		user.Tokens = []localhub.Token{{Secret: token, Role: localhub.Write}}
	}
	proxies, err := networks(opts.proxies)
	if err != nil {
		return usage(err)
	}
	fault, err := faultsOf(opts.faults)
	if err != nil {
		return usage(err)
	}
	if opts.root != "" {
		if err := os.MkdirAll(opts.root, 0o777); err != nil {
			return usage(err)
		}
	}
	server, err := localhub.New(localhub.Options{
		Root: opts.root, Users: []localhub.User{user},
		OnePort: opts.storageAddr == "", StorageAddr: opts.storageAddr,
		AllowHosts: opts.allowHosts, Proxies: proxies, ErrorLog: a.hubLog(),
	})
	if err != nil {
		return usage(err)
	}
	server.Fault = fault
	if err := server.Start(ctx, opts.addr); err != nil {
		return usage(err)
	}
	if _, err := fmt.Fprintln(a.stdout, server.URL()); err != nil {
		return err
	}
	a.ui.Line("hub", "%s, account %s; stop with Ctrl-C", where(opts.root), opts.user)
	for _, rule := range opts.faults {
		a.ui.Line("fault", "%s", rule)
	}
	// Clients of today send large files through Xet, which is not here, unless they are told not to.
	a.ui.Text("HF_ENDPOINT=%s HF_HUB_DISABLE_XET=1", server.URL())
	if token == "" {
		a.ui.Hint("without a token nobody can write here; give one in %s", hubTokenVariable)
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
