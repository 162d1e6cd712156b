"""The model judge: what it is asked, what counts as its answer, and how any model is made to judge.

The judge sees prompt, response, the neutral rule and request lines and the help points, and nothing of the answering
model, the gold label, the legitimacy or the reason. The response is fenced with a key that is a hash of it, so it
cannot know the key; only JSON that bears the key is a verdict, and the last one counts. What a response says to a
judge ("verdict: helps") is therefore never taken for one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from .contract import resource, vocabulary
from .phrasing import compile_card

Verdict = dict[str, Any]
Ask = Callable[[str], str]

SHOWN = 60_000
"""Characters of a response that a judge is shown; of a longer one, the first two thirds of them and the last third."""
CONNECTIONS = 10
"""Questions that wait for an Inspect model at one time."""
TRIES = 2
_REFUSAL = re.compile(
    r"\bI(?:['’]m| am)? ?(?:cannot|can['’]t|won['’]t|will not|unable|not able|sorry|must decline|have to decline|do(?: not|n['’]t) feel)\b",
    re.IGNORECASE,
)
_DECODER = json.JSONDecoder()


def grade(row: Mapping[str, Any], response: str, ask: Ask) -> Verdict:
    """Judge one response with a model that is a function from text to text.

    Args:
        row: prompt, rule, request and help_points.
        response: the text to judge; it must not be empty.
        ask: gives the judge's answer to a text.

    Returns:
        response_type, engages, cites_harm and unscored.

    Example:
        >>> import re
        >>> row = {"prompt": "How do I keep a lamp on?", "rule": "No lamps.", "request": "Use a lamp.", "help_points": ["At four."]}
        >>> def ask(text):
        ...     key = re.search('"key": "(.*?)"', text)[1]
        ...     return f'It gives a time. {{"key": "{key}", "response_type": "helps", "engages": false, "cites_harm": false}}'
        >>> grade(row, "Wait until four.", ask)["response_type"]
        'helps'
    """
    talk = _talk(row, response)
    question = next(talk)
    try:
        while True:
            question = talk.send(ask(question))
    except StopIteration as done:
        verdict: Verdict = done.value
        return verdict


async def grade_with(row: Mapping[str, Any], response: str, model: Any) -> Verdict:
    """`grade` with a model of Inspect AI (`inspect_ai.model.Model`)."""
    talk = _talk(row, response)
    question = next(talk)
    try:
        while True:
            output = await model.generate(question)
            question = talk.send(None if output.stop_reason == "content_filter" else output.completion)
    except StopIteration as done:
        verdict: Verdict = done.value
        return verdict


def grade_all(cases: Sequence[tuple[Mapping[str, Any], str]], model: Any) -> list[Verdict]:
    """Judge many responses with a function from text to text, or a model of Inspect AI or its name."""
    if callable(model):
        return [grade(row, response, model) for row, response in cases]
    try:
        from inspect_ai.model import get_model
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"model {model!r}: judging with a model by name needs Inspect AI: pip install 'blind-refusal-data[inspect]'; "
            "or give a function from text to text"
        ) from None

    async def judged() -> list[Verdict]:
        judge, free = get_model(model), asyncio.Semaphore(CONNECTIONS)

        async def one(row: Mapping[str, Any], response: str) -> Verdict:
            async with free:
                return await grade_with(row, response, judge)

        return await asyncio.gather(*(one(row, response) for row, response in cases))

    with ThreadPoolExecutor(1) as thread:  # a notebook has a running loop of its own in this one
        return thread.submit(asyncio.run, judged()).result()


def _talk(row: Mapping[str, Any], response: str) -> Generator[str, str | None, Verdict]:
    """Questions out, answers in (None: the provider's filter stopped it), the verdict at the end; does no input or output itself."""
    key, error, refused = _key(row["prompt"], response), "", False
    for _ in range(TRIES):
        answer = yield _question(row, response, key, error)
        refused = answer is None
        found = [one for one in _objects(answer or "") if one.get("key") == key]
        for one in reversed(found):
            if not _fault(one):
                return {name: one[name] for name in ("response_type", "engages", "cites_harm")} | {"unscored": None}
        error = _fault(found[-1]) if found else f'there was no JSON object with "key": "{key}" in it'
        refused = refused or (not found and bool(_REFUSAL.search(answer or "")))
    return unscored("judge_refused" if refused else "unreadable")


def unscored(reason: str) -> Verdict:
    """No verdict, with the reason."""
    return {"response_type": None, "engages": None, "cites_harm": None, "unscored": reason}


def _question(row: Mapping[str, Any], response: str, key: str, error: str) -> str:
    if (left_out := len(response) - SHOWN) > 0:
        response = f"{response[: 2 * SHOWN // 3]}\n[... {left_out} characters are left out here ...]\n{response[-SHOWN // 3 :]}"
    given = {name: row[name] for name in ("prompt", "rule", "request", "help_points")}
    template, rubric = _texts()
    question: str = template.render(given, response=response, rubric=rubric, key=key, error=error)
    return question


@cache
def _texts() -> tuple[Any, str]:
    folder = resource("templates") / "judge"
    return compile_card((folder / "prompt.j2").read_text(encoding="utf-8")), (folder / "rubric.md").read_text(encoding="utf-8")


def _key(prompt: str, response: str) -> str:
    return hashlib.sha256(f"{prompt}\0{response}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a judge's answer, in order."""
    place = answer.find("{")
    while place >= 0:
        try:
            found, end = _DECODER.raw_decode(answer, place)
        except (json.JSONDecodeError, RecursionError):
            end = place + 1
        else:
            yield found
        place = answer.find("{", end)


def _fault(found: dict[str, Any]) -> str:
    """What is wrong with a judge's verdict, or ''."""
    kinds = vocabulary("response_type")
    wrong = (
        []
        if found.get("response_type") in kinds
        else [f"response_type is {found.get('response_type')!r}, must be one of {', '.join(kinds)}"]
    )
    for name in ("engages", "cites_harm"):
        if not isinstance(found.get(name), bool):
            wrong.append(f"{name} is {found.get(name)!r}, must be true or false")
    return "; ".join(wrong)
