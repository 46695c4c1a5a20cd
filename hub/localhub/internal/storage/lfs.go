package storage

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

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
	c.W.Header().Set("Content-Type", web.LFSJSON)
	switch strings.Join(c.Rest, "/") {
	case "lfs/objects/batch":
		return c.lfsBatch()
	case "lfs/objects/verify":
		return c.lfsVerify()
	}
	return refusal.NotFound()
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
	if err := c.Decode(&body); err != nil {
		return err
	}
	want := map[string]account.Access{"upload": account.Change, "download": account.ReadFiles}
	need, ok := want[body.Operation]
	if !ok {
		return refusal.BadRequest("operation %.40q is neither upload nor download", body.Operation)
	}
	if body.Operation == "upload" && (body.Ref == nil || strings.HasPrefix(body.Ref.Name, store.PullPrefix)) {
		need = account.Propose // who names no branch may be about to open a pull request
	}
	if err := c.Login.Check(c.Repo.Current(), need); err != nil {
		return err
	}
	// The JavaScript client writes sha_256.
	if !slices.Contains([]string{"", "sha256", "sha_256"}, body.HashAlgo) {
		return refusal.New(http.StatusConflict, "hash_algo %.40q is not sha256", body.HashAlgo)
	}
	if len(body.Transfers) > 0 && !slices.Contains(body.Transfers, "basic") {
		return refusal.BadRequest("none of the transfers %q is basic", body.Transfers)
	}
	inParts := slices.Contains(body.Transfers, "multipart")
	if len(body.Objects) > web.MaxBatch {
		return refusal.New(http.StatusRequestEntityTooLarge, "%d objects; at most %d are allowed", len(body.Objects), web.MaxBatch)
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
	return c.JSON(map[string]any{"transfer": transfer, "objects": objects, "hash_algo": "sha256"})
}

// lfsObject answers for one object; inParts is whether the client can send it in parts. In one
// answer some objects may come in parts and others not: clients look at each object's header.
func (c *call) lfsObject(operation string, asked lfsObject, inParts bool) (lfsObject, error) {
	o := lfsObject{OID: asked.OID, Size: asked.Size}
	if !names.IsSHA256(o.OID) || o.Size < 0 {
		o.Error = &lfsError{http.StatusUnprocessableEntity, "the object has no sha256 or no size"}
		return o, nil
	}
	held, ok, err := c.Repo.Object(o.OID)
	switch {
	case err != nil:
		return o, err
	case ok && held.Size() != o.Size:
		o.Error = &lfsError{http.StatusUnprocessableEntity, "the object is here with another size"}
	case operation == "download" && !ok:
		o.Error = &lfsError{http.StatusNotFound, "the object is not here"}
	case operation == "download":
		o.Actions = map[string]lfsAction{"download": {c.Signer.Object(c.StorageOrigin(), http.MethodGet, c.Repo.Key, o.OID, nil), map[string]string{}}}
	case !ok && o.Size > c.MultipartAbove && !inParts:
		o.Error = &lfsError{http.StatusUnprocessableEntity,
			fmt.Sprintf("an object of more than %d bytes is sent in parts; offer the transfer multipart", c.MultipartAbove)}
	case !ok:
		upload := lfsAction{c.Signer.Object(c.StorageOrigin(), http.MethodPut, c.Repo.Key, o.OID, url.Values{"size": {strconv.FormatInt(o.Size, 10)}}), map[string]string{}}
		if o.Size > c.MultipartAbove {
			if upload, err = c.startParts(o.OID, o.Size); err != nil {
				return o, err
			}
		}
		verify := c.Page(c.Repo.ID()) + ".git/info/lfs/objects/verify"
		o.Actions = map[string]lfsAction{"upload": upload, "verify": {verify, map[string]string{}}}
	}
	return o, nil
}

// lfsVerify confirms that an upload has arrived as it should.
func (c *call) lfsVerify() error {
	var body lfsObject
	if err := c.Decode(&body); err != nil {
		return err
	}
	if err := c.Login.Check(c.Repo.Current(), account.Propose); err != nil {
		return err
	}
	if !names.IsSHA256(body.OID) {
		return refusal.BadRequest("oid is no sha256")
	}
	held, ok, err := c.Repo.Object(body.OID)
	switch {
	case err != nil:
		return err
	case !ok:
		return refusal.New(http.StatusNotFound, "object %s has not been uploaded", body.OID)
	case held.Size() != body.Size:
		return refusal.New(http.StatusUnprocessableEntity, "object %s has %d bytes, not %d", body.OID, held.Size(), body.Size)
	}
	return c.JSON(struct{}{})
}
