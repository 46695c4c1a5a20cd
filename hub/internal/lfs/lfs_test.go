package lfs

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var (
	one = Object{OID: strings.Repeat("1", 64), Size: 5}
	two = Object{OID: strings.Repeat("2", 64), Size: 250}
)

func object(o Object, rest string) string {
	return fmt.Sprintf(`{"oid":%q,"size":%d%s}`, o.OID, o.Size, rest)
}

func answer(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }

func TestParseBatch(t *testing.T) {
	parts := `,"actions":{"upload":{"href":"https://h/c","header":{"chunk_size":%s,"00002":"https://s/2","00003":"https://s/3","00001":"https://s/1","x":"y"}},"verify":{"href":"https://h/v"}}`
	for _, tt := range []struct {
		name  string
		body  string
		asked []Object
		want  []Action
		err   error
	}{
		{"nothing to do", answer(object(one, "")), []Object{one}, []Action{{Object: one, Present: true}}, nil},
		{"no actions", answer(object(one, `,"actions":{}`)), []Object{one}, []Action{{Object: one, Present: true}}, nil},
		{"null actions, as some servers write none", answer(object(one, `,"actions":null`)), []Object{one}, []Action{{Object: one, Present: true}}, nil},
		{"one piece", answer(object(one, `,"actions":{"upload":{"href":"https://s/1"}}`)), []Object{one}, []Action{{Object: one, Upload: "https://s/1"}}, nil},
		{"any order, and one that nobody asked for", answer(object(two, ""), object(Object{OID: "x"}, ""), object(one, "")), []Object{one, two}, []Action{{Object: one, Present: true}, {Object: two, Present: true}}, nil},
		{"parts", answer(object(two, fmt.Sprintf(parts, `"100"`))), []Object{two}, []Action{{Object: two, Upload: "https://h/c", Verify: "https://h/v", ChunkSize: 100, Parts: []string{"https://s/1", "https://s/2", "https://s/3"}}}, nil},
		{"parts with a number for a size", answer(object(two, fmt.Sprintf(parts, `100`))), []Object{two}, []Action{{Object: two, Upload: "https://h/c", Verify: "https://h/v", ChunkSize: 100, Parts: []string{"https://s/1", "https://s/2", "https://s/3"}}}, nil},
		{"one part too many", answer(object(two, fmt.Sprintf(parts, `"125"`))), []Object{two}, nil, ErrAnswer},
		{"a negative chunk", answer(object(two, fmt.Sprintf(parts, `"-1"`))), []Object{two}, nil, ErrAnswer},
		{"a chunk of words", answer(object(two, fmt.Sprintf(parts, `"ten"`))), []Object{two}, nil, ErrAnswer},
		{"a gap in the parts", answer(object(two, strings.Replace(fmt.Sprintf(parts, `"100"`), "00003", "4", 1))), []Object{two}, nil, ErrAnswer},
		{"a part twice", answer(object(two, strings.Replace(fmt.Sprintf(parts, `"100"`), "00003", "2", 1))), []Object{two}, nil, ErrAnswer},
		{"a part without a URL", answer(object(two, strings.Replace(fmt.Sprintf(parts, `"100"`), `"https://s/3"`, "7", 1))), []Object{two}, nil, ErrAnswer},
		{"given twice", answer(object(one, ""), object(one, "")), []Object{one}, nil, ErrAnswer},
		{"an upload that is null", answer(object(one, `,"actions":{"upload":null}`)), []Object{one}, nil, ErrAnswer},
		{"another transfer", `{"transfer":"ssh","objects":[]}`, nil, nil, ErrTransfer},
		{"a list", `[]`, nil, nil, ErrAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseBatch([]byte(tt.body), tt.asked)
			if !errors.Is(err, tt.err) || tt.err == nil && !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseBatch(%s) = %+v, %v; want %+v, %v", tt.body, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestObjectError(t *testing.T) {
	_, err := ParseBatch([]byte(answer(object(one, `,"error":{"code":507,"message":"full"}`))), []Object{one})
	var refused *ObjectError
	if !errors.As(err, &refused) || *refused != (ObjectError{one.OID, 507, "full"}) {
		t.Errorf("ParseBatch = %v, want a refusal with 507", err)
	}
}

func TestPart(t *testing.T) {
	a := Action{Object: two, ChunkSize: 100, Parts: make([]string, 3)}
	for i, want := range [][2]int64{{0, 100}, {100, 100}, {200, 50}} {
		if off, n := a.Part(i); off != want[0] || n != want[1] {
			t.Errorf("Part(%d) = %d, %d; want %v", i, off, n, want)
		}
	}
}

func TestEncodeCompletion(t *testing.T) {
	got, err := EncodeCompletion("ab", []string{`"x"`, `"y"`})
	if want := `{"oid":"ab","parts":[{"partNumber":1,"etag":"\"x\""},{"partNumber":2,"etag":"\"y\""}]}`; err != nil || string(got) != want {
		t.Errorf("EncodeCompletion = %s, %v; want %s", got, err, want)
	}
}

// Whatever a server answers, an action is complete, and its parts cover the object exactly.
func FuzzParseBatch(f *testing.F) {
	f.Add([]byte(answer(object(one, ""), object(two, ""))))
	f.Add([]byte(answer(object(one, `,"actions":{"upload":{"href":"h","header":{"chunk_size":"5","1":"p"}}}`), object(two, `,"actions":{"upload":{"href":"h","header":{"chunk_size":100,"1":"a","2":"b","3":"c"}},"verify":{"href":"v"}}`))))
	f.Add([]byte(`{"objects":null,"transfer":"multipart"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		asked := []Object{one, two}
		actions, err := ParseBatch(body, asked)
		if err != nil {
			var refused *ObjectError
			if actions != nil || !errors.Is(err, ErrAnswer) && !errors.Is(err, ErrTransfer) && !errors.As(err, &refused) {
				t.Fatalf("ParseBatch(%s) = %v, %v", body, actions, err)
			}
			return
		}
		for i, a := range actions {
			if a.Object != asked[i] || a.Present == (a.Upload != "") {
				t.Fatalf("ParseBatch(%s): action %d is %+v", body, i, a)
			}
			var end int64
			for j, url := range a.Parts {
				off, n := a.Part(j)
				if url == "" || off != end || n < 1 || n > a.ChunkSize {
					t.Fatalf("ParseBatch(%s): part %d of %+v is %d bytes at %d", body, j, a, n, off)
				}
				end += n
			}
			if a.Parts != nil && end != a.Size {
				t.Fatalf("ParseBatch(%s): parts of %+v end at %d", body, a, end)
			}
		}
		if data, err := EncodeBatch("main", asked); err != nil || !json.Valid(data) {
			t.Fatalf("EncodeBatch = %s, %v", data, err)
		}
	})
}
