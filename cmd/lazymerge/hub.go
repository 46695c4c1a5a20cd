package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

func newHubCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hub",
		Short: "Run a small Hub on this machine",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(newServeCommand(a))
	return cmd
}

type serveFlags struct {
	addr, root, user string
	tokens           []string
}

func newServeCommand(a *app) *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a small Hub, for a rehearsal or a site without internet",
		Long: `Serve runs a Hub that lazymerge, the hf client and others can use through HF_ENDPOINT. Its address is the
first line of standard output. Without --root it keeps the repos in memory.

The token belongs to the account --user and may write to its repos; repos of others are public to read.
The Python client needs HF_HUB_DISABLE_XET=1 here.`,
		Example: `  lazymerge hub serve --addr 127.0.0.1:8080 --root ./hub --token hf_local
  HF_ENDPOINT=http://127.0.0.1:8080 HF_TOKEN=hf_local HF_HUB_DISABLE_XET=1 hf upload me/model ./model`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.token != "" {
				flags.tokens = append(flags.tokens, a.token)
			}
			return a.serve(cmd.Context(), flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.addr, "addr", "127.0.0.1:0", "address to listen at; port 0 is any free one")
	f.StringVar(&flags.root, "root", "", "folder that keeps the repos (default memory)")
	f.StringVar(&flags.user, "user", "me", "account that the token belongs to, or several separated by commas: the first, then its organisations")
	return cmd
}

// serve runs until ctx ends.
func (a *app) serve(ctx context.Context, flags serveFlags) error {
	names := strings.Split(flags.user, ",")
	user := localhub.User{Name: names[0], Orgs: names[1:]}
	for _, t := range flags.tokens {
		user.Tokens = append(user.Tokens, localhub.Token{Secret: t, Role: localhub.Write})
	}
	if flags.root != "" {
		if err := os.MkdirAll(flags.root, 0o777); err != nil {
			return usage(err)
		}
	}
	server, err := localhub.New(localhub.Options{Root: flags.root, Users: []localhub.User{user}})
	if err != nil {
		return usage(err)
	}
	if err := server.Start(flags.addr); err != nil {
		return usage(err)
	}
	if _, err := fmt.Fprintln(a.stdout, server.URL()); err != nil {
		return err
	}
	a.ui.Line("hub", "%s, account %s; stop with Ctrl-C", where(flags.root), flags.user)
	if len(flags.tokens) == 0 {
		a.ui.Hint("without --token nobody can write here")
	}
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
