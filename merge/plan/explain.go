package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Why a folder or repo that has files is no model that can be merged.
var (
	errAdapter  = errors.New("this is an adapter, and adapters are not supported yet")
	errGGUF     = errors.New("GGUF files are quantized copies: use the model they were made from")
	errPipeline = errors.New("this is a diffusion pipeline, not a language model")
	errMistral  = errors.New("this is in Mistral's own format; use the repo that has it in the transformers format")
)

// explainNoConfig says what names are if they are no model for want of a config.json. The error is
// fs.ErrNotExist where they do not tell.
func explainNoConfig(names []string) error {
	switch {
	case slices.Contains(names, "adapter_config.json"):
		return errAdapter
	case slices.Contains(names, "model_index.json"):
		return errPipeline
	case rootEndsIn(names, ".gguf"):
		return errGGUF
	case slices.Contains(names, "params.json") && rootEndsIn(names, ".safetensors"):
		return errMistral
	}
	return fs.ErrNotExist
}

// explainNoWeights says what names have in the place of weights that can be read.
func explainNoWeights(names []string) error {
	var safetensors []string
	for _, name := range names {
		if strings.HasSuffix(name, ".safetensors") && !strings.Contains(name, "/") {
			safetensors = append(safetensors, name)
		}
	}
	switch {
	case slices.Contains(names, "adapter_config.json"), slices.Contains(safetensors, "adapter_model.safetensors"):
		return fmt.Errorf("%w: %w", ErrNoWeights, errAdapter)
	case rootEndsIn(names, ".bin") || rootEndsIn(names, ".bin.index.json"):
		return fmt.Errorf("%w: %w", ErrNoWeights, ErrPickles)
	case rootEndsIn(names, ".gguf"):
		return fmt.Errorf("%w: %w", ErrNoWeights, errGGUF)
	case len(safetensors) > 0:
		return fmt.Errorf("%w: there is no %s or %s, and loaders do not look for %s", ErrNoWeights, singleFile, indexFile, safetensors[0])
	}
	return fmt.Errorf("%w: there is no %s or %s", ErrNoWeights, singleFile, indexFile)
}

func rootEndsIn(names []string, suffix string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, suffix) && !strings.Contains(n, "/") })
}
