package faults

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// A FaultKind is a fault that has a name, for a command line.
type FaultKind struct {
	Name  string
	Arg   string // what its number is; "" takes none
	About string // what the client meets

	standard  int // the number where none is given
	low, high int // what the number may be
	fault     func(n int) Fault
}

const most = 1 << 30

// FaultKinds returns the faults that have a name.
func FaultKinds() []FaultKind {
	none := func(f func() Fault) func(int) Fault { return func(int) Fault { return f() } }
	return []FaultKind{
		{"status", "CODE", "a response with that status, 400 to 599", 500, 400, 599, Status},
		{"busy", "SECONDS", "503 with Retry-After", 1, 0, most, Busy},
		{"retry-after", "SECONDS", "429 with Retry-After in seconds", 1, 0, most, RetryAfter},
		{"retry-date", "SECONDS", "429 with Retry-After as a date", 1, 0, most, RetryDate},
		{"quota", "SECONDS", "429 with RateLimit, nothing left until then", 1, 0, most, func(n int) Fault { return Quota("api", n) }},
		{"other-quota", "SECONDS", "429 with RateLimit, 499 requests left", 1, 0, most, func(n int) Fault { return OtherQuota("api", n) }},
		{"commit-quota", "SECONDS", "429 with the RateLimit for commits", 1, 0, most, func(n int) Fault { return Quota("commits", n) }},
		{"reset", "", "the connection is reset before the request takes effect", 0, 0, 0, none(Reset)},
		{"lose", "", "the request takes effect, then the connection is reset instead of a response", 0, 0, 0, none(Lose)},
		{"stall", "", "no response; the connection stays open", 0, 0, 0, none(Stall)},
		{"stall-after", "BYTES", "the response stops after BYTES; the connection stays open", 0, 0, most, func(n int) Fault { return StallAfter(int64(n)) }},
		{"drip", "BYTES", "the response body is sent at BYTES per second", 1, 1, most, func(n int) Fault { return Drip(int64(n)) }},
		{"sip", "BYTES", "the request body is read at BYTES per second", 1, 1, most, func(n int) Fault { return Sip(int64(n)) }},
		{"truncate", "BYTES", "the response is cut off after BYTES", 0, 0, most, func(n int) Fault { return Truncate(int64(n)) }},
		{"short", "BYTES", "the body lacks its last BYTES; Content-Length matches", 1, 1, most, func(n int) Fault { return Resize(-int64(n)) }},
		{"long", "BYTES", "the body has BYTES too many; Content-Length matches", 1, 1, 1 << 20, func(n int) Fault { return Resize(int64(n)) }},
		{"noise", "BYTES", "the response is followed by BYTES of stray data", 1, 1, 1 << 20, func(n int) Fault { return Noise(int64(n)) }},
		{"whole", "", "200 with the whole file instead of the requested range", 0, 0, 0, none(IgnoreRange)},
		{"other-range", "", "206 with the wrong range", 0, 0, 0, none(OtherRange)},
		{"other-tag", "", "an ETag that does not match the file", 0, 0, 0, none(OtherTag)},
		{"no-tag", "", "a response without its ETag", 0, 0, 0, func(int) Fault { return WithoutHeader("ETag") }},
		{"other-commit", "", "a different commit than requested", 0, 0, 0, none(OtherCommit)},
		{"expired", "", "403 from storage: the signed URL has expired", 0, 0, 0, none(Expired)},
		{"conflict", "", "409: another operation is under way", 0, 0, 0, none(Conflict)},
		{"moved", "", "412: another commit came first", 0, 0, 0, none(Moved)},
		{"public", "", "new repos are public, whatever was requested", 0, 0, 0, func(int) Fault { return Visibility(false) }},
		{"private", "", "new repos are private, whatever was requested", 0, 0, 0, func(int) Fault { return Visibility(true) }},
		{"gzip", "", "a compressed response", 0, 0, 0, none(Gzip)},
		{"page", "", "200 with a web page", 0, 0, 0, none(Page)},
	}
}

