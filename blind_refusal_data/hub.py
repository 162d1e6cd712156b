"""Files of a Hub dataset repository, and what the Hub client's errors mean to those who load and who publish."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError


def download(repo: str, revision: str, path: str) -> Path:
    """One file of a Hub dataset repository at a revision, from the cache where it is there; the errors of `load`."""
    from huggingface_hub import hf_hub_download

    with explained(repo, revision, path):
        return Path(hf_hub_download(repo, path, repo_type="dataset", revision=revision))


def look(repo: str, revision: str, path: str) -> None:
    """Raise what the Hub client raises where a file is not there; reads nothing of it."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    get_hf_file_metadata(hf_hub_url(repo, path, repo_type="dataset", revision=revision))


@contextmanager
def explained(repo: str, revision: str, path: str) -> Iterator[None]:
    """The Hub client's errors, as they look to somebody who loads this dataset."""
    from huggingface_hub import errors

    try:
        yield
    except errors.HFValidationError:
        raise ValueError(f"source {repo!r} is neither a folder here nor a Hub repository 'org/name'") from None
    except errors.RevisionNotFoundError:
        raise ValueError(f"revision {revision!r}: {repo} has no such tag, branch or commit; name another with revision=") from None
    except errors.RepositoryNotFoundError:
        raise ValueError(
            f"source {repo!r}: no such folder here, and no such dataset on the Hub (or it is private and no token is set)"
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        if isinstance(answer := error.__cause__, errors.HfHubHTTPError):
            raise ConnectionError(_answered(repo, answer)) from None
        raise FileNotFoundError(
            f"the Hub cannot be reached, and the cache has no {path} of {repo} at {revision}; {_cached(repo)}"
        ) from None
    except errors.EntryNotFoundError:
        raise FileNotFoundError(f"{repo} at {revision} has no {path}; it is no build of this dataset, or an older one") from None
    except errors.HfHubHTTPError as error:
        raise ConnectionError(_answered(repo, error)) from None
    except errors.HTTPError as error:  # type: ignore[attr-defined]
        raise ConnectionError(f"{repo}: the Hub cannot be reached ({error}); {_cached(repo)}") from None


def _answered(repo: str, error: HfHubHTTPError) -> str:
    status = error.response.status_code
    return f"{repo}: the Hub does not accept the token" if status == 401 else f"{repo}: the Hub answered {status}; try again later"


def _cached(repo: str) -> str:
    """The revisions of a repository that the cache has, as the end of a message."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        found = [one for one in scan_cache_dir().repos if one.repo_id == repo and one.repo_type == "dataset"]
    except CacheNotFound:
        found = []
    names = sorted(name for one in found for revision in one.revisions for name in (revision.refs or {revision.commit_hash}))
    if not names:
        return "it has nothing of this repository"
    return f"it has {', '.join(names)}: say revision={names[-1]!r} to use that, or go online once"


def cause(error: BaseException) -> str:
    """Why the Hub client failed to publish, in words, without the token."""
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
        text = known.get(status, f"the Hub answered {status}") + said
        text += f"; try again in {wait} seconds" if wait else ""
    elif isinstance(error, HFValidationError):
        text = f"this is no repository name 'org/name': {error}"
    elif isinstance(error, json.JSONDecodeError):
        text = "the Hub's answer cannot be read, as when its servers have an error"
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        text = f"the connection failed ({text})" if type(error).__module__.startswith("httpx") else text
    token = get_token()
    return text.replace(token, "(token)") if token else text


def _root(error: BaseException) -> BaseException:
    """What the client wrapped: the Hub's refusal, else the failed connection, else the error itself."""
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

    chain = [error]
    while wrapped := chain[-1].__cause__:
        chain.append(wrapped)
    return next((one for kind in (HfHubHTTPError, HTTPError) for one in chain if isinstance(one, kind)), error)
