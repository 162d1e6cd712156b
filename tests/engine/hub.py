"""A Hub on loopback that speaks what huggingface_hub calls for datasets, over real HTTP.

The API is at 127.0.0.1; large files are handed out, as by the real Hub, through a redirect to another host name (localhost)
with a signed address, and uploaded there. Content comes by LFS, or by Xet where the client has it, whose store is then a folder.
Faults are queued with `fail` and happen once each, or `times` over.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import yaml

WRITER, READER = "hf_" + "w" * 34, "hf_" + "r" * 34
SIGNATURE = "X-Signature=" + "5" * 40


@dataclass
class Repo:
    """A dataset repository: `commits` maps an oid to path -> blob, `tags` a name to an oid, `titles` has the commits' in order."""

    private: bool
    commits: dict[str, dict[str, Blob]] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    main: str = ""

    def commit(self, files: dict[str, Blob], title: str) -> str:
        self.main = hashlib.sha1(f"{len(self.commits)}{title}{self.main}".encode()).hexdigest()
        self.commits[self.main] = files
        self.titles.append(title)
        return self.main

    def at(self, revision: str) -> str | None:
        found = self.main if revision == "main" else self.tags.get(revision, revision)
        return found if found in self.commits else None


@dataclass(frozen=True)
class Blob:
    """A file's bytes; a large one is known by its SHA-256, a small one by git's hash."""

    data: bytes
    large: bool
    xet: str | None = None

    @property
    def oid(self) -> str:
        return sha256(self.data) if self.large else git_sha1(self.data)

    def info(self, path: str) -> dict[str, Any]:
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.oid}\nsize {len(self.data)}\n".encode()
        found: dict[str, Any] = {
            "type": "file",
            "path": path,
            "size": len(self.data),
            "oid": git_sha1(pointer if self.large else self.data),
        }
        if self.large:
            found["lfs"] = {"oid": self.oid, "size": len(self.data), "pointerSize": len(pointer)}
        if self.xet:
            found["xetHash"] = self.xet
        return found


@dataclass
class Fault:
    """What goes wrong at a call: `status` is answered in its place, or `lost` cuts the line during the request, before or after the work is done."""

    method: str
    path: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    lost: str | None = None
    before: Callable[[], object] | None = None
    times: int = 1


