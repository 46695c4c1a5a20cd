package depot

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
)

// Both depots keep the same promises.
func TestDepots(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) Depot{
		"memory": func(t *testing.T) Depot { return NewMemory() },
		"folder": func(t *testing.T) Depot {
			f, err := OpenFolder(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			read := func(name string) string {
				t.Helper()
				c, err := d.Content(name)
				if err != nil {
					return err.Error()
				}
				r, err := c.Open()
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				data, err := io.ReadAll(r)
				if err != nil || int64(len(data)) != c.Size() {
					t.Fatalf("%s has %d bytes, %v; size %d", name, len(data), err, c.Size())
				}
				return string(data)
			}
			if _, err := d.Content("repos/a/x"); err == nil {
				t.Error("an empty depot has content")
			}
			if names, err := d.List("repos"); err != nil || len(names) != 0 {
				t.Errorf("an empty depot lists %q, %v", names, err)
			}
			for _, value := range []string{"first", "second"} {
				data := []byte(value)
				if err := d.Write("repos/a/x", data); err != nil {
					t.Fatal(err)
				}
				clear(data) // the caller's to change
				if got := read("repos/a/x"); got != value {
					t.Errorf("repos/a/x = %q, want %q", got, value)
				}
			}
			oid, err := d.Adopt(Text("adopted"), func(oid string) string { return "repos/b/" + oid })
			if err != nil || oid != sumOf("adopted") || read("repos/b/"+oid) != "adopted" {
				t.Errorf("adopt = %s, %v", oid, err)
			}
			s, err := d.Spool()
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(s, "spo")
			io.WriteString(s, "oled")
			if err := s.Keep("repos/c/y/z"); err != nil {
				t.Fatal(err)
			}
			s.Drop()
			if got := read("repos/c/y/z"); got != "spooled" {
				t.Errorf("repos/c/y/z = %q", got)
			}
			dropped, err := d.Spool()
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(dropped, "x")
			dropped.Drop()
			if names, err := d.List("repos"); err != nil || strings.Join(names, " ") != "a b c" {
				t.Errorf("list = %q, %v", names, err)
			}
			if err := d.Remove("repos/c"); err != nil {
				t.Fatal(err)
			}
			if err := d.Remove("repos/a/x"); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Content("repos/c/y/z"); err == nil {
				t.Error("what was removed is there")
			}
			if _, err := d.Content("repos/a/x"); err == nil {
				t.Error("what was removed is there")
			}
		})
	}
}

func sumOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
