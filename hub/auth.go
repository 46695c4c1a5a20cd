package hub

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// FindToken looks for a token in the order of the official client: the explicit one; HF_TOKEN; the
// older HUGGING_FACE_HUB_TOKEN; the file HF_TOKEN_PATH or $HF_HOME/token. Between the first two stands
// HF_OIDC_RESOURCE, which is [FindOIDC]'s. With HF_HUB_DISABLE_IMPLICIT_TOKEN only the explicit one counts. Spaces and line ends around a token are dropped
// and an empty one counts as none. No token is no error: both results are "" then.
//
// from names the place for error texts, as in [Client].TokenFrom. readFile is os.ReadFile, or
// nil to leave the file out. The error never holds what was read.
//
// Source: huggingface_hub, utils/_auth.py.
func FindToken(explicit string, getenv func(string) string, readFile func(string) ([]byte, error)) (token, from string, err error) {
	if token := strings.TrimSpace(explicit); token != "" {
		return checkToken(token, "--token")
	}
	env, err := ReadEnvironment(getenv)
	if err != nil {
		return "", "", err
	}
	if !env.ImplicitToken {
		return "", "", nil
	}
	for _, name := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		if token := strings.TrimSpace(getenv(name)); token != "" {
			return checkToken(token, name)
		}
	}
	if readFile == nil || env.TokenFile == "" {
		return "", "", nil
	}
	data, err := readFile(env.TokenFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("token file: %w", err)
	}
	if token := strings.TrimSpace(string(data)); token != "" {
		return checkToken(token, "the token file")
	}
	return "", "", nil
}

// checkToken refuses what cannot stand in a header, which is what a pasted page or a file of
// several tokens looks like. Otherwise the transport would refuse every request.
func checkToken(token, from string) (string, string, error) {
	for i := range len(token) {
		if b := token[i]; b <= ' ' || b >= 0x7f {
			return "", "", fmt.Errorf("the token from %s has an invalid character (byte %d of %d)", from, i+1, len(token))
		}
	}
	return token, from, nil
}
