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

// A merge has two Hubs, that of its sources and that of its target, which often are one. Each has a slot for a
// token; a token never crosses from one endpoint to the other. HF_OIDC_RESOURCE fills the slot that its tokens
// are good for: the sources' where it names a user, the target's where it names a repo.

const maxTokenFile = 64_000 // bytes; a token has some 40

// readToken reads a file with a token.
func (a *app) readToken(ctx context.Context, path string) ([]byte, error) {
	text, err := pipeline.ReadFile(ctx, a.ui, "the token", path, maxTokenFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, file.Cause(err))
	}
	return text, nil
}

// client makes the client of the sources.
func (a *app) client(ctx context.Context, env hub.Environment) (*hub.Client, error) {
	token, from, err := hub.FindToken(a.token, a.getenv, func(path string) ([]byte, error) { return a.readToken(ctx, path) })
	if err != nil {
		return nil, &fault.Fault{Code: fault.Token, Err: err}
	}
	if env.Endpoint, err = chosen(env.Endpoint, "--endpoint", a.endpoint); err != nil {
		return nil, err
	}
	c := a.clientOf(env, token, a.placeOf(from))
	if oidc := hub.FindOIDC(a.token, a.getenv); oidc != nil && !oidc.IsRepo() {
		a.keyless(c, oidc)
	}
	return c, nil
}

// chosen is the endpoint that a flag gives, or else the one there is.
func chosen(endpoint, flag, value string) (string, error) {
	if value == "" {
		return endpoint, nil
	}
	endpoint, err := hub.ParseEndpoint(flag, value)
	if err != nil {
		return "", usage(err)
	}
	return endpoint, nil
}

// placeOf is what a person calls the place that a token comes from.
func (a *app) placeOf(from string) string { return cmp.Or(a.tokenNames[from], from) }

// clientOf makes a client for env's endpoint.
func (a *app) clientOf(env hub.Environment, token, from string) *hub.Client {
	c := env.NewClient(token, from, env.UserAgent("lazymerge", version(), runtime.Version()))
	a.clients = append(a.clients, c)
	c.Advice = adviceFor(a.caller)
	c.Notice = func(line string) { a.ui.Line("hub", "%s", line) }
	if env.Debug {
		c.Trace = func(line string) { a.ui.Line("debug", "%s", line) }
	}
	return c
}

// keyless lets c make its tokens from what the CI says of this job. Each is masked before it is used.
func (a *app) keyless(c *hub.Client, oidc *hub.OIDC) {
	oidc.Minted = a.ui.Mask
	c.OIDC, c.TokenFrom = oidc, oidc.From()
}

// environment reads what the official clients take from the environment.
func (a *app) environment() (hub.Environment, error) {
	env, err := hub.ReadEnvironment(a.getenv)
	if err != nil {
		return env, usage(err)
	}
	return env, nil
}

// targetFlags say where a push goes when that is not where the sources come from.
type targetFlags struct{ endpoint, token string }

func (t *targetFlags) add(f *pflag.FlagSet) {
	f.StringVar(&t.endpoint, "target-endpoint", "", "`URL` of the Hub to publish to, where it is not the sources'")
	f.StringVar(&t.token, "target-token", "", "`TOKEN` for the repo to publish to; better set "+targetTokenVariable)
}

// Where a token of the target's own is looked for. The second names a repo whose tokens a CI job may make, and
// goes before the first, as HF_OIDC_RESOURCE goes before HF_TOKEN.
const (
	targetTokenVariable = "LAZYMERGE_TARGET_TOKEN"
	targetOIDCVariable  = "LAZYMERGE_TARGET_OIDC_RESOURCE"
)

// targetClient makes the client of the target; nil where it is the sources'.
func (a *app) targetClient(sources *hub.Client, flags targetFlags) (*hub.Client, error) {
	token, from := flags.token, "--target-token"
	oidc := a.targetOIDC(token)
	if token == "" && oidc == nil {
		token, from = a.getenv(targetTokenVariable), targetTokenVariable
	}
	if token == "" && oidc == nil {
		if found := hub.FindOIDC(a.token, a.getenv); found != nil && found.IsRepo() {
			oidc = found
		}
	}
	if flags.endpoint == "" && token == "" && oidc == nil {
		return nil, nil
	}
	env, err := a.environment()
	if err != nil {
		return nil, err
	}
	if token == "" {
		from = ""
	}
	env.ImplicitToken = true // none is looked for here, so none is missed
	if env.Endpoint, err = chosen(sources.Endpoint, "--target-endpoint", flags.endpoint); err != nil {
		return nil, err
	}
	c := a.clientOf(env, token, a.placeOf(from))
	if oidc != nil {
		a.keyless(c, oidc)
	}
	return c, nil
}

// targetOIDC is what the target's own variable asks for, nil for none and beside an explicit token.
func (a *app) targetOIDC(explicit string) *hub.OIDC {
	resource := a.getenv(targetOIDCVariable)
	if explicit != "" || resource == "" {
		return nil
	}
	return hub.NewOIDC(resource, a.getenv)
}

// adviceFor is what a client of the Hub tells whoever started the run to do.
func adviceFor(c say.Caller) hub.Advice {
	if c == say.Action {
		return hub.Advice{
			Login:         "give the input token",
			ImplicitToken: "unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which keeps the input token from being used",
			Again:         c.Again(),
		}
	}
	return hub.Advice{}
}
