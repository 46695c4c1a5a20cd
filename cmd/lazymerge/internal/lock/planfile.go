package lock

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A PlanFile is a plan to carry out later, on any machine: the config, the options that change the result, the content of
// every source, and the hash of the resulting plan. It holds no local path, endpoint, number of threads or time. "plan -o"
// writes it, and "push --plan" makes exactly that or says what has changed.
type PlanFile struct {
	Format  int         `json:"format"`
	Tool    string      `json:"lazymerge"` // version that made it
	Numeric int         `json:"numeric"`   // version of the arithmetic
	Plan    string      `json:"plan"`      // hash
	Options Options     `json:"options"`
	Sources []Pin       `json:"sources"`
	Aliases []string    `json:"as,omitempty"`     // PATH=NAMESPACE/NAME[@REVISION]
	Target  *PlanTarget `json:"target,omitempty"` // where it was planned to go
	Name    string      `json:"name"`             // of the config, for faults
	Config  []string    `json:"config"`           // its lines; joined by line feeds they are its bytes
	Sum     string      `json:"sha256"`           // of the file with this field empty

	Path string `json:"-"` // where it was read from
}

// PlanTarget is where and how to publish a plan: the flags of push that affect the target.
type PlanTarget struct {
	Repo          string `json:"repo"`
	Revision      string `json:"revision"`
	CreatePR      bool   `json:"create_pr,omitempty"`
	Private       bool   `json:"private,omitempty"`
	Replace       bool   `json:"replace,omitempty"`
	ReplaceCard   bool   `json:"replace_card,omitempty"`
	PublishConfig bool   `json:"publish_config,omitempty"`
}

const (
	PlanFormat  = 1
	MaxConfig   = 1 << 20    // bytes; the largest published config has a few thousand lines
	maxPlanFile = 16_000_000 // bytes; JSON takes up to six times the config
)

// Portable is name without what is only true on this machine: the path below the current folder, or the last part alone.
func Portable(name string) string {
	if filepath.IsLocal(name) {
		return filepath.ToSlash(filepath.Clean(name))
	}
	return filepath.Base(name)
}

// Text is the config's exact bytes.
func (f *PlanFile) Text() []byte { return []byte(strings.Join(f.Config, "\n")) }

// Bytes is f as written.
func (f *PlanFile) Bytes() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a person reads it
	e.SetIndent("", "  ")
	if err := e.Encode(f); err != nil {
		panic(fmt.Sprintf("pipeline: %v", err)) // plain data always marshals
	}
	return b.Bytes()
}

// Sealed is f with its sum.
func (f PlanFile) Sealed() *PlanFile {
	sealed := f
	sealed.Sum = f.sum()
	return &sealed
}

func (f *PlanFile) sum() string {
	bare := *f
	bare.Sum = ""
	return Sum(bare.Bytes())
}

// ReadPlanFile reads what plan -o wrote; waiting is called when a pipe stalls. A file that is not a plan file, or was edited, is
// a recipe.Fault.
func ReadPlanFile(ctx context.Context, path string, waiting func()) (*PlanFile, error) {
	text, err := file.Read(ctx, path, maxPlanFile, waiting)
	if err != nil {
		return nil, fault.Unreadable(path, "plan-file", "pass a file written by lazymerge plan CONFIG -o FILE", err)
	}
	return parsePlanFile(path, text)
}

// PlanAgain is what to do about most unusable plan files.
const PlanAgain = "recreate it with lazymerge plan CONFIG -o "

// parsePlanFile reads a plan file. The error is a *recipe.Fault with path as its file.
func parsePlanFile(path string, text []byte) (*PlanFile, error) {
	fault := func(code, hint, format string, args ...any) (*PlanFile, error) {
		return nil, &recipe.Fault{File: path, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	again := PlanAgain + path
	var head struct {
		Format  *int    `json:"format"`
		Tool    string  `json:"lazymerge"`
		Numeric *int    `json:"numeric"`
		Plan    *string `json:"plan"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, jsonFault(path, text, err)
	}
	switch {
	case head.Format == nil || head.Plan == nil || head.Numeric == nil:
		return fault("plan-file", again, "this is not a plan file")
	case *head.Format != PlanFormat:
		return fault("plan-version", "use lazymerge "+head.Tool+", or "+again, "it has format %d; this version of lazymerge reads %d", *head.Format, PlanFormat)
	}
	f := &PlanFile{Path: path}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil { // also when a later version has an option that is new
		fault := jsonFault(path, text, err)
		fault.Hint = "use lazymerge " + head.Tool + ", or " + again
		return nil, fault
	}
	if f.Sum != f.sum() {
		return fault("plan-edited", "change the config instead, and "+again, "it was edited or truncated")
	}
	if what := f.fault(); what != "" {
		return fault("plan-file", again, "%s", what)
	}
	if f.Numeric != plan.Numeric { // the bytes would differ
		return fault("plan-version", "use lazymerge "+f.Tool+", or "+again, "lazymerge %s made it with arithmetic %d; this version has %d", f.Tool, f.Numeric, plan.Numeric)
	}
	return f, nil
}

// jsonFault is an error of encoding/json at its place.
func jsonFault(path string, text []byte, err error) *recipe.Fault {
	f := &recipe.Fault{File: path, Code: "plan-file", Message: "this is not a plan file: " + strings.TrimPrefix(err.Error(), "json: "), Hint: PlanAgain + path}
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
		f.Message = fmt.Sprintf("this is not a plan file: %s cannot be a JSON %s", cmp.Or(e.Field, "it"), e.Value)
	}
	if offset >= 0 {
		before := text[:min(int(offset), len(text))]
		f.Pos.Line = 1 + bytes.Count(before, []byte("\n"))
		f.Pos.Col = max(1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]))
	}
	return f
}

var hex64 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// IsHash tells whether s is a sha256 in hex.
func IsHash(s string) bool { return hex64.MatchString(s) }

// fault says what is wrong with f, as anybody can make a valid sum. The config is left to the recipe's parser.
func (f *PlanFile) fault() string {
	if !IsHash(f.Plan) {
		return "plan is not a hash of 64 hex digits"
	}
	if len(f.Sources) == 0 {
		return "it names no sources"
	}
	for i, s := range f.Sources {
		onHub := names.IsRepo(s.Repo) && names.IsCommit(s.Commit) && s.Digest == ""
		folder := s.Repo == "" && s.Commit == "" && IsHash(s.Digest)
		if !onHub && !folder {
			return fmt.Sprintf("source %d is neither a repo at a commit nor the digest of a folder", i+1)
		}
	}
	if t := f.Target; t != nil && (!names.IsID(t.Repo) || !names.IsBranch(t.Revision)) {
		return "the target is not a repo and branch"
	}
	if o := f.Options; o.License != "" && !card.IsLicense(o.License) || o.License == "other" && o.LicenseName == "" {
		return "its license is not one a card can state"
	}
	for _, text := range f.Aliases {
		if _, err := names.ParseAlias(text); err != nil {
			return err.Error()
		}
	}
	switch n := len(f.Text()); {
	case n == 0:
		return "it has no config"
	case n > MaxConfig:
		return fmt.Sprintf("its config has more than %d bytes", MaxConfig)
	}
	return ""
}
