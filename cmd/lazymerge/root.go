package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A process is what a command takes from its surroundings, so that two runs in one test do not meet.
type process struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

func system() process {
	return process{os.Stdin, quietPipe{os.Stdout}, os.Stderr, os.Getenv}
}

// run executes one command line and returns the exit code. Only it prints an error.
func run(ctx context.Context, args []string, p process) int {
	out := &watched{Writer: p.stdout}
	app := &app{process: p, screen: p.stdout}
	if pipe, ok := p.stdout.(quietPipe); ok {
		app.screen = pipe.Writer
	}
	app.stdout = out
	root := newRootCommand(app)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if app.ui == nil {
		app.talk()
	}
	defer app.ui.Close()
	if out.err != nil && (err == nil || errors.Is(err, out.err)) {
		err = noOutput(app.done, out.err)
	}
	if err == nil {
		return 0
	}
	code := exitCode(ctx, err)
	app.explain(cmd, code, err)
	if !out.written && asksJSON(cmd, args) { // the result's place is free
		_ = printJSON(out, report.Of(err)) // out remembers
	}
	if out.err != nil && !errors.Is(err, fault.Output) {
		app.ui.Error(noOutput(app.done, out.err))
	}
	return code
}

// app is one run of the program.
type app struct {
	process
	screen   io.Writer // what stdout leads to, for its size and colors
	quiet    bool
	token    string
	endpoint string
	ui       *ui.UI

	done    string        // what the command has done before it prints its result, as a clause; "" for nothing that stays
	clients []*hub.Client // of the Hubs that a merge is read from and published to; none for a command that plans no merge

	// Of the Action, which runs a push in this process.
	caller     say.Caller
	tokenNames map[string]string // where a token comes from, by the variable it is found in
	lookOnly   bool              // a dry run cannot make the token of its target
}

// talk makes the UI of the run.
func (a *app) talk() { a.ui = ui.New(ui.Detect(a.stderr, a.getenv, a.quiet)) }

func newRootCommand(a *app) *cobra.Command {
	return rootCommand(a,
		newPushCommand(a, runPush), newMergeCommand(a), newPlanCommand(a), newValidateCommand(a), newCardCommand(a), newVerifyCommand(a),
		newMethodsCommand(a), newHubCommand(a), newDemoCommand(a), newVersionCommand(a), newActionCommand(a),
	)
}

// rootCommand makes the program of some commands.
func rootCommand(a *app, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lazymerge",
		Short: "Merge language models and publish the result to the Hugging Face Hub",
		Long: `lazymerge merges language models from a mergekit config and publishes the result to the
Hugging Face Hub. It reads only the bytes it needs, never holds a model, and tells everything
that is wrong before the first gigabyte moves.`,
		Example: `  # See what a merge would do
  lazymerge plan merge.yaml

  # Publish it
  lazymerge push merge.yaml --repo you/name`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.talk()
			return emptyFlags(cmd.Flags())
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args: cobra.NoArgs,
	}
	cmd.SetIn(a.stdin)
	cmd.SetOut(a.stdout)
	cmd.SetErr(a.stderr)
	cmd.SetVersionTemplate("lazymerge {{.Version}}\n")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 { // whose flag it is, is not known
			return usage(unknownCommand(cmd, cmd.Flags().Arg(0)))
		}
		return usage(flagFault(err))
	})
	f := cmd.PersistentFlags()
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print only warnings, faults and the result")
	f.StringVar(&a.token, "token", "", "`TOKEN` of the Hub; better set HF_TOKEN or log in with hf auth login")
	f.StringVar(&a.endpoint, "endpoint", "", "`URL` of the Hub (default HF_ENDPOINT, else "+hub.DefaultEndpoint+")")
	cmd.AddCommand(commands...)
	addCompletions(cmd)
	addOwnOfCobra(cmd)
	wrapArgs(cmd)
	fitHelp(a, cmd)
	return cmd
}

// fitHelp fits help texts to the terminal that shows them.
func fitHelp(a *app, root *cobra.Command) {
	usual := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		var text strings.Builder
		cmd.SetOut(&text)
		usual(cmd, args)
		cmd.SetOut(a.stdout)
		_, _ = io.WriteString(a.stdout, ui.Help(text.String(), ui.Detect(a.screen, a.getenv, false).Width)) // stdout is watched
	})
}

// addOwnOfCobra adds the commands help and completion, which are cobra's. By themselves they answer what they do not
// know with a help text, as if all were well.
func addOwnOfCobra(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			show := cmd.Run
			cmd.RunE = func(help *cobra.Command, args []string) error {
				about, rest, err := root.Find(args)
				if err != nil {
					return usage(err)
				}
				if len(rest) > 0 {
					return usage(unknownCommand(about, rest[0]))
				}
				show(help, args)
				return nil
			}
		case "completion":
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// wrapArgs makes a wrong number of arguments a usage error that shows the right one, and an unknown command one
// that names the one that is meant.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			switch {
			case check(cmd, args) == nil:
				return emptyArgs(cmd, args)
			case cmd.HasSubCommands():
				return usage(unknownCommand(cmd, args[0]))
			}
			return usage(fmt.Errorf("got %s; write %s", say.N(len(args), "argument"), strings.TrimSuffix(cmd.UseLine(), " [flags]")))
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// emptyArgs refuses an argument that is empty, which an unset variable of a shell leaves.
func emptyArgs(cmd *cobra.Command, args []string) error {
	for i, arg := range args {
		if arg == "" {
			return usage(fmt.Errorf("argument %d is empty; write %s", i+1, strings.TrimSuffix(cmd.UseLine(), " [flags]")))
		}
	}
	return nil
}

// emptyFlags refuses flags that were given and are empty, each by its name: whoever wrote one did not mean its default. A
// commit message may be empty.
func emptyFlags(f *pflag.FlagSet) error {
	var errs []error
	f.Visit(func(flag *pflag.Flag) {
		if flag.Value.Type() == "string" && flag.Value.String() == "" && flag.Name != "commit-message" {
			errs = append(errs, fmt.Errorf("--%s is empty; leave it out, or give it a value", flag.Name))
		}
	})
	if len(errs) == 0 {
		return nil
	}
	return usage(errors.Join(errs...))
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if near := recipe.Nearest(name, names); near != "" {
		return fmt.Errorf("%s has no command %q; did you mean %s?", cmd.CommandPath(), name, near)
	}
	return fmt.Errorf("%s has no command %q", cmd.CommandPath(), name)
}

// flagFault takes the name of a function of Go out of what the flag package says of a number or a truth value.
func flagFault(err error) error {
	if before, function, ok := strings.Cut(err.Error(), ": strconv."); ok {
		if strings.HasPrefix(function, "ParseBool:") {
			return fmt.Errorf("%s: write true or false", before)
		}
		return fmt.Errorf("%s: write a whole number such as 1", before)
	}
	return err
}

func usage(err error) error { return fault.Of(fault.Usage, err) }
