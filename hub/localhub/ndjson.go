package localhub

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
)

const maxTitle = 500 // characters of a commit's summary

// commitLimits bound the body of a commit, in bytes.
type commitLimits struct {
	line    int // one line: base64 of a file well above what is accepted, so that its name can be told
	content int // decoded content of all regular files
}

var standardLimits = commitLimits{line: 96 << 20, content: 256 << 20}

// readChange parses the body of a commit: one JSON object a line, the header first. It reads no
// further than the first fault, which is a *refusal.
func readChange(body io.Reader, limits commitLimits) (change, error) {
	var ch change
	var header bool
	var content int
	lines := bufio.NewReaderSize(body, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(lines, limits.line)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return change{}, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var item struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(line, &item); err != nil {
			return change{}, badRequest("line %d is not JSON: %v", number, err)
		}
		if (item.Key == "header") == header {
			return change{}, badRequest("line %d has key %q; the header comes first and once", number, item.Key)
		}
		if !header {
			header = true
			err = ch.readHeader(item.Value)
		} else {
			var o op
			o, err = readOp(item.Key, item.Value)
			ch.ops = append(ch.ops, o)
			content += len(o.data)
		}
		if err != nil {
			return change{}, badRequest("line %d: %v", number, err)
		}
		if content > limits.content {
			return change{}, refuse(http.StatusRequestEntityTooLarge,
				"the regular files of this commit have more than %d bytes; send large files through LFS", limits.content)
		}
	}
	if !header {
		return change{}, badRequest("the commit has no header")
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
			return nil, refuse(http.StatusRequestEntityTooLarge, "a line of the commit has more than %d bytes", most)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, badRequest("the commit ended early")
		}
		return line, nil
	}
}

func (ch *change) readHeader(value []byte) error {
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
	ch.title, ch.message, ch.parent = strings.TrimSpace(title), strings.TrimSpace(message), v.ParentCommit
	switch {
	case ch.title == "":
		return errors.New("the summary is empty")
	case utf8.RuneCountInString(ch.title) > maxTitle:
		return fmt.Errorf("the summary has more than %d characters", maxTitle)
	case ch.parent != "" && (len(ch.parent) < 5 || len(ch.parent) > 40 || !isHex(ch.parent)):
		return fmt.Errorf("parentCommit %.60q is not 5 to 40 hexadecimal digits", ch.parent)
	}
	return nil
}

func readOp(key string, value []byte) (op, error) {
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
		return op{}, err
	}
	path := v.Path
	if key == "deletedFile" && strings.HasSuffix(path, "/") { // of a client that has no other word
		key = "deletedFolder"
	}
	if key == "deletedFolder" {
		path = strings.TrimSuffix(path, "/")
	}
	if err := checkPath(path); err != nil {
		return op{}, err
	}
	if v.OldPath != "" {
		return op{}, fmt.Errorf("%q has an oldPath, which is not supported; send its content and delete the old path", path)
	}
	switch key {
	case "file":
		data := []byte(v.Content)
		switch v.Encoding {
		case "base64":
			var err error
			if data, err = base64.StdEncoding.DecodeString(v.Content); err != nil {
				return op{}, fmt.Errorf("content of %q: %w", path, err)
			}
		case "utf-8":
		default:
			return op{}, fmt.Errorf("encoding %.40q of %q is neither base64 nor utf-8", v.Encoding, path)
		}
		return op{kind: opFile, path: path, data: data}, nil
	case "lfsFile":
		if v.Algo != "sha256" || !isSHA256(v.OID) {
			return op{}, fmt.Errorf("%q does not name its object by sha256", path)
		}
		o := op{kind: opLFS, path: path, oid: v.OID, size: -1}
		if v.Size != nil {
			if o.size = *v.Size; o.size < 0 {
				return op{}, fmt.Errorf("%q has size %d", path, o.size)
			}
		}
		return o, nil
	case "deletedFile":
		return op{kind: opDelete, path: path}, nil
	case "deletedFolder":
		return op{kind: opDeleteFolder, path: path}, nil
	}
	return op{}, fmt.Errorf("key %.40q is none of file, lfsFile, deletedFile and deletedFolder", key)
}
