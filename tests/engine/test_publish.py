"""Publishing and loading over real HTTP, with the real clients, against a Hub on loopback.

Every command runs in a process of its own, in a checkout of its own with invented scenarios, and with a cache of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from example import SCENARIO, write
from hub import READER, WRITER, Hub, Repo

from blind_refusal_data.contract import CANARY, PACKAGE

REPO = "org/name"
BUILD = (  # the audit wants 95 filled cells, which invented content does not have
    "import sys; from blind_refusal_data import build; build.check = lambda workers: 0; sys.exit(build.main(sys.argv[1:]))"
)
PUBLISH = (
    "import sys; from pathlib import Path; from blind_refusal_data.publish import NotPublished, publish\n"
    f"try: publish(Path('dist/blind-refusal'), '{REPO}', **dict.fromkeys(sys.argv[1:], True))\n"
    "except NotPublished as error: sys.exit(str(error))"
)
CHANGES = f"# Changelog\n\nCanary GUID {CANARY}\n\n## 1.0.0\n\nFirst.\n"


@dataclass
class Ran:
    code: int
    out: str
    err: str


@dataclass
class Checkout:
    """A checkout with two invented scenarios, and the way to run Python in it against a Hub."""

    root: Path
    hub: Hub
    cache: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, code: str, *arguments: str, token: str | None = WRITER, **environment: str) -> Ran:
        """Run code; whatever it prints, a token is not in it."""
        variables = {
            "PATH": os.environ["PATH"], "HOME": str(self.cache), "HF_HOME": str(self.cache), "HF_ENDPOINT": self.hub.url,
            "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            **({"HF_TOKEN": token} if token else {}), **environment,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], cwd=self.root, env=variables, capture_output=True, text=True, timeout=120, check=False
        )
        assert token is None or token not in done.stdout + done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def build(self) -> Ran:
        return self.run(BUILD)

    def publish(self, *flags: str, token: str | None = WRITER, **environment: str) -> Ran:
        return self.run(PUBLISH, *flags, token=token, **environment)

    def command(self, *arguments: str, **environment: str) -> Ran:
        return self.run("import sys; from blind_refusal_data.__main__ import main; sys.exit(main())", *arguments, **environment)

    def answer(self, code: str, **environment: str) -> object:
        """What an expression's code prints as JSON in its last line."""
        done = self.run(f"import json\nfrom blind_refusal_data import load\nfrom datasets import load_dataset\n{code}", **environment)
        assert done.code == 0, done.err
        return json.loads(done.out.splitlines()[-1])

    def set_version(self, version: str) -> None:
        path = self.root / "blind_refusal_data" / "__init__.py"
        path.write_text(re.sub(r'__version__ = ".*"', f'__version__ = "{version}"', path.read_text()))

    def files(self) -> dict[str, bytes]:
        """What a published version has."""
        folder = self.root / "dist" / "blind-refusal"
        built = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        beside = {name: self.root / name for name in ("CHANGELOG.md", "dataset.lock.json")}
        return {name: path.read_bytes() for name, path in {**built, **beside}.items()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of version 1.0.0, built once."""
    root = tmp_path_factory.mktemp("built") / "checkout"
    real = PACKAGE.parent
    shutil.copytree(PACKAGE, root / "blind_refusal_data", ignore=shutil.ignore_patterns("__pycache__", "_resources"))
    shutil.copytree(real / "schema", root / "schema")
    for name in ("voices", "voices_private", "card"):
        shutil.copytree(real / "templates" / name, root / "templates" / name)
    shutil.copy(real / "dataset_card.md", root)
    shutil.copy(real / "CITATION.cff", root)
    (root / "CHANGELOG.md").write_text(CHANGES)
    write(root / "templates" / "scenarios")
    write(root / "templates" / "scenarios", SCENARIO.replace("lamp", "radio"), "school/reading-radios")
    hub = Hub(root)
    checkout = Checkout(root, hub, root.parent / "cache")
    checkout.set_version("1.0.0")
    done = checkout.build()
    assert done.code == 0, done.err
    assert hub.calls == []
    hub.close()
    return root


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path / "xet")
    yield hub
    hub.close()
    assert hub.bugs == []
    assert not [call for call in hub.storage_calls if call[1] != "localhost" or call[2]], "the token went to another host"


@pytest.fixture
def checkout(built: Path, hub: Hub, tmp_path: Path) -> Checkout:
    shutil.copytree(built, tmp_path / "checkout")
    return Checkout(tmp_path / "checkout", hub, tmp_path / "cache")


def at(repo: Repo, revision: str) -> dict[str, bytes]:
    """The files of a repository at a revision, without the Hub's own."""
    found = repo.at(revision)
    assert found
    return {path: blob.data for path, blob in repo.commits[found].items() if path != ".gitattributes"}


def test_the_first_publishing_makes_a_private_repository_with_one_commit_and_a_tag(checkout: Checkout, hub: Hub) -> None:
    done = checkout.run(BUILD, "--publish", REPO)
    assert done.code == 0, done.err
    assert f"load_dataset('{REPO}', revision='v1.0.0', split='test')" in done.out
    repo = hub.repos[REPO]
    assert repo.private
    assert repo.titles == ["initial commit", "Version 1.0.0"]
    assert repo.tags == {"v1.0.0": repo.main}
    assert at(repo, "v1.0.0") == checkout.files()
    assert {"CHANGELOG.md", "dataset.lock.json", "manifest.json", "README.md", "coverage.svg", "data/core/test.parquet"} <= set(
        at(repo, "v1.0.0")
    )
    assert [name for name, data in at(repo, "v1.0.0").items() if CANARY.encode() not in data] == []


def test_publishing_the_same_bytes_again_changes_nothing(checkout: Checkout, hub: Hub) -> None:
    checkout.publish()
    hub.calls.clear()
    done = checkout.publish()
    assert done.code == 0, done.err
    assert "org/name has v1.0.0 with these bytes" in done.out
    assert hub.writes() == []


def test_the_published_version_loads_by_the_plain_datasets_library(checkout: Checkout) -> None:
    checkout.publish()
    rows = "load_dataset('org/name', revision='v1.0.0', split='test'"
    found = checkout.answer(
        f"plain = {rows}); streamed = list({rows}, streaming=True))\n"
        f"wanted = [('legitimacy', '==', 'defeated'), ('voice', '==', 'chat')]\n"
        f"filtered = {rows}, filters=wanted); filtered_stream = list({rows}, filters=wanted, streaming=True))\n"
        "expected = [row for row in plain.to_list() if row['legitimacy'] == 'defeated' and row['voice'] == 'chat']\n"
        "others = {config: load_dataset('org/name', config, revision='v1.0.0', split='test').num_rows for config in ('hazard', 'pairs')}\n"
        "print(json.dumps([plain.num_rows, streamed == plain.to_list(), len(expected), filtered.to_list() == expected, filtered_stream == expected, others]))"
    )
    assert found == [30, True, 4, True, True, {"hazard": 6, "pairs": 12}]


def test_load_takes_this_version_by_default_and_the_cache_offline(checkout: Checkout, hub: Hub) -> None:
    checkout.publish()
    load = "print(json.dumps([load('test', source='org/name', voice='chat').num_rows, len(list(load('test', source='org/name', streaming=True)))]))"
    assert checkout.answer(load) == [10, 30]
    assert any("/resolve/v1.0.0/data/core/test.parquet" in path for _, path, _ in hub.calls)
    hub.calls.clear()
    assert checkout.answer(load, HF_HUB_OFFLINE="1") == [10, 30]
    assert hub.calls == []


@pytest.mark.parametrize("streaming", [False, True])
def test_offline_without_this_version_load_names_the_versions_that_are_cached(checkout: Checkout, streaming: bool) -> None:
    checkout.publish()
    checkout.answer("print(load('test', source='org/name').num_rows)")
    checkout.set_version("1.1.0")
    code = f"from blind_refusal_data import load; load('test', source='org/name', streaming={streaming})"
    done = checkout.run(code, HF_HUB_OFFLINE="1")
    assert (
        "FileNotFoundError: the Hub cannot be reached, and the cache has no data/core/test.parquet of org/name at v1.1.0; it has v1.0.0"
        in done.err
    )
    assert "say revision='v1.0.0'" in done.err
    assert "it has nothing of this repository" in checkout.run(code, HF_HUB_OFFLINE="1", HF_HOME=str(checkout.cache / "new")).err
    if streaming:  # else the client tries for half a minute
        unreachable = checkout.run(code, HF_ENDPOINT="http://127.0.0.1:9")
        assert re.search(r"ConnectionError: org/name: the Hub cannot be reached \(.*\); it has v1.0.0", unreachable.err)
    online = checkout.run(code)
    assert "ValueError: revision 'v1.1.0': org/name has no such tag" in online.err


@pytest.mark.parametrize("streaming", [False, True])
def test_what_the_hub_refuses_while_loading_is_said(checkout: Checkout, hub: Hub, streaming: bool) -> None:
    code = f"from blind_refusal_data import load; load('test', source='org/name', streaming={streaming})"
    hub.fail("HEAD", "/resolve/", status=501, times=99)
    assert "ConnectionError: org/name: the Hub answered 501; try again later" in checkout.run(code).err
    hub.faults.clear()
    assert "ConnectionError: org/name: the Hub does not accept the token" in checkout.run(code, token="hf_" + "x" * 34).err
    assert "ValueError: source 'org/name': no such folder here, and no such dataset on the Hub" in checkout.run(code).err


def test_a_private_repository_opens_to_public_and_to_nobody_else(checkout: Checkout, hub: Hub) -> None:
    checkout.publish()
    loads = "from blind_refusal_data import load; print(load('test', source='org/name').num_rows)"
    assert "no such dataset on the Hub (or it is private and no token is set)" in checkout.run(loads, token=None).err
    assert "made org/name public" in checkout.publish("public").out
    assert checkout.run(loads, token=None).out == "30\n"
    assert hub.repos[REPO].titles == ["initial commit", "Version 1.0.0"]


def test_a_dry_run_says_all_and_changes_nothing(checkout: Checkout, hub: Hub) -> None:
    done = checkout.publish("dry_run", "public")
    assert done.code == 0, done.err
    assert "would create the private dataset repository org/name" in done.out
    assert "  data/core/test.parquet\n" in done.out
    assert "would make org/name public" in done.out
    assert "load_dataset" not in done.out
    assert hub.repos == {}
    checkout.publish()
    hub.repos[REPO].tags.clear()
    hub.calls.clear()
    assert "would add to org/name at" in checkout.publish("dry_run").out
    assert hub.writes() == []


def test_xet_is_one_commit_too(checkout: Checkout, hub: Hub) -> None:
    pytest.importorskip("hf_xet")
    hub.expect_by_xet(sorted((checkout.root / "dist").rglob("*.parquet")))
    done = checkout.publish(HF_HUB_DISABLE_XET="0")
    assert done.code == 0, done.err
    repo = hub.repos[REPO]
    assert repo.titles == ["initial commit", "Version 1.0.0"]
    assert at(repo, "v1.0.0") == checkout.files()
    assert not [path for _, path, _ in hub.calls if "/info/lfs/" in path or path.startswith("/storage/")]
    found = checkout.answer("print(load_dataset('org/name', revision='v1.0.0', split='test').num_rows)", HF_HUB_DISABLE_XET="0")
    assert found == 30


def other_commit(hub: Hub) -> None:
    repo = hub.repos[REPO]
    repo.commit(repo.commits[repo.main], "somebody else")


HTML = {"status": 500, "body": b"<html>sorry</html>", "headers": {"Content-Type": "text/html"}}
FAULTS = [
    ("GET", "/api/datasets/org/name$", {"status": 500}, "cannot look at it: the Hub answered 500 (injected). Nothing was changed"),
    ("GET", "/api/datasets/org/name$", {"lost": "before"}, "cannot look at it: the connection failed (RemoteProtocolError"),
    ("POST", "/repos/create", {"status": 500}, "cannot create it: the Hub answered 500 (injected). Nothing was published"),
    ("POST", "/repos/create", {"lost": "after"}, "cannot create it: the connection failed (RemoteProtocolError"),
    ("POST", "/validate-yaml", HTML, "cannot commit: the Hub's answer cannot be read, as when its servers have an error. v1.0.0 is not there"),
    ("POST", "/preupload/", {"status": 403}, "cannot commit: the token has no right to write here; take one with write access to it (injected)"),
    ("PUT", "/storage/", {"status": 507, "times": 99}, "cannot commit: the Hub answered 507 (injected). v1.0.0 is not there"),
    ("POST", "/commit/", {"status": 500}, "cannot commit: the Hub answered 500 (injected). v1.0.0 is not there. Run the same command again"),
    ("POST", "/commit/", {"status": 503, "headers": {"Retry-After": "7"}}, "cannot commit: the Hub answered 503 (injected); try again in 7 seconds"),
    ("POST", "/commit/", {"status": 429, "headers": {"Retry-After": "60"}}, "cannot commit: the Hub asks to slow down (injected); try again in 60 seconds"),
    ("POST", "/commit/", {"lost": "before"}, "cannot commit: the connection failed (RemoteProtocolError"),
    ("POST", "/commit/", {"lost": "after"}, "cannot commit: the connection failed (RemoteProtocolError"),
    ("POST", "/tag/", {"status": 500}, "cannot tag the commit: the Hub answered 500 (injected). The files are there, v1.0.0 is not"),
    ("POST", "/tag/", {"lost": "before"}, "cannot tag the commit: the connection failed (RemoteProtocolError"),
    ("POST", "/tag/", {"lost": "after"}, "cannot tag the commit: the connection failed (RemoteProtocolError"),
    ("GET", "/revision/v1.0.0", {"status": 502}, "cannot read v1.0.0 back: the Hub answered 502 (injected). v1.0.0 is there, but not compared"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "fault", "said"), FAULTS)
def test_after_a_failure_nothing_half_published_can_be_loaded_and_a_rerun_finishes(
    method: str, path: str, fault: dict[str, object], said: str, checkout: Checkout, hub: Hub
) -> None:
    hub.fail(method, path, **fault)
    failed = checkout.publish(HF_DEBUG="1")  # logs whole requests
    assert failed.code == 1
    message = failed.err[failed.err.rindex("\norg/name: ") + 1 :] if "\norg/name: " in failed.err else failed.err
    assert message.startswith(f"org/name: {said}")
    assert "Traceback" not in failed.err
    repo = hub.repos.get(REPO)
    for tag in repo.tags if repo else ():
        assert at(repo, tag) == checkout.files()
    hub.faults.clear()
    again = checkout.publish()
    assert again.code == 0, again.err
    repo = hub.repos[REPO]
    assert repo.titles == ["initial commit", "Version 1.0.0"]
    assert at(repo, "v1.0.0") == checkout.files()


@pytest.mark.parametrize("lost", ["during", "before", "after"])
def test_a_lost_upload_is_sent_again_by_the_client(lost: str, checkout: Checkout, hub: Hub) -> None:
    hub.fail("PUT", "/storage/", lost=lost)
    done = checkout.publish()
    assert done.code == 0, done.err
    assert at(hub.repos[REPO], "v1.0.0") == checkout.files()


def test_a_commit_on_a_stale_parent_is_refused(checkout: Checkout, hub: Hub) -> None:
    hub.fail("POST", "/commit/", before=lambda: other_commit(hub))
    failed = checkout.publish()
    assert "org/name: cannot commit: somebody else has committed to the repository meanwhile; look at what they changed first" in failed.err
    assert hub.repos[REPO].titles == ["initial commit", "somebody else"]
    assert checkout.publish().code == 0
    assert hub.repos[REPO].titles == ["initial commit", "somebody else", "Version 1.0.0"]


def test_a_token_that_the_server_echoes_is_left_out_of_the_message(checkout: Checkout, hub: Hub) -> None:
    hub.fail("POST", "/commit/", status=400, body=json.dumps({"error": f"what is {WRITER}?"}).encode())
    assert "cannot commit: the Hub answered 400 (what is (token)?)" in checkout.publish().err


def test_a_repository_of_something_else_or_of_a_newer_version_is_left_alone(checkout: Checkout, hub: Hub) -> None:
    checkout.publish()
    repo = hub.repos[REPO]
    repo.tags = {"v1.1.0": repo.main, "v0.9.0": repo.main, "draft": repo.main}
    assert "org/name has v1.1.0, which is newer than 1.0.0; bring the checkout up to date" in checkout.publish().err
    repo.tags.clear()
    repo.commits[repo.main] = {"thesis.txt": repo.commits[repo.main]["README.md"]}
    assert "org/name holds something else (thesis.txt), which publishing would replace" in checkout.publish().err
    assert (list(repo.commits[repo.main]), repo.tags) == (["thesis.txt"], {})


def test_no_token_a_wrong_one_and_one_that_may_only_read_are_told_apart(checkout: Checkout, hub: Hub) -> None:
    assert "no token: run `hf auth login`" in checkout.publish(token=None).err
    assert hub.calls == []
    assert "cannot look at it: the Hub does not accept the token" in checkout.publish(token="hf_" + "x" * 34).err
    assert "cannot create it: the token has no right to write here" in checkout.publish(token=READER).err
    assert hub.repos == {}
    checkout.publish()
    hub.repos[REPO].tags.clear()
    assert "cannot commit: the token has no right to write here" in checkout.publish(token=READER).err
    assert hub.repos[REPO].tags == {}


def test_a_published_version_with_other_bytes_is_refused_and_the_rows_are_named(checkout: Checkout, hub: Hub) -> None:
    checkout.publish()
    before = dict(hub.repos[REPO].commits)
    (checkout.root / "dataset.lock.json").unlink()  # another checkout, that has not seen the release
    write(checkout.root / "templates" / "scenarios", SCENARIO.replace("another reader, who", "another guest, who"))
    assert checkout.build().code == 0
    hub.calls.clear()
    refused = checkout.publish()
    assert refused.code == 1
    assert "org/name has v1.0.0 with other bytes; a published version does not change" in refused.err
    assert "  data/core/" in refused.err
    assert "  - reworded: `school/reading-lamps/impersonated_authority/defeated/0/chat`" in refused.err
    assert "school/reading-radios" not in refused.err
    assert hub.writes() == []
    assert hub.repos[REPO].commits == before


def test_what_came_back_is_compared_with_what_was_sent(checkout: Checkout, hub: Hub) -> None:
    def spoil() -> None:
        repo = hub.repos[REPO]
        repo.commits[repo.main].pop("coverage.svg")

    hub.fail("GET", "/revision/v1.0.0", before=spoil)
    failed = checkout.publish()
    assert failed.code == 1
    assert "what came back at v1.0.0 is not what was sent; delete the tag before anybody uses it.\n  coverage.svg" in failed.err


def test_what_is_not_to_be_published_is_refused_before_any_call(checkout: Checkout, hub: Hub) -> None:
    changelog = checkout.root / "CHANGELOG.md"
    changelog.write_text("# Changelog\n")
    assert "CHANGELOG.md has no section '## 1.0.0'" in checkout.publish().err
    changelog.write_text(CHANGES)
    lock = checkout.root / "dataset.lock.json"
    lock.write_text(lock.read_text().replace('"version": "1.0.0"', '"version": "0.9.0"'))
    assert "dataset.lock.json is of version 0.9.0; build first" in checkout.publish().err
    checkout.set_version("1.1.0.dev0")
    assert checkout.build().code == 0
    assert "1.1.0.dev0 is a pre-release" in checkout.publish().err
    shutil.rmtree(checkout.root / "dist")
    assert checkout.run(BUILD, "--reseed", "7", "--out", "dist/blind-refusal").code == 0
    assert "it is a private re-rendering (--reseed)" in checkout.publish().err
    assert hub.calls == []


def test_content_that_does_not_pass_its_checks_is_not_published(checkout: Checkout, hub: Hub) -> None:
    done = checkout.run("import sys; from blind_refusal_data.build import main; sys.exit(main())", "--publish", REPO)
    assert done.code == 1
    assert "error: empty cells: 93, bar 0" in done.err
    assert hub.calls == []


def test_a_typo_fix_goes_the_whole_way(checkout: Checkout, hub: Hub) -> None:
    """From the contributor's edit to what users of either version load."""
    checkout.publish()
    root, git = checkout.root, ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for step in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "1.0.0"], ["tag", "v1.0.0"]):
        subprocess.run([*git, *step], cwd=root, check=True)
    name = next(name for name, split in json.loads((root / "dataset.lock.json").read_text())["splits"].items() if split == "train")
    path = root / "templates" / "scenarios" / f"{name}.yaml"
    path.write_text(path.read_text().replace("I am nearly blind under", "I am almost blind under"))
    assert checkout.command("check", str(path)).code == 0

    reworded = [f"{name}/systematically_disadvantaged/{version}/{telling}/{voice}"
                for version in ("defeated", "hazard") for telling in (0, 1) for voice in ("bare", "chat", "forum")]  # fmt: skip
    lines = [f"- reworded: `{row}`" for row in reworded]
    summary = "0 added, 0 removed, 0 relabelled, 12 reworded, 0 amended"
    assert checkout.command("diff", "v1.0.0").out.splitlines() == [*lines, summary]

    assert "make it a MINOR version" in checkout.build().err
    checkout.set_version("1.1.0")
    refused = checkout.build()
    assert "CHANGELOG.md has no section '## 1.1.0'" in refused.err
    (root / "CHANGELOG.md").write_text(CHANGES + "\n## 1.1.0\n\nA typo.\n")
    refused = checkout.build()
    assert "CHANGELOG.md, section 1.1.0: 12 corrected rows are not named" in refused.err
    assert f"- `{reworded[0]}`" in refused.err
    assert json.loads((root / "dataset.lock.json").read_text())["version"] == "1.0.0"
    (root / "CHANGELOG.md").write_text(CHANGES + "\n## 1.1.0\n\nA typo:\n\n" + "\n".join(lines) + "\n")
    done = checkout.build()
    assert done.code == 0, done.err

    done = checkout.publish()
    assert done.code == 0, done.err
    repo = hub.repos[REPO]
    assert repo.titles == ["initial commit", "Version 1.0.0", "Version 1.1.0"]
    assert sorted(repo.tags) == ["v1.0.0", "v1.1.0"]
    assert checkout.command("diff", "v1.0.0", "v1.1.0", "--source", REPO).out.splitlines() == [*lines, summary]
    assert "0 added, 0 removed, 0 relabelled, 0 reworded, 0 amended" in checkout.command("diff", "v1.1.0", "--source", REPO).out
    count = "sum('almost blind' in row['prompt'] for row in load('train', source='org/name'{})), sum('nearly blind' in row['prompt'] for row in load('train', source='org/name'{}))"
    old, new = count.format(", revision='v1.0.0'", ", revision='v1.0.0'"), count.format("", "")
    assert checkout.answer(f"print(json.dumps([{old}, {new}]))") == [0, 6, 6, 0]


def test_a_file_that_a_version_drops_is_gone_from_it_and_stays_in_the_earlier_one(checkout: Checkout, hub: Hub) -> None:
    extra = checkout.root / "dist" / "blind-refusal" / "notes" / "old.txt"
    extra.parent.mkdir()
    extra.write_text("old")
    assert checkout.publish().code == 0
    checkout.set_version("1.1.0")
    (checkout.root / "CHANGELOG.md").write_text(CHANGES + "\n## 1.1.0\n\nNo notes.\n")
    assert checkout.build().code == 0
    assert checkout.publish().code == 0
    repo = hub.repos[REPO]
    assert "notes/old.txt" in at(repo, "v1.0.0")
    assert at(repo, "v1.1.0") == checkout.files()
    assert "notes/old.txt" not in at(repo, "v1.1.0")


def test_diff_says_where_a_version_could_be(checkout: Checkout) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=checkout.root, check=True)
    assert "version 'v9.9.9': git has no dataset.lock.json there" in checkout.command("diff", "v9.9.9").err
    checkout.publish()
    assert "revision 'v9.9.9': org/name has no such tag" in checkout.command("diff", "v9.9.9", "--source", REPO).err
