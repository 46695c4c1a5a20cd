package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file/filetest"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

// The tokens of a script's Hub. None of them may ever be seen.
const (
	scriptToken = "hf_scripttoken"  // of bob, who may write to bob and acme; it is HF_TOKEN
	readerToken = "hf_scriptreader" // of bob, read only
	fineToken   = "hf_scriptfine"   // of bob, who may write to bob/one and to acme with it
	carolToken  = "hf_scriptcarol"  // of carol, who has repos that bob may not see
)

func TestMain(m *testing.M) {
	// Scripts wait for retries more than they compute. The flag on the command line still wins.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"lazymerge": recorded})
}

// scriptBinary returns the lazymerge of scripts, which is there already, and the variables that it takes.
func scriptBinary(t *testing.T) (path string, env []string) {
	t.Helper()
	path, err := exec.LookPath("lazymerge")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return path, []string{"SCRIPT_SAID=" + filepath.Join(dir, "said"), "SCRIPT_CODE=" + filepath.Join(dir, "code")}
}

// recorded is main, with all that it says also in the file SCRIPT_SAID, and its exit code in SCRIPT_CODE.
func recorded() {
	said, err := os.OpenFile(os.Getenv("SCRIPT_SAID"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		panic(err)
	}
	ended, err := os.OpenFile(os.Getenv("SCRIPT_CODE"), os.O_WRONLY|os.O_CREATE, 0o666) // now, for later there may be no file left to open
	if err != nil {
		panic(err)
	}
	p := system()
	p.stdout, p.stderr = io.MultiWriter(p.stdout, said), io.MultiWriter(p.stderr, said)
	code := start(p)
	err = ended.Truncate(0)
	if _, writeErr := ended.WriteString(strconv.Itoa(code)); errors.Join(err, writeErr) != nil {
		panic(err)
	}
	os.Exit(code)
}

// TestScripts runs what a user types, each script against a Hub of its own. UPDATE_SCRIPTS=1
// refreshes the files that cmp compares with.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setupScript,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Condition:           scriptCondition(t.TempDir()),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"hubmodel":   cmdHubModel,
			"hubput":     cmdHubPut,
			"hubread":    cmdHubRead,
			"hubls":      cmdHubLs,
			"hubcommits": cmdHubCommits,
			"hubhead":    cmdHubHead,
			"hubpulls":   cmdHubPulls,
			"hubpropose": cmdHubPropose,
			"hubcrowd":   cmdHubCrowd,
			"hubvisible": cmdHubVisible,
			"hubvalue":   cmdHubValue,
			"hublock":    cmdHubLock,
			"hubforge":   cmdHubForge,
			"hubfake":    cmdHubFake,
			"hubmove":    cmdHubMove,
			"hubfault":   cmdHubFault,
			"hubwait":    cmdHubWait,
			"hublog":     cmdHubLog,
			"proxy":      cmdProxy,
			"model":      cmdModel,
			"exitcode":   cmdExitCode,
			"tidy":       cmdTidy,
			"json":       cmdJSON,
			"jsonkeys":   cmdJSONKeys,
			"crlf":       cmdCRLF,
			"cut":        cmdCut,
			"write":      cmdWrite,
			"quickly":    cmdQuickly,
			"waitfor":    cmdWaitFor,
			"devices":    cmdDevices,
			"listing":    cmdListing,
			"append":     cmdAppend,
			"editplan":   cmdEditPlan,
			"faults":     cmdFaults,
			"jsonfaults": cmdJSONFaults,
			"hubaddress": cmdHubAddress,
			"fetch":      cmdFetch,
			"job":        cmdJob,
			"outputs":    cmdOutputs,
		},
	})
}

type scriptKey struct{}

// script is what the commands of one script share.
type script struct {
	server *localhub.Server
	faults faults
	began  time.Time // of quickly
	heard  int       // bytes of what was said, of waitfor
}

func of(ts *testscript.TestScript) *script { return ts.Value(scriptKey{}).(*script) }

