package merge_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The bits of results are the same on every processor, and from version to version as long as
// plan.Numeric stays. The inputs are made from integers, for rand's bell curve uses
// logarithms that are not the same everywhere.
func TestBitsAreFixed(t *testing.T) {
	tests := []struct {
		method, settings string
		base             int
		want             string // the first 8 bytes of a sha256
	}{
		{"linear", "weight=0.5,0.3,0.4", -1, "4561a7e298eb780d"},
		{"linear", "weight=0.5,-0.3,0.4,1,0.1 normalize=0", -1, "214137a0404665d7"},
		{"slerp", "t=0.3", 0, "8de36ff087b48dbb"},
		{"slerp", "t=-1.7", 1, "0f6a7fec6cb8f975"},
		{"task_arithmetic", "weight=0.7,-0.4,0.1 lambda=0.9 normalize=1", 0, "e84fcca612ce7860"},
		{"dare_linear", "weight=0.5,0.3,0.4 density=0.53,0.4,0.7", 0, "c86f0439ad7dcf4d"},
		{"dare_ties", "weight=0.5,0.3,-0.4 density=0.53,0.4,1 normalize=1 lambda=0.7", 2, "7d4d744353b7d6e4"},
		{"passthrough", "scale=0.1", -1, "d3b46f130cfcd170"},
		{"ties", "weight=0.5,0.3,0.4 density=0.5,0.4,0.7", 0, "12e6f85c4509f2b8"},
		{"ties", "weight=0.5,0.3,-0.4 density=0.5,0.4,1 rescale=1 normalize=0 lambda=0.7", 2, "57f901f598a03307"},
	}
	const n = 20011
	for _, tt := range tests {
		inputs := 4 // of the methods with a base and three weights
		switch tt.method {
		case "slerp":
			inputs = 2
		case "linear", "passthrough":
			inputs = strings.Count(tt.settings, ",") + 1
		}
		r := rand.New(rand.NewPCG(11, 12))
		rows := make([][]float32, inputs)
		for i := range n {
			shared := float32(int32(r.Uint32())) / (1 << 36)
			for j := range rows {
				if i == 0 {
					rows[j] = make([]float32, n)
				}
				rows[j][i] = shared + float32(int32(r.Uint32()))/(1<<38)
			}
		}
		sum := sha256.New()
		for _, x := range merged(t, tt.method, arguments(t, tt.method, inputs, tt.base, tt.settings), []int64{n}, rows) {
			sum.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
		}
		if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != tt.want {
			t.Errorf("%s with %s, base %d: the result's sha256 begins with %s, want %s", tt.method, tt.settings, tt.base, got, tt.want)
		}
	}
}
