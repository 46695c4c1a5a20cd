package source

// SmallFile is a file of the result that is held in memory: all but the shards.
type SmallFile struct {
	Path string
	Data []byte
	From *Source // that it is of; nil for what the merge makes itself
	Name string  // in From
}
