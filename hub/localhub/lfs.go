package localhub

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// lfsJSON is the media type of the git-lfs batch API. Its specification is in the docs/api
// folder of git-lfs.
const lfsJSON = "application/vnd.git-lfs+json"

// fromGitLFS tells whether a request is of the API of git-lfs and says so by a media type that no
// page can give a request for another origin.
func fromGitLFS(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == lfsJSON && isLFSPath(r.URL.Path)
}

func isLFSPath(path string) bool { return strings.Contains(path, ".git/info/lfs/") }

// lfsChallenge makes git-lfs ask for a name and a password.
const lfsChallenge = `Basic realm="` + siteName + `: any name, and a token as the password"`

type lfsObject struct {
	OID     string               `json:"oid"`
	Size    int64                `json:"size"`
	Actions map[string]lfsAction `json:"actions,omitempty"` // absent where there is nothing to do
	Error   *lfsError            `json:"error,omitempty"`
}

type lfsAction struct {
	Href   string            `json:"href"`
	Header map[string]string `json:"header"`
}

type lfsError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// lfsObjects answers the paths below {id}.git/info/lfs/objects/.
func lfsObjects(c *call) error {
	c.w.Header().Set("Content-Type", lfsJSON)
	switch strings.Join(c.rest, "/") {
	case "lfs/objects/batch":
		return c.lfsBatch()
	case "lfs/objects/verify":
		return c.lfsVerify()
	}
	return notFound()
}

// lfsBatch tells for each object whether it is here already, else where to send it or, for a
// download, where to get it.
func (c *call) lfsBatch() error {
	var body struct {
		Operation string      `json:"operation"`
		Transfers []string    `json:"transfers"`
		HashAlgo  string      `json:"hash_algo"`
		Objects   []lfsObject `json:"objects"`
		Ref       *struct {
			Name string `json:"name"`
		} `json:"ref"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	want := map[string]access{"upload": write, "download": readFiles}
	need, ok := want[body.Operation]
	if !ok {
		return badRequest("operation %.40q is neither upload nor download", body.Operation)
	}
	if body.Operation == "upload" && (body.Ref == nil || strings.HasPrefix(body.Ref.Name, pullPrefix)) {
		need = propose // who names no branch may be about to open a pull request
	}
	if err := c.repo.current().check(c.login, need); err != nil {
		return err
	}
	// The JavaScript client writes sha_256.
	if !slices.Contains([]string{"", "sha256", "sha_256"}, body.HashAlgo) {
		return refuse(http.StatusConflict, "hash_algo %.40q is not sha256", body.HashAlgo)
	}
	if len(body.Transfers) > 0 && !slices.Contains(body.Transfers, "basic") {
		return badRequest("none of the transfers %q is basic", body.Transfers)
	}
	inParts := slices.Contains(body.Transfers, "multipart")
	if len(body.Objects) > maxBatch {
		return refuse(http.StatusRequestEntityTooLarge, "%d objects; at most %d are allowed", len(body.Objects), maxBatch)
	}
	objects := []lfsObject{}
	transfer := "basic"
	for _, asked := range body.Objects {
		o, err := c.lfsObject(body.Operation, asked, inParts)
		if err != nil {
			return err
		}
		if o.Actions["upload"].Header[chunkSizeKey] != "" {
			transfer = "multipart"
		}
		objects = append(objects, o)
	}
	return c.json(map[string]any{"transfer": transfer, "objects": objects, "hash_algo": "sha256"})
}

// lfsObject answers for one object; inParts is whether the client can send it in parts. In one
// answer some objects may come in parts and others not: clients look at each object's header.
func (c *call) lfsObject(operation string, asked lfsObject, inParts bool) (lfsObject, error) {
	o := lfsObject{OID: asked.OID, Size: asked.Size}
	if !isSHA256(o.OID) || o.Size < 0 {
		o.Error = &lfsError{http.StatusUnprocessableEntity, "the object has no sha256 or no size"}
		return o, nil
	}
	held, ok, err := c.repo.object(o.OID)
	switch {
	case err != nil:
		return o, err
	case ok && held.Size() != o.Size:
		o.Error = &lfsError{http.StatusUnprocessableEntity, "the object is here with another size"}
	case operation == "download" && !ok:
		o.Error = &lfsError{http.StatusNotFound, "the object is not here"}
	case operation == "download":
		o.Actions = map[string]lfsAction{"download": {c.signed(http.MethodGet, o.OID, nil), map[string]string{}}}
	case !ok && o.Size > c.options.MultipartAbove && !inParts:
		o.Error = &lfsError{http.StatusUnprocessableEntity,
			fmt.Sprintf("an object of more than %d bytes is sent in parts; offer the transfer multipart", c.options.MultipartAbove)}
	case !ok:
		upload := lfsAction{c.signed(http.MethodPut, o.OID, url.Values{"size": {formatSize(o.Size)}}), map[string]string{}}
		if o.Size > c.options.MultipartAbove {
			if upload, err = c.startParts(o.OID, o.Size); err != nil {
				return o, err
			}
		}
		verify := c.page(c.repo.id()) + ".git/info/lfs/objects/verify"
		o.Actions = map[string]lfsAction{"upload": upload, "verify": {verify, map[string]string{}}}
	}
	return o, nil
}

// lfsVerify confirms that an upload has arrived as it should.
func (c *call) lfsVerify() error {
	var body lfsObject
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := c.repo.current().check(c.login, propose); err != nil {
		return err
	}
	if !isSHA256(body.OID) {
		return badRequest("oid is no sha256")
	}
	held, ok, err := c.repo.object(body.OID)
	switch {
	case err != nil:
		return err
	case !ok:
		return refuse(http.StatusNotFound, "object %s has not been uploaded", body.OID)
	case held.Size() != body.Size:
		return refuse(http.StatusUnprocessableEntity, "object %s has %d bytes, not %d", body.OID, held.Size(), body.Size)
	}
	return c.json(struct{}{})
}
