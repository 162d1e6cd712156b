"""A built folder -> a dataset repository on the Hub: one commit, one tag, read back.

A version is there once its tag is, and the tag comes last, so nothing half published can be loaded by version. Each step looks at
what the Hub has, so the same command run again finishes what a failure left, and does nothing where nothing is left to do.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from packaging.version import Version

from .changes import changelog_problems, changes
from .contract import read_json, resource
from .lock import Lock

BESIDE = ("CHANGELOG.md", "dataset.lock.json")
"""Published with the files of the built folder."""
_KEPT = (".gitattributes",)
"""Files that the Hub itself puts into a repository."""


class NotPublished(RuntimeError):
    """Why a version is not published, what the Hub has of it, and what to do."""


def publish(folder: Path, repo: str, *, public: bool = False, dry_run: bool = False, say: Callable[[str], None] = print) -> None:
    """Publish a built folder as a version of the Hub dataset `repo`, or say what that would do.

    The repository is made if it is missing; it is private unless `public`. A version that is there with the same bytes is left as it
    is. The token comes from where huggingface_hub keeps it.

    Args:
        folder: what `build_dataset.py` built, of the version that the lock file has.
        repo: "org/name".
        public: open the repository to everyone, once everything is published and read back.
        dry_run: only read.
        say: takes each line of the account.

    Raises:
        NotPublished: the folder is not to be published, or the Hub refused or failed; the message says how to go on.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
    from huggingface_hub.errors import RepositoryNotFoundError

    version = str(read_json(folder / "manifest.json")["version"])
    tag = f"v{version}"
    if problems := _problems(folder, version):
        raise NotPublished("\n".join([f"{folder} is not to be published as {tag}:", *problems]))
    files = _files(folder)
    size = sum(path.stat().st_size for path in files.values())
    if get_token() is None:
        raise NotPublished("no token: run `hf auth login`, or set HF_TOKEN to a token with write access")
    api = HfApi()
    again = "Run the same command again to finish"

    with _explained(f"{repo}: cannot look at it", f"Nothing was changed. {again}"):
        try:
            private, parent = (info := api.dataset_info(repo)).private, info.sha
            tags = {one.name for one in api.list_repo_refs(repo, repo_type="dataset").tags}
        except RepositoryNotFoundError:
            private, parent, tags = None, None, set()

    if tag in tags:
        with _explained(f"{repo}: cannot read {tag} back", again):
            differing = _differing(repo, tag, files)
        if differing:
            raise NotPublished(f"{repo} has {tag} with other bytes; a published version does not change. Raise the version.\n{differing}")
        say(f"{repo} has {tag} with these bytes")
    elif dry_run:
        say(f"would create the private dataset repository {repo}" if parent is None else f"would add to {repo} at {parent[:12]}")
        say(f"would commit {len(files)} files, {size / 1e6:.1f} MB, in one commit, and tag it {tag}:")
        for name in files:
            say(f"  {name}")
    else:
        if parent is None:
            with _explained(f"{repo}: cannot create it", f"Nothing was published. {again}"):
                api.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
                private, parent = True, api.dataset_info(repo).sha
            say(f"created the private dataset repository {repo}")
        with _explained(f"{repo}: cannot commit", f"{tag} is not there. {again}"):
            there = api.list_repo_files(repo, repo_type="dataset", revision=parent)
            gone = [CommitOperationDelete(name) for name in there if name not in files and name not in _KEPT]
            added = [CommitOperationAdd(name, path) for name, path in files.items()]
            commit = api.create_commit(
                repo, [*gone, *added], repo_type="dataset", parent_commit=parent, commit_message=f"Version {version}"
            )
        say(f"{len(files)} files, {size / 1e6:.1f} MB, are in commit {commit.oid[:12]}")
        with _explained(f"{repo}: cannot tag the commit", f"The files are there, {tag} is not. {again}"):
            api.create_tag(repo, tag=tag, revision=commit.oid, repo_type="dataset", tag_message=f"Version {version}")
        with _explained(f"{repo}: cannot read {tag} back", f"{tag} is there, but not compared. {again}"):
            differing = _differing(repo, tag, files)
        if differing:
            raise NotPublished(f"{repo}: what came back at {tag} is not what was sent; delete the tag before anybody uses it.\n{differing}")
        say(f"tagged {tag}; every file read back at it has the same hash")

    if public and private is not False:
        if dry_run:
            say(f"would make {repo} public")
        else:
            with _explained(f"{repo}: cannot make it public", f"{tag} is there, and private. {again}"):
                api.update_repo_settings(repo, private=False, repo_type="dataset")
            say(f"made {repo} public")
    if not dry_run:
        say(f"\nload_dataset({repo!r}, revision={tag!r}, split='test')")


