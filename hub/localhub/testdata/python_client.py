"""What the official Python client must be able to do with a local Hub.

Run by TestPythonClient, or by hand against any Hub that has the users and repos which that
test makes:

    HF_HUB_DISABLE_XET=1 HF_ENDPOINT=http://127.0.0.1:PORT HF_TOKEN=hf_... OTHER_TOKEN=hf_... \
        python python_client.py

HF_TOKEN may write to its user's namespace. OTHER_TOKEN is a user who may not read
carol/private, and not the files of carol/gated; carol/public is readable by all.
"""

import os
import pathlib
import tempfile

from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi
from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    BadRequestError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

LARGE = bytes(range(256)) * 8192  # 2 MiB, binary


def raises(kind, call, *args, status=None, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as e:
        # GatedRepoError is a RepositoryNotFoundError; they must not be taken for each other.
        assert type(e).__name__.replace("Remote", "") == kind.__name__, f"{type(e)} for {kind}"
        assert status is None or e.response.status_code == status, e
        return e
    raise AssertionError(f"{call} {args} {kwargs} did not raise {kind}")


def main():
    work = pathlib.Path(tempfile.mkdtemp())
    api = HfApi()
    other = HfApi(token=os.environ["OTHER_TOKEN"])
    anonymous = HfApi(token=False)

    me = api.whoami()
    name = me["name"]
    assert me["auth"]["accessToken"]["role"] == "write", me
    raises(HfHubHTTPError, HfApi(token="hf_nobody").whoami)

    repo = f"{name}/python-client"
    assert not api.repo_exists(repo)
    url = api.create_repo(repo, private=True)
    assert url.repo_id == repo, url
    assert api.create_repo(repo, exist_ok=True).repo_id == repo
    assert raises(HfHubHTTPError, api.create_repo, repo).response.status_code == 409
    assert api.repo_exists(repo)
    assert not other.repo_exists(repo) and not anonymous.repo_exists(repo)

    # Another case of the name is the same repo.
    assert api.create_repo(f"{name}/Python-Client", exist_ok=True).repo_id == repo
    assert api.repo_exists(f"{name}/PYTHON-client")

    # A folder with regular files, an LFS file in a subfolder, an empty file and a card.
    folder = work / "model"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\nbase_model: [carol/public]\ntags: [merge]\n---\n# model\n")
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "empty.txt").write_text("")
    (folder / "sub dir" / "model.bin").write_bytes(LARGE)
    (folder / "naïve#1.txt").write_text("näh")
    commit = api.upload_folder(repo_id=repo, folder_path=folder, commit_message="first")
    assert commit.repo_url.repo_id == repo and len(commit.oid) == 40
    again = api.upload_folder(repo_id=repo, folder_path=folder, commit_message="nothing new")
    assert again.oid == commit.oid, "an upload without changes must not make a commit"

    api.upload_file(repo_id=repo, path_in_repo="large.safetensors", path_or_fileobj=LARGE + b"x")
    info = api.model_info(repo, files_metadata=True)
    assert info.id == repo and info.private and info.sha != commit.oid
    assert info.card_data.license == "mit" and info.card_data.base_model == ["carol/public"]
    assert "base_model:carol/public" in info.tags and info.library_name == "transformers", info
    lfs = {s.rfilename: s.lfs for s in info.siblings}
    assert lfs["large.safetensors"].size == len(LARGE) + 1 and lfs["config.json"] is None

    listed = list(api.list_models(author=name, search="python", full=True))
    assert [m.id for m in listed] == [repo] and listed[0].sha == info.sha and listed[0].siblings, listed
    assert repo in [m.id for m in api.list_models(filter=["merge", "license:mit"], sort="last_modified", cardData=True)]
    assert {m.id for m in other.list_models(limit=2)} <= {"carol/public", "carol/gated"}
    assert [m.gated for m in anonymous.list_models(gated=True, expand=["gated"])] == ["manual"]
    assert list(api.list_models(author="nobody")) == [] == list(api.list_datasets(author=name))

    entries = {e.path: e for e in api.list_repo_tree(repo, recursive=True, expand=True)}
    assert set(entries) == {
        ".gitattributes", "README.md", "config.json", "empty.txt", "large.safetensors", "naïve#1.txt",
        "sub dir", "sub dir/model.bin",
    }, sorted(entries)
    assert entries["sub dir/model.bin"].lfs.size == len(LARGE)
    assert entries["sub dir/model.bin"].last_commit.oid == commit.oid
    assert [e.path for e in api.list_repo_tree(repo, "sub dir")] == ["sub dir/model.bin"]
    raises(EntryNotFoundError, lambda: list(api.list_repo_tree(repo, "no-folder")))
    assert [p.path for p in api.get_paths_info(repo, ["sub dir", "nothing", "config.json"])] == ["sub dir", "config.json"]

    snapshot = pathlib.Path(snapshot_download(repo))
    assert (snapshot / "sub dir" / "model.bin").read_bytes() == LARGE
    assert (snapshot / "empty.txt").read_bytes() == b""
    assert (snapshot / "naïve#1.txt").read_text() == "näh"
    file = hf_hub_download(repo, "sub dir/model.bin", revision=commit.oid, local_dir=work / "one")
    assert pathlib.Path(file).read_bytes() == LARGE

    assert api.file_exists(repo, "config.json") and not api.file_exists(repo, "nothing.json")
    raises(EntryNotFoundError, hf_hub_download, repo, "nothing.json")
    raises(RevisionNotFoundError, hf_hub_download, repo, "config.json", revision="nowhere")
    raises(RevisionNotFoundError, api.model_info, repo, revision="nowhere")
    raises(RepositoryNotFoundError, api.model_info, f"{name}/nothing")

    # Branches, tags and history.
    api.create_branch(repo, branch="feature/x")
    api.create_branch(repo, branch="feature/x", exist_ok=True)
    api.create_tag(repo, tag="v1", revision=commit.oid)
    refs = api.list_repo_refs(repo)
    assert {b.name for b in refs.branches} == {"main", "feature/x"}, refs
    assert [(t.name, t.target_commit) for t in refs.tags] == [("v1", commit.oid)], refs
    api.upload_file(repo_id=repo, path_in_repo="only-here.txt", path_or_fileobj=b"x", revision="feature/x")
    assert api.file_exists(repo, "only-here.txt", revision="feature/x")
    assert not api.file_exists(repo, "only-here.txt")
    assert api.file_exists(repo, "config.json", revision="refs/heads/feature/x")
    api.delete_tag(repo, tag="v1")
    api.delete_branch(repo, branch="feature/x")
    titles = [c.title for c in api.list_repo_commits(repo, formatted=True)]
    assert titles == ["Upload large.safetensors with huggingface_hub", "first", "initial commit"], titles

    # One commit that adds, copies and deletes; a parent that is not the tip; deletions.
    tip = api.model_info(repo).sha
    made = api.create_commit(
        repo,
        [
            CommitOperationAdd("new.txt", b"new"),
            CommitOperationCopy("large.safetensors", "copy.safetensors"),
            CommitOperationDelete("empty.txt"),
            CommitOperationDelete("sub dir/"),
        ],
        commit_message="mixed",
        commit_description="all at once",
        parent_commit=tip,
    )
    files = api.list_repo_files(repo)
    assert "copy.safetensors" in files and "empty.txt" not in files and "sub dir/model.bin" not in files, files
    raises(
        HfHubHTTPError, api.create_commit, repo, [CommitOperationAdd("late.txt", b"late")],
        commit_message="late", parent_commit=tip, status=412,
    )
    assert api.model_info(repo).sha == made.oid
    api.delete_file("new.txt", repo)
    raises(EntryNotFoundError, api.delete_file, "new.txt", repo)
    api.super_squash_history(repo_id=repo)
    assert len(api.list_repo_commits(repo)) == 1

    # Pull requests: made with a commit, made first and filled later, discussed, merged, closed.
    tip = api.model_info(repo).sha
    (folder / "config.json").write_text('{"model_type": "mistral"}')
    (folder / "new.bin").write_bytes(LARGE + b"pr")
    made = api.upload_folder(repo_id=repo, folder_path=folder, commit_message="by upload", create_pr=True)
    assert (made.pr_num, made.pr_revision) == (1, "refs/pr/1"), made
    assert api.model_info(repo).sha == tip and not api.file_exists(repo, "new.bin")
    assert api.file_exists(repo, "new.bin", revision="refs/pr/1")
    fetched = hf_hub_download(repo, "new.bin", revision="refs/pr/1", local_dir=work / "pr")
    assert pathlib.Path(fetched).read_bytes() == LARGE + b"pr"

    draft = api.create_pull_request(repo, "by hand", description="a draft")
    assert (draft.num, draft.status, draft.target_branch, draft.is_pull_request) == (2, "draft", "refs/heads/main", True), draft
    assert draft.git_reference == "refs/pr/2" and draft.events[0].content == "a draft"
    into = api.upload_file(repo_id=repo, path_in_repo="by-hand.txt", path_or_fileobj=b"x", revision="refs/pr/2")
    assert api.model_info(repo, revision="refs/pr/2").sha == into.oid
    assert api.change_discussion_status(repo, 2, "open", comment="ready").new_status == "open"
    assert api.comment_discussion(repo, 2, "looks good").content == "looks good"
    assert api.rename_discussion(repo, 2, "by my hand").new_title == "by my hand"
    api.merge_pull_request(repo, 2, comment="merged")
    details = api.get_discussion_details(repo, 2)
    assert details.status == "merged" and details.merge_commit_oid == api.model_info(repo).sha, details
    assert [e.type for e in details.events] == [
        "comment", "commit", "comment", "status-change", "comment", "title-change", "comment", "status-change",
    ], details.events
    assert api.file_exists(repo, "by-hand.txt")
    assert api.get_discussion_details(repo, 1).conflicting_files == []
    api.change_discussion_status(repo, 1, "closed")
    question = api.create_discussion(repo, "a question")
    assert (question.num, question.status, question.is_pull_request) == (3, "open", False)
    assert [d.num for d in api.get_repo_discussions(repo)] == [3, 2, 1]
    assert [d.num for d in api.get_repo_discussions(repo, discussion_type="pull_request", discussion_status="closed")] == [2, 1]
    refs = api.list_repo_refs(repo, include_pull_requests=True)
    assert {r.ref for r in refs.pull_requests} == {"refs/pr/1", "refs/pr/2"}, refs
    raises(BadRequestError, api.merge_pull_request, repo, 1)

    # A card that the Hub does not take stops the commit before anything is sent.
    try:
        api.upload_file(repo_id=repo, path_in_repo="README.md", path_or_fileobj=b"---\nlicense: mine\n---\n")
        raise AssertionError("a card with an unknown license was taken")
    except ValueError as e:
        assert "license" in str(e), e

    # Who may do what.
    for wrong in other, anonymous:
        raises(RepositoryNotFoundError, wrong.model_info, repo)
        raises(RepositoryNotFoundError, wrong.hf_hub_download, repo, "config.json", cache_dir=work / "empty")
    raises(RepositoryNotFoundError, other.model_info, "carol/private", status=404)
    raises(RepositoryNotFoundError, anonymous.model_info, "carol/private", status=401)
    raises(GatedRepoError, other.hf_hub_download, "carol/gated", "config.json", status=403)
    raises(GatedRepoError, anonymous.hf_hub_download, "carol/gated", "config.json", status=401)
    assert other.model_info("carol/gated").gated == "manual"
    raises(GatedRepoError, other.auth_check, "carol/gated")
    other.auth_check("carol/public")
    assert anonymous.file_exists("carol/public", "config.json")
    raises(HfHubHTTPError, api.upload_file, repo_id="carol/public", path_in_repo="x", path_or_fileobj=b"x", status=403)
    raises(HfHubHTTPError, api.create_repo, "carol/mine", status=403)

    # A move leads the old name to the new one.
    api.update_repo_settings(repo, private=False, gated="auto")
    assert other.model_info(repo).gated == "auto"
    moved = f"{name}/python-client-moved"
    api.move_repo(repo, moved)
    assert api.model_info(repo).id == moved
    assert pathlib.Path(hf_hub_download(repo, "config.json", cache_dir=work / "moved")).exists()

    api.delete_repo(moved)
    assert not api.repo_exists(moved)
    api.delete_repo(moved, missing_ok=True)
    raises(RepositoryNotFoundError, api.delete_repo, moved)

    dataset = f"{name}/python-data"
    api.create_repo(dataset, repo_type="dataset")
    api.upload_file(repo_id=dataset, repo_type="dataset", path_in_repo="d/x.parquet", path_or_fileobj=LARGE)
    assert pathlib.Path(hf_hub_download(dataset, "d/x.parquet", repo_type="dataset")).read_bytes() == LARGE
    api.delete_repo(dataset, repo_type="dataset")

    print("python client: ok")


main()
