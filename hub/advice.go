package hub

import "cmp"

// Advice is what the hints of errors tell a person to do, in words that suit how they use the program. What is "" is said
// as to someone at a terminal.
type Advice struct {
	Login         string // gives a token
	ImplicitToken string // gives one where HF_HUB_DISABLE_IMPLICIT_TOKEN keeps that of the environment from being used
	Again         string // tries once more
}

func (a Advice) login(tokenOff bool) string {
	if tokenOff {
		return cmp.Or(a.ImplicitToken, "unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which disables HF_TOKEN and hf auth login, or pass --token")
	}
	return cmp.Or(a.Login, "set HF_TOKEN or log in with hf auth login")
}

func (a Advice) again() string { return cmp.Or(a.Again, "run the command again") }
