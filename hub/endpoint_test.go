package hub

import (
	"errors"
	"strings"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	for _, tt := range []struct{ name, text, want, reason, hint string }{
		{"the public Hub", "https://huggingface.co/", "https://huggingface.co", "", ""},
		{"a path prefix", " http://mirror.test:8080/hub// ", "http://mirror.test:8080/hub", "", ""},
		{"an IPv6 address", "http://[::1]:8080", "http://[::1]:8080", "", ""},
		{"a user and a password", "http://user:sesame@hub.test", "", "has a user name or password in it", "HF_TOKEN"},
		{"a user alone", "https://sesame@hub.test", "", "has a user name or password in it", "HF_TOKEN"},
		{"a password that ends a host", "http://user:1/sesame@hub.test", "", "has a user name or password in it", "HF_TOKEN"},
		{"a password that is no URL", "http://user:%zzsesame@hub.test", "", "has a user name or password in it", "HF_TOKEN"},
		{"a password without a scheme", "user:sesame@hub.test", "", "has a user name or password in it", "HF_TOKEN"},
		{"a query", "http://hub.test?key=sesame", "", "has a query or fragment", "remove"},
		{"a fragment", "http://hub.test/#sesame", "", "has a query or fragment", "remove"},
		{"a host", "huggingface.co", "", "has no scheme", "write https://huggingface.co"},
		{"a host and a port", "hub.test:8080/x", "", "has no scheme", "write http://hub.test:8080/x"},
		{"a name and a port", "localhost:8080", "", "has no scheme", "write http://localhost:8080"},
		{"an address and a port", "127.0.0.1:8080", "", "has no scheme", "write http://127.0.0.1:8080"},
		{"an IPv6 address and a port", "[::1]:8080", "", "has no scheme", "write http://[::1]:8080"},
		{"another scheme", "ftp://sesame.test", "", "is no http or https URL with a host", "https://HOST"},
		{"a word", "sesame", "", "is no http or https URL with a host", "https://HOST"},
		{"a port without a host", "http://:80", "", "is no http or https URL with a host", "https://HOST"},
		{"nothing", "", "", "is no http or https URL with a host", "https://HOST"},
	} {
		got, err := ParseEndpoint("--endpoint", tt.text)
		if tt.reason == "" {
			if got != tt.want || err != nil {
				t.Errorf("%s: ParseEndpoint(%q) = %q, %v; want %q", tt.name, tt.text, got, err, tt.want)
			}
			continue
		}
		var fault *AddressError
		if !errors.As(err, &fault) || got != "" || err.Error() != "--endpoint: the address "+tt.reason || !strings.Contains(fault.Hint(), tt.hint) {
			t.Errorf("%s: ParseEndpoint(%q) = %q, %v; want %q with %q", tt.name, tt.text, got, err, tt.reason, tt.hint)
		} else if strings.Contains(err.Error()+fault.Hint(), "sesame") {
			t.Errorf("%s: %v (%s) repeats the address", tt.name, err, fault.Hint())
		}
	}
}

// An address is taken as it was meant or refused, and no refusal repeats what may be a secret.
func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"https://a:b@c", "http://h:1/p", "h:1", "http://h?k", "//x", "http://[::1]:1", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseEndpoint("HF_ENDPOINT", text)
		var fault *AddressError
		switch {
		case err == nil:
			if again, err := ParseEndpoint("x", got); err != nil || again != got || strings.ContainsAny(got, "@?#") {
				t.Errorf("ParseEndpoint(%q) = %q, and that is %q, %v", text, got, again, err)
			}
		case !errors.As(err, &fault):
			t.Errorf("ParseEndpoint(%q): %v is no AddressError", text, err)
		case strings.ContainsAny(err.Error()+fault.Hint(), "@"):
			t.Errorf("ParseEndpoint(%q): %v (%s) repeats a user", text, err, fault.Hint())
		}
	})
}
