package pipeline

import "github.com/lazymerge/lazymerge/hub"

// Words name the settings of a run as whoever started it knows them, for what tells them to change one.
type Words int

// A run is started by a command that a person typed, or by a step of a workflow that uses the Action. The zero value is the former.
const (
	CommandWords Words = iota
	ActionWords
)

// Flag is the name of a setting that is a flag of push and an input of the Action.
func (w Words) Flag(name string) string {
	if w == ActionWords {
		return "input " + name
	}
	return "--" + name
}

// Write tells to give such a setting a value.
func (w Words) Write(name, value string) string {
	if w == ActionWords {
		return "write the input " + name + ": " + value
	}
	return "write --" + name + " " + value
}

// Again tells to do once more what was tried.
func (w Words) Again() string {
	if w == ActionWords {
		return "run the job again"
	}
	return "run the command again"
}

// SameAgain is Again where nothing needs to change before.
func (w Words) SameAgain() string {
	if w == ActionWords {
		return "run the job again"
	}
	return "run the same command again"
}

// sameRun is what goes on with a run that was stopped.
func (w Words) sameRun() string {
	if w == ActionWords {
		return "the next run of the job"
	}
	return "the same command"
}

// targetToken tells how to give the target a token of its own, one that a CI job makes or another.
func (w Words) targetToken() string {
	if w == ActionWords {
		return "say oidc: true, or give the input target-token"
	}
	return "name the repo in LAZYMERGE_TARGET_OIDC_RESOURCE, or set LAZYMERGE_TARGET_TOKEN"
}

// Advice is what a client of the Hub tells to do.
func (w Words) Advice() hub.Advice {
	if w == ActionWords {
		return hub.Advice{
			Login:         "give the input token",
			ImplicitToken: "unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which keeps the input token from being used",
			Again:         w.Again(),
		}
	}
	return hub.Advice{}
}
