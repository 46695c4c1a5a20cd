package say

// A Caller is who started a run. What tells them to change a setting names it as they know it.
type Caller int

// A run is started by a command that a person typed, or by a step of a workflow that uses the Action. The zero value is the former.
const (
	Command Caller = iota
	Action
)

// Flag is the name of a setting that is a flag of push and an input of the Action.
func (c Caller) Flag(name string) string {
	if c == Action {
		return "input " + name
	}
	return "--" + name
}

// Write tells to give such a setting a value.
func (c Caller) Write(name, value string) string {
	if c == Action {
		return "write the input " + name + ": " + value
	}
	return "write --" + name + " " + value
}

// Again tells to do once more what was tried.
func (c Caller) Again() string {
	if c == Action {
		return "run the job again"
	}
	return "run the command again"
}

// SameAgain is Again where nothing needs to change before.
func (c Caller) SameAgain() string {
	if c == Action {
		return "run the job again"
	}
	return "run the same command again"
}

// SameRun is what goes on with a run that was stopped.
func (c Caller) SameRun() string {
	if c == Action {
		return "the next run of the job"
	}
	return "the same command"
}

// TargetToken tells how to give the target a token of its own, one that a CI job makes or another.
func (c Caller) TargetToken() string {
	if c == Action {
		return "say oidc: true, or give the input target-token"
	}
	return "name the repo in LAZYMERGE_TARGET_OIDC_RESOURCE, or set LAZYMERGE_TARGET_TOKEN"
}
