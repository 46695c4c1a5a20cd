package card

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBlocks(t *testing.T) {
	type found struct{ info, content string }
	tests := []struct {
		name, md string
		want     []found
	}{
		{"backticks and tildes", "```yaml\na\n```\n~~~ python\nb\n~~~\n", []found{{"yaml", "a\n"}, {"python", "b\n"}}},
		{"a shorter fence does not close", "````\na\n```\n````\n", []found{{"", "a\n```\n"}}},
		{"a longer fence closes", "```\na\n````\n", []found{{"", "a\n"}}},
		{"another kind does not close", "```\n~~~\n```\n", []found{{"", "~~~\n"}}},
		{"a fence with words does not close", "```\n``` yaml\n```\n", []found{{"", "``` yaml\n"}}},
		{"spaces after the closing fence", "```\na\n``` \t\n", []found{{"", "a\n"}}},
		{"three spaces before", "   ```\na\n  ```\n", []found{{"", "a\n"}}},
		{"four spaces are no fence", "    ```\n```\na\n    ```\n```\n", []found{{"", "a\n    ```\n"}}},
		{"backticks after backticks are code in a line", "``` a`b\n```\nc\n", []found{{"", "c\n"}}},
		{"the end closes", "```\na", []found{{"", "a"}}},
		{"lines end at carriage returns too", "```\ra\r```\rb", []found{{"", "a\r"}}},
		{"two marks are no fence", "``\na\n``\n", nil},
		{"an empty block", "```yaml\n```", []found{{"yaml", ""}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []found
			for b := range blocks(tt.md) {
				got = append(got, found{b.info, tt.md[b.start:b.end]})
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("blocks(%q) = %q, want %q", tt.md, got, tt.want)
			}
		})
	}
}

func TestConfigOfOtherCards(t *testing.T) {
	for name, card := range map[string]string{
		"no block":         "---\na: b\n---\n# a\n",
		"two blocks":       "```yaml\na\n```\n\n```yml\nb\n```\n",
		"a python block":   "```python\na\n```\n",
		"yaml in the text": "```yamlish\na\n```\n",
	} {
		if got, err := Config([]byte(card)); !errors.Is(err, ErrNoConfig) {
			t.Errorf("%s: Config = %q, %v; want ErrNoConfig", name, got, err)
		}
	}
	if _, err := Config([]byte("---\n- a\n---\n```yaml\na\n```\n")); !errors.Is(err, ErrFrontMatter) {
		t.Errorf("Config = %v, want ErrFrontMatter", err)
	}
	// A card of another tool, whose config has its newline.
	got, err := Config([]byte("# a\n```YAML title\na: b\n```\n"))
	if err != nil || string(got) != "a: b\n" {
		t.Errorf("Config = %q, %v", got, err)
	}
}

var anyLine = regexp.MustCompile(`[^\r\n]*(\r\n|\n|\r|$)`)

// readBlocks is a second reading of CommonMark's rules for fences, line by line and without
// indentation, as the other side of the tests below. It returns the contents of the blocks with
// the given info string, and the line that follows the last of them.
func readBlocks(md, info string) (contents []string, next string) {
	const outside = -1
	opened, ours, content := outside, false, ""
	for _, line := range anyLine.FindAllString(md, -1) {
		bare := strings.TrimRight(line, "\r\n")
		ticks := len(bare) - len(strings.TrimLeft(bare, "`"))
		switch {
		case opened == outside && ticks >= 3 && !strings.Contains(bare[ticks:], "`"):
			opened, ours, content = ticks, bare[ticks:] == info, ""
		case opened != outside && ticks >= opened && strings.TrimRight(bare[ticks:], " \t") == "":
			if ours {
				contents, next = append(contents, content), ""
			}
			opened = outside
		case opened != outside:
			content += line
		case len(contents) > 0 && next == "":
			next = bare
		}
	}
	return contents, next
}

func FuzzConfig(f *testing.F) {
	for _, s := range []string{"", "\n", "a: b", "a: b\n", "```", "```\n", "~~~\n````", "a\r\n```\r\n", "a\r", "\r```\rb", "\ufeffa\n", "\x00",
		"---\na: b\n---\n", "<!-- the config has no newline at its end -->", "{{.Title}}\n", "    ```\n\t```\n", "`\n``\n```\n````\n", "a\u2028```\n", noNewline + "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, config string) {
		facts := slerpFacts()
		facts.Config = config
		card, err := Render("", facts)
		if !utf8.ValidString(config) {
			if !errors.Is(err, ErrFacts) {
				t.Fatalf("Render = %v, want ErrFacts for invalid UTF-8", err)
			}
			return
		}
		if err != nil {
			t.Fatalf("Render = %v", err)
		}
		if got, err := Config(card); err != nil || string(got) != config {
			t.Fatalf("Config = %q, %v; want %q", got, err, config)
		}
		contents, next := readBlocks(string(card), "yaml")
		if len(contents) != 1 {
			t.Fatalf("the card has %d yaml blocks", len(contents))
		}
		if next == "<!-- the config has no newline at its end -->" {
			contents[0] = strings.TrimSuffix(contents[0], "\n")
		}
		if contents[0] != config {
			t.Fatalf("the yaml block holds %q, want %q", contents[0], config)
		}
		if rest := strings.Replace(string(card), config, "", 1); config != "" && strings.Contains(rest, "\r") {
			t.Fatalf("a carriage return outside the config: %q", rest)
		}
		if !strings.HasSuffix(string(card), "</sub>\n") {
			t.Fatalf("the card does not end in its footer and one newline")
		}
	})
}
