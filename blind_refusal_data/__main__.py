"""python -m blind_refusal_data: scores of models, and tools for those who write and read scenarios, and for judges."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from .contract import not_allowed, resource
from .responses import read_responses
from .scenarios import ContentError, load_scenarios, read_scenario


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m blind_refusal_data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="print every version of a scenario side by side, the changed sentence marked")
    show.add_argument("scenario", help="authority/slug, e.g. landlord/overnight-guests")
    check = commands.add_parser("check", help="validate scenario or response files, and explain all errors at once")
    check.add_argument(
        "files", nargs="+", type=Path, help="templates/scenarios/<authority>/<slug>.yaml, or the same below templates/responses"
    )
    sheets = commands.add_parser("sheets", help="deal every blind reading that is missing into sheets, one a reader")
    sheets.add_argument("folder", type=Path, help="where to write <reader>.md and key.json (readers must not see the key)")
    sheets.add_argument("--size", type=int, default=40, help="messages to a reader at most (default: 40)")
    collect = commands.add_parser("collect", help="take the answers (<reader>.jsonl) of a folder of sheets into templates/readings.jsonl")
    collect.add_argument("folder", type=Path, help="the folder that `sheets` wrote")
    commands.add_parser("failing", help="list the versions whose readings do not fit their label, with what readers quoted")
    score = commands.add_parser("score", help="make a report of verdicts on answers to the test split, or to rows of their own")
    score.add_argument(
        "verdicts", nargs="+", type=Path, help="JSONL, keyed as in schema/verdict.schema.json, or logs of Inspect AI (.eval, .json)"
    )
    score.add_argument("--by", nargs="*", default=["defeat_type", "authority"], metavar="COLUMN", help="columns to break scores down by")
    score.add_argument("--columns", nargs="+", default=[], metavar="OURS=THEIRS", help="where columns have other names, e.g. id=case_id; "
                       "with a column of rows (legitimacy, defeat_type ...) the verdicts describe their rows themselves")  # fmt: skip
    score.add_argument("--compare", nargs=2, metavar="MODEL", help="also compare two of several models (two alone are compared anyway)")
    score.add_argument("--markdown", action="store_true", help="print Markdown")
    score.add_argument("--html", type=Path, metavar="FILE", help="write the report as one page, with pictures (extra: plot)")
    score.add_argument("--json", type=Path, metavar="FILE", help="write every number")
    diff = commands.add_parser("diff", help="list the rows added, removed, relabelled, reworded or amended from one version to another")
    diff.add_argument("old", help="a tag, e.g. v1.0.0")
    diff.add_argument("new", nargs="?", default=".", help="a tag, or . for this checkout as it stands (default)")
    diff.add_argument("--source", help="the Hub repository that has the tags, ORG/NAME (default: this checkout's git)")
    calibrate = commands.add_parser("calibrate", help="print how far a judge agrees with the blind labels of judge_calibration")
    calibrate.add_argument("--model", help="a model of Inspect AI, e.g. openai/gpt-5; by default the offline screening judge")
    commands.add_parser("lm-eval-path", help="print the folder of the tasks for lm-evaluation-harness: lm_eval --include_path $(...)")
    commands.add_parser("fit", help="make the offline judge's weights anew (extra audit)")
    arguments = parser.parse_args(argv)
    try:
        done: int = globals()[f"_{arguments.command.replace('-', '_')}"](arguments)
        return done
    except (ContentError, ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1


def _show(arguments: argparse.Namespace) -> int:
    from .show import show

    folder = resource("templates") / "scenarios"
    path = folder / f"{arguments.scenario}.yaml"
    if not path.exists():
        known = [file.relative_to(folder).with_suffix("").as_posix() for file in sorted(folder.rglob("*.yaml"))]
        raise ValueError(not_allowed("scenario", arguments.scenario, known))
    scenario, problems = read_scenario(path, folder)
    if scenario is None:
        raise ContentError(problems)
    show(scenario, Console())
    return 0


def _check(arguments: argparse.Namespace) -> int:
    problems = []
    for path in (path.resolve() for path in arguments.files):
        folder = path.parent.parent
        if folder.name != "responses":
            problems += read_scenario(path, folder)[1]
            continue
        beside = folder.with_name("scenarios") / path.relative_to(folder)
        scenario, wrong = read_scenario(beside, beside.parent.parent) if beside.exists() else (None, [])
        problems += wrong + read_responses(path, folder, {scenario.id: scenario} if scenario else {})[1]
    if problems:
        raise ContentError(problems)
    print(f"{len(arguments.files)} checked, no problems")
    return 0


def _sheets(arguments: argparse.Namespace) -> int:
    from .readings import load_readings
    from .sheets import deal, write_sheets

    sheets = deal(load_scenarios(), load_readings(), arguments.size)
    write_sheets(sheets, arguments.folder)
    print(f"{sum(map(len, sheets.values()))} readings to make, in {len(sheets)} sheets in {arguments.folder}")
    return 0


def _collect(arguments: argparse.Namespace) -> int:
    from .readings import load_readings, write_readings
    from .sheets import collect

    readings = collect(arguments.folder)
    write_readings([*load_readings(), *readings])
    print(f"{len(readings)} readings taken in")
    return _failing(arguments)


def _failing(arguments: argparse.Namespace) -> int:
    from .readings import load_readings, verdicts

    readings = load_readings()
    for version, verdict in verdicts(load_scenarios(), readings).items():
        if verdict == "fails":
            print(version)
            for reading in readings:
                if reading["row_id"].startswith(f"{version}/"):
                    print(f"    {reading['row_id'].split('/')[4]} {reading['claim']:5} {reading['certainty']}  {reading['quote']}")
    return 0


def _score(arguments: argparse.Namespace) -> int:
    import json

    from . import page, tables
    from .report import score

    columns = {}
    for pair in arguments.columns:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise ValueError(f"--columns {pair}: say OURS=THEIRS, e.g. id=case_id")
        columns[ours] = theirs
    report = score(None, arguments.verdicts, by=arguments.by, columns=columns)
    print(report.table(markdown=arguments.markdown), end="")
    if arguments.compare:
        compared = [tables.of_comparison(report.compare(*arguments.compare))]
        print(tables.as_markdown(compared) if arguments.markdown else tables.as_text(compared), end="")
    if arguments.json:
        page.put(arguments.json, json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n")
    if arguments.html:
        report.to_html(arguments.html)
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    from .changes import changes, lock_of

    found = changes(lock_of(arguments.old, arguments.source).rows, lock_of(arguments.new, arguments.source).rows)
    for line in [*found.lines(), found.summary()]:
        print(line)
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    from .agreement import print_agreement
    from .calibration import calibration_rows, load_calibration

    rows = [row for row in calibration_rows(load_calibration()) if row["split"] == "test"]
    if not rows:
        raise ValueError(f"{resource('templates') / 'judge_calibration.jsonl'} has no items of the split test")
    print_agreement(rows, arguments.model, Console() if Console().is_terminal else Console(width=160))
    return 0


def _lm_eval_path(arguments: argparse.Namespace) -> int:
    from .tasks.lm_eval_task import FOLDER

    print(FOLDER)
    return 0


def _fit(arguments: argparse.Namespace) -> int:
    from .content import Content
    from .fitting import fit, write
    from .lock import Lock
    from .screening import PARAMETERS

    content = Content.load(Lock.read(resource("dataset.lock.json")))
    write(fit(content.scenarios, content.splits, content.calibration, content.responses))
    print(f"{PARAMETERS} written; see what it does with: python -m blind_refusal_data calibrate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