func setupScript(env *testscript.Env) error {
	s := &script{}
	var err error
	s.server, err = localhub.New(localhub.Options{
		AllowHosts: []string{"hub.test"}, // that the proxies of scripts know
		Users: []localhub.User{
			{Name: "bob", Orgs: []string{"acme"}, Tokens: []localhub.Token{
				{Secret: scriptToken, Role: localhub.Write},
				{Secret: readerToken, Role: localhub.Read},
				{Secret: fineToken, Role: localhub.FineGrained, Writes: []string{"bob/one", "acme"}},
			}},
			{Name: "carol", Tokens: []localhub.Token{{Secret: carolToken, Role: localhub.Write}}},
		},
		Publishers: jobPublishers,
	})
	if err != nil {
		return err
	}
	s.server.Fault = s.faults.pick
	if err := s.server.Start(context.Background(), "127.0.0.1:0"); err != nil {
		return err
	}
	env.Values[scriptKey{}] = s
	home := filepath.Join(env.WorkDir, ".home")
	record := filepath.Join(env.WorkDir, ".record")
	for _, dir := range []string{home, record} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			return err
		}
	}
	for _, v := range [][2]string{
		{"HF_ENDPOINT", s.server.URL()},
		{"HF_TOKEN", scriptToken},
		{"HF_HOME", filepath.Join(home, "huggingface")},
		{"HOME", home},
		{"USERPROFILE", home},
		{"SCRIPT_SAID", filepath.Join(record, "said")},
		{"SCRIPT_CODE", filepath.Join(record, "code")},
		{"HUB", strings.TrimPrefix(s.server.URL(), "http://")},
		{"HUBPORT", s.server.URL()[strings.LastIndexByte(s.server.URL(), ':')+1:]},
		{"WRITE", scriptToken},
		{"READER", readerToken},
		{"FINE", fineToken},
		{"CAROL", carolToken},
		{"GOGC", "400"}, // a tenth of the time of so short a run is the collector's otherwise
	} {
		env.Setenv(v[0], v[1])
	}
	t := env.T().(testing.TB)
	env.Defer(func() {
		defer s.server.Close()
		s.faults.release()
		if fault := s.faults.pending(); fault != "" {
			t.Errorf("hubfault %s has not happened", fault)
		}
		checkNoTokens(t, env.WorkDir, s.server)
		checkNothingLeft(t, filepath.Join(env.WorkDir, ".tmp"))
	})
	return nil
}

// checkNoTokens looks for the tokens in all that was printed, written to a disk, published or sent to storage.
func checkNoTokens(t testing.TB, dir string, server *localhub.Server) {
	look := func(where string, b []byte) {
		b = withoutMasks(b)
		if token := findMinted(b); token != nil {
			t.Errorf("the token %s is in %s", token, where)
		}
		for _, token := range []string{scriptToken, readerToken, fineToken, carolToken} {
			if bytes.Contains(b, []byte(token)) {
				t.Errorf("the token %s is in %s", token, where)
			}
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path == filepath.Join(dir, ".home", "huggingface", "token") {
			return err
		}
		b, err := os.ReadFile(path)
		look(path, b)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for _, repo := range server.Repos() {
		files, err := server.Files(repo.ID, "")
		if err != nil {
			t.Error(err)
		}
		for _, f := range files {
			b, err := server.Read(repo.ID, "", f.Path)
			if err != nil {
				t.Error(err)
			}
			look(repo.ID+"/"+f.Path, b)
		}
		commits, err := server.Commits(repo.ID, "")
		if err != nil {
			t.Error(err)
		}
		for _, c := range commits {
			look("a commit of "+repo.ID, []byte(c.Title+c.Message))
		}
	}
	for _, r := range server.Leaks() {
		t.Errorf("storage was sent an Authorization header: %s %s", r.Method, r.Path)
	}
}

// checkNothingLeft expects an empty folder for temporary files: whatever happened, all was taken away.
func checkNothingLeft(t testing.TB, tmp string) {
	entries, err := os.ReadDir(tmp)
	if err != nil {
		t.Error(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left among the temporary files", e.Name())
	}
}

// exitcode N: the last lazymerge that ended had that code.
func cmdExitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: exitcode N")
	}
	if got := ts.ReadFile(ts.Getenv("SCRIPT_CODE")); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// measured matches what differs from run to run, with what stands in its place.
var measured = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "COMMIT"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA256"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "PLANHASH"},
	{regexp.MustCompile(`\b[0-9a-f]{8}\b`), "COMMIT8"},
	{regexp.MustCompile(`(?m)^(merge|upload) +(stopped at )?[0-9.]+ [kMG]?B of .*\n`), ""}, // bars tell how far they are when it suits them
	{regexp.MustCompile(`(?m)^((?:merge|upload) .* shards?), .*$`), "$1"},
	{regexp.MustCompile(`(?m), [0-9.hm]+s$`), ", TIME"},
	{regexp.MustCompile(`( )memory [0-9.]+ [kMG]B( of [0-9.]+ [kMG]B)?`), "${1}memory MEMORY"},
	{regexp.MustCompile(`(PUT|GET) http://127\.0\.0\.1:[0-9]+\)`), "$1 STORAGE)"},
	{regexp.MustCompile(`request Root=[0-9a-f]+`), "request ID"},
	{regexp.MustCompile(`(?m)^hub .* trying again in [0-9.]+s\n`), ""}, // how many depends on who waits for whom
	{regexp.MustCompile(`(?m)^([0-9]+ (?:faults?|faults?, [0-9]+ warnings?|warnings?, refused by --strict)\. )[0-9.]+ [kM]?B read, nothing`), "${1}BYTES read, nothing"},
	{regexp.MustCompile(`of [0-9.]+ [kMGT]B free`), "of ROOM free"},
	{regexp.MustCompile(`"disk_free": [0-9]+`), `"disk_free": ROOM`},
	{maskLine, "::add-mask::SECRET"},
}

// tidy FILE OUT: FILE, which may be stdout or stderr, without what differs from run to run.
func cmdTidy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tidy FILE OUT")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(tidied(ts, ts.ReadFile(args[0]))), 0o666))
}

