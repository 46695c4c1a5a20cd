package localhub

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
)

// The pages are for a person with a browser. They show what the API tells the same visitor, and
// change nothing.

// siteName is what the pages call this server, and previewName what they call it where it is for a preview.
const (
	siteName    = "Local Hub"
	previewName = "Preview"
)

// show answers with a page. Its title are the parts, the narrowest first, and the name of the server.
func (c *call) show(status int, body page.Body, title ...string) error {
	frame := page.Frame{Name: siteName, Login: len(c.logins) > 0, About: "read only", Body: body}
	if c.options.Preview {
		frame.Name, frame.About = previewName, "not published"
	}
	title = slices.DeleteFunc(title, func(part string) bool { return part == "" })
	frame.Title = strings.Join(append(title, frame.Name), " · ")
	if c.login != nil {
		frame.Viewer = c.login.name
	}
	var b bytes.Buffer
	if err := frame.Write(&b); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept, Authorization")
	h.Set("Content-Security-Policy", page.Policy(c.pictureOrigin()))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.send(status, b.Bytes())
	return nil
}

// send answers with a body that a browser must take for what its header says.
func (c *call) send(status int, body []byte) {
	h := c.w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Length", fmt.Sprint(len(body)))
	c.w.WriteHeader(status)
	c.w.Write(body)
}

// pictureOrigin is where pictures that LFS keeps are redirected to; "" where that is here.
func (c *call) pictureOrigin() string {
	if o := c.storageOrigin(); o != c.origin() {
		return o
	}
	return ""
}

// forPeople tells whether a request may be a browser's on its way to a page: it reads, and not
// from the API.
func forPeople(r *http.Request) bool {
	path := r.URL.Path
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		!strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/oauth/")
}

// challenge makes a browser ask for a name and a password, which is a token.
var challenge = http.Header{"Www-Authenticate": {`Basic realm="` + siteName + `: any name, and a token as the password", charset="UTF-8"`}}

// showProblem is fail for a browser.
func (c *call) showProblem(e *refusal) error {
	p := page.Problem{Status: e.status, Title: http.StatusText(e.status), Message: e.message}
	canLogin := c.login == nil && len(c.logins) > 0
	switch {
	case e.code == codeRepoNotFound && c.login == nil:
		p.Title, p.Message = "Repo not found", "There is no repo of this name, or it is private."
		if p.Login = canLogin; canLogin {
			p.Message += " Log in to see private repos."
		}
	case e.code == codeRepoNotFound:
		p.Title, p.Message = "Repo not found", "There is no repo of this name, or it is private to somebody else."
	case e.code == codeGatedRepo:
		p.Title, p.Login = "Access is restricted", canLogin
	case e.code == codeRevisionNotFound:
		p.Title = "No such revision"
	case e.code == codeEntryNotFound:
		p.Title = "No such file"
	case e.status == http.StatusUnauthorized:
		p.Title, p.Message = "Not logged in", "Give any name, and as the password a token that this Hub was started with."
		p.Login = canLogin
	case e.status == http.StatusInternalServerError:
		p.Message = "The fault is in the log of the local Hub."
	}
	if c.repo != nil && c.repo.current().check(c.login, readInfo) == nil {
		p.Repo = page.Link{Text: c.repo.id().String(), Path: "/" + c.repo.id().String()}
	}
	return c.show(e.status, p, p.Title, p.Repo.Text)
}

func showStyle(c *call) error {
	c.w.Header().Set("Content-Type", "text/css; charset=utf-8")
	c.w.Header().Set("Cache-Control", "no-cache")
	c.send(http.StatusOK, page.Style)
	return nil
}

func showMark(c *call) error {
	c.w.Header().Set("Content-Type", "image/svg+xml")
	c.w.Header().Set("Cache-Control", "max-age=86400")
	c.send(http.StatusOK, page.Mark)
	return nil
}
