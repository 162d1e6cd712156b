"""The command line of build_dataset.py: parses flags, calls the package, prints what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .changes import changelog_problems, changes
from .content import Content
from .contract import CONFIGS, resource, vocabulary
from .dataset import Built, build, write_lock
from .lock import Lock
from .publish import NotPublished, publish

ROOT = Path(__file__).resolve().parent.parent


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the dataset from templates/ and schema/.")
    parser.add_argument("--out", type=Path, help="folder to build (default: dist/blind-refusal)")
    parser.add_argument("--workers", type=int, default=1, help="processes that render; the bytes do not depend on it (default: 1)")
    parser.add_argument(
        "--check", action="store_true", help="validate, build to a temporary place, compare with the lock, print the audit; writes nothing"
    )
    parser.add_argument("--publish", metavar="ORG/NAME", help="build, check, and publish this version as a dataset on the Hub (private)")
    parser.add_argument("--public", action="store_true", help="with --publish: make the repository public")
    parser.add_argument("--dry-run", action="store_true", help="with --publish: say what would be done, change nothing on the Hub")
    parser.add_argument(
        "--reseed", type=int, metavar="N", help="make a private re-rendering of the test split (default --out: dist/reseed-N)"
    )
    arguments = parser.parse_args(argv)
    if arguments.workers < 1:
        parser.error(f"--workers {arguments.workers}: must be 1 or more")
    if (arguments.public or arguments.dry_run) and not arguments.publish:
        parser.error("--public and --dry-run go with --publish ORG/NAME")
    if sum((arguments.check, arguments.publish is not None, arguments.reseed is not None)) > 1:
        parser.error("--check, --publish and --reseed go one at a time")
    out = arguments.out or ROOT / "dist" / ("blind-refusal" if arguments.reseed is None else f"reseed-{arguments.reseed}")
    try:
        if arguments.check:
            return check(arguments.workers)
        if arguments.reseed is not None:
            return reseed(out, arguments.reseed)
        made = make(out, arguments.workers)
        if made or not arguments.publish:
            return made
        if check(arguments.workers):
            return 1
        publish(out, arguments.publish, public=arguments.public, dry_run=arguments.dry_run)
        return 0
    except (ValueError, FileExistsError, FileNotFoundError, ModuleNotFoundError, NotPublished) as error:
        print(error, file=sys.stderr)
        return 1


def make(out: Path, workers: int) -> int:
    """Build into `out`, bring the lock file up to date, print the table and the line that loads it."""
    lock_path = resource("dataset.lock.json")
    lock = Lock.read(lock_path)
    content = Content.load(lock)
    stale = lock.audit.get("of") != content.digest
    if stale and find_spec("sklearn"):
        from .audit import audit, for_card

        lock = replace(lock, audit={"of": content.digest, "findings": for_card(audit(content))})
    built = _build(out, content, workers, lock)
    if problems := _unsaid(lock, built.lock):
        raise ValueError("\n".join([f"{lock_path.name} stays as it is:", *problems]))
    if built.lock != Lock.read(lock_path):
        write_lock(lock_path, built.lock)
    console = Console()
    console.print(_table(built))
    shown = out if not out.is_relative_to(Path.cwd()) else out.relative_to(Path.cwd())
    console.print(f"\nload_dataset({str(shown)!r}, split='test')", highlight=False, soft_wrap=True)
    return 0


def check(workers: int) -> int:
    """Validate, build to a temporary place, compare with the lock, print the audit; 1 where something is wrong."""
    if not find_spec("sklearn"):
        raise ModuleNotFoundError("--check needs scikit-learn: pip install -e '.[audit]'")
    from .audit import audit, print_audit

    lock_path = resource("dataset.lock.json")
    lock = Lock.read(lock_path)
    content = Content.load(lock)
    console = Console() if Console().is_terminal else Console(width=160)  # a log has room
    with tempfile.TemporaryDirectory() as folder:
        built = _build(Path(folder) / "dataset", content, workers, lock)
        console.print(_table(built))
    errors = []
    if built.lock != lock or lock.audit.get("of") != content.digest:
        errors.append(f"{lock_path.name} is not up to date; run python build_dataset.py (with the extra audit) and commit it")
    errors += _unsaid(lock, built.lock)
    findings = audit(content)
    print_audit(findings, console)
    errors += [finding.message for finding in findings if finding.is_error]
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors else 0


def reseed(out: Path, seed: int) -> int:
    """Make the private re-rendering of one seed."""
    from .reseed import reseed as rerender

    counts = rerender(out, Content.load(Lock.read(resource("dataset.lock.json"))), seed)
    print(", ".join(f"{config} {count}" for config, count in counts.items()), f"rows of the test split in {out}; keep them to yourself")
    return 0


def _unsaid(lock: Lock, new: Lock) -> list[str]:
    """What CHANGELOG.md does not say of a release that goes beyond the locked one."""
    if new.version == lock.version:
        return []
    return changelog_problems(str(new.version), changes(lock.rows, new.rows).corrected)


def _build(out: Path, content: Content, workers: int, lock: Lock) -> Built:
    console = Console()
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("scenarios", total=len(content.scenarios))
        return build(out, content, lock=lock, workers=workers, progress=lambda done: bar.advance(task, done))


def _table(built: Built) -> Table:
    splits, figures = vocabulary("split"), built.figures
    table = Table(title=f"blind-refusal {figures['version']}")
    table.add_column("")
    for name in (*splits, "all"):
        table.add_column(name, justify="right")

    def line(title: str, numbers: list[int], total: int | None = None) -> None:
        table.add_row(title, *map(str, [*numbers, sum(numbers) if total is None else total]))

    line("scenarios", [figures["scenarios"][split] for split in splits])
    for config in CONFIGS:
        line(f"rows: {config}", [figures["counts"][config][split] for split in splits])
    line("cells with a pair", [figures["cells_by_split"][split] for split in splits], figures["cells_filled"])
    table.caption = (
        f"{figures['cells_filled']} of {figures['cells']} cells filled, {figures['subtypes_used']} subtypes, {figures['regions']} regions"
    )
    return table
