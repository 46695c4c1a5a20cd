package hub

import "cmp"

// Advice is the words of hints, to suit how a person runs the program. "" means words for a terminal.
type Advice struct {
	Login         string // how to give a token
	ImplicitToken string // how to give one despite HF_HUB_DISABLE_IMPLICIT_TOKEN
	Again         string // how to retry
}

func (a Advice) login(tokenOff bool) string {
	if tokenOff {
		return cmp.Or(a.ImplicitToken, "unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which disables HF_TOKEN and hf auth login, or pass --token")
	}
	return cmp.Or(a.Login, "set HF_TOKEN or log in with hf auth login")
}

func (a Advice) again() string { return cmp.Or(a.Again, "run the command again") }
