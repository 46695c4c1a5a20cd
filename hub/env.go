package hub

import (
	"errors"
	"fmt"
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
	EtagTimeout     time.Duration // HF_HUB_ETAG_TIMEOUT; 0 is the default
	DownloadTimeout time.Duration // HF_HUB_DOWNLOAD_TIMEOUT, for one silence and not in total; 0 is the default
	Origin          string        // HF_HUB_USER_AGENT_ORIGIN
	Telemetry       bool          // false with HF_HUB_DISABLE_TELEMETRY, DISABLE_TELEMETRY or DO_NOT_TRACK
	Debug           bool          // HF_DEBUG
	Proxies         Proxies       // HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY
}

// ReadEnvironment reads the variables through getenv, usually os.Getenv. Every fault is
// reported at once. The names and their meaning are those of huggingface_hub, constants.py.
func ReadEnvironment(getenv func(string) string) (Environment, error) {
	e := Environment{
		Endpoint:      DefaultEndpoint,
		ImplicitToken: !isTrue(getenv("HF_HUB_DISABLE_IMPLICIT_TOKEN")),
		Offline:       isTrue(getenv("HF_HUB_OFFLINE")) || isTrue(getenv("TRANSFORMERS_OFFLINE")),
		Telemetry:     !isTrue(getenv("HF_HUB_DISABLE_TELEMETRY")) && !isTrue(getenv("DISABLE_TELEMETRY")) && !isTrue(getenv("DO_NOT_TRACK")),
		Debug:         isTrue(getenv("HF_DEBUG")),
		Origin:        headerSafe(getenv("HF_HUB_USER_AGENT_ORIGIN")),
	}
	var faults []error
	e.Proxies, faults = ReadProxies(getenv)
	if v := strings.TrimSpace(getenv("HF_ENDPOINT")); v != "" {
		endpoint, err := ParseEndpoint("HF_ENDPOINT", v)
		if err != nil {
			faults = append(faults, err)
		} else {
			e.Endpoint = endpoint
		}
	}
	seconds := func(name string) time.Duration {
		v := strings.TrimSpace(getenv(name))
		if v == "" {
			return 0
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 86400 {
			faults = append(faults, fmt.Errorf("%s: %q is not a number of seconds up to 86400; 0 is the default", name, v))
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
