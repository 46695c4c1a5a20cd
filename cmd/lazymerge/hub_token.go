package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// hubTokenVariable has the token of a Hub that is started here. HF_TOKEN is another thing: it is for the Hub that its
// owner reads from, and everybody who is told the token of this one would be told that, too.
const hubTokenVariable = "LAZYMERGE_HUB_TOKEN"

// hubToken is the token of a Hub to be started, "" for none. A flag goes before the environment, which a list of
// processes does not show.
func (a *app) hubToken(ctx context.Context, file string) (string, error) {
	if file != "" && a.token != "" {
		return "", errors.New("--token and --token-file both name the token; give one of them")
	}
	token, from := a.token, "--token"
	switch {
	case file != "":
		data, err := a.readToken(ctx, file)
		if err != nil {
			return "", fmt.Errorf("--token-file: %w", err)
		}
		token, from = string(data), "--token-file "+file
		if strings.TrimSpace(token) == "" {
			return "", fmt.Errorf("%s: the file is empty", from)
		}
	case token == "":
		token, from = a.getenv(hubTokenVariable), hubTokenVariable
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return "", nil
	case len(strings.Fields(token)) > 1:
		return "", fmt.Errorf("%s: a token is one word, and this is %d", from, len(strings.Fields(token)))
	case !strings.HasPrefix(token, "hf_") || token == "hf_":
		return "", fmt.Errorf("%s: a token starts with hf_, which the clients insist on; make one up, such as hf_ and twenty random letters", from)
	}
	return token, nil
}
