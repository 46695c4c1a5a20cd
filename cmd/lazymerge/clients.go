package main

import (
	"cmp"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/hub"
)

// A merge has two Hubs, that of its sources and that of its target, which often are one. Each has a slot for a
// token; a token never crosses from one endpoint to the other. HF_OIDC_RESOURCE fills the slot that its tokens
// are good for: the sources' where it names a user, the target's where it names a repo.

// client makes the client of the sources.
func (a *app) client(env hub.Environment) (*hub.Client, error) {
	token, from, err := hub.FindToken(a.token, a.getenv, a.readFile)
	if err != nil {
		return nil, &tokenError{err}
	}
	if a.endpoint != "" {
		env.Endpoint = a.endpoint
	}
	c, err := a.clientOf(env, token, a.placeOf(from), "--endpoint "+a.endpoint)
	if oidc := hub.FindOIDC(a.token, a.getenv); err == nil && oidc != nil && !oidc.IsRepo() {
		a.keyless(c, oidc)
	}
	return c, err
}

// placeOf is what a person calls the place that a token comes from.
func (a *app) placeOf(from string) string { return cmp.Or(a.tokenNames[from], from) }

// clientOf makes a client for env's endpoint; asked is how that was asked for, for the error.
func (a *app) clientOf(env hub.Environment, token, from, asked string) (*hub.Client, error) {
	c := env.NewClient(token, from, env.UserAgent("lazymerge", version(), runtime.Version()))
	if c.Page("a/b") == "" {
		return nil, usage(fmt.Errorf("%s: not an http or https address", asked))
	}
	c.Notice = func(line string) { a.ui.Line("hub", "%s", line) }
	return c, nil
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
	env.Endpoint = sources.Endpoint
	if flags.endpoint != "" {
		env.Endpoint = flags.endpoint
	}
	c, err := a.clientOf(env, token, a.placeOf(from), "--target-endpoint "+flags.endpoint)
	if err == nil && oidc != nil {
		a.keyless(c, oidc)
	}
	return c, err
}

// targetOIDC is what the target's own variable asks for, nil for none and beside an explicit token.
func (a *app) targetOIDC(explicit string) *hub.OIDC {
	resource := a.getenv(targetOIDCVariable)
	if explicit != "" || resource == "" {
		return nil
	}
	return hub.NewOIDC(resource, a.getenv)
}
