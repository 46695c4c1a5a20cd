package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/card"
)

// What the guide says of combinations of licenses is what comes out.
func TestGuideOfLicenses(t *testing.T) {
	text, err := os.ReadFile("docs/licenses.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| ([a-z0-9., -]+) \| (.+) \|$`).FindAllStringSubmatch(string(text), -1)
	checked := 0
	for _, row := range rows {
		if row[1] == "the sources state" {
			continue
		}
		var models []card.Model
		for i, id := range strings.Split(row[1], ", ") {
			models = append(models, card.Model{Repo: fmt.Sprintf("a/%d", i+1), License: id})
		}
		if got := card.License(models).Sentence(); got != row[2] {
			t.Errorf("%s gives\n%s, and the guide says\n%s", row[1], got, row[2])
		}
		checked++
	}
	if checked < 10 {
		t.Errorf("the guide has %d combinations in a form that this test reads", checked)
	}
}
