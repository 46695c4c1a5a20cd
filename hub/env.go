package hub

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Environment is what the environment variables of the official client say to us.
type Environment struct {
	Endpoint        string        // HF_ENDPOINT without a trailing slash; DefaultEndpoint when unset
	Home            string        // HF_HOME; "" when no home folder is known
	Cache           string        // the root of the shared cache: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, $HF_HOME/hub
	TokenFile       string        // HF_TOKEN_PATH, $HF_HOME/token
	ImplicitToken   bool          // false with HF_HUB_DISABLE_IMPLICIT_TOKEN
	Offline         bool          // HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE
	EtagTimeout     time.Duration // HF_HUB_ETAG_TIMEOUT; 0 when unset
	DownloadTimeout time.Duration // HF_HUB_DOWNLOAD_TIMEOUT, for one silence and not in total; 0 when unset
	Origin          string        // HF_HUB_USER_AGENT_ORIGIN
	Telemetry       bool          // false with HF_HUB_DISABLE_TELEMETRY, DISABLE_TELEMETRY or DO_NOT_TRACK
}

// ReadEnvironment reads the variables through getenv, usually os.Getenv. Every fault is
// reported at once. The names and their meaning are those of huggingface_hub, constants.py.
func ReadEnvironment(getenv func(string) string) (Environment, error) {
	e := Environment{
		Endpoint:      DefaultEndpoint,
		ImplicitToken: !isTrue(getenv("HF_HUB_DISABLE_IMPLICIT_TOKEN")),
		Offline:       isTrue(getenv("HF_HUB_OFFLINE")) || isTrue(getenv("TRANSFORMERS_OFFLINE")),
		Telemetry:     !isTrue(getenv("HF_HUB_DISABLE_TELEMETRY")) && !isTrue(getenv("DISABLE_TELEMETRY")) && !isTrue(getenv("DO_NOT_TRACK")),
		Origin:        headerSafe(getenv("HF_HUB_USER_AGENT_ORIGIN")),
	}
	var faults []error
	if v := strings.TrimSpace(getenv("HF_ENDPOINT")); v != "" {
		u, err := parseEndpoint(v)
		if err != nil {
			faults = append(faults, fmt.Errorf("HF_ENDPOINT: %w", err))
		} else {
			e.Endpoint = u.String()
		}
	}
	seconds := func(name string) time.Duration {
		v := strings.TrimSpace(getenv(name))
		if v == "" {
			return 0
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 86400 {
			faults = append(faults, fmt.Errorf("%s: %q is not a number of seconds from 1 to 86400", name, v))
			return 0
		}
		return time.Duration(n) * time.Second
	}
	e.EtagTimeout = seconds("HF_HUB_ETAG_TIMEOUT")
	e.DownloadTimeout = seconds("HF_HUB_DOWNLOAD_TIMEOUT")

	x := expander{getenv}
	home := x.home()
	switch {
	case getenv("HF_HOME") != "":
		e.Home = x.path(getenv("HF_HOME"))
	case getenv("XDG_CACHE_HOME") != "":
		e.Home = filepath.Join(x.path(getenv("XDG_CACHE_HOME")), "huggingface")
	case home != "":
		e.Home = filepath.Join(home, ".cache", "huggingface")
	}
	e.Cache = x.first("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
	e.TokenFile = x.first("HF_TOKEN_PATH")
	if e.Home != "" {
		if e.Cache == "" {
			e.Cache = filepath.Join(e.Home, "hub")
		}
		if e.TokenFile == "" {
			e.TokenFile = filepath.Join(e.Home, "token")
		}
	}
	return e, errors.Join(faults...)
}

// UserAgent names a program to the Hub: name/version, Go's version unless telemetry is off, and the
// origin that the environment gives.
func (e Environment) UserAgent(name, version, goVersion string) string {
	agent := name + "/" + version
	if !e.Telemetry {
		return agent
	}
	if v := strings.TrimPrefix(goVersion, "go"); v != "" {
		agent += "; go/" + v
	}
	if e.Origin != "" {
		agent += "; origin/" + e.Origin
	}
	return headerSafe(agent)
}

func isTrue(v string) bool {
	switch strings.ToUpper(strings.TrimSpace(v)) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}

// headerSafe leaves out what may not stand in a header.
func headerSafe(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s))
}

// expander expands ~ and $VAR in paths as the official client does.
type expander struct{ getenv func(string) string }

func (x expander) home() string {
	home, profile := x.getenv("HOME"), x.getenv("USERPROFILE")
	if home == "" || runtime.GOOS == "windows" && profile != "" { // some shells there set HOME to another folder
		return profile
	}
	return home
}

func (x expander) path(p string) string {
	p = os.Expand(p, func(name string) string {
		if v := x.getenv(name); v != "" {
			return v
		}
		return "$" + name // unknown names stay, as with os.path.expandvars
	})
	if home := x.home(); home != "" {
		if p == "~" {
			return home
		}
		if rest, ok := strings.CutPrefix(p, "~/"); ok {
			return filepath.Join(home, rest)
		}
	}
	return p
}

func (x expander) first(names ...string) string {
	for _, name := range names {
		if v := x.getenv(name); v != "" {
			return x.path(v)
		}
	}
	return ""
}

// parseEndpoint accepts the base URL of a Hub, which may have a path prefix. The error does not
// repeat the text, which may hold a password.
func parseEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("not an http or https URL with a host")
	case u.User != nil:
		return nil, errors.New("a URL with a user name or password is not accepted here")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, errors.New("a base URL has neither query nor fragment")
	}
	return u, nil
}
