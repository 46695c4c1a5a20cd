package card

import (
	"fmt"
	"slices"
	"strings"
)

// A courtesy is what a license asks of whoever passes on something made from what it covers, beside its own text.
type courtesy struct {
	built  string // words to show in the documentation; "" for none
	name   string // what the name of a model has to begin with; "" for none
	notice string // line of a text file called Notice
}

// courtesies by license.
//
// Sources: the community license agreements of Llama 3, 3.1, 3.2, 3.3 and 4, sections 1.b.i and 1.b.iii; of Llama 2,
// section 1.b.iii; the Gemma Terms of Use, section 3.1.
var courtesies = map[string]courtesy{
	"llama2":   {notice: "Llama 2 is licensed under the LLAMA 2 Community License, Copyright (c) Meta Platforms, Inc. All Rights Reserved."},
	"llama3":   {"Built with Meta Llama 3", "Llama 3", "Meta Llama 3 is licensed under the Meta Llama 3 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved."},
	"llama3.1": llama("3.1"),
	"llama3.2": llama("3.2"),
	"llama3.3": llama("3.3"),
	"llama4":   llama("4"),
	"gemma":    {notice: "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms"},
}

func llama(version string) courtesy {
	return courtesy{"Built with Llama", "Llama",
		"Llama " + version + " is licensed under the Llama " + version + " Community License, Copyright © Meta Platforms, Inc. All Rights Reserved."}
}

// notices returns what the licenses of the sources want the card to say, each once.
func notices(f Facts) []string {
	return asked(f.Models, func(c courtesy) string { return c.built })
}

// NoticesMissing returns what the licenses of models want a card to say and this one does not. Case and spaces do not count.
func NoticesMissing(card []byte, models []Model) []string {
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	_, body, err := FrontMatter(card)
	if err != nil {
		return nil
	}
	said := plain(string(body))
	return slices.DeleteFunc(notices(Facts{Models: models}), func(n string) bool { return strings.Contains(said, plain(n)) })
}

// Notices returns the lines that the licenses of models want in a text file called NOTICE, each once.
func Notices(models []Model) []string {
	return asked(models, func(c courtesy) string { return c.notice })
}

func asked(models []Model, what func(courtesy) string) []string {
	var out []string
	for _, m := range models {
		if s := what(courtesies[m.stated().id]); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// NameAsked returns what the license of one of models wants name to begin with and name does not, and which license
// that is; "" if there is none. Case and marks between words do not count.
func NameAsked(models []Model, name string) (begin, license string) {
	for _, m := range models {
		s := m.stated()
		want := courtesies[s.id].name
		if len(want) > len(begin) && !strings.HasPrefix(letters(name), letters(want)) {
			begin, license = want, s.label()
		}
	}
	return begin, license
}

// letters is s in lower case, letters and digits alone.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// LicenseText is the LICENSE of a merge whose license has no text of its own among those that came with the models: what
// each model is under, and where the text of that is.
func LicenseText(f Facts) ([]byte, error) {
	f, err := f.Prepare()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	t := f.terms()
	fmt.Fprintf(&b, "This model is a merge of %s. ", plural(len(f.Models), "model"))
	switch t.Verdict {
	case Chosen:
		fmt.Fprintf(&b, "Its license, %s, was chosen by its publisher.\nThe models state:\n\n", t.Label())
	case Agreed, Stricter:
		fmt.Fprintf(&b, "Its license is %s,\n%s.\nThe models state:\n\n", t.Label(), t.Reason)
	default:
		fmt.Fprintf(&b, "No one license covers it:\n%s.\nThe terms of all of them hold:\n\n", t.Reason)
	}
	for _, m := range f.Models {
		label := m.stated().label()
		if label == "" {
			label = "no license that is known"
		}
		fmt.Fprintf(&b, "- %s: %s", m.Name(), label)
		switch {
		case m.LicenseFile != "":
			fmt.Fprintf(&b, ", see %s", m.LicenseFile)
		case strings.Contains(m.LicenseLink, "://"):
			fmt.Fprintf(&b, ", see %s", m.LicenseLink)
		case m.URL != "":
			fmt.Fprintf(&b, ", see %s", m.URL)
		}
		b.WriteByte('\n')
	}
	return []byte(b.String()), nil
}
