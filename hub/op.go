package hub

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
)

// An Op is one change of a [Commit]. Make it with [AddFile], [AddObject], [DeleteFile] or
// [DeleteFolder].
type Op struct {
	Path    string
	Content []byte // of AddFile
	SHA256  string // of AddObject
	Size    int64  // of AddObject, bytes

	kind opKind
}

type opKind int

const (
	addFile opKind = iota + 1
	addObject
	deleteFile
	deleteFolder
)

// AddFile puts content at path, in plain git. The Hub refuses more than 10 MiB, and binary files.
func AddFile(path string, content []byte) Op {
	return Op{kind: addFile, Path: path, Content: content}
}

// AddObject puts a large file at path, whose content [Client.Upload] has stored.
func AddObject(path, sha256 string, size int64) Op {
	return Op{kind: addObject, Path: path, SHA256: sha256, Size: size}
}

// DeleteFile removes one file.
func DeleteFile(path string) Op { return Op{kind: deleteFile, Path: path} }

// DeleteFolder removes all files under path.
func DeleteFolder(path string) Op { return Op{kind: deleteFolder, Path: path} }

func (op Op) check() error {
	if err := checkPath(op.Path); err != nil {
		return err
	}
	switch op.kind {
	case addFile:
	case addObject:
		if !isHex(op.SHA256, 64) || op.Size < 1 {
			return fmt.Errorf("%q has no sha256 of 64 hex digits, or no size", op.Path)
		}
	case deleteFile, deleteFolder:
		return nil // also what should never have been there
	default:
		return fmt.Errorf("change of %q is of no kind", op.Path)
	}
	return checkPrivate(op.Path)
}

// write adds the op's line to the body of a commit.
func (op Op) write(b *ndjson) error {
	switch op.kind {
	case addFile:
		return b.line("file", map[string]any{"path": op.Path, "encoding": "base64"}, op.Content)
	case addObject:
		return b.line("lfsFile", map[string]any{"path": op.Path, "algo": "sha256", "oid": op.SHA256, "size": op.Size}, nil)
	case deleteFile:
		return b.line("deletedFile", map[string]any{"path": op.Path}, nil)
	default:
		return b.line("deletedFolder", map[string]any{"path": op.Path + "/"}, nil)
	}
}

// gitBlob is git's id of a file: the sha1 of "blob", its size, a zero byte and its content.
func gitBlob(content []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}
