"""Loads a repo into the cache as a person would: arguments are the repo, the revision and the patterns to allow."""

import sys

from huggingface_hub import snapshot_download

repo, revision, *patterns = sys.argv[1:]
print(snapshot_download(repo, revision=revision, allow_patterns=patterns or None))
