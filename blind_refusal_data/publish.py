"""A built folder -> a dataset repository on the Hub: one commit, one tag, read back.

A version is there once its tag is, and the tag comes last, so nothing half published can be loaded by version. Each step looks at
what the Hub has, so the same command run again finishes what a failure left, and does nothing where nothing is left to do.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from .changes import changelog_problems, changes
from .contract import read_json, resource, sha256
from .hub import cause
from .lock import Lock

if TYPE_CHECKING:
    from huggingface_hub import HfApi

BESIDE = ("CHANGELOG.md", "dataset.lock.json")
"""Published with the files of the built folder."""
AGAIN = "Run the same command again to finish"
_KEPT = frozenset({".gitattributes"})
"""Files that the Hub itself puts into a repository, and keeps."""
_FRESH = _KEPT | {"README.md"}
"""What a repository may have that nothing was published to."""


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
    from huggingface_hub import HfApi, get_token

    version = str(read_json(folder / "manifest.json")["version"])
    tag = f"v{version}"
    if problems := _problems(folder, version):
        raise NotPublished("\n".join([f"{folder} is not to be published as {tag}:", *problems]))
    if get_token() is None:
        raise NotPublished("no token: run `hf auth login`, or set HF_TOKEN to a token with write access")
    files = _files(folder)
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    api = HfApi()
    found = _look(api, repo)
    if tag in found.tags:
        with _explained(f"{repo}: cannot read {tag} back", AGAIN):
            differing = _differing(repo, tag, files)
        if differing:
            raise NotPublished(f"{repo} has {tag} with other bytes; a published version does not change. Raise the version.\n{differing}")
        say(f"{repo} has {tag} with these bytes")
    else:
        if problem := found.problem(version):
            raise NotPublished(f"{repo} {problem}")
        if dry_run:
            say(
                f"would create the private dataset repository {repo}" if found.head is None else f"would add to {repo} at {found.head[:12]}"
            )
            say(f"would commit {len(files)} files, {size:.1f} MB, in one commit, and tag it {tag}:")
            for name in files:
                say(f"  {name}")
        else:
            commit = _send(api, repo, found, files, version)
            say(f"{len(files)} files, {size:.1f} MB, are in commit {commit[:12]}, tagged {tag}; read back, all have the same hash")
    if public and found.private:
        if dry_run:
            say(f"would make {repo} public")
        else:
            with _explained(f"{repo}: cannot make it public", f"{tag} is there, and private. {AGAIN}"):
                api.update_repo_settings(repo, private=False, repo_type="dataset")
            say(f"made {repo} public")
    if not dry_run:
        say(f"\nload_dataset({repo!r}, revision={tag!r}, split='test')")


@dataclass(frozen=True)
class _Found:
    """What the Hub has of a repository; `head` is None where there is none yet."""

    head: str | None = None
    private: bool = True
    files: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def problem(self, version: str) -> str:
        """Why a new version must not go there, or ''."""
        newer = [tag for tag in self.tags if re.fullmatch(r"v\d+\.\d+\.\d+", tag) and Version(tag) > Version(version)]
        if newer:
            return f"has {max(newer, key=Version)}, which is newer than {version}; bring the checkout up to date"
        if self.files - _FRESH and "dataset.lock.json" not in self.files:
            return f"holds something else ({', '.join(sorted(self.files)[:5])}), which publishing would replace; name another repository"
        return ""


def _look(api: HfApi, repo: str) -> _Found:
    from huggingface_hub.errors import RepositoryNotFoundError

    with _explained(f"{repo}: cannot look at it", f"Nothing was changed. {AGAIN}"):
        try:
            info = api.dataset_info(repo)
            tags = api.list_repo_refs(repo, repo_type="dataset").tags
        except RepositoryNotFoundError:
            return _Found()
        names = frozenset(one.rfilename for one in info.siblings or ())
        return _Found(info.sha, bool(info.private), names, frozenset(one.name for one in tags))


def _send(api: HfApi, repo: str, found: _Found, files: Mapping[str, Path], version: str) -> str:
    """Create, commit, tag and read back; the commit's hash."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    tag, title = f"v{version}", f"Version {version}"
    if found.head is None:
        with _explained(f"{repo}: cannot create it", f"Nothing was published. {AGAIN}"):
            api.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
        found = _look(api, repo)
    with _explained(f"{repo}: cannot commit", f"{tag} is not there. {AGAIN}"):
        gone = [CommitOperationDelete(name) for name in sorted(found.files - files.keys() - _KEPT)]
        added = [CommitOperationAdd(name, path) for name, path in files.items()]
        commit = api.create_commit(repo, [*gone, *added], repo_type="dataset", parent_commit=found.head, commit_message=title)
    with _explained(f"{repo}: cannot tag the commit", f"The files are there, {tag} is not. {AGAIN}"):
        api.create_tag(repo, tag=tag, revision=commit.oid, repo_type="dataset", tag_message=title)
    with _explained(f"{repo}: cannot read {tag} back", f"{tag} is there, but not compared. {AGAIN}"):
        differing = _differing(repo, tag, files)
    if differing:
        raise NotPublished(f"{repo}: what came back at {tag} is not what was sent; delete the tag before anybody uses it.\n{differing}")
    return str(commit.oid)


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
        hashes = {path.relative_to(there).as_posix(): sha256(path) for path in there.rglob("*") if path.is_file()}
        hashes = {name: value for name, value in hashes.items() if name not in _KEPT and not name.startswith(".cache/")}
        here = {name: sha256(path) for name, path in files.items()}
        names = sorted(name for name in hashes.keys() | here.keys() if hashes.get(name) != here.get(name))
        old = Lock.read(there / "dataset.lock.json")
        found = changes(old.rows, Lock.read(files["dataset.lock.json"]).rows) if names else changes({}, {})
    lines = found.lines()
    more = [f"  ... and {len(lines) - 20} more rows"] if len(lines) > 20 else []
    return "\n".join([*(f"  {name}" for name in names), *(f"  {line}" for line in lines[:20]), *more])


@contextmanager
def _explained(what: str, then: str) -> Iterator[None]:
    """Any failure of the Hub client as NotPublished: what failed, why, how things stand."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    try:
        yield
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        raise NotPublished(f"{what}: {cause(error)}. {then}.") from None
