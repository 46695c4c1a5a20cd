package main

import (
	"cmp"
	"context"
	"errors"
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
	hub                   localhub.Options
	addr, user, tokenFile string
	proxies               []string
	faults                []string // rules for localhub.ParseRule
}

func newServeCommand(a *app) *cobra.Command {
	var opts serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a small Hub, for testing or offline use",
		Long: `Serve runs a Hub that lazymerge, hf and other clients reach through HF_ENDPOINT. The first line of standard
output is its URL. Without --root, repos are kept in memory.

In a browser, the URL shows the repos with their cards, files, commits and pull requests. To see private
repos, log in with any name and the token as the password.

The token belongs to the account --user and can write to its repos; public repos need no token to read. Set
` + hubTokenVariable + ` or use --token-file; other users can see --token in the process list. HF_TOKEN is
ignored, so your own token never becomes the token of this Hub.

The Python client needs HF_HUB_DISABLE_XET=1; standard error has a line to paste.

On a loopback address, the Hub answers only to loopback names and those in --allow-host, so no website can
read it through a browser. To serve other machines, listen on a network address, preferably behind a TLS
proxy. Name the proxy with --trust-proxy, and URLs in responses follow its X-Forwarded-Proto and
X-Forwarded-Host. Large files use the same port unless --storage-addr is set; the proxy must forward that
port too.

--fault makes requests fail, and may be repeated. A rule has the form

  KIND[=N] [METHOD] [PART] [xN | #N | N%]

METHOD is GET, HEAD, POST, PUT or DELETE. PART is a part of the path, such as /resolve/ or /commit/; storage
paths start with "storage:". xN means the first N matching requests, #N only the Nth, N% a fixed share of
them; without one of these, all fail. The first matching rule wins. The kinds:

` + faultKinds(),
		Example: `  ` + hubTokenVariable + `=hf_local lazymerge hub serve --addr 127.0.0.1:8080 --root ./hub
  HF_ENDPOINT=http://127.0.0.1:8080 HF_TOKEN=hf_local HF_HUB_DISABLE_XET=1 hf upload me/model ./model

  # Lose the response to the first commit and cut 5% of downloads after 1000 bytes
  lazymerge hub serve --token-file token.txt --fault "lose POST /commit/ #1" --fault "truncate=1000 GET storage: 5%"

  # Serve others behind a proxy on this machine that answers to https://hub.example.org
  lazymerge hub serve --addr 127.0.0.1:8080 --root ./hub --token-file token.txt --trust-proxy 127.0.0.1 --allow-host hub.example.org`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), a, opts) },
	}
	f := cmd.Flags()
	f.StringVar(&opts.addr, "addr", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0 picks a free one")
	f.StringVar(&opts.hub.Root, "root", "", "keep the repos in `DIR` (default memory)")
	f.StringVar(&opts.user, "user", "me", "`NAME` of the token's account, optionally followed by its organizations, comma-separated")
	f.StringVar(&opts.tokenFile, "token-file", "", "read the token from `FILE`")
	f.StringVar(&opts.hub.StorageAddr, "storage-addr", "", "`HOST:PORT` for large files; port 0 picks a free one (default the one in --addr)")
	f.StringSliceVar(&opts.hub.AllowHosts, "allow-host", nil, "also answer to host `NAME`; comma-separated or repeated")
	f.StringSliceVar(&opts.proxies, "trust-proxy", nil, "trust X-Forwarded-Proto and X-Forwarded-Host from the proxy at `ADDRESS` or in a network such as 10.0.0.0/8; comma-separated or repeated")
	f.StringArrayVar(&opts.faults, "fault", nil, "make requests fail by `RULE`, see above; may be repeated")
	return cmd
}

// faultKinds lists the kinds of --fault.
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

func (a *app) hubLog() *log.Logger { return log.New(hubLines{a.ui}, "", 0) }

// hubLines prints each line written to it; a stack trace has several.
type hubLines struct{ ui *ui.UI }

func (h hubLines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		h.ui.Line("hub", "%s", strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

// faultSeed decides which requests fail under an N% rule.
const faultSeed = 1

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

// networks parses the addresses and networks of --trust-proxy.
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

// runServe prints the URL of a Hub to stdout and serves it until ctx ends.
func runServe(ctx context.Context, a *app, opts serveOptions) error {
	token, err := a.hubToken(ctx, opts.tokenFile)
	if err != nil {
		return usage(err)
	}
	server, err := a.serve(ctx, opts, token)
	if err != nil {
		return usage(err)
	}
	if err := a.printLine(server.URL()); err != nil {
		return err
	}
	a.ui.Line("hub", "repos in %s, account %s; stop with Ctrl-C", cmp.Or(opts.hub.Root, "memory"), opts.user)
	for _, rule := range opts.faults {
		a.ui.Line("fault", "%s", rule)
	}
	// Current clients upload large files through Xet unless told otherwise. This Hub has no Xet.
	a.ui.Text("HF_ENDPOINT=%s HF_HUB_DISABLE_XET=1", server.URL())
	if token == "" {
		a.ui.Hint("this Hub is read-only without a token; set %s", hubTokenVariable)
	}
	return untilStopped(ctx, server)
}

func (a *app) serve(ctx context.Context, opts serveOptions, token string) (*localhub.Server, error) {
	names := strings.Split(opts.user, ",")
	user := localhub.User{Name: names[0], Orgs: names[1:]}
	if token != "" {
		user.Tokens = []localhub.Token{{Secret: token, Role: localhub.Write}}
	}
	options := opts.hub
	options.Users, options.OnePort, options.ErrorLog = []localhub.User{user}, options.StorageAddr == "", a.hubLog()
	var err error
	if options.Proxies, err = networks(opts.proxies); err != nil {
		return nil, err
	}
	fault, err := faultsOf(opts.faults)
	if err != nil {
		return nil, err
	}
	if options.Root != "" {
		if err := os.MkdirAll(options.Root, 0o777); err != nil {
			return nil, err
		}
	}
	server, err := localhub.New(options)
	if err != nil {
		return nil, err
	}
	server.Fault = fault
	return server, server.Start(ctx, opts.addr)
}

// untilStopped serves until ctx ends, then gives running requests one more second.
func untilStopped(ctx context.Context, server *localhub.Server) error {
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return server.Shutdown(stop)
}

// hubTokenVariable holds the token of the served Hub. It is not HF_TOKEN: that one belongs to the real Hub, and
// users of this Hub would learn it.
const hubTokenVariable = "LAZYMERGE_HUB_TOKEN"

// hubToken finds the token of the served Hub; "" for none. Flags override the environment.
func (a *app) hubToken(ctx context.Context, file string) (string, error) {
	token, from := a.token, "--token"
	switch {
	case file != "" && token != "":
		return "", errors.New("use either --token or --token-file")
	case file != "":
		data, err := a.readToken(ctx, file)
		if err != nil {
			return "", fmt.Errorf("--token-file: %w", err)
		}
		token, from = string(data), "--token-file "+file
	case token == "":
		token, from = a.getenv(hubTokenVariable), hubTokenVariable
	}
	token = strings.TrimSpace(token)
	switch words := len(strings.Fields(token)); {
	case words == 0 && file != "":
		return "", fmt.Errorf("%s: the file is empty", from)
	case words == 0:
		return "", nil
	case words > 1:
		return "", fmt.Errorf("%s: a token is one word, not %d", from, words)
	case !strings.HasPrefix(token, "hf_") || token == "hf_":
		return "", fmt.Errorf("%s: a token must start with hf_; make one up, such as hf_ and twenty random letters", from)
	}
	return token, nil
}
