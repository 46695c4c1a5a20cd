package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/inside"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// A FileError is a file of a model that is there, and is not what its name says.
type FileError struct {
	Name string
	Err  error // what it is instead, such as ErrPointer
}

func (e *FileError) Error() string { return e.Name + " is " + e.Err.Error() }

// Unwrap returns what the file is.
func (e *FileError) Unwrap() error { return e.Err }

// What a FileError says that a file is.
var (
	ErrOutside    = inside.ErrOutside
	ErrFolderLink = errors.New("a link to a folder, which is not followed")
	ErrPointer    = errors.New("a Git LFS pointer, not the file")
	ErrPage       = errors.New("a web page, not the file")
	ErrEmpty      = errors.New("empty: the download is incomplete")
	ErrCut        = errors.New("cut short: the download is incomplete")
	ErrNotJSON    = errors.New("not JSON")
)

// pointerVersions begin the text that Git has in the place of a large file, and that a clone without git-lfs leaves.
//
// Source: git-lfs, docs/spec.md; the second is of its time before version 1.
var pointerVersions = []string{"version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/"}

// maxPointer is the size that a pointer stays below, in bytes.
const maxPointer = 1024

// looked is how much of a file's beginning tells a pointer and a web page from the file.
const looked = maxPointer

// impostor tells what the beginning of a file of size bytes shows it to be instead of what its name says; nil where it may be that.
func impostor(name string, begin []byte, size int64) error {
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(begin, byteOrderMark), " \t\r\n"))
	isPage := bytes.HasPrefix(text, []byte("<!doctype html")) || bytes.HasPrefix(text, []byte("<html"))
	ext := strings.ToLower(path.Ext(name))
	switch {
	case size < maxPointer && slices.ContainsFunc(pointerVersions, func(v string) bool { return bytes.HasPrefix(begin, []byte(v)) }):
		return &FileError{name, ErrPointer}
	case isPage && ext != ".html" && ext != ".htm":
		return &FileError{name, ErrPage}
	case size == 0 && (HoldsWeights(name) || slices.Contains([]string{".json", ".model", ".tiktoken"}, ext)):
		return &FileError{name, ErrEmpty}
	}
	return nil
}

// inspect tells what a small file is instead of what its name says; nil where it may be that.
func inspect(name string, content []byte) error {
	if err := impostor(name, content[:min(len(content), looked)], int64(len(content))); err != nil {
		return err
	}
	if path.Ext(name) != ".json" {
		return nil
	}
	text := bytes.TrimPrefix(content, byteOrderMark)
	if json.Valid(text) {
		return nil
	}
	strict := []byte(maskPython(text))
	if json.Valid(strict) {
		return nil
	}
	if cut, at := jsonFault(strict); !cut {
		return &FileError{name, fmt.Errorf("%w: it is broken in line %d", ErrNotJSON, 1+bytes.Count(text[:min(at, len(text))], []byte("\n")))}
	}
	return &FileError{name, ErrCut}
}

// jsonFault tells whether a text that is no JSON only ends too early, and else about where it is broken, in bytes.
func jsonFault(text []byte) (cut bool, at int) {
	var value json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&value); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true, 0
	}
	if e, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(text, &value)); ok {
		at = int(e.Offset)
	}
	return false, at
}

// explainHeader says in a user's words why a weight file of size bytes has no header, as err says.
func explainHeader(name string, r io.ReaderAt, size int64, err error) error {
	begin := make([]byte, min(size, looked))
	if n, readErr := r.ReadAt(begin, 0); n < len(begin) {
		return errors.Join(err, readErr)
	}
	if fault := impostor(name, begin, size); fault != nil {
		return fault
	}
	if short, ok := errors.AsType[*safetensors.ShortError](err); ok {
		return &FileError{name, fmt.Errorf("%w (%d of %d bytes)", ErrCut, short.Size, short.Want)}
	}
	return err
}

// named puts the name of a file before an error that does not tell it.
func named(name string, err error) error {
	if _, ok := errors.AsType[*FileError](err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// fileErrors returns the FileErrors that err has joined, and whether it is nothing but those.
func fileErrors(err error) ([]error, bool) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		only := true
		for _, one := range joined.Unwrap() {
			more, pure := fileErrors(one)
			all, only = append(all, more...), only && pure
		}
		return all, only
	}
	_, ok := errors.AsType[*FileError](err)
	if !ok {
		return nil, err == nil
	}
	return []error{err}, true
}
