package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A parser reads the few forms of JSON that headers and indexes are made of. It goes over text as it lies in memory and
// copies nothing but what it returns, so that a hostile text costs little more than its own bytes.
type parser struct {
	text []byte // JSON proper, as checkJSON has seen
	at   int
}

// newParser returns a parser of text, which must be one JSON value with white space around it.
func newParser(text []byte) (*parser, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("the JSON is not UTF-8")
	}
	if err := json.Unmarshal(text, new(nothing)); err != nil {
		if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
			if broken.Offset >= int64(len(text)) && strings.Contains(broken.Error(), "end of JSON") {
				return nil, errors.New("the JSON ends too early")
			}
			return nil, fmt.Errorf("the JSON is broken near byte %d: %w", broken.Offset, err)
		}
		return nil, err
	}
	return &parser{text: text}, nil
}

// nothing takes any JSON and keeps nothing of it.
type nothing struct{}

func (*nothing) UnmarshalJSON([]byte) error { return nil }

// peek goes on to the next byte that is no white space and returns it.
func (p *parser) peek() byte {
	for strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	return p.text[p.at]
}

// open steps over an opening bracket, and tells whether a member follows.
func (p *parser) open(bracket byte) (bool, error) {
	if p.peek() != bracket {
		return false, fmt.Errorf("%s where %c should be", p.kind(), bracket)
	}
	p.at++
	return p.more(bracket + 2), nil // '{' and '}', '[' and ']' are two apart
}

// more tells whether another member follows, and steps over the comma or the closing bracket.
func (p *parser) more(bracket byte) bool {
	switch p.peek() {
	case bracket:
		p.at++
		return false
	case ',':
		p.at++
	}
	return true
}

// object reads an object; member reads the value of each key.
func (p *parser) object(member func(key string) error) error {
	more, err := p.open('{')
	for ; more && err == nil; more = p.more('}') {
		var key string
		if key, err = p.string(maxName); err != nil {
			return err
		}
		p.peek()
		p.at++ // the colon
		if err = member(key); err != nil {
			return err
		}
	}
	return err
}

// integers reads an array of at most limit whole numbers, none negative.
func (p *parser) integers(limit int) ([]int64, error) {
	var room [maxRank]int64
	numbers := room[:0]
	more, err := p.open('[')
	for ; more && err == nil; more = p.more(']') {
		if c := p.peek(); c != '-' && (c < '0' || c > '9') {
			return nil, fmt.Errorf("%s where a number should be", p.kind())
		}
		number := p.skip()
		// ParseUint refuses a sign, a point and an exponent, which JSON allows.
		n, err := strconv.ParseUint(string(number[:min(len(number), 40)]), 10, 63)
		if err != nil || len(number) > 40 {
			return nil, fmt.Errorf("%.40s is not a whole number from 0 to 2^63-1", number)
		}
		if len(numbers) == limit {
			return nil, fmt.Errorf("more than %d numbers", limit)
		}
		numbers = append(numbers, int64(n))
	}
	if err != nil {
		return nil, err
	}
	return append([]int64{}, numbers...), nil
}

// string reads a string of at most limit bytes as they are written.
func (p *parser) string(limit int) (string, error) {
	if p.peek() != '"' {
		return "", fmt.Errorf("%s where a string should be", p.kind())
	}
	raw := p.skip()
	if len(raw)-2 > limit {
		return "", fmt.Errorf("%s has %d bytes, and the limit is %d", quote(string(raw[1:min(len(raw), 41)])+"…"), len(raw)-2, limit)
	}
	if !slices.Contains(raw, '\\') {
		return string(raw[1 : len(raw)-1]), nil
	}
	if halfSurrogate(raw) {
		return "", fmt.Errorf("%s is not Unicode", quote(string(raw[1:len(raw)-1])))
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err
}

// halfSurrogate tells whether a string has an escape that is one half of a surrogate pair, in whose place the decoder
// would write the same character for every such half.
func halfSurrogate(raw []byte) bool {
	escape := func(at int) rune { // of four digits behind \u; -1 where there is none
		if at+6 > len(raw) || raw[at] != '\\' || raw[at+1] != 'u' {
			return -1
		}
		n, _ := strconv.ParseUint(string(raw[at+2:at+6]), 16, 16) // the JSON is proper
		return rune(n)
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if r := escape(i); utf16.IsSurrogate(r) {
			if utf16.DecodeRune(r, escape(i+6)) == utf8.RuneError {
				return true
			}
			i += 6
		}
		i++ // the letter after the backslash
	}
	return false
}

// skip steps over a value of any kind and returns its bytes.
func (p *parser) skip() []byte {
	p.peek()
	begin, depth := p.at, 0
	for {
		switch c := p.text[p.at]; c {
		case '"':
			p.skipString()
		case '{', '[':
			depth++
			p.at++
		case '}', ']':
			depth--
			p.at++
		case ',', ':', ' ', '\t', '\r', '\n':
			p.at++
			continue
		default: // a number or a word
			for p.at < len(p.text) && strings.IndexByte(",]} \t\r\n", p.text[p.at]) < 0 {
				p.at++
			}
		}
		if depth == 0 {
			return p.text[begin:p.at]
		}
	}
}

func (p *parser) skipString() {
	for p.at++; p.text[p.at] != '"'; p.at++ {
		if p.text[p.at] == '\\' {
			p.at++
		}
	}
	p.at++
}

// kind names the next value in an error.
func (p *parser) kind() string {
	switch c := p.peek(); c {
	case '"':
		return "a string"
	case 't', 'f':
		return "a bool"
	case 'n':
		return "null"
	case '{', '[':
		return string(c)
	}
	return "a number"
}
