// What the official JavaScript client must be able to do with a local Hub.
//
// Run by TestJavaScriptClient, or by hand from a folder whose node_modules has @huggingface/hub:
//
//     HF_ENDPOINT=http://127.0.0.1:PORT HF_TOKEN=hf_... node js_client.mjs

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.env.LAZYMERGE_NODE_PATH, "x.js"));
const hub = await import(pathToFileURL(require.resolve("@huggingface/hub")));

const hubUrl = process.env.HF_ENDPOINT;
const accessToken = process.env.HF_TOKEN;
const auth = { hubUrl, accessToken };

const me = await hub.whoAmI(auth);
const repo = { type: "model", name: `${me.name}/js-client` };
const large = new Uint8Array(2 << 20).map((_, i) => i % 251);
const text = (s) => new Blob([s]);
const read = async (file, more = {}) => {
	const blob = await hub.downloadFile({ repo, path: file, ...auth, ...more });
	return blob && new Uint8Array(await blob.arrayBuffer());
};
const list = async (more = {}) => {
	const all = [];
	for await (const entry of hub.listFiles({ repo, recursive: true, ...auth, ...more })) all.push(entry.path);
	return all;
};

assert.equal(await hub.repoExists({ repo, ...auth }), false);
const made = await hub.createRepo({ repo, ...auth, files: [{ path: "seed.txt", content: text("seed") }] });
assert.equal(made.repoUrl, `${hubUrl}/${repo.name}`);
await assert.rejects(hub.createRepo({ repo, ...auth }), { statusCode: 409 });
assert.equal(await hub.repoExists({ repo, ...auth }), true);
await hub.checkRepoAccess({ repo, ...auth });

await hub.uploadFiles({
	repo,
	...auth,
	commitTitle: "first",
	files: [
		{ path: "README.md", content: text("---\nlicense: mit\n---\n# x\n") },
		{ path: "sub dir/large.bin", content: new Blob([large]) },
		{ path: "empty.txt", content: text("") },
	],
});
assert.deepEqual(await list(), [".gitattributes", "README.md", "empty.txt", "seed.txt", "sub dir", "sub dir/large.bin"]);
assert.deepEqual(await read("sub dir/large.bin"), large);
assert.equal((await read("empty.txt")).length, 0);
assert.equal(new TextDecoder().decode(await read("seed.txt")), "seed");
assert.equal(await read("nothing.txt"), null);
assert.match(new TextDecoder().decode(await read("sub dir/large.bin", { raw: true })), /^version https:\/\/git-lfs/);
assert.equal(await hub.fileExists({ repo, path: "seed.txt", ...auth }), true);
assert.equal(await hub.fileExists({ repo, path: "nothing.txt", ...auth }), false);

const slice = await hub.downloadFile({ repo, path: "sub dir/large.bin", ...auth });
assert.deepEqual(new Uint8Array(await slice.slice(1000, 1010).arrayBuffer()), large.slice(1000, 1010));

const info = await hub.modelInfo({ name: repo.name, ...auth, additionalFields: ["sha", "cardData", "tags"] });
assert.equal(info.name, repo.name);
assert.equal(info.cardData.license, "mit");

const models = async (search) => {
	const all = [];
	for await (const m of hub.listModels({ ...auth, search, additionalFields: ["sha", "tags", "filePaths"] })) all.push(m);
	return all;
};
const listed = await models({ owner: me.name, query: "js-client", tags: ["license:mit"] });
assert.deepEqual(listed.map((m) => m.name), [repo.name]);
assert.equal(listed[0].sha, info.sha);
assert.ok(listed[0].filePaths.includes("sub dir/large.bin") && listed[0].updatedAt > 0);
assert.deepEqual(await models({ owner: "nobody" }), []);

const paths = await hub.pathsInfo({ repo, ...auth, paths: ["sub dir/large.bin", "nothing"], expand: true });
assert.equal(paths.length, 1);
assert.equal(paths[0].lastCommit.title, "first");

const committed = await hub.commit({
	repo,
	...auth,
	title: "change",
	parentCommit: info.sha,
	operations: [
		{ operation: "delete", path: "seed.txt" },
		{ operation: "addOrUpdate", path: "new.txt", content: text("new") },
	],
});
assert.ok(committed.commit.url.startsWith(`${hubUrl}/${repo.name}/commit/`));
assert.deepEqual(await list(), [".gitattributes", "README.md", "empty.txt", "new.txt", "sub dir", "sub dir/large.bin"]);
await assert.rejects(
	hub.commit({ repo, ...auth, title: "late", parentCommit: info.sha, operations: [{ operation: "delete", path: "new.txt" }] }),
	{ statusCode: 412 },
);

await hub.createBranch({ repo, ...auth, branch: "feature/x" });
await hub.deleteFile({ repo, ...auth, path: "new.txt", branch: "feature/x" });
assert.ok(!(await list({ revision: "feature/x" })).includes("new.txt"));
assert.ok((await list()).includes("new.txt"));
await hub.deleteBranch({ repo, ...auth, branch: "feature/x" });

const titles = [];
for await (const c of hub.listCommits({ repo, ...auth })) titles.push(c.title);
assert.deepEqual(titles, ["change", "first", "initial commit"]);
assert.equal(await hub.countCommits({ repo, revision: "main", ...auth }), 3);

const pull = await hub.commit({
	repo,
	...auth,
	title: "as a pull request",
	isPullRequest: true,
	operations: [
		{ operation: "addOrUpdate", path: "pull.txt", content: text("pull") },
		{ operation: "addOrUpdate", path: "pull.bin", content: new Blob([large, text("pull")]) },
	],
});
assert.equal(pull.pullRequestUrl, `${hubUrl}/${repo.name}/discussions/1`);
assert.ok(!(await list()).includes("pull.txt"));
assert.ok((await list({ revision: "refs/pr/1" })).includes("pull.bin"));
assert.equal(new TextDecoder().decode(await read("pull.txt", { revision: "refs/pr/1" })), "pull");
await hub.commit({ repo, ...auth, title: "more", branch: "refs/pr/1", operations: [{ operation: "delete", path: "pull.txt" }] });
assert.ok(!(await list({ revision: "refs/pr/1" })).includes("pull.txt"));

await hub.deleteRepo({ repo, ...auth });
assert.equal(await hub.repoExists({ repo, ...auth }), false);
console.log("js client: ok");
