package ui

import "testing"

func TestMask(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options Options
		secret  string
		want    string
	}{
		{"in a workflow", Options{Actions: true}, "hf_a", "::add-mask::hf_a\n"},
		{"when quiet", Options{Actions: true, Quiet: true}, "hf_a", "::add-mask::hf_a\n"},
		{"of several lines", Options{Actions: true}, "a%\r\n::b", "::add-mask::a%25%0D%0A::b\n"},
		{"nothing to hide", Options{Actions: true}, "", ""},
		{"elsewhere", Options{}, "hf_a", ""},
	} {
		var out buffer
		tt.options.Err = &out
		u := New(tt.options)
		u.Mask(tt.secret)
		u.Close()
		if out.String() != tt.want {
			t.Errorf("%s: Mask(%q) prints %q, want %q", tt.name, tt.secret, out.String(), tt.want)
		}
	}
}
