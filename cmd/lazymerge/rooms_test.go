package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages of the command and what each may import of ours, from the bottom up: a room knows those above it in this table
// that it names, and no other. Names without a slash are rooms.
var rooms = []struct {
	name string
	may  string
}{
	{"say", ""},
	{"file", "say"},
	{"fault", "file hub/openfiles merge/recipe"},
	{"names", "say fault hub merge/recipe"},
	{"lock", "say file fault names card merge/plan merge/recipe"},
	{"source", "say fault names lock card hub merge/plan merge/recipe"},
	{"compat", "say source merge/plan merge/recipe"},
	{"license", "say fault source card hub merge/plan merge/recipe"},
	{"privacy", "say lock source hub merge/plan merge/recipe"},
	{"target", "say fault names lock source card hub merge/plan"},
	{"local", "say file fault lock hub merge merge/plan"},
	{"render", "say fault names lock source license card card/chart merge merge/plan merge/recipe"},
	{"report", "say file fault compat source license target render card hub merge/plan merge/recipe"},
	{"ui", "say fault card merge/recipe"},
	{"pipeline", "say file fault names lock source compat license privacy target local render report ui card card/chart hub merge merge/dtype merge/plan merge/recipe"},
	{"verify", "say names lock source target render report pipeline hub merge merge/plan"},
}

// Beside the rooms of the command there are those of what it is tried with: sample models and benchmarks.
var besideRooms = []string{"sample", "bench"}

// maxRoom is how many files a reader can hold in mind.
const maxRoom = 21

// TestRooms holds the rooms to the directions in which they may know each other, and to a size.
func TestRooms(t *testing.T) {
	const internal = "cmd/lazymerge/internal/"
	may := map[string][]string{}
	for _, r := range rooms {
		for _, name := range strings.Fields(r.may) {
			if !strings.Contains(name, "/") && may[name] == nil && !slices.Contains([]string{"card", "hub", "merge"}, name) {
				t.Errorf("%s may import %s, which is no room above it", r.name, name)
			}
			may[r.name] = append(may[r.name], name)
		}
		may[r.name] = append(may[r.name], "")
		files, err := filepath.Glob(filepath.Join("internal", r.name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
		if n := len(files); n == 0 || n > maxRoom {
			t.Errorf("the room %s has %d files, and a reader can hold %d in mind", r.name, n, maxRoom)
		}
	}
	for _, p := range list(t) {
		path, inside := strings.CutPrefix(p.ImportPath, module+internal)
		name, below, _ := strings.Cut(path, "/") // what is below a room belongs to it
		if !inside || slices.Contains(besideRooms, name) {
			continue
		}
		if may[name] == nil {
			t.Errorf("the room %s is in no row of the table", name)
		}
		for _, imported := range p.Imports {
			of, ours := strings.CutPrefix(imported, module)
			room := strings.TrimPrefix(of, internal)
			if ours && !slices.Contains(may[name], room) && !(below != "" && room == name) {
				t.Errorf("the room %s imports %s, which the table does not let it", name, room)
			}
		}
	}
}
