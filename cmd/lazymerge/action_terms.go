package main

import (
	"regexp"
	"strings"
)

// inputFlags are the flags of push that have an input of their own, of the same name.
var inputFlags = []string{"repo", "revision", "create-pr", "private", "commit-message", "dry-run", "token", "target-token"}

// inputFlag matches one of them in a text.
var inputFlag = regexp.MustCompile(`--(` + strings.Join(inputFlags, "|") + `)([^-\w]|$)`)

// writeFlag matches the advice to write one of them, before its value.
var writeFlag = regexp.MustCompile(`write --(` + strings.Join(inputFlags, "|") + `) `)

// actionWords are what a person at a terminal is told, and what that is in a workflow.
var actionWords = strings.NewReplacer(
	"set HF_TOKEN or log in with hf auth login", "give the input token",
	"which keeps HF_TOKEN and hf auth login from being used, or give a token with input token", "which keeps the input token from being used",
	"give a token with HF_TOKEN instead", "give the input token instead",
	"give the new one as HF_TOKEN", "give the new one as the input token",
	"name the repo in "+targetOIDCVariable+", or set "+targetTokenVariable, "say oidc: true, or give the input target-token",
	"run the same command again", "run the job again",
	"run the command again", "run the job again",
	"which the same command goes on with", "which the next run of the job goes on with",
)

// inTerms is a text of push in the terms of the Action.
func inTerms(text string) string {
	text = writeFlag.ReplaceAllString(text, "write the input $1: ")
	return actionWords.Replace(inputFlag.ReplaceAllString(text, "input $1$2"))
}

// tokenNames say where a token comes from, by the variable that push finds it in.
func (in *inputs) tokenNames() map[string]string {
	names := map[string]string{}
	if in.token != "" {
		names["HF_TOKEN"] = "the input token"
	}
	if in.targetToken != "" {
		names[targetTokenVariable] = "the input target-token"
	}
	return names
}
