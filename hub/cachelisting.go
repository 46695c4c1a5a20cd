package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// maxListing bounds a listing or an index of the cache, in bytes.
const maxListing = 256 << 20

// listingVersion is the only format of a kept listing so far; clients pass over others, too.
const listingVersion = 1

// listing reads the listing of a commit that a client kept. It is nil where there is none, and
// where there is one that makes no sense: then it is as if the client had been an older one.
func (c Cache) listing(repo, commit string) ([]File, error) {
	text, err := readStored(c.folder(repo, "trees", commit+".json"), maxListing)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	files, err := parseListing(text)
	if err != nil {
		return nil, nil
	}
	return files, nil
}

// parseListing reads trees/COMMIT.json. The files are in order of name. Names in .git or .cache folders are left
// out, as in Revision.Files, and with one unsafe name none is believed.
func parseListing(text []byte) ([]File, error) {
	var kept struct {
		Version int `json:"format_version"`
		Files   map[string]struct {
			Size   *int64  `json:"size"`
			BlobID string  `json:"blob_id"`
			SHA256 *string `json:"lfs_sha256"`
		} `json:"files"`
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, err
	}
	if kept.Version != listingVersion || kept.Files == nil {
		return nil, fmt.Errorf("no listing of format %d", listingVersion)
	}
	files := []File{}
	for _, name := range slices.Sorted(maps.Keys(kept.Files)) {
		k := kept.Files[name]
		if err := checkPath(name); err != nil {
			return nil, err
		}
		if checkPrivate(name) != nil {
			continue
		}
		if k.Size == nil || *k.Size < 0 {
			return nil, fmt.Errorf("%.200q has no size", name)
		}
		f := File{Path: name, Size: *k.Size, OID: k.BlobID}
		if k.SHA256 != nil {
			if f.SHA256 = *k.SHA256; !isHex(f.SHA256, 64) {
				return nil, fmt.Errorf("%.200q has no sha256", name)
			}
		}
		files = append(files, f)
	}
	return files, nil
}

// indexFiles returns the files that an index of safetensors weights names, sorted.
func indexFiles(text []byte) ([]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, fmt.Errorf("no index: %w", err)
	}
	names := slices.Sorted(maps.Values(index.WeightMap))
	names = slices.Compact(names)
	for _, name := range names {
		if err := checkUpload(name); err != nil {
			return nil, err
		}
	}
	return names, nil
}