class Refused(Exception):
    """An error as the Hub answers it."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        self.status, self.message, self.code = status, message, code


class Hub:
    """The server; `url` is what HF_ENDPOINT takes. `calls` has (method, path, token given) of every request, `bugs` what this server did not expect."""

    def __init__(self, store: Path) -> None:
        self.repos: dict[str, Repo] = {}
        self.stored: dict[str, bytes] = {}
        self.calls: list[tuple[str, str, bool]] = []
        self.storage_calls: list[tuple[str, str, bool]] = []
        self.faults: list[Fault] = []
        self.bugs: list[str] = []
        self.xet: dict[str, tuple[str, int]] = {}
        self.xet_store = store
        self.lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        port = self.server.server_address[1]
        self.url, self.storage = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def fail(self, method: str, path: str, **fault: Any) -> None:
        """Queue a fault for calls of `method` whose path holds the pattern `path`."""
        self.faults.append(Fault(method, path, **fault))

    def fault(self, method: str, path: str) -> Fault | None:
        for one in self.faults:
            if one.method == method and one.times and re.search(one.path, path):
                one.times -= 1
                return one
        return None

    def expect_by_xet(self, paths: list[Path]) -> None:
        """Know the Xet hashes of files to come, as the real Hub learns them from what is stored."""
        import hf_xet

        for path, one in zip(paths, hf_xet.hash_files([str(path) for path in paths]), strict=True):
            self.xet[sha256(path.read_bytes())] = (one.hash, path.stat().st_size)

    def out_of_xet(self, digest: str, size: int) -> bytes:
        import hf_xet

        with tempfile.TemporaryDirectory() as folder:
            with hf_xet.XetSession().new_file_download_group(endpoint=f"local://{self.xet_store}") as group:
                group.start_download_file(hf_xet.XetFileInfo(digest, size), f"{folder}/file")
            return Path(folder, "file").read_bytes()

    def writes(self) -> list[str]:
        """Calls that change a repository."""
        changing = r"/api/repos/create|/commit/|/tag/|/settings|/storage/"
        return [f"{method} {path}" for method, path, _ in self.calls if method in ("POST", "PUT", "DELETE") and re.search(changing, path)]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ValueError):  # the client, or a fault, has cut the line
            self.close_connection = True

    def do_GET(self) -> None:
        self.answer()

    do_HEAD = do_POST = do_PUT = do_GET

    def answer(self) -> None:
        whole = urlsplit(self.path)
        path, query = unquote(whole.path), parse_qs(whole.query)
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with self.hub.lock:
            self.hub.calls.append((self.command, path, bool(given)))
            if path.startswith("/storage/"):
                self.hub.storage_calls.append((self.command, self.headers["Host"].partition(":")[0], bool(given)))
            fault = self.hub.fault(self.command, path)
        if fault and fault.lost == "during":
            self.cut()
            return
        body = self.body()
        if fault and fault.before:
            fault.before()
        if fault and fault.status:
            self.send(fault.status, fault.body or json.dumps({"error": "injected"}).encode(), fault.headers)
            return
        if fault and fault.lost == "before":
            self.cut()
            return
        try:
            with self.hub.lock:
                status, answer, headers = self.route(path, query, body, given)
        except Exception as error:
            if not isinstance(error, Refused):
                self.hub.bugs.append(f"{self.command} {self.path}: {error!r}")
                error = Refused(500, f"a bug of this Hub: {error!r}")
            headers = {"X-Error-Message": error.message} | ({"X-Error-Code": error.code} if error.code else {})
            status, answer = error.status, {"error": error.message}
        if fault and fault.lost == "after":
            self.cut()
            return
        self.send(status, answer if isinstance(answer, bytes) else json.dumps(answer).encode(), headers)

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def route(self, path: str, query: dict[str, list[str]], body: bytes, given: str) -> tuple[int, Any, dict[str, str]]:
        """Status, answer and headers of one call."""
        if path.startswith("/storage/"):
            return self.store(path.rsplit("/", 1)[1], query, body)
        if given and given not in (WRITER, READER):
            raise Refused(401, "Invalid credentials in Authorization header")
        if (self.command, path) == ("POST", "/api/repos/create"):
            return self.create(json.loads(body), given)
        if (self.command, path) == ("POST", "/api/validate-yaml"):
            front = yaml.safe_load(json.loads(body)["content"].split("---\n")[1])
            return (
                (200, {"errors": [], "warnings": []}, {})
                if isinstance(front, dict)
                else (400, {"errors": [{"message": "no metadata"}]}, {})
            )
        for pattern, method, name in _ROUTES:
            if self.command in method and (found := re.fullmatch(pattern, path)):
                repo_id, *rest = found.groups()
                repo = self.hub.repos.get(repo_id)
                if repo is None or (repo.private and not given):
                    raise Refused(401 if repo else 404, "Repository not found", "RepoNotFound")
                if name in _WRITES and given != WRITER:
                    raise Refused(403, "you need write access to this repository")
                if name in _WRITES or name == "refs":
                    done: tuple[int, Any, dict[str, str]] = getattr(self, name)(repo_id, repo, *rest, body)
                    return done
                oid = repo.at(rest[0] if rest else "main")
                if oid is None:
                    raise Refused(404, f"Invalid rev id: {rest[0]}", "RevisionNotFound")
                done = getattr(self, name)(repo_id, repo, oid, *rest[1:], body)
                return done
        raise Refused(404, f"this Hub does not know {self.command} {path}")

    def create(self, asked: dict[str, Any], given: str) -> tuple[int, Any, dict[str, str]]:
        repo_id = f"{asked['organization']}/{asked['name']}"
        if given != WRITER:
            raise Refused(403, f"you have no right to create a dataset under {asked['organization']}")
        if repo_id in self.hub.repos:
            raise Refused(409, "You already created this dataset repo")
        repo = self.hub.repos[repo_id] = Repo(private=asked.get("visibility") == "private")
        repo.commit({".gitattributes": Blob(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", large=False)}, "initial commit")
        return 200, {"url": f"{self.hub.url}/datasets/{repo_id}", "name": repo_id}, {}

    def info(self, repo_id: str, repo: Repo, oid: str, _: bytes) -> tuple[int, Any, dict[str, str]]:
        siblings = [{"rfilename": path} for path in sorted(repo.commits[oid])]
        return 200, {"id": repo_id, "sha": oid, "private": repo.private, "siblings": siblings, "tags": []}, {}

    def refs(self, _: str, repo: Repo, __: bytes) -> tuple[int, Any, dict[str, str]]:
        tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": oid} for name, oid in repo.tags.items()]
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.main}
        return 200, {"branches": [main], "tags": tags, "converts": []}, {}

    def tree(self, _: str, repo: Repo, oid: str, folder: str | None, __: bytes) -> tuple[int, Any, dict[str, str]]:
        start = f"{folder.strip('/')}/" if folder else ""
        recursive = "recursive=true" in self.path.lower()
        files, folders = [], {}
        for path, blob in sorted(repo.commits[oid].items()):
            if not path.startswith(start):
                continue
            below = path[len(start) :].split("/")
            for depth in range(1, len(below)):
                name = start + "/".join(below[:depth])
                if recursive or depth == 1:
                    folders[name] = {"type": "directory", "path": name, "size": 0, "oid": git_sha1(name.encode())}
            if recursive or len(below) == 1:
                files.append(blob.info(path))
        if start and not files and not folders:
            raise Refused(404, f"{folder} does not exist", "EntryNotFound")
        return 200, [*folders.values(), *files], {}

    def paths_info(self, _: str, repo: Repo, oid: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        sent = self.headers.get("Content-Type", "")
        paths = json.loads(body)["paths"] if "json" in sent else parse_qs(body.decode())["paths"]
        found: list[dict[str, Any]] = []
        for path in paths:
            if blob := repo.commits[oid].get(path):
                found.append(blob.info(path))
            elif any(name.startswith(f"{path}/") for name in repo.commits[oid]):
                found.append({"type": "directory", "path": path, "size": 0, "oid": git_sha1(path.encode())})
        return 200, found, {}

    def preupload(self, _: str, repo: Repo, revision: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        there = repo.commits[repo.at(revision) or repo.main]
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(".parquet") else "regular",
                "shouldIgnore": False,
                "oid": there[file["path"]].oid if file["path"] in there else None,
            }
            for file in json.loads(body)["files"]
        ]
        return 200, {"files": files}, {}

    def batch(self, repo_id: str, _: Repo, body: bytes) -> tuple[int, Any, dict[str, str]]:
        objects = []
        for one in json.loads(body)["objects"]:
            answer = {"oid": one["oid"], "size": one["size"], "authenticated": True}
            if one["oid"] not in self.hub.stored:
                answer["actions"] = {
                    "upload": {"href": f"{self.hub.storage}/storage/{one['oid']}?{SIGNATURE}"},
                    "verify": {"href": f"{self.hub.url}/datasets/{repo_id}.git/info/lfs/verify"},
                }
            objects.append(answer)
        return 200, {"transfer": "basic", "objects": objects}, {}

    def verify(self, _: str, __: Repo, body: bytes) -> tuple[int, Any, dict[str, str]]:
        asked = json.loads(body)
        if len(self.hub.stored.get(asked["oid"], b"")) != asked["size"]:
            raise Refused(404, "the object was not uploaded")
        return 200, {}, {}

    def store(self, oid: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Any, dict[str, str]]:
        if "X-Signature" not in query:
            raise Refused(403, "the address is not signed")
        if self.command == "PUT":
            if sha256(body) != oid:
                raise Refused(400, "the bytes are not those of the address")
            self.hub.stored[oid] = body
            return 200, b"", {}
        data = self.hub.stored[oid]
        headers = {"ETag": f'"{oid}"', "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
            part = data[first : last + 1]
            return 206, part, {**headers, "Content-Range": f"bytes {first}-{last}/{len(data)}", "Content-Length": str(len(part))}
        return 200, data, {**headers, "Content-Length": str(len(data))}

    def commit(self, repo_id: str, repo: Repo, _: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        lines = [json.loads(line) for line in body.splitlines()]
        header = lines[0]["value"]
        if header.get("parentCommit", repo.main) != repo.main:
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        files = dict(repo.commits[repo.main])
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = Blob(base64.b64decode(value["content"]), large=False)
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.large(value["oid"])
            else:
                assert line["key"] == "deletedFile", line
                del files[value["path"]]
        oid = repo.commit(files, header["summary"])
        return 200, {"commitUrl": f"{self.hub.url}/datasets/{repo_id}/commit/{oid}", "commitOid": oid, "hookOutput": ""}, {}

    def large(self, oid: str) -> Blob:
        if xet := self.hub.xet.get(oid):
            self.hub.stored[oid] = self.hub.out_of_xet(*xet)  # what reads ranges over HTTP gets it as well
            return Blob(self.hub.stored[oid], large=True, xet=xet[0])
        if oid not in self.hub.stored:
            raise Refused(400, f"the object {oid} was not uploaded")
        return Blob(self.hub.stored[oid], large=True)

    def tag(self, _: str, repo: Repo, revision: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        name, oid = json.loads(body)["tag"], repo.at(revision)
        if oid is None:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        if name in repo.tags:
            raise Refused(409, f"Tag {name} already exists")
        repo.tags[name] = oid
        return 200, b"", {}

    def settings(self, _: str, repo: Repo, body: bytes) -> tuple[int, Any, dict[str, str]]:
        repo.private = json.loads(body)["visibility"] == "private"
        return 200, {"private": repo.private}, {}

    def resolve(self, repo_id: str, repo: Repo, oid: str, path: str, __: bytes) -> tuple[int, Any, dict[str, str]]:
        blob = repo.commits[oid].get(path)
        headers = {"X-Repo-Commit": oid, "Accept-Ranges": "bytes"}
        if blob is None:
            raise Refused(404, f"{quote(path)} does not exist", "EntryNotFound")
        if blob.xet:
            headers |= {"X-Xet-Hash": blob.xet, "X-Xet-Refresh-Route": f"{self.hub.url}/api/datasets/{repo_id}/xet-read-token/{oid}"}
        if blob.large:
            linked = {"X-Linked-Etag": f'"{blob.oid}"', "X-Linked-Size": str(len(blob.data)), "ETag": f'"{git_sha1(blob.data)}"'}
            return 302, b"", {**headers, **linked, "Location": f"{self.hub.storage}/storage/{blob.oid}?{SIGNATURE}"}
        return 200, blob.data, {**headers, "ETag": f'"{blob.oid}"', "Content-Length": str(len(blob.data))}

    def xet_token(self, _: str, __: Repo, ___: str, ____: bytes) -> tuple[int, Any, dict[str, str]]:
        found = {"casUrl": f"local://{self.hub.xet_store}", "accessToken": "xet", "exp": int(time.time()) + 3600}
        headers = {"X-Xet-Cas-Url": found["casUrl"], "X-Xet-Access-Token": "xet", "X-Xet-Token-Expiration": str(found["exp"])}
        return 200, found, headers


_REPO = "([^/]+/[^/]+?)"
_ROUTES = [
    (rf"/api/datasets/{_REPO}", "GET", "info"),
    (rf"/api/datasets/{_REPO}/revision/(.+)", "GET", "info"),
    (rf"/api/datasets/{_REPO}/refs", "GET", "refs"),
    (rf"/api/datasets/{_REPO}/tree/([^/]+)(/.+)?", "GET", "tree"),
    (rf"/api/datasets/{_REPO}/paths-info/(.+)", "POST", "paths_info"),
    (rf"/api/datasets/{_REPO}/preupload/(.+)", "POST", "preupload"),
    (rf"/datasets/{_REPO}\.git/info/lfs/objects/batch", "POST", "batch"),
    (rf"/datasets/{_REPO}\.git/info/lfs/verify", "POST", "verify"),
    (rf"/api/datasets/{_REPO}/commit/(.+)", "POST", "commit"),
    (rf"/api/datasets/{_REPO}/tag/(.+)", "POST", "tag"),
    (rf"/api/datasets/{_REPO}/settings", "PUT", "settings"),
    (rf"/datasets/{_REPO}/resolve/([^/]+)/(.+)", "GET HEAD", "resolve"),
    (rf"/api/datasets/{_REPO}/xet-(?:read|write)-token/(.+)", "GET", "xet_token"),
]
_WRITES = ("preupload", "batch", "verify", "commit", "tag", "settings")
