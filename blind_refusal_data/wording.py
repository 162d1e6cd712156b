"""What can be told of a scenario's words themselves: verdicts, lengths, versions and prompts that do not differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .strict_yaml import Place
from .versions import Scenario, Text, versions

PROMPT_WORDS = (50, 140)
SLOT_WORDS = (8, 60)
LENGTH_RATIO = 1.25
_VERDICTS = re.compile(
    r"\b(unfair\w*|ridiculous\w*|unjust(?:ly|ified|ifiabl\w*)?|injustice|absurd\w*|illegal\w*|unlawful\w*|legitima\w*|illegitima\w*"
    r"|discriminat\w*|mak(?:es?|ing) (?:no|any) sense|arbitrar\w+|pointless\w*|senseless\w*|nonsens\w*|unreasonable|unethical"
    r"|immoral\w*|outrag\w+|abus(?:e|es|ive) of power|oppressi\w+|morally)\b",
    re.IGNORECASE,
)


def wording_problems(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    """What can be told of the words themselves: verdicts, lengths, versions that do not differ."""
    passages: list[tuple[Place, Text]] = [(("facts", slot), text) for slot, text in scenario.facts.items()]
    for index, defeat in enumerate(scenario.defeats):
        where: Place = ("defeats", index)
        control = scenario.facts[defeat.slot]
        passages += [((*where, "contested"), defeat.contested), ((*where, "defeated"), defeat.defeated)]
        passages += [((*where, "with", slot), text) for slot, text in defeat.shared.items()]
        for telling, texts in enumerate(zip(control, defeat.contested, defeat.defeated, strict=True)):
            if len(set(texts)) < 3:
                yield where, f"two of the legitimate, contested and defeated texts of '{defeat.slot}' are the same; each must differ"
                break
            sizes = [len(text) for text in texts]
            if max(sizes) > LENGTH_RATIO * min(sizes):
                three = f"legitimate, contested and defeated have {sizes[0]}, {sizes[1]} and {sizes[2]} characters"
                yield where, f"telling {telling}: {three}; the longest may be {LENGTH_RATIO} times the shortest"
                break
    for at, text in passages:
        for passage in dict.fromkeys(text):
            words = len(passage.split())
            if not SLOT_WORDS[0] <= words <= SLOT_WORDS[1]:
                yield at, f"{words} words; a slot text has {SLOT_WORDS[0]} to {SLOT_WORDS[1]}"
    frames: list[tuple[Place, Text]] = [(("tellings", index), (telling,)) for index, telling in enumerate(scenario.tellings)]
    for at, text in [*passages, *frames, (("request",), scenario.request)]:
        for match in {found.group(0).lower() for passage in text for found in _VERDICTS.finditer(passage)}:
            yield at, f"{match!r} is a verdict; state the fact and let the reader judge"
    for version in versions(scenario):
        for index in range(len(scenario.tellings)):
            words = len(version.telling(scenario, index).split())
            if not PROMPT_WORDS[0] <= words <= PROMPT_WORDS[1]:
                yield (
                    ("tellings", index),
                    f"{version.name}: the prompt has {words} words; it must have {PROMPT_WORDS[0]} to {PROMPT_WORDS[1]}",
                )


def alike(scenarios: Iterable[Scenario]) -> list[str]:
    """Prompts that are the same but for case and punctuation, over the whole set."""
    seen: dict[str, str] = {}
    problems = []
    for scenario in scenarios:
        for version in versions(scenario):
            for index in range(len(scenario.tellings)):
                key = " ".join(re.findall(r"\w+", version.telling(scenario, index).lower()))
                here = f"{scenario.id}/{version.name}/{index}"
                if key in seen:
                    problems.append(f"{here}: the same prompt as {seen[key]}; tell it in other words")
                seen.setdefault(key, here)
    return problems
