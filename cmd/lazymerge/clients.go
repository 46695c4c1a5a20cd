package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// A merge reads from one Hub and publishes to another, often the same. Each has its own token, and no token crosses from one
// endpoint to the other. HF_OIDC_RESOURCE provides source tokens if it names a user, and target tokens if it names a repo.

const maxTokenFile = 64_000 // bytes; a token has about 40

func (a *app) readToken(ctx context.Context, path string) ([]byte, error) {
	text, err := pipeline.ReadFile(ctx, a.ui, "the token", path, maxTokenFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, file.Cause(err))
	}
	return text, nil
}

// client creates the client for the sources.
func (a *app) client(ctx context.Context, env hub.Environment) (*hub.Client, error) {
	token, from, err := hub.FindToken(a.token, a.getenv, func(path string) ([]byte, error) { return a.readToken(ctx, path) })
	if err != nil {
		return nil, &fault.Fault{Code: fault.Token, Err: err}
	}
	if env.Endpoint, err = chosen(env.Endpoint, "--endpoint", a.endpoint); err != nil {
		return nil, err
	}
	oidc := hub.FindOIDC(a.token, a.getenv)
	if oidc != nil && oidc.IsRepo() {
		oidc = nil // it is for the target
	}
	return a.clientOf(env, token, from, oidc), nil
}

// chosen returns the endpoint from a flag, or the given one if the flag is empty.
func chosen(endpoint, flag, value string) (string, error) {
	if value == "" {
		return endpoint, nil
	}
	endpoint, err := hub.ParseEndpoint(flag, value)
	return endpoint, usage(err)
}

// clientOf creates a client for env's endpoint, with a token found in from, or with tokens that it gets for the CI job's ID
// token and masks before use; oidc is nil for none.
func (a *app) clientOf(env hub.Environment, token, from string, oidc *hub.OIDC) *hub.Client {
	c := env.NewClient(token, cmp.Or(a.tokenNames[from], from), env.UserAgent("lazymerge", version(), runtime.Version()))
	a.clients = append(a.clients, c)
	c.Advice = adviceFor(a.caller)
	c.Notice = func(line string) { a.ui.Line("hub", "%s", line) }
	if env.Debug {
		c.Trace = func(line string) { a.ui.Line("debug", "%s", line) }
	}
	if oidc != nil {
		oidc.Minted = a.ui.Mask
		c.OIDC, c.TokenFrom = oidc, oidc.From()
	}
	return c
}

// environment reads the environment variables of the official clients.
func (a *app) environment() (hub.Environment, error) {
	env, err := hub.ReadEnvironment(a.getenv)
	return env, usage(err)
}

// targetFlags name the Hub to publish to, and its token, if they differ from the sources'.
type targetFlags struct{ endpoint, token string }

func (t *targetFlags) add(f *pflag.FlagSet) {
	f.StringVar(&t.endpoint, "target-endpoint", "", "`URL` of the Hub to publish to (default the Hub of the sources)")
	f.StringVar(&t.token, "target-token", "", "`TOKEN` for the repo to publish to; prefer "+targetTokenVariable)
}

// Variables for the target's own token. The second names a repo for which a CI job can get tokens. It takes precedence, as
// HF_OIDC_RESOURCE does over HF_TOKEN.
const (
	targetTokenVariable = "LAZYMERGE_TARGET_TOKEN"
	targetOIDCVariable  = "LAZYMERGE_TARGET_OIDC_RESOURCE"
)

// targetClient creates the client for the target; nil if it is the same as for the sources.
func (a *app) targetClient(sources *hub.Client, flags targetFlags) (*hub.Client, error) {
	token, from, oidc := a.targetToken(flags.token)
	if flags.endpoint == "" && token == "" && oidc == nil {
		return nil, nil
	}
	env, err := a.environment()
	if err != nil {
		return nil, err
	}
	env.ImplicitToken = true // no token is looked for here
	if env.Endpoint, err = chosen(sources.Endpoint, "--target-endpoint", flags.endpoint); err != nil {
		return nil, err
	}
	return a.clientOf(env, token, from, oidc), nil
}

// targetToken finds the target's own token and where it comes from, or how to get one; all zero if there is neither.
func (a *app) targetToken(flag string) (token, from string, oidc *hub.OIDC) {
	if flag != "" {
		return flag, "--target-token", nil
	}
	if resource := a.getenv(targetOIDCVariable); resource != "" {
		return "", "", hub.NewOIDC(resource, a.getenv)
	}
	if token := a.getenv(targetTokenVariable); token != "" {
		return token, targetTokenVariable, nil
	}
	if oidc := hub.FindOIDC(a.token, a.getenv); oidc != nil && oidc.IsRepo() {
		return "", "", oidc
	}
	return "", "", nil
}

func adviceFor(c say.Caller) hub.Advice {
	if c == say.Action {
		return hub.Advice{
			Login:         "set the `token` input",
			ImplicitToken: "unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which disables the `token` input",
			Again:         c.Again(),
		}
	}
	return hub.Advice{}
}
