package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

const idTokenLife = 5 * time.Minute

// NewJob returns the token with which a CI job with a subject asks for id tokens.
func (a *Accounts) NewJob(subject string) string {
	token := "job-" + names.NewKey()
	a.issued.mu.Lock()
	defer a.issued.mu.Unlock()
	a.issued.jobs[sha256.Sum256([]byte(token))] = subject
	return token
}

// Job returns the subject of the CI job that has a token; ok is false where none has.
func (a *Accounts) Job(token string) (subject string, ok bool) {
	a.issued.mu.Lock()
	defer a.issued.mu.Unlock()
	subject, ok = a.issued.jobs[sha256.Sum256([]byte(token))]
	return subject, ok
}

// claims are those of an id token that matter here.
type claims struct {
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// IDToken makes the id token of a CI job: a signed JWT that is good for five minutes. audience is the
// endpoint of the Hub that it is to be shown to.
func (a *Accounts) IDToken(subject, audience string) string {
	now := a.Now()
	encode := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and numbers
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	signed := encode(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." +
		encode(claims{subject, audience, now.Unix(), now.Add(idTokenLife).Unix()})
	return signed + "." + base64.RawURLEncoding.EncodeToString(a.signIDToken(signed))
}

func (a *Accounts) signIDToken(signed string) []byte {
	h := hmac.New(sha256.New, a.key)
	h.Write([]byte(signed))
	return h.Sum(nil)
}

// readIDToken returns the claims of an id token of ours; ok is false for any other, and for one that has ended.
func (a *Accounts) readIDToken(token string) (c claims, ok bool) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return c, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	if err != nil || !hmac.Equal(signature, a.signIDToken(token[:at])) {
		return c, false
	}
	_, payload, _ := strings.Cut(token[:at], ".")
	body, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(body, &c) != nil {
		return c, false
	}
	return c, a.Now().Unix() < c.Expires
}
