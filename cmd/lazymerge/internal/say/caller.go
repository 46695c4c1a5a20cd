package say

// A Caller is who started a run. Hints name a setting as the caller knows it.
type Caller int

// A run is started by a command that a person typed, or by a workflow step that uses the Action. The zero value is the former.
const (
	Command Caller = iota
	Action
)

func (c Caller) pick(command, action string) string {
	if c == Action {
		return action
	}
	return command
}

// Flag names a setting that is a flag of push and an input of the Action.
func (c Caller) Flag(name string) string { return c.pick("--"+name, "the `"+name+"` input") }

// Write says to give such a setting a value.
func (c Caller) Write(name, value string) string {
	return c.pick("use --"+name+" "+value, "set "+c.Flag(name)+" to "+value)
}

// Again says to retry, usually after a change.
func (c Caller) Again() string { return c.pick("run the command again", "run the job again") }

// SameAgain says to retry without a change.
func (c Caller) SameAgain() string { return c.pick("run the same command again", "run the job again") }

// SameRun is what continues a stopped run.
func (c Caller) SameRun() string { return c.pick("the same command", "the next run of the job") }

// TargetToken says how to give the target a token of its own.
func (c Caller) TargetToken() string {
	return c.pick("name the repo in LAZYMERGE_TARGET_OIDC_RESOURCE, or set LAZYMERGE_TARGET_TOKEN",
		"set the `oidc` input to true, or set the `target-token` input")
}
