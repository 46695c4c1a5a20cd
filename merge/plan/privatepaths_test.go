package plan

import "testing"

func TestWithoutPaths(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"where it was saved", `{"eos_token": "</s>", "name_or_path": "/home/bob/m", "tokenizer_class": "T"}`, `{"eos_token": "</s>", "tokenizer_class": "T"}`},
		{"where its files were, at the end", "{\n  \"a\": 1,\n  \"special_tokens_map_file\": \"C:\\\\models\\\\x.json\",\n  \"tokenizer_file\": \"/tmp/t.json\"\n}\n", "{\n  \"a\": 1\n}\n"},
		{"nothing but a path", `{"_name_or_path": "~/m"}`, `{}`},
		{"a relative path", `{"name_or_path": "./m", "b": 1}`, `{"b": 1}`},
		{"an id", `{"name_or_path": "alice/m"}`, ""},
		{"the name of a file", `{"vocab_file": "vocab.txt", "spm_file": null}`, ""},
		{"an address", `{"name_or_path": "https://hub.test/a"}`, ""},
		{"a template that looks like a path", `{"chat_template": "/INST/ you are"}`, ""},
		{"a list", `["/home/bob/m"]`, ""},
		{"no JSON", `{`, ""},
	} {
		if got := withoutPaths([]byte(tt.in)); string(got) != tt.want {
			t.Errorf("%s: withoutPaths(%s) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}
