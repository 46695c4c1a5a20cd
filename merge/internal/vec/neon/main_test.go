package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The files in the folder of vec are what this makes.
func TestGenerated(t *testing.T) {
	assembly, declarations := generate()
	for name, want := range map[string][]byte{"simd_arm64.s": assembly, "kernels_arm64.go": declarations} {
		got, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator makes: run go generate ./merge/internal/vec", name)
		}
	}
}

// Every word is the instruction beside it, as another assembler has it.
func TestWords(t *testing.T) {
	mc, err := exec.LookPath("llvm-mc")
	if err != nil {
		t.Skip("llvm-mc is not installed")
	}
	assembly, _ := generate()
	words := regexp.MustCompile(`WORD \$0x([0-9a-f]{8}) // (.*)`).FindAllStringSubmatch(string(assembly), -1)
	var texts strings.Builder
	for _, w := range words {
		texts.WriteString(w[2] + "\n")
	}
	cmd := exec.CommandContext(t.Context(), mc, "-triple=aarch64", "-show-encoding")
	cmd.Stdin, cmd.Stderr = strings.NewReader(texts.String()), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("llvm-mc does not assemble for arm64: %v", err)
	}
	encodings := regexp.MustCompile(`encoding: \[0x(..),0x(..),0x(..),0x(..)\]`).FindAllStringSubmatch(string(out), -1)
	if len(encodings) != len(words) || len(words) == 0 {
		t.Fatalf("llvm-mc makes %d words of %d", len(encodings), len(words))
	}
	for i, w := range words {
		code, err := hex.DecodeString(strings.Join(encodings[i][1:], ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(binary.BigEndian.AppendUint32(nil, binary.LittleEndian.Uint32(code))); got != w[1] {
			t.Errorf("%s is %s, and %s here", w[2], got, w[1])
		}
	}
}
