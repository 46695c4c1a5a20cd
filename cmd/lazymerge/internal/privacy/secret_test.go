package privacy

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Tokens are found where they stand alone, and not in the middle of words; passwords where they may be some.
func TestSecret(t *testing.T) {
	const token = "hf_AbCdEfGhIjKlMnOpQrSt"
	for _, tt := range []struct {
		text string
		at   int    // -1 for none
		what string // it is, or looks like
	}{
		{"", -1, ""},
		{token, 0, "a token"},
		{`{"key": "` + token + `"}`, 9, "a token"},
		{"<!--" + token + "-->", 4, "a token"},
		{"--" + token, 2, "a token"},
		{"x-" + token, -1, ""},
		{"x" + token, -1, ""},
		{"x_-" + token, -1, ""},
		{"Ġ" + token, 2, "a token"},
		{"hf_short then " + token, 14, "a token"},
		{"hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", -1, ""},
		{"sk-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", -1, ""},
		{"sk-proj-" + strings.Repeat("x", 40), -1, ""},
		{"sk-ant-api03-AbCdEfGhIjKlMnOp", 0, "a token"},
		{"ask-AbCdEfGhIjKlMnOpQrStUvWxYz", -1, ""},
		{"ghp_AbCdEfGhIjKlMnOpQrSt and " + token, 0, "a token"},
		{token + " and ghp_AbCdEfGhIjKlMnOpQrSt", 0, "a token"},
		{"glpat-AbCdEfGhIjKlMnOpQrSt", 0, "a token"},
		{"key AKIAABCDEFGHIJKLMNOP.", 4, "a token"},
		{"AKIAABCDEFGHIJKLMNOPQ", -1, ""},
		{"x\n-----BEGIN OPENSSH PRIVATE KEY-----\n", 2, "a private key"},
		{"-----BEGIN PRIVATE KEY-----", 0, "a private key"},
		{"-----BEGIN PUBLIC KEY-----", -1, ""},
		{"https://me:hunter2@host/x", 0, "an address with a password"},
		{"see git+https://me:hunter2@host/x", 8, "an address with a password"},
		{"redis://:hunter2@host", 0, "an address with a password"},
		{`"https:\/\/me:hunter2@host"`, 1, "an address with a password"},
		{"http://a/b http://me:hunter2@host", 11, "an address with a password"},
		{"https://me:" + token + "@host", 11, "a token"},
		{"https://me:pass:word1@host", 0, "an address with a password"},
		{"http://user:password@host http://user:passw0rd@host", 26, "an address with a password"},
		{"http://user:password@host", -1, ""},
		{"http://user:PASS_WORD@host", -1, ""},
		{"http://user:your-token@host", -1, ""},
		{"http://user:xxxxx@host", -1, ""},
		{"http://user:***@host", -1, ""},
		{"http://user:$TOKEN@host", -1, ""},
		{"http://{user}:{token}@host", -1, ""},
		{"http://<user>:<token>@host", -1, ""},
		{"http://user:%s@host", -1, ""},
		{"http://me@host:8080/a@b:c", -1, ""},
		{"http://host:8080/x@y", -1, ""},
		{"http://user:@host", -1, ""},
		{`re.compile(r"https?://[^:]*:[^@]*@")`, -1, ""},
		{"Mail me:hunter2@host", -1, ""},
		{`{"://:ant@x": 1, "http://:ant@": 2}`, -1, ""},
		{"the secret-of-the-site", 4, "a token used by this run"},
		{token + " secret-of-the-site", 24, "a token used by this run"},
		{"other-secret", 0, "a token used by this run"},
	} {
		s := Secrets{Clients: []*hub.Client{{Token: func() string { return "secret-of-the-site\n" }}, {Token: func() string { return "other-secret" }}}}
		got, want := secret{-1, "", false}, secret{tt.at, tt.what, tt.what == "a token used by this run"}
		if found := s.find([]byte(tt.text)); found != nil {
			got = *found
		}
		if got != want {
			t.Errorf("secret(%q) = %+v, want %+v", tt.text, got, want)
		}
		s.Allow = true
		if found := s.find([]byte(tt.text)); (found != nil) != want.sure {
			t.Errorf("secret(%q) = %+v where what looks like one is allowed", tt.text, found)
		}
	}
}

