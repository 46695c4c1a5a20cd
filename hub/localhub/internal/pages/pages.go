package pages

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// previewName is what the pages call this server where it is for a preview.
const previewName = "Preview"

// show answers with a page. Its title are the parts, the narrowest first, and the name of the server.
func (c *call) show(status int, body page.Body, title ...string) error {
	frame := page.Frame{Name: web.SiteName, Login: c.Accounts.Any(), About: "read only", Body: body}
	if c.Preview {
		frame.Name, frame.About = previewName, "not published"
	}
	title = slices.DeleteFunc(title, func(part string) bool { return part == "" })
	frame.Title = strings.Join(append(title, frame.Name), " · ")
	if c.Login != nil {
		frame.Viewer = c.Login.Name
	}
	var b bytes.Buffer
	if err := frame.Write(&b); err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept, Authorization")
	h.Set("Content-Security-Policy", page.Policy(c.pictureOrigin()))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Send(status, b.Bytes())
	return nil
}

// pictureOrigin is where pictures that LFS keeps are redirected to; "" where that is here.
func (c *call) pictureOrigin() string {
	if o := c.StorageOrigin(); o != c.Origin() {
		return o
	}
	return ""
}

// showProblem is fail for a browser.
func (c *call) showProblem(e *refusal.Refusal) error {
	p := page.Problem{Status: e.Status, Title: http.StatusText(e.Status), Message: e.Message}
	canLogin := c.Login == nil && c.Accounts.Any()
	switch {
	case e.Code == refusal.CodeRepoNotFound && c.Login == nil:
		p.Title, p.Message = "Repo not found", "There is no repo of this name, or it is private."
		if p.Login = canLogin; canLogin {
			p.Message += " Log in to see private repos."
		}
	case e.Code == refusal.CodeRepoNotFound:
		p.Title, p.Message = "Repo not found", "There is no repo of this name, or it is private to somebody else."
	case e.Code == refusal.CodeGatedRepo:
		p.Title, p.Login = "Access is restricted", canLogin
	case e.Code == refusal.CodeRevisionNotFound:
		p.Title = "No such revision"
	case e.Code == refusal.CodeEntryNotFound:
		p.Title = "No such file"
	case e.Status == http.StatusUnauthorized:
		p.Title, p.Message = "Not logged in", "Give any name, and as the password a token that this Hub was started with."
		p.Login = canLogin
	case e.Status == http.StatusInternalServerError:
		p.Message = "The fault is in the log of the local Hub."
	}
	if c.Repo != nil && c.Login.Check(c.Repo.Current(), account.ReadInfo) == nil {
		p.Repo = page.Link{Text: c.Repo.ID().String(), Path: "/" + c.Repo.ID().String()}
	}
	return c.show(e.Status, p, p.Title, p.Repo.Text)
}

func showStyle(c *call) error {
	c.W.Header().Set("Content-Type", "text/css; charset=utf-8")
	c.W.Header().Set("Cache-Control", "no-cache")
	c.Send(http.StatusOK, page.Style)
	return nil
}

func showMark(c *call) error {
	c.W.Header().Set("Content-Type", "image/svg+xml")
	c.W.Header().Set("Cache-Control", "max-age=86400")
	c.Send(http.StatusOK, page.Mark)
	return nil
}
