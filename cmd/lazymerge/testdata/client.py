"""Publishes reference models with huggingface_hub, lets lazymerge push merges of them, and reads the results back
with huggingface_hub and safetensors. Prints one line for each thing that was checked.

Usage: client.py LAZYMERGE GOLDEN     with HF_ENDPOINT, HF_TOKEN and HF_HUB_DISABLE_XET=1 set.
GOLDEN is merge/testdata/golden; the account of the token may write to acme/* and to me/*.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import safetensors
from huggingface_hub import HfApi, ModelCard, hf_hub_download, snapshot_download

CASES = {
    "linear": [],
    "slerp-gradient": [],
    "slerp-gradient-bf16": [],
    "ties": [],
    "task-arithmetic": [],
    "passthrough-frankenmerge": [],
    "mixed-dtype-sources": [],
    "gpt2-linear": [],
    "linear-out-shards": ["--shard-size", "10kB"],
}


def tensors(folder):
    """Every tensor of the safetensors files in folder, as (dtype, float64 array)."""
    out = {}
    for path in sorted(Path(folder).glob("*.safetensors")):
        for name, t in safetensors.deserialize(path.read_bytes()):
            raw = bytes(t["data"])
            if t["dtype"] == "F32":
                x = np.frombuffer(raw, "<f4").astype(np.float64)
            elif t["dtype"] == "F16":
                x = np.frombuffer(raw, "<f2").astype(np.float64)
            elif t["dtype"] == "BF16":
                bits = np.frombuffer(raw, "<u2").astype(np.uint32) << 16
                x = bits.view("<f4").astype(np.float64)
            else:
                raise SystemExit(f"{name} has dtype {t['dtype']}")
            out[name] = (t["dtype"], x.reshape(t["shape"]))
    return out


def ulp(dtype, x):
    digits, smallest = {"BF16": (7, -126), "F16": (10, -14)}[dtype]
    _, e = np.frexp(x)
    return np.ldexp(1.0, np.maximum(e - 1, smallest) - digits)


def compare(case, got, want):
    assert set(got) == set(want), f"{case}: other tensors: {set(got) ^ set(want)}"
    for name, (dtype, x) in want.items():
        gd, gx = got[name]
        assert gd == dtype and gx.shape == x.shape, f"{case}: {name} is {gd} {gx.shape}, want {dtype} {x.shape}"
        if dtype == "F32":
            allowed = 2e-6 * np.abs(x) + 1e-6 * np.max(np.abs(x))
        else:
            allowed = ulp(dtype, x)
        assert np.all(np.abs(gx - x) <= allowed), f"{case}: {name} differs by {np.max(np.abs(gx - x))}"


def check_card(case, folder, config, mentioned):
    card = ModelCard.load(Path(folder) / "README.md")
    text = config.read_text()
    assert sorted(card.data.base_model) == sorted(mentioned), f"{case}: base_model is {card.data.base_model}, want {mentioned}"
    data = card.data.to_dict()
    assert data["base_model_relation"] == "merge" and "mergekit" in card.data.tags and "merge" in card.data.tags, data
    blocks = re.findall(r"^```yaml\n(.*?)^```$", card.content, re.S | re.M)
    assert blocks == [text], f"{case}: {len(blocks)} yaml blocks"
    assert (Path(folder) / "mergekit_config.yml").read_bytes() == config.read_bytes()
    for code in re.findall(r"^```python\n(.*?)^```$", card.content, re.S | re.M):
        compile(code, "card", "exec")


def check_lock(folder):
    import hashlib

    lock = json.loads((Path(folder) / "lazymerge.lock.json").read_text())
    for f in lock["files"]:
        b = (Path(folder) / f["path"]).read_bytes()
        assert len(b) == f["size"] and hashlib.sha256(b).hexdigest() == f["sha256"], f["path"]


def main(lazymerge, golden):
    api = HfApi()
    golden = Path(golden)
    for model in sorted((golden / "models").iterdir()):
        repo = f"acme/{model.name}"
        api.create_repo(repo, exist_ok=True)
        api.upload_folder(repo_id=repo, folder_path=model)
    print("published", len(list((golden / "models").iterdir())), "models with upload_folder")
    for case, flags in CASES.items():
        config = golden / "configs" / f"{case}.yaml"
        repo = f"me/{case}"
        run = subprocess.run([lazymerge, "push", str(config), "--repo", repo, *flags], capture_output=True, text=True)
        assert run.returncode == 0, f"{case}: exit {run.returncode}\n{run.stderr}"
        commit = run.stdout.strip().rsplit("/", 1)[1]
        info = api.model_info(repo)
        assert info.sha == commit, f"{case}: main is at {info.sha}, push said {commit}"
        titles = [c.title for c in api.list_repo_commits(repo)]
        assert len(titles) == 2, f"{case}: the history is {titles}"
        with tempfile.TemporaryDirectory() as tmp:
            folder = snapshot_download(repo, cache_dir=tmp)
            compare(case, tensors(folder), tensors(golden / "expected" / case))
            check_card(case, folder, config, set(re.findall(r"acme/[a-z0-9-]+", config.read_text())))
            check_lock(folder)
            path = hf_hub_download(repo, "config.json", cache_dir=tmp)
            want = json.loads((golden / "expected" / case / "config.json").read_text())
            assert json.loads(Path(path).read_text()) == want, f"{case}: config.json"
        print("pushed, downloaded and compared", case)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
