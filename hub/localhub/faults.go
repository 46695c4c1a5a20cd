package localhub

import "github.com/lazymerge/lazymerge/hub/localhub/internal/faults"

// A Fault makes one request fail: it gets the handler that would have answered and returns
// the one that does. nil is no fault. A test may write its own; these are the common ones.
//
// A fault that ends the connection does so by panicking with http.ErrAbortHandler.
type Fault = faults.Fault

// Faults that answer in place of the Hub.
var (
	Answer     = faults.Answer     // a status, header fields and a body
	Status     = faults.Status     // a status of 400 or more: from 500 on a web page, below that the error of an API
	Busy       = faults.Busy       // 503 with Retry-After in seconds; without it where they are negative
	RetryAfter = faults.RetryAfter // 429 with Retry-After in seconds
	RetryDate  = faults.RetryDate  // 429 with Retry-After as the date so many seconds after the request
	Quota      = faults.Quota      // 429 with RateLimit: a bucket is empty for so many seconds
	OtherQuota = faults.OtherQuota // 429 with RateLimit of a bucket that is not the cause
	Moved      = faults.Moved      // 412: a commit has happened since the parent that is named
	Conflict   = faults.Conflict   // 409: another operation is under way
	Expired    = faults.Expired    // 403 of storage: the signed URL is no longer good
	Page       = faults.Page       // 200 with a web page, as a proxy that wants a login does
)

// Faults of the connection.
var (
	Reset      = faults.Reset      // a TCP reset in place of the answer; the request has no effect
	Lose       = faults.Lose       // a TCP reset in place of the answer, after the request has had its effect
	Truncate   = faults.Truncate   // the end of the connection after n bytes of the body
	Stall      = faults.Stall      // no answer on a connection that stays open; the request has no effect
	StallAfter = faults.StallAfter // n bytes of the body, and then nothing on a connection that stays open
	Noise      = faults.Noise      // n bytes after the answer that nobody has asked for
	Drip       = faults.Drip       // n bytes of the answer's body a second
	Sip        = faults.Sip        // n bytes of the request's body taken a second
)

// Faults that change the question or the answer.
var (
	Header        = faults.Header        // a header that edit has changed
	WithoutHeader = faults.WithoutHeader // a header without one field
	OtherTag      = faults.OtherTag      // other ETags than the file has
	OtherCommit   = faults.OtherCommit   // another commit than the one that was asked for
	Resize        = faults.Resize        // a body that is longer or shorter by some bytes, as its Content-Length says
	IgnoreRange   = faults.IgnoreRange   // the whole file for a range
	OtherRange    = faults.OtherRange    // the neighbor of the range that was asked for
	Gzip          = faults.Gzip          // a compressed body that nobody asked for
	Visibility    = faults.Visibility    // a repo that is created private or public, whatever was asked for
)

// What [Server.Fault] takes: which requests fail, and how often. They may be called from several goroutines at once,
// and count for themselves.
var (
	On       = faults.On       // matches a method, "" for all, and a part of the path; that of storage has "storage:" before it
	Always   = faults.Always   // every request that matches
	Nth      = faults.Nth      // the n-th that matches, counted from 1
	First    = faults.First    // the first n that match
	Only     = faults.Only     // asks a rule about the requests that match
	Either   = faults.Either   // asks rules in their order until one has a fault
	Randomly = faults.Randomly // a share of all requests, by a luck that is the same for the same seed and requests
)

// A FaultKind is a fault that has a name, for a command line.
type FaultKind = faults.FaultKind

// FaultKinds returns the faults that have a name.
func FaultKinds() []FaultKind { return faults.FaultKinds() }

// A Rule says in words which requests fail and how:
//
//	KIND[=N] [METHOD] [PART] [xN | #N | N%]
//
// KIND is the name of a FaultKind, N its number. METHOD and PART are those of [On]. xN is the
// first N such requests, #N only the N-th, and N% that share of them, by luck; without it all
// fail. "lose POST /commit/ #1" loses the answer to the first commit, and
// "truncate=1000 GET storage: 5%" cuts one in twenty downloads.
type Rule = faults.Rule

// ParseRule reads a rule. The error has the rule and what is wrong with it.
func ParseRule(text string) (Rule, error) { return faults.ParseRule(text) }
