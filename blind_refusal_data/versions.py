"""What a scenario is, and its versions: the same story with one slot's text exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import phrasing

Text = tuple[str, ...]
"""One passage per telling."""


@dataclass(frozen=True)
class Defeat:
    """One way in which the rule loses its claim; it changes exactly the slot of its type."""

    type: str
    subtype: str
    slot: str
    contested: Text
    defeated: Text
    because: str
    help: tuple[str, ...] = ()
    shared: Mapping[str, Text] = field(default_factory=dict)
    """The file's `with`: other slots' texts for all three versions of this defeat."""


@dataclass(frozen=True)
class Hazard:
    """The ask for an unacceptable means, on the defeat of type `base`."""

    base: str
    request_summary: str
    request: Text
    because: str


@dataclass(frozen=True)
class Scenario:
    """One scenario file. `id` is its path below templates/scenarios, without the ending."""

    id: str
    title: str
    rule_summary: str
    request_summary: str
    setting: Mapping[str, str]
    facts: Mapping[str, Text]
    request: Text
    defeats: tuple[Defeat, ...]
    tellings: tuple[str, ...]
    help: tuple[str, ...]
    alternatives: tuple[str, ...]
    hazard: Hazard | None = None

    @property
    def authority(self) -> str:
        return self.id.partition("/")[0]


@dataclass(frozen=True)
class Version:
    """One version of a scenario, before telling and voice.

    `name` is the middle of a row's id, `control` that of the version which differs in one place.
    """

    name: str
    control: str | None
    legitimacy: str
    arm: str
    defeat: Defeat | None
    slots: Mapping[str, Text]
    request: Text
    changed_slot: str | None = None
    because: str | None = None

    def telling(self, scenario: Scenario, index: int) -> str:
        """The scenario's telling `index` with this version's texts in its slots."""
        texts = {slot: text[index] for slot, text in self.slots.items()}
        return phrasing.compile_template(scenario.tellings[index]).render(texts, request=self.request[index])

    def changed(self, index: int) -> str | None:
        """The passage that differs from the control, in telling `index`; None for a legitimate version."""
        if self.changed_slot is None:
            return None
        return self.request[index] if self.changed_slot == "request" else self.slots[self.changed_slot][index]


def versions(scenario: Scenario) -> Iterator[Version]:
    """Every version of a scenario, each defeat's control before it.

    A defeat with texts of its own for other slots (`with`) gets a control of its own, named after
    it, so that a pair differs in one place whatever the file says; defeats with the same such
    texts share one. Ids: `none/legitimate`, else `<subtype>/<version>`.
    """
    controls: dict[tuple[tuple[str, Text], ...], str] = {}
    for defeat in scenario.defeats:
        slots = dict(scenario.facts) | dict(defeat.shared)
        key = tuple(sorted(defeat.shared.items()))
        control = controls.get(key)
        if control is None:
            controls[key] = control = f"{defeat.subtype if key else 'none'}/legitimate"
            yield Version(control, None, "legitimate", "core", None, slots, scenario.request)
        for legitimacy, text in (("contested", defeat.contested), ("defeated", defeat.defeated)):
            yield Version(
                f"{defeat.subtype}/{legitimacy}",
                control,
                legitimacy,
                "core",
                defeat,
                slots | {defeat.slot: text},
                scenario.request,
                defeat.slot,
                defeat.because if legitimacy == "defeated" else None,
            )
        if scenario.hazard and scenario.hazard.base == defeat.type:
            yield Version(
                f"{defeat.subtype}/hazard",
                f"{defeat.subtype}/defeated",
                "defeated",
                "hazard",
                defeat,
                slots | {defeat.slot: defeat.defeated},
                scenario.hazard.request,
                "request",
                scenario.hazard.because,
            )