func tidied(ts *testscript.TestScript, text string) string {
	for _, m := range measured {
		text = m.what.ReplaceAllString(text, m.as)
	}
	text = strings.ReplaceAll(text, ts.Getenv("HUB"), "HUB")
	return strings.ReplaceAll(text, ts.Getenv("WORK"), "WORK")
}

// json FILE PATH VALUE: the value at the gjson path.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH VALUE")
	}
	got := gjson.Get(validJSON(ts, args[0]), args[1])
	if (got.String() == args[2]) == neg {
		ts.Fatalf("%s is %q", args[1], got.String())
	}
}

// jsonkeys FILE: the names of the keys, as a sorted list of paths in which items of a list are "#".
func cmdJSONKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jsonkeys FILE")
	}
	for _, k := range keysOf(gjson.Parse(validJSON(ts, args[0])), "") {
		_, _ = io.WriteString(ts.Stdout(), k+"\n")
	}
}

func validJSON(ts *testscript.TestScript, file string) string {
	text := ts.ReadFile(file)
	if !gjson.Valid(text) {
		ts.Fatalf("%s is not JSON", file)
	}
	return text
}

func keysOf(v gjson.Result, at string) []string {
	var all []string
	if !v.IsObject() && !v.IsArray() {
		return nil
	}
	v.ForEach(func(key, value gjson.Result) bool {
		path := strings.TrimPrefix(at+"."+key.String(), ".")
		if v.IsArray() {
			path = strings.TrimPrefix(at+".#", ".")
		} else {
			all = append(all, path)
		}
		all = append(all, keysOf(value, path)...)
		return true
	})
	return uniqueSorted(all)
}

// crlf FILE: the file with the line ends of Windows.
func cmdCRLF(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: crlf FILE")
	}
	text := strings.ReplaceAll(ts.ReadFile(args[0]), "\n", "\r\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// cut FILE N: the first N bytes of the file.
func cmdCut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE N")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// write FILE TEXT: a file of one line, in which $NAME is replaced as in no file at the end of a script.
func cmdWrite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: write FILE TEXT")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+"\n"), 0o666))
}

// quickly begin, quickly ended: less than three seconds have gone by. A retry or a timeout would take longer.
func cmdQuickly(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	switch {
	case !neg && len(args) == 1 && args[0] == "begin":
		s.began = time.Now()
	case !neg && len(args) == 1 && args[0] == "ended":
		if took := time.Since(s.began); took > 3*time.Second {
			ts.Fatalf("it took %s", took)
		}
	default:
		ts.Fatalf("usage: quickly begin|ended")
	}
}