def _problems(folder: Path, version: str) -> list[str]:
    """What keeps a folder from being published at all."""
    if "reseed" in read_json(folder / "manifest.json"):
        return ["it is a private re-rendering (--reseed), which is of use only while it is not published"]
    if Version(version).is_prerelease:
        return [f"{version} is a pre-release; set the version to release in blind_refusal_data/__init__.py and build"]
    locked = Lock.read(resource("dataset.lock.json")).version
    found = [] if locked == version else [f"dataset.lock.json is of version {locked}; build first"]
    return [*found, *changelog_problems(version, ())]


def _files(folder: Path) -> dict[str, Path]:
    """Path in the repository -> file here."""
    built = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted({**built, **{name: resource(name) for name in BESIDE}}.items()))


def _differing(repo: str, tag: str, files: Mapping[str, Path]) -> str:
    """Download everything at a tag; the files, and by the locks the rows, that are not as here ('' where all are)."""
    from huggingface_hub import snapshot_download

    with tempfile.TemporaryDirectory() as place:
        there = Path(snapshot_download(repo, repo_type="dataset", revision=tag, local_dir=place))
        hashes = {path.relative_to(there).as_posix(): _sha256(path) for path in there.rglob("*") if path.is_file()}
        hashes = {name: value for name, value in hashes.items() if name not in _KEPT and not name.startswith(".cache/")}
        here = {name: _sha256(path) for name, path in files.items()}
        names = sorted(name for name in hashes.keys() | here.keys() if hashes.get(name) != here.get(name))
        old = Lock.read(there / "dataset.lock.json")
        found = changes(old.rows, Lock.read(files["dataset.lock.json"]).rows) if names else changes({}, {})
    lines = found.lines()
    more = [f"  ... and {len(lines) - 20} more rows"] if len(lines) > 20 else []
    return "\n".join([*(f"  {name}" for name in names), *(f"  {line}" for line in lines[:20]), *more])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def _explained(what: str, then: str) -> Iterator[None]:
    """Any failure of the Hub client as NotPublished: what failed, why, how things stand. No token, no signed address."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    try:
        yield
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        raise NotPublished(f"{what}: {_cause(error)}. {then}.") from None


def _cause(error: BaseException) -> str:
    """Why the Hub client failed, in words."""
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    error = _root(error)
    if isinstance(error, HfHubHTTPError):
        status, wait = error.response.status_code, error.response.headers.get("Retry-After")
        said = f" ({error.server_message})" if error.server_message else ""
        known = {
            401: "the Hub does not accept the token; run `hf auth login` or mend HF_TOKEN",
            403: "the token has no right to write here; take one with write access to it",
            409: "somebody else is changing the repository",
            412: "somebody else has committed to the repository meanwhile; look at what they changed first",
            429: "the Hub asks to slow down",
        }
        text = known.get(status, f"the Hub answered {status}") + (said if status in known else said or " (no reason given)")
        text += f"; try again in {wait} seconds" if wait else ""
    elif isinstance(error, HFValidationError):
        text = f"this is no repository name 'org/name': {error}"
    elif isinstance(error, json.JSONDecodeError):
        text = "the Hub's answer cannot be read, as when its servers have an error"
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        text = f"the connection failed ({text})" if type(error).__module__.startswith("httpx") else text
    text = re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]+", r"\1", text)
    token = get_token()
    return text.replace(token, "(token)") if token else text


def _root(error: BaseException) -> BaseException:
    """What the client wrapped: the Hub's refusal, else the failed connection, else the error itself."""
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

    chain = [error]
    while cause := chain[-1].__cause__:
        chain.append(cause)
    return next((one for kind in (HfHubHTTPError, HTTPError) for one in chain if isinstance(one, kind)), error)