// A token that any text may hold, as people set one where none is needed, is not looked for.
func TestSecretPassesOverAWordForAToken(t *testing.T) {
	for _, token := range []string{"", "x", "dummy", "none"} {
		s := Secrets{Clients: []*hub.Client{{Token: func() string { return token }}, nil}}
		if found := s.find([]byte("x dummy none")); found != nil {
			t.Errorf("with the token %q: %+v", token, found)
		}
	}
}

func TestPosition(t *testing.T) {
	for _, tt := range []struct {
		at   int
		want recipe.Pos
	}{{0, recipe.Pos{Line: 1, Col: 1}}, {3, recipe.Pos{Line: 1, Col: 3}}, {5, recipe.Pos{Line: 2, Col: 1}}, {6, recipe.Pos{Line: 2, Col: 2}}} {
		if got := position([]byte("aéb\ncd"), tt.at); got != tt.want {
			t.Errorf("position(%d) = %v, want %v", tt.at, got, tt.want)
		}
	}
}

// FuzzSecret compares the quick search with patterns that match anywhere.
func FuzzSecret(f *testing.F) {
	anywhere := regexp.MustCompile(`(?:^|[^\w-])-*(` + strings.TrimPrefix(tokens.String(), "^") + `)`)
	for _, seed := range []string{
		"hf_AbCdEfGhIjKlMnOpQrSt", "a-hf_AbCdEfGhIjKlMnOpQrSt -hf_AbCdEfGhIjKlMnOpQrSt", "hf_hf_AbCdEfGhIjKlMnOpQrSt", "sk-sk-AbCdEfGhIjKlMnOpQrStUvWx", "http://a:b@c", `x:\/\/:bcd@`,
		"ghp_AbCdEfGhIjKlMnOpQrSt\xffhf_oauth_AbCdEfGhIjKlMnOpQrSt", "github_pat_AbCdEfGhIjKlMnOpQrSt", "hf_xxxxxxxxxxxxxxxxxxxxx sk-proj-AbCdEfGhIjKlMnOpQrSt", "://:@ ://a:%s@", "é://é:é@",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		at := findToken(text)
		if at >= len(text) || at >= 0 && !tokens.Match(text[at:]) {
			t.Fatalf("findToken(%q) = %d", text, at)
		}
		m := anywhere.FindSubmatchIndex(text)
		if m == nil && at >= 0 {
			t.Fatalf("findToken(%q) = %d, where none stands alone", text, at)
		}
		if m != nil && (at < 0 || at > m[2]) {
			if end := min(m[3], m[2]+maxToken); !sameLetters(text[end-20 : end]) {
				t.Fatalf("findToken(%q) = %d, and there is one at %d", text, at, m[2])
			}
		}
		if at := findPassword(text); at >= len(text) || at >= 0 && (!strings.Contains(string(text[at:]), ":") || !strings.Contains(string(text[at:]), "@")) {
			t.Fatalf("findPassword(%q) = %d", text, at)
		}
		if s := (Secrets{}).find(text); s != nil {
			if p := position(text, s.at); p.Line < 1 || p.Col < 1 {
				t.Fatalf("position(%q, %d) = %v", text, s.at, p)
			}
		}
	})
}

// vocabulary is a tokenizer.json of n tokens with their merges, whose tokens are put together of parts of words and of what keys begin with. None is as long as a key.
func vocabulary(n int) []byte {
	parts := strings.Fields("Ġ hf_ sk- ghp_ gh sk proj ant api_org_ :// http https : - _ pass word token key Trans form er Model For Causal LM A b C d 1 2 xy Z")
	r := rand.New(rand.NewPCG(1, 2))
	vocab := map[string]int{}
	var merges []string
	for len(vocab) < n {
		a, b := "", ""
		for range 1 + r.IntN(2) {
			a += parts[r.IntN(len(parts))]
			b += parts[r.IntN(len(parts))]
		}
		vocab[a+b+fmt.Sprint(r.IntN(10))] = len(vocab)
		merges = append(merges, a+" "+b)
	}
	text, err := json.Marshal(map[string]any{"model": map[string]any{"type": "BPE", "vocab": vocab, "merges": merges}})
	if err != nil {
		panic(err)
	}
	return text
}

