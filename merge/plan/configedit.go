package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// configEditor changes keys of a config.json. Everything else keeps its bytes and its order.
type configEditor struct{ text configText }

// set puts v at a dotted path. A new key goes to the end of its object, which must be there, on a line of
// its own where the object is indented.
func (e *configEditor) set(path string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // numbers, bools and strings of ours
	}
	e.setRaw(path, text)
}

func (e *configEditor) setRaw(path string, value []byte) {
	if old := e.text.get(path); old.Exists() {
		e.splice(old.Index, old.Index+len(old.Raw), value)
		return
	}
	dir, key := "", path
	object := gjson.Parse(e.text.strict)
	if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
		dir, key = path[:dot], path[dot+1:]
		object = e.text.get(dir)
	}
	name, _ := json.Marshal(key)
	begin, end := object.Index, object.Index+len(strings.TrimRight(object.Raw, space))
	inside := e.text.raw[begin+1 : end-1]
	if len(bytes.TrimSpace(inside)) == 0 {
		line := "\n  "
		if dir != "" {
			line = " "
		}
		e.splice(begin+1, end-1, fmt.Appendf(nil, "%s%s: %s%s", line, name, value, strings.TrimSuffix(line, "  ")))
		return
	}
	lead := inside[:len(inside)-len(bytes.TrimLeft(inside, space))]
	if len(lead) == 0 {
		lead = []byte(" ")
	}
	last := begin + 1 + len(bytes.TrimRight(inside, space))
	e.splice(last, last, fmt.Appendf(nil, ",%s%s: %s", lead, name, value))
}

// space is what JSON takes as white space.
const space = " \t\r\n"

// setList puts a list in the place of another, written as that one is: in one line, or with each entry on
// its own.
func (e *configEditor) setList(path string, entries []string) {
	old := e.text.get(path)
	inside := strings.TrimSuffix(strings.TrimPrefix(old.Raw, "["), "]")
	body := strings.TrimLeft(inside, space)
	lead := inside[:len(inside)-len(body)]
	between := ", "
	if strings.Contains(lead, "\n") {
		between = "," + lead
	}
	tail := body[len(strings.TrimRight(body, space)):]
	if body == "" { // an empty list says nothing of how to write a full one
		lead, tail = "", ""
	}
	text := "[]"
	if len(entries) > 0 {
		text = "[" + lead + strings.Join(entries, between) + tail + "]"
	}
	e.setRaw(path, []byte(text))
}

// remove takes a key of the outermost object out, with the comma that belongs to it.
func (e *configEditor) remove(name string) {
	key, value := member(gjson.Parse(e.text.strict), name)
	if !value.Exists() {
		return
	}
	begin, end := key.Index, value.Index+len(value.Raw)
	rest := e.text.strict[end:]
	if next := strings.TrimLeft(rest, space); next[0] == ',' {
		end += len(rest) - len(next) + 1
		after := e.text.strict[end:]
		end += len(after) - len(strings.TrimLeft(after, space)) // up to the next key, which takes this one's place
	} else {
		before := strings.TrimRight(e.text.strict[:begin], space)
		if strings.HasSuffix(before, ",") {
			begin = len(before) - 1
		}
	}
	e.splice(begin, end, nil)
}

// splice puts text in the place of the bytes from begin to end.
func (e *configEditor) splice(begin, end int, text []byte) {
	raw := make([]byte, 0, len(e.text.raw)+len(text))
	raw = append(append(append(raw, e.text.raw[:begin]...), text...), e.text.raw[end:]...)
	e.text = configText{raw: raw, strict: e.text.strict[:begin] + string(text) + e.text.strict[end:]}
}

// dtype writes the type into whichever of torch_dtype and dtype the file has, at the top and in
// the configs nested in it, and torch_dtype, which every reader knows, where the top has neither.
func (e *configEditor) dtype(name string) {
	var paths []string
	var look func(o gjson.Result, at string)
	look = func(o gjson.Result, at string) {
		o.ForEach(func(key, value gjson.Result) bool {
			k := key.String()
			switch {
			case value.IsObject() && strings.HasSuffix(k, "_config") && !strings.Contains(k, "."):
				look(value, at+k+".")
			case (k == "torch_dtype" || k == "dtype") && (value.Type == gjson.Null || isDTypeName(value)):
				paths = append(paths, at+k)
			}
			return true
		})
	}
	look(gjson.Parse(e.text.strict), "")
	top := false
	for _, path := range paths {
		top = top || !strings.Contains(path, ".")
		e.set(path, name)
	}
	if !top {
		e.set("torch_dtype", name)
	}
}

// isDTypeName tells whether v is text such as "bfloat16" or "torch.float32", or "auto".
func isDTypeName(v gjson.Result) bool {
	s := strings.TrimPrefix(v.String(), "torch.")
	return v.Type == gjson.String && (strings.Contains(s, "float") || s == "auto" || s == "half")
}
