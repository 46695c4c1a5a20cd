"""What the official Python client must be able to do with a local Hub from a CI job that has no stored token.

Run by TestPythonClientOfAJob, whose repos and publishers it expects: alice/merged, and gated carol/gated, which alice may
read. The variables are those of GitHub Actions.
"""

import os

from huggingface_hub import HfApi, get_token, hf_hub_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError


def main():
    api = HfApi()
    os.environ["HF_OIDC_RESOURCE"] = "alice/merged"
    token = get_token()
    assert token.startswith("hf_jwt_"), "it goes before HF_TOKEN"
    assert get_token() == token, "it is made once"
    assert api.create_repo("alice/merged", exist_ok=True).repo_id == "alice/merged", "a refused create is none"
    info = api.upload_file(path_or_fileobj=b"by a job", path_in_repo="NOTES.md", repo_id="alice/merged", commit_message="by a job")
    assert info.commit_url.startswith(os.environ["HF_ENDPOINT"]), info
    try:
        api.create_repo("alice/other")
        raise AssertionError("a job's token creates no repo")
    except HfHubHTTPError as e:
        assert e.response.status_code == 403, e
    try:
        api.list_repo_files("carol/gated")
        raise AssertionError("a job's token for one repo reads no other")
    except HfHubHTTPError as e:
        assert e.response.status_code == 403, e

    os.environ["HF_OIDC_RESOURCE"] = "alice"
    token = get_token()
    assert token.startswith("hf_oauth_"), token[:9]
    assert open(hf_hub_download("carol/gated", "config.json")).read() == "{}"
    try:
        hf_hub_download("dora/gated", "config.json")
        raise AssertionError("alice was not let into dora/gated")
    except GatedRepoError:
        pass

    os.environ["HF_OIDC_RESOURCE"] = "alice/unknown"
    try:
        get_token()
        raise AssertionError("there is no such publisher")
    except HfHubHTTPError as e:
        assert e.response.status_code == 400, e
        assert e.response.json()["error"] == "invalid_grant", e.response.text


if __name__ == "__main__":
    main()
