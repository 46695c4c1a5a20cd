"""Reads model cards with huggingface_hub and compares what it sees with what it should see.

Usage: cards.py CARDS.json, a list of {"file", "config"}: the path of a card, and the config that its yaml block holds.
Prints the number of cards.
"""

import json
import re
import sys
from pathlib import Path

from huggingface_hub import ModelCard

# A fenced code block as CommonMark has it, at the left margin; the fence is as long as the config needs.
FENCE = re.compile(r"^(`{3,}|~{3,})([^\n`]*)\n(.*?)^\1[ \t]*$", re.S | re.M)


def check(file, config):
    text = Path(file).read_bytes().decode()
    data = ModelCard(text).data.to_dict()
    models = data.get("base_model", [])
    assert data.get("base_model_relation") == ("merge" if models else None), data
    assert len(set(models)) == len(models), models
    assert {"merge", "mergekit", "lazymerge"} <= set(data["tags"]), data["tags"]
    assert isinstance(data["license"], str), data["license"]
    assert (data["license"] == "other") == ("license_name" in data), data
    assert "license_link" not in data or data["license"] == "other", data
    body = text.split("\n---\n", 1)[1]
    fences = [(info.strip(), content) for _, info, content in FENCE.findall(body)]
    blocks = [content for info, content in fences if info == "yaml"]
    assert len(blocks) == 1, f"{len(blocks)} yaml blocks"
    assert blocks[0] in (config, config + "\n"), f"the yaml block is {blocks[0]!r}, want {config!r}"
    for info, content in fences:
        if info == "python":
            compile(content, file, "exec")


cards = json.loads(Path(sys.argv[1]).read_text())
for card in cards:
    try:
        check(card["file"], card["config"])
    except Exception as e:
        raise SystemExit(f"{card['file']}: {type(e).__name__}: {e}")
print(len(cards))
