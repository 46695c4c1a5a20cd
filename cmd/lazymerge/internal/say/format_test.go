package say

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0:             "0 B",
		1:             "1 B",
		999:           "999 B",
		1000:          "1.0 kB",
		1500:          "1.5 kB",
		9_960:         "10 kB", // not 10.0
		46_112:        "46 kB",
		956_400:       "956 kB",
		999_499:       "999 kB",
		999_500:       "1.0 MB",
		12_500_000:    "12.5 MB",
		99_960_000:    "100 MB",
		256_000_000:   "256 MB",
		999_600_000:   "1.0 GB",
		1_200_000_000: "1.2 GB",
		2_000_000_000: "2.0 GB",
		4_940_000_000: "4.94 GB",

		10_000_000_000:      "10.0 GB",
		14_483_464_192:      "14.48 GB",
		18_900_000_000:      "18.9 GB",
		28_966_928_384:      "28.97 GB",
		61_200_000_000:      "61.2 GB",
		99_996_000_000:      "100.0 GB",
		145_300_000_000:     "145.3 GB",
		999_960_000_000:     "1.0 TB",
		1_620_000_000_000:   "1.62 TB",
		math.MaxInt64:       "9.22 EB",
		math.MinInt64:       "-9.22 EB",
		-4_940_000_000:      "-4.94 GB",
		5_000_000_000_000_0: "50.0 TB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func FuzzBytesStaysShort(f *testing.F) {
	for _, n := range []int64{0, 999_499_999, 99_994_999_999, -1, math.MinInt64} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		number, unit, ok := strings.Cut(strings.TrimPrefix(Bytes(n), "-"), " ")
		digits := strings.ReplaceAll(number, ".", "")
		if !ok || len(digits) > 4 || len(unit) > 2 || len(digits) == 4 && !strings.Contains(number, ".") {
			t.Errorf("Bytes(%d) = %q, want at most four digits and below 1000 of its unit", n, Bytes(n))
		}
	})
}

func TestRate(t *testing.T) {
	for v, want := range map[float64]string{
		-1:       "0 B/s",
		0:        "0 B/s",
		12.4:     "12 B/s",
		120_000:  "120 kB/s",
		4.74e6:   "4.7 MB/s",
		9.96e6:   "10 MB/s",
		46.57e6:  "47 MB/s",
		95.29e6:  "95 MB/s",
		999.7e6:  "1.0 GB/s",
		1.25e9:   "1.2 GB/s",
		5.123e15: "5123 TB/s",
	} {
		if got := Rate(v); got != want {
			t.Errorf("Rate(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:                     "0s",
		0:                                "0s",
		40 * time.Millisecond:            "0s",
		50 * time.Millisecond:            "0.1s",
		1234 * time.Millisecond:          "1.2s",
		9949 * time.Millisecond:          "9.9s",
		9950 * time.Millisecond:          "10s",
		46 * time.Second:                 "46s",
		59_500 * time.Millisecond:        "1m00s",
		5*time.Minute + 4*time.Second:    "5m04s",
		time.Hour - 400*time.Millisecond: "1h00m",
		65*time.Minute + 20*time.Second:  "1h05m",
		30 * time.Hour:                   "30h00m",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                              "about 0 s",
		40 * time.Second:               "about 40 s",
		89_900 * time.Millisecond:      "about 2 min",
		5*time.Minute + 20*time.Second: "about 5 min",
		89*time.Minute + time.Second:   "about 89 min",
		150 * time.Minute:              "about 2.5 h",
		26 * time.Hour:                 "about 26 h",
	} {
		if got := About(d); got != want {
			t.Errorf("About(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		N(0, "shard"):                            "0 shards",
		N(1, "shard"):                            "1 shard",
		N(int64(3), "shard"):                     "3 shards",
		N(2, "entry"):                            "2 entries",
		N(2, "key"):                              "2 keys",
		N(2, "branch"):                           "2 branches",
		N(2, "index"):                            "2 indexes",
		N(12, "weight file"):                     "12 weight files",
		"none: " + List(nil):                     "none: ",
		List([]string{"a"}):                      "a",
		List([]string{"a", "b"}):                 "a and b",
		List([]string{"a", "b", "c"}):            "a, b and c",
		OrNone(""):                               "none",
		OrNone("x"):                              "x",
		PlanID("3f9c1a70b2de4f00"):               "3f9c1a70b2de",
		CommitID("4f5d2c19aa00"):                 "4f5d2c19",
		"short: " + PlanID("ab") + CommitID("c"): "short: abc",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