// randomBase64 is n random bytes, in the alphabet of enc.
func randomBase64(n int, enc *base64.Encoding) []byte {
	r := rand.NewChaCha8([32]byte{1})
	raw := make([]byte, n)
	_, _ = r.Read(raw)
	return []byte(enc.EncodeToString(raw))
}

// Tokenizers and what is encoded in base64 hold no secrets, however much of them there is.
func TestNoSecretInTokenizers(t *testing.T) {
	for name, text := range map[string][]byte{
		"vocabulary": vocabulary(200_000), "base64": randomBase64(5<<20, base64.StdEncoding), "base64 for addresses": randomBase64(5<<20, base64.URLEncoding),
	} {
		if found := (Secrets{}).find(text); found != nil {
			t.Errorf("%s: %+v in %d bytes: %.60q", name, found, len(text), text[found.at:])
		}
	}
}

// Real tokenizers are in the folder of LAZYMERGE_TOKENIZERS.
func TestNoSecretInRealTokenizers(t *testing.T) {
	root := os.Getenv("LAZYMERGE_TOKENIZERS")
	if root == "" {
		t.Skip("LAZYMERGE_TOKENIZERS names no folder of tokenizers")
	}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if found := (Secrets{}).find(text); found != nil {
			t.Errorf("%s: %+v: %.80q", path, found, text[found.at:])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkSecret(b *testing.B) {
	text := vocabulary(200_000)
	s := Secrets{Clients: []*hub.Client{{Token: func() string { return "hf_AbCdEfGhIjKlMnOpQrSt" }}, nil}}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if s.find(text) != nil {
			b.Fatal("found something")
		}
	}
}

func TestSecretsInAConfig(t *testing.T) {
	const token = "hf_AbCdEfGhIjKlMnOpQrSt"
	for _, tt := range []struct {
		name, text string
		at         recipe.Pos // zero where there is none
	}{
		{"no token", "merge_method: linear\n", recipe.Pos{}},
		{"a name that begins alike", "model: acme/hf_small\n", recipe.Pos{}},
		{"a model's name of several words", "model: acme/hf_mistral_instruct_v2_merged\n", recipe.Pos{}},
		{"the middle of a word", "model: acme/xhf_AbCdEfGhIjKlMnOpQrSt\n", recipe.Pos{}},
		{"in a comment", "a: 1\n# " + token + "\n", recipe.Pos{Line: 2, Col: 3}},
		{"after letters of several bytes", "# clé: " + token, recipe.Pos{Line: 1, Col: 8}},
		{"one that is in use, whatever it looks like", "# secret-of-the-site\n", recipe.Pos{Line: 1, Col: 3}},
		{"the target's", "a: 1 # other-secret\n", recipe.Pos{Line: 1, Col: 8}},
		{"of an app", "# hf_oauth_eyJhbGciOiJIUzI1NiJ9", recipe.Pos{Line: 1, Col: 3}},
		{"of a job", "# hf_jwt_eyJhbGciOiJIUzI1NiJ9", recipe.Pos{Line: 1, Col: 3}},
		{"of an organization", "# api_org_AbCdEfGhIjKlMnOpQrSt", recipe.Pos{Line: 1, Col: 3}},
		{"of another service", "# github_pat_AbCdEfGhIjKlMnOpQrSt", recipe.Pos{Line: 1, Col: 3}},
		{"in an address", "https://me:" + token + "@huggingface.co", recipe.Pos{Line: 1, Col: 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Secrets{Clients: []*hub.Client{{Token: func() string { return "secret-of-the-site" }}, {Token: func() string { return "other-secret" }}}}
			fault := s.InConfig("merge.yaml", []byte(tt.text))
			switch {
			case (fault != nil) != (tt.at != recipe.Pos{}):
				t.Errorf("InConfig = %v", fault)
			case fault != nil && fault.Pos != tt.at:
				t.Errorf("InConfig at %v, want %v", fault.Pos, tt.at)
			}
		})
	}
}
