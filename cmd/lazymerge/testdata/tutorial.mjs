// Reads the merges of the tutorial's configs with @huggingface/hub. Prints one line for each merge.
//
// Usage: node tutorial.mjs JOBS     with HF_ENDPOINT, HF_TOKEN and LAZYMERGE_NODE_PATH set; JOBS as for tutorial.py.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.env.LAZYMERGE_NODE_PATH, "x.js"));
const hub = await import(pathToFileURL(require.resolve("@huggingface/hub")));
const auth = { hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN };

for (const job of JSON.parse(process.argv[2])) {
	const repo = { type: "model", name: job.repo };
	const bytes = async (file) => new Uint8Array(await (await hub.downloadFile({ repo, path: file, ...auth })).arrayBuffer());
	const text = async (file) => new TextDecoder().decode(await bytes(file));
	const sum = (b) => createHash("sha256").update(b).digest("hex");

	const info = await hub.modelInfo({ name: job.repo, ...auth, additionalFields: ["tags", "library_name"] });
	assert.equal(info.name, job.repo);
	assert.equal(info.library_name, "transformers");
	assert.ok(info.tags.includes("merge") && info.tags.includes("mergekit"), info.tags.join());

	const meta = await hub.parseSafetensorsMetadata({ repo, computeParametersCount: true, ...auth });
	assert.ok(meta.sharded);
	assert.equal(Object.values(meta.parameterCount).reduce((a, b) => a + b, 0), job.parameters);
	const layers = new Set(Object.values(meta.headers).flatMap((h) => Object.keys(h)).map((n) => n.match(/^model\.layers\.(\d+)\./)?.[1]).filter(Boolean));
	assert.equal(layers.size, job.layers);
	assert.equal(JSON.parse(await text("config.json")).num_hidden_layers, job.layers);
	assert.equal(await text("mergekit_config.yml"), readFileSync(job.config, "utf8"));

	const locked = new Map(JSON.parse(await text("lazymerge.lock.json")).files.map((f) => [f.path, f.sha256]));
	let shards = 0;
	for await (const file of hub.listFiles({ repo, recursive: true, ...auth })) {
		if (!file.path.endsWith(".safetensors")) continue;
		shards++;
		assert.equal(file.lfs.oid, locked.get(file.path));
		assert.equal(sum(await bytes(file.path)), file.lfs.oid);
	}
	assert.equal(shards, Object.keys(meta.headers).length);
	console.log("listed, parsed and downloaded:", job.repo);
}