// A Rule says in words which requests fail and how:
//
//	KIND[=N] [METHOD] [PART] [xN | #N | N%]
//
// KIND is the name of a FaultKind, N its number. METHOD and PART are those of [On]. xN is the
// first N such requests, #N only the N-th, and N% that share of them, by luck; without it all
// fail. "lose POST /commit/ #1" loses the answer to the first commit, and
// "truncate=1000 GET storage: 5%" cuts one in twenty downloads.
type Rule struct {
	Kind   string
	Number int // of the kind
	Method string
	Part   string
	First  int     // 0 is no limit
	Nth    int     // 0 is all
	Share  float64 // percent; 0 is all
}

// ParseRule reads a rule. The error has the rule and what is wrong with it.
func ParseRule(text string) (Rule, error) {
	bad := func(format string, args ...any) (Rule, error) {
		return Rule{}, fmt.Errorf("fault rule %.100q: %s", text, fmt.Sprintf(format, args...))
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		return bad("no kind of fault")
	}
	name, number, given := strings.Cut(words[0], "=")
	kind, ok := faultKind(name)
	if !ok {
		return bad("unknown kind %.40q", name)
	}
	r := Rule{Kind: kind.Name, Number: kind.standard}
	if given {
		n, err := strconv.Atoi(number)
		if err != nil || kind.Arg == "" || n < kind.low || n > kind.high {
			return bad("%s cannot be %.40q", kind.Name, number)
		}
		r.Number = n
	}
	words = words[1:]
	if len(words) > 0 && isMethod(words[0]) {
		r.Method, words = words[0], words[1:]
	}
	if len(words) > 0 {
		if ok := r.count(words[len(words)-1]); ok {
			words = words[:len(words)-1]
		}
	}
	switch {
	case len(words) > 1:
		return bad("unexpected word %.40q", words[1])
	case len(words) == 1:
		r.Part = words[0]
	}
	return r, nil
}

// count reads how often a rule holds.
func (r *Rule) count(word string) bool {
	if n, err := strconv.Atoi(word[1:]); err == nil && n > 0 && strconv.Itoa(n) == word[1:] {
		switch word[0] {
		case 'x':
			r.First = n
			return true
		case '#':
			r.Nth = n
			return true
		}
	}
	number, ok := strings.CutSuffix(word, "%")
	share, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(share > 0 && share <= 100) {
		return false
	}
	r.Share = share
	return true
}

func isMethod(word string) bool {
	switch word {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

func faultKind(name string) (FaultKind, bool) {
	for _, k := range FaultKinds() {
		if k.Name == name {
			return k, true
		}
	}
	return FaultKind{}, false
}

// String is the rule in words.
func (r Rule) String() string {
	kind, _ := faultKind(r.Kind)
	words := []string{r.Kind}
	if kind.Arg != "" {
		words[0] += "=" + strconv.Itoa(r.Number)
	}
	for _, word := range []string{r.Method, r.Part} {
		if word != "" {
			words = append(words, word)
		}
	}
	switch {
	case r.First > 0:
		words = append(words, "x"+strconv.Itoa(r.First))
	case r.Nth > 0:
		words = append(words, "#"+strconv.Itoa(r.Nth))
	case r.Share > 0:
		words = append(words, strconv.FormatFloat(r.Share, 'g', -1, 64)+"%")
	}
	return strings.Join(words, " ")
}

// Faults is what [Server.Fault] takes; seed is that of Randomly, for a share. The rule must have
// come from ParseRule.
func (r Rule) Faults(seed uint64) func(*http.Request) Fault {
	kind, ok := faultKind(r.Kind)
	if !ok {
		panic("localhub: no fault is called " + r.Kind)
	}
	match, fault := On(r.Method, r.Part), kind.fault(r.Number)
	switch {
	case r.First > 0:
		return First(r.First, match, fault)
	case r.Nth > 0:
		return Nth(r.Nth, match, fault)
	case r.Share > 0:
		return Only(match, Randomly(seed, r.Share/100, fault))
	}
	return Always(match, fault)
}