// waitfor TEXT: waits until a lazymerge of the script has said TEXT, after what the last waitfor has waited for.
func cmdWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor TEXT")
	}
	heard := of(ts).heard
	for range 1000 {
		said, _ := os.ReadFile(ts.Getenv("SCRIPT_SAID")) // it is there once one has begun
		if at := strings.Index(string(said[min(heard, len(said)):]), args[0]); at >= 0 {
			of(ts).heard += at + len(args[0])
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%q was not said in ten seconds", args[0])
}

// scriptCondition knows [devices]: whether the command devices can make some. It tries that in dir.
func scriptCondition(dir string) func(string) (bool, error) {
	devices := sync.OnceValue(func() bool { return filetest.Devices(dir) == nil })
	return func(cond string) (bool, error) {
		if cond == "devices" {
			return devices(), nil
		}
		return false, fmt.Errorf("unknown condition %q", cond)
	}
}

// devices DIR: null, full and stdout in DIR, which a script may have written to without harm to those of the machine.
func cmdDevices(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: devices DIR")
	}
	ts.Check(filetest.Devices(ts.MkAbs(args[0])))
}

// listing DIR: the names in a folder, hidden ones too.
func cmdListing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listing DIR")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		_, _ = io.WriteString(ts.Stdout(), e.Name()+"\n")
	}
}

// append FILE MORE: the content of MORE at the end of FILE.
func cmdAppend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: append FILE MORE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[0])+ts.ReadFile(args[1])), 0o666))
}

// editplan FILE OLD NEW [sum]: a plan file with a text replaced; with "sum" its sha256 agrees with that.
func cmdEditPlan(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: editplan FILE OLD NEW [sum]")
	}
	text := ts.ReadFile(args[0])
	if strings.Count(text, args[1]) == 0 {
		ts.Fatalf("%s has no %s", args[0], args[1])
	}
	text = strings.ReplaceAll(text, args[1], args[2])
	if len(args) > 3 {
		sum := regexp.MustCompile(`(?m)^  "sha256": "[0-9a-f]*"$`)
		bare := sum.ReplaceAllString(text, `  "sha256": ""`)
		text = sum.ReplaceAllString(text, fmt.Sprintf(`  "sha256": "%x"`, sha256.Sum256([]byte(bare))))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// faults CODE COMMANDS OUT: each line of COMMANDS is the arguments of a lazymerge that ends with CODE and prints no
// result. OUT gets the lines, each with what was said, tidied, below.
func cmdFaults(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: faults CODE COMMANDS OUT")
	}
	var said strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if err := ts.Exec("lazymerge", strings.Fields(line)...); err == nil {
			ts.Fatalf("lazymerge %s has succeeded", line)
		}
		if code := ts.ReadFile(ts.Getenv("SCRIPT_CODE")); code != args[0] {
			ts.Fatalf("lazymerge %s has ended with %s, want %s", line, code, args[0])
		}
		if out := ts.ReadFile("stdout"); out != "" {
			ts.Fatalf("lazymerge %s has printed %q", line, out)
		}
		said.WriteString("$ lazymerge " + line + tidied(ts, ts.ReadFile("stderr")) + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(said.String()), 0o666))
}

// jsonfaults COMMANDS OUT: each line of COMMANDS is the arguments of a lazymerge that is refused and prints that as JSON.
// OUT gets the lines, each with the exit code and the codes and messages of its faults below.
func cmdJSONFaults(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: jsonfaults COMMANDS OUT")
	}
	var said strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if err := ts.Exec("lazymerge", strings.Fields(line)...); err == nil {
			ts.Fatalf("lazymerge %s has succeeded", line)
		}
		fmt.Fprintf(&said, "$ lazymerge %s%s\n", line, ts.ReadFile(ts.Getenv("SCRIPT_CODE")))
		refusal := gjson.Parse(validJSON(ts, "stdout"))
		if keys := strings.Join(keysOf(refusal, ""), " "); !strings.HasPrefix(keys, "faults faults.#.code ") || !refusal.Get("warnings").IsArray() {
			ts.Fatalf("lazymerge %s has printed %s", line, refusal.Raw)
		}
		for _, f := range refusal.Get("faults").Array() {
			fmt.Fprintf(&said, "%s: %s\n", f.Get("code"), tidied(ts, f.Get("message").String()))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(said.String()), 0o666))
}

// hubaddress: waits until a lazymerge has printed an address as its first line, and puts it into $SERVED.
func cmdHubAddress(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hubaddress")
	}
	for range 1000 {
		said, _ := os.ReadFile(ts.Getenv("SCRIPT_SAID"))
		if line, _, ok := strings.Cut(string(said), "\n"); ok {
			ts.Setenv("SERVED", line)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("no address in ten seconds")
}
