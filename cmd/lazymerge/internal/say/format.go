// Package say puts numbers, lists and settings into plain words, and makes foreign text safe to print.
package say

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"
)

// Bytes returns n in decimal units with at most four digits: "14.48 GB", "10.0 GB", "956 kB", "0 B".
func Bytes(n int64) string {
	sign := ""
	if n < 0 {
		sign = "-"
	}
	return sign + scale(math.Abs(float64(n)), []string{" B", " kB", " MB", " GB", " TB", " PB", " EB"}, func(unit int, v float64) int {
		switch {
		case unit == 0, unit == 1 && v >= 10, unit == 2 && v >= 100:
			return 0
		case unit <= 2 || v >= 100:
			return 1
		}
		return 2
	})
}

// Rate returns bytes per second: "95 MB/s", "4.7 MB/s".
func Rate(bytesPerSecond float64) string {
	return scale(max(bytesPerSecond, 0), []string{" B/s", " kB/s", " MB/s", " GB/s", " TB/s"}, func(unit int, v float64) int {
		if v >= 10 {
			return 0
		}
		return min(unit, 1)
	})
}

// Duration returns a measured time: "1.2s", "46s", "5m04s", "1h05m".
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch s := d.Round(time.Second); {
	case d.Round(100*time.Millisecond) == 0:
		return "0s"
	case d.Round(100*time.Millisecond) < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case s < time.Minute:
		return fmt.Sprintf("%ds", s/time.Second)
	case s < time.Hour:
		return fmt.Sprintf("%dm%02ds", s/time.Minute, s%time.Minute/time.Second)
	}
	m := d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", m/time.Hour, m%time.Hour/time.Minute)
}

// About returns an estimated time: "about 40 s", "about 5 min", "about 2.5 h".
func About(d time.Duration) string {
	switch d = max(d, 0).Round(time.Second); {
	case d < 90*time.Second:
		return fmt.Sprintf("about %d s", d/time.Second)
	case d.Round(time.Minute) < 90*time.Minute:
		return fmt.Sprintf("about %d min", d.Round(time.Minute)/time.Minute)
	case d.Hours() < 9.95:
		return fmt.Sprintf("about %.1f h", d.Hours())
	}
	return fmt.Sprintf("about %d h", d.Round(time.Hour)/time.Hour)
}

// PlanID is the short form of a plan's hash: 12 hex digits.
func PlanID(hash string) string { return hash[:min(12, len(hash))] }

// CommitID is the short form of a commit: 8 hex digits.
func CommitID(sha string) string { return sha[:min(8, len(sha))] }

// N counts things: N(1, "shard") is "1 shard", N(3, "entry") "3 entries". The noun is regular and singular. Package english
// says "indices" and "branchs".
func N[Int ~int | ~int32 | ~int64](n Int, noun string) string {
	if n != 1 {
		noun = plural(noun)
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func plural(noun string) string {
	for _, end := range []string{"s", "x", "ch", "sh"} {
		if strings.HasSuffix(noun, end) {
			return noun + "es"
		}
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && stem != "" && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return stem + "ies"
	}
	return noun + "s"
}

// List joins words as a sentence does: "a", "a and b", "a, b and c".
func List(words []string) string { return english.WordSeries(words, "and") }

// OrNone is s, or "none" if it is empty.
func OrNone(s string) string { return cmp.Or(s, "none") }

// scale divides v by 1000 until it is below that, and writes it with the decimals that suit
// unit and size. A final zero of two decimals is dropped.
func scale(v float64, units []string, decimals func(unit int, v float64) int) string {
	for unit := 0; ; unit++ {
		d := decimals(unit, v)
		d = decimals(unit, round(v, d)) // 99.999 becomes 100.0, which has a decimal less
		if round(v, d) >= 1000 && unit < len(units)-1 {
			v /= 1000
			continue
		}
		text := strconv.FormatFloat(v, 'f', d, 64)
		if d == 2 {
			text = strings.TrimSuffix(text, "0")
		}
		return text + units[unit]
	}
}

func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(v*p) / p
}

// ShellWord quotes text that a shell would split or expand.
func ShellWord(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("@%+=:,./-_~", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}
