package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
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

// A process is the environment of a run. Tests have several.
type process struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

func system() process {
	return process{os.Stdin, quietPipe{os.Stdout}, os.Stderr, os.Getenv}
}

// run executes one command line and returns the exit code. Nothing else prints an error.
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
	if !out.written && asksJSON(cmd, args) { // no result was printed
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
	screen   io.Writer // stdout itself, for its size and colors
	quiet    bool
	token    string
	endpoint string
	ui       *ui.UI

	done    string        // what the command has done, as a clause, in case its result cannot be printed; "" for nothing
	clients []*hub.Client // for sources and target; none in a command that plans no merge

	// Set by the Action, which runs a push in this process.
	caller     say.Caller
	tokenNames map[string]string // input that set a token, by variable
	lookOnly   bool              // a dry run without a token for its target
}

// talk creates the UI.
func (a *app) talk() { a.ui = ui.New(ui.Detect(a.stderr, a.getenv, a.quiet)) }

func newRootCommand(a *app) *cobra.Command {
	return rootCommand(a,
		newPushCommand(a, runPush), newMergeCommand(a), newPlanCommand(a), newValidateCommand(a), newCardCommand(a), newVerifyCommand(a),
		newMethodsCommand(a), newHubCommand(a), newDemoCommand(a), newVersionCommand(a), newActionCommand(a),
	)
}

// rootCommand returns the root of the given commands.
func rootCommand(a *app, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lazymerge",
		Short: "Merge language models and publish the result to the Hugging Face Hub",
		Long: `lazymerge merges language models from a mergekit config and publishes the result to the
Hugging Face Hub. It reads only the bytes it needs, never holds a whole model, and reports
every problem before the first gigabyte moves.`,
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
		if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 { // the flag belongs to an unknown command
			return usage(unknownCommand(cmd, cmd.Flags().Arg(0)))
		}
		return usage(flagFault(err))
	})
	f := cmd.PersistentFlags()
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print only warnings, faults and the result")
	f.StringVar(&a.token, "token", "", "Hub `TOKEN`; prefer HF_TOKEN or hf auth login")
	f.StringVar(&a.endpoint, "endpoint", "", "Hub `URL` (default HF_ENDPOINT or "+hub.DefaultEndpoint+")")
	cmd.AddCommand(commands...)
	addCompletions(cmd)
	addCobraCommands(cmd)
	wrapArgs(cmd)
	fitHelp(a, cmd)
	return cmd
}

// fitHelp wraps help texts to the width of the terminal.
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

// addCobraCommands adds cobra's help and completion commands, and makes them fail on bad arguments instead of printing help.
func addCobraCommands(root *cobra.Command) {
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

// wrapArgs turns wrong arguments into usage faults that show the usage or suggest the right command.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			use := strings.TrimSuffix(cmd.UseLine(), " [flags]")
			switch empty := slices.Index(args, ""); { // an unset shell variable
			case check(cmd, args) == nil && empty < 0:
				return nil
			case check(cmd, args) == nil:
				return usage(fmt.Errorf("argument %d is empty; usage: %s", empty+1, use))
			case cmd.HasSubCommands():
				return usage(unknownCommand(cmd, args[0]))
			}
			return usage(fmt.Errorf("got %s; usage: %s", say.N(len(args), "argument"), use))
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// emptyFlags refuses flags with an empty value, which is never meant as the default. Only a commit message may be empty.
func emptyFlags(f *pflag.FlagSet) error {
	var errs []error
	f.Visit(func(flag *pflag.Flag) {
		if flag.Value.Type() == "string" && flag.Value.String() == "" && flag.Name != "commit-message" {
			errs = append(errs, fmt.Errorf("--%s is empty; omit it or give it a value", flag.Name))
		}
	})
	return usage(errors.Join(errs...))
}

// unknownCommand suggests the nearest command.
func unknownCommand(cmd *cobra.Command, name string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if near := recipe.Nearest(name, names); near != "" {
		return fmt.Errorf("unknown command %q for %s; did you mean %s?", name, cmd.CommandPath(), near)
	}
	return fmt.Errorf("unknown command %q for %s", name, cmd.CommandPath())
}

// flagFault removes Go function names from pflag's messages about numbers and booleans.
func flagFault(err error) error {
	if before, function, ok := strings.Cut(err.Error(), ": strconv."); ok {
		if strings.HasPrefix(function, "ParseBool:") {
			return fmt.Errorf("%s: must be true or false", before)
		}
		return fmt.Errorf("%s: must be a whole number", before)
	}
	return err
}

// usage makes err a fault in the command line; nil stays nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return fault.Of(fault.Usage, err)
}
