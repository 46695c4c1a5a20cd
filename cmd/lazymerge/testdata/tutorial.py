"""Reads the merges of the tutorial's configs with huggingface_hub and safetensors, and works each one out again in
float64 from the sources and the config's text. Prints one line for each merge.

Usage: tutorial.py JOBS     with HF_ENDPOINT and HF_TOKEN set.
JOBS is a JSON list of {"repo", "config", "layers", "parameters"}: the merge, the path of its config, and what it has.
"""

import hashlib
import json
import re
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml
from huggingface_hub import HfApi, ModelCard, snapshot_download

from client import check_card, check_lock, compare, tensors


def layer(name):
    m = re.match(r"model\.layers\.(\d+)\.", name)
    return int(m[1]) if m else None


def gradient(setting, name, layers):
    """A value of the config for one tensor: a list is spread over the layers."""
    if isinstance(setting, list) and isinstance(setting[0], dict):
        setting = next(s["value"] for s in setting if s.get("filter", "") in name)
    if isinstance(setting, list):
        at = (layer(name) or 0) / (layers - 1) * (len(setting) - 1)
        return np.interp(at, range(len(setting)), setting)
    return setting


def slerp(t, a, b):
    cos = np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b))
    if abs(cos) > 0.9995:
        return (1 - t) * a + t * b
    angle = np.arccos(cos)
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def kept(delta, density):
    """The largest entries by their float32, of equal ones the first."""
    flat = delta.ravel()
    order = np.argsort(-np.abs(np.float32(flat)), kind="stable")
    out = np.zeros_like(flat)
    largest = order[: int(density * flat.size)]
    out[largest] = flat[largest]
    return out.reshape(delta.shape)


def elect(deltas, weights, normalize):
    weighted = [w * d for w, d in zip(weights, deltas)]
    sign = np.where(sum(weighted) >= 0, 1.0, -1.0)
    agree = [np.sign(d) == sign for d in weighted]
    total = sum(np.where(a, d, 0) for a, d in zip(agree, weighted))
    if normalize:
        share = sum(np.where(a, w, 0.0) for a, w in zip(agree, weights))
        total = total / np.where(share == 0, 1, share)
    return total


def check_slerp(config, source, got):
    a, b = (source[s["model"]] for s in config["slices"][0]["sources"])
    assert config["base_model"] == config["slices"][0]["sources"][0]["model"]
    t = config["parameters"]["t"]
    want = {name: ("BF16", slerp(gradient(t, name, 32), x, b[name][1])) for name, (_, x) in a.items()}
    compare("slerp", got, want)


def check_ties(config, source, got):
    base = source[config["base_model"]]
    models = [m for m in config["models"] if "parameters" in m]
    weights = [m["parameters"]["weight"] for m in models]
    want = {}
    for name, (_, x) in base.items():
        deltas = [kept(source[m["model"]][name][1] - x, m["parameters"]["density"]) for m in models]
        want[name] = ("F16", x + elect(deltas, weights, config["parameters"]["normalize"]))
    compare("ties", got, want)


def philox(key, n):
    """n draws of 16 bits, from the words of Philox4x32-7 (Salmon et al. 2011) under a key of 8 bytes, from the counter 0 on."""
    word, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    k = np.frombuffer(key, "<u4").astype(np.uint64)
    c = [np.arange((n + 7) // 8, dtype=np.uint64)] + [np.zeros((n + 7) // 8, np.uint64)] * 3
    for _ in range(7):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [b >> word ^ c[1] ^ k[0], b & low, a >> word ^ c[3] ^ k[1], a & low]
        k = (k + np.array([0x9E3779B9, 0xBB67AE85], np.uint64)) & low
    words = np.stack(c, axis=1).ravel()
    return np.stack([words & np.uint64(0xFFFF), words >> np.uint64(16)], axis=1).ravel()[:n]


def dropped(delta, density, row, name):
    """The entries that merge/dare.go says are drawn for seed 0, with the L1 norm that all had."""
    key = hashlib.sha256(b"dare" + struct.pack("<QQQ", 0, 0, row) + name.encode()).digest()[:8]
    out = np.where(philox(key, delta.size).reshape(delta.shape) < round(density * 2**16), delta, 0)
    return out * np.sum(np.abs(delta)) / np.sum(np.abs(out))


def check_dare_ties(config, source, got):
    base = source[config["base_model"]]
    models = [m for m in config["models"] if "parameters" in m]
    weights = [m["parameters"]["weight"] for m in models]
    want = {}
    for name, (_, x) in base.items():
        deltas = [dropped(source[m["model"]][name][1] - x, m["parameters"]["density"], row, name) for row, m in enumerate(models)]
        want[name] = ("BF16", x + elect(deltas, weights, False))
    compare("dare_ties", got, want)


def check_passthrough(config, source, got):
    first, last = (source[s["sources"][0]["model"]] for s in config["slices"])
    want = {}
    for name, t in first.items():
        if layer(name) is not None:
            want[name] = t
    for name, t in last.items():
        k = layer(name)
        if k is not None and k >= 24:
            want[name.replace(f".{k}.", f".{k + 8}.", 1)] = t
    want["model.embed_tokens.weight"] = first["model.embed_tokens.weight"]
    for name in ("model.norm.weight", "lm_head.weight"):
        want[name] = last[name]
    assert set(got) == set(want), set(got) ^ set(want)
    for name, (dtype, x) in want.items():
        assert got[name][0] == dtype and np.array_equal(got[name][1], x), name


def main(jobs):
    api = HfApi()
    with tempfile.TemporaryDirectory() as cache:
        source = {}
        for job in json.loads(jobs):
            path, repo = Path(job["config"]), job["repo"]
            config = yaml.safe_load(path.read_text())
            models = [s["model"] for part in config.get("slices", []) for s in part["sources"]]
            models += [m["model"] for m in config.get("models", [])]
            for m in models:
                if m not in source:
                    source[m] = tensors(snapshot_download(m, cache_dir=cache))
            folder = Path(snapshot_download(repo, cache_dir=cache))
            got = tensors(folder)
            {"slerp": check_slerp, "ties": check_ties, "dare_ties": check_dare_ties, "passthrough": check_passthrough}[config["merge_method"]](config, source, got)

            settings = json.loads((folder / "config.json").read_text())
            assert settings["num_hidden_layers"] == job["layers"] and settings["torch_dtype"] == config["dtype"], settings
            assert sum(x.size for _, x in got.values()) == job["parameters"]
            index = json.loads((folder / "model.safetensors.index.json").read_text())
            assert set(index["weight_map"]) == set(got) and len(set(index["weight_map"].values())) > 1
            check_card(repo, folder, path, set(models))
            assert ModelCard.load(folder / "README.md").data.license == "apache-2.0"
            check_lock(folder)
            donor = Path(snapshot_download(config.get("base_model", models[0]), cache_dir=cache))
            assert (folder / "tokenizer.json").read_bytes() == (donor / "tokenizer.json").read_bytes()
            assert len(api.list_repo_commits(repo)) == 2
            print("downloaded and worked out again:", repo)


if __name__ == "__main__":
    main(sys.argv[1])
