package localhub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

const (
	idTokenPath = ".actions/id-token" // no namespace starts with a dot
	idTokenLife = 5 * time.Minute
)

// A Job is what GitHub Actions tells a job that may ask for id tokens.
type Job struct {
	RequestURL   string // ACTIONS_ID_TOKEN_REQUEST_URL
	RequestToken string // ACTIONS_ID_TOKEN_REQUEST_TOKEN
}

// NewJob makes a CI job with a subject. Its id tokens come from this server, after Start.
func (s *Server) NewJob(subject string) Job {
	token := "job-" + newKey()
	s.issued.mu.Lock()
	defer s.issued.mu.Unlock()
	if s.issued.jobs == nil {
		s.issued.jobs = make(map[[sha256.Size]byte]string)
	}
	s.issued.jobs[sha256.Sum256([]byte(token))] = subject
	return Job{RequestURL: s.url + "/" + idTokenPath + "?api-version=2.0", RequestToken: token}
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
func (s *Server) IDToken(subject, audience string) string {
	now := s.now()
	encode := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and numbers
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	signed := encode(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." +
		encode(claims{subject, audience, now.Unix(), now.Add(idTokenLife).Unix()})
	return signed + "." + base64.RawURLEncoding.EncodeToString(s.signIDToken(signed))
}

func (s *Server) signIDToken(signed string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(signed))
	return h.Sum(nil)
}

// readIDToken returns the claims of an id token of ours; ok is false for any other, and for one that has ended.
func (s *Server) readIDToken(token string) (c claims, ok bool) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return c, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	if err != nil || !hmac.Equal(signature, s.signIDToken(token[:at])) {
		return c, false
	}
	_, payload, _ := strings.Cut(token[:at], ".")
	body, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(body, &c) != nil {
		return c, false
	}
	return c, s.now().Unix() < c.Expires
}

// giveIDToken answers a job as GitHub does.
func giveIDToken(c *call) error {
	secret, _ := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	c.issued.mu.Lock()
	subject, ok := c.issued.jobs[sha256.Sum256([]byte(secret))]
	c.issued.mu.Unlock()
	if !ok {
		return refuse(http.StatusForbidden, "this job may not ask for id tokens")
	}
	return c.json(map[string]any{"count": 1, "value": c.IDToken(subject, c.r.URL.Query().Get("audience"))})
}
