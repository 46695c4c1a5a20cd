package api

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

const maxTitle = 500 // characters of a commit's summary

// commitLimits bound the body of a commit, in bytes.
type commitLimits struct {
	line    int // one line: base64 of a file well above what is accepted, so that its name can be told
	content int // decoded content of all regular files
}

var standardLimits = commitLimits{line: 96 << 20, content: 256 << 20}

// readChange parses the body of a commit: one JSON object a line, the header first. It reads no
// further than the first fault, which is a *Refusal.
func readChange(body io.Reader, limits commitLimits) (store.Change, error) {
	var ch store.Change
	var header bool
	var content int
	lines := bufio.NewReaderSize(body, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(lines, limits.line)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return store.Change{}, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var item struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(line, &item); err != nil {
			return store.Change{}, refusal.BadRequest("line %d is not JSON: %v", number, err)
		}
		if (item.Key == "header") == header {
			return store.Change{}, refusal.BadRequest("line %d has key %q; the header comes first and once", number, item.Key)
		}
		if !header {
			header = true
			err = readHeader(&ch, item.Value)
		} else {
			var o store.Op
			o, err = readOp(item.Key, item.Value)
			ch.Ops = append(ch.Ops, o)
			content += len(o.Data)
		}
		if err != nil {
			return store.Change{}, refusal.BadRequest("line %d: %v", number, err)
		}
		if content > limits.content {
			return store.Change{}, refusal.New(http.StatusRequestEntityTooLarge,
				"the regular files of this commit have more than %d bytes; send large files through LFS", limits.content)
		}
	}
	if !header {
		return store.Change{}, refusal.BadRequest("the commit has no header")
	}
	return ch, nil
}

// readLine returns one line of at most most bytes. At the end of the body the error is io.EOF.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > most {
			return nil, refusal.New(http.StatusRequestEntityTooLarge, "a line of the commit has more than %d bytes", most)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, refusal.BadRequest("the commit ended early")
		}
		return line, nil
	}
}

func readHeader(ch *store.Change, value []byte) error {
	var v struct {
		Summary      string `json:"summary"`
		Description  string `json:"description"`
		ParentCommit string `json:"parentCommit"`
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	// As in git, the title is the first line of the whole text.
	title, message, _ := strings.Cut(strings.TrimSpace(v.Summary)+"\n\n"+v.Description, "\n")
	ch.Title, ch.Message, ch.Parent = strings.TrimSpace(title), strings.TrimSpace(message), v.ParentCommit
	switch {
	case ch.Title == "":
		return errors.New("the summary is empty")
	case utf8.RuneCountInString(ch.Title) > maxTitle:
		return fmt.Errorf("the summary has more than %d characters", maxTitle)
	case ch.Parent != "" && (len(ch.Parent) < 5 || len(ch.Parent) > 40 || !names.IsHex(ch.Parent)):
		return fmt.Errorf("parentCommit %.60q is not 5 to 40 hexadecimal digits", ch.Parent)
	}
	return nil
}

func readOp(key string, value []byte) (store.Op, error) {
	var v struct {
		Path     string `json:"path"`
		OldPath  string `json:"oldPath"`
		Encoding string `json:"encoding"`
		Content  string `json:"content"`
		Algo     string `json:"algo"`
		OID      string `json:"oid"`
		Size     *int64 `json:"size"`
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return store.Op{}, err
	}
	path := v.Path
	if key == "deletedFile" && strings.HasSuffix(path, "/") { // of a client that has no other word
		key = "deletedFolder"
	}
	if key == "deletedFolder" {
		path = strings.TrimSuffix(path, "/")
	}
	if err := names.CheckPath(path); err != nil {
		return store.Op{}, err
	}
	if v.OldPath != "" {
		return store.Op{}, fmt.Errorf("%q has an oldPath, which is not supported; send its content and delete the old path", path)
	}
	switch key {
	case "file":
		data := []byte(v.Content)
		switch v.Encoding {
		case "base64":
			var err error
			if data, err = base64.StdEncoding.DecodeString(v.Content); err != nil {
				return store.Op{}, fmt.Errorf("content of %q: %w", path, err)
			}
		case "utf-8":
		default:
			return store.Op{}, fmt.Errorf("encoding %.40q of %q is neither base64 nor utf-8", v.Encoding, path)
		}
		return store.Op{Kind: store.OpFile, Path: path, Data: data}, nil
	case "lfsFile":
		if v.Algo != "sha256" || !names.IsSHA256(v.OID) {
			return store.Op{}, fmt.Errorf("%q does not name its object by sha256", path)
		}
		o := store.Op{Kind: store.OpLFS, Path: path, OID: v.OID, Size: -1}
		if v.Size != nil {
			if o.Size = *v.Size; o.Size < 0 {
				return store.Op{}, fmt.Errorf("%q has size %d", path, o.Size)
			}
		}
		return o, nil
	case "deletedFile":
		return store.Op{Kind: store.OpDelete, Path: path}, nil
	case "deletedFolder":
		return store.Op{Kind: store.OpDeleteFolder, Path: path}, nil
	}
	return store.Op{}, fmt.Errorf("key %.40q is none of file, lfsFile, deletedFile and deletedFolder", key)
}
