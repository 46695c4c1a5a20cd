package fault

// Code sorts faults. It is an error so that errors.Is can ask for it.
type Code string

// Codes that JSON has, too; they are stable.
const (
	Source Code = "source" // a model that cannot be used
	Target Code = "target" // a repo that cannot be published to
	Folder Code = "folder" // a folder that cannot be written into
	Usage  Code = "usage"  // a flag or argument that makes no sense
	Config Code = "config" // a config, template or file of scores that cannot be used
)

// Codes that only the command itself tells apart.
const (
	Token   Code = "token"   // a token that cannot be sent
	NoRoom  Code = "no-room" // a disk without the room that is needed
	Lock    Code = "lock"    // a lock file that is absent, or of no use to this version
	Update  Code = "update"  // a published merge whose card cannot be made again
	Differs Code = "differs" // a published merge that is not what its lock says
	Output  Code = "output"  // a result that cannot be printed
)

func (c Code) Error() string { return string(c) }
