"""A scenario's versions side by side, the changed sentence marked: what an author looks at."""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from .gold import gold_action
from .versions import Scenario, versions

_COLOUR = {"legitimate": "green", "contested": "yellow", "defeated": "red"}


def show(scenario: Scenario, console: Console) -> None:
    """Print every version in every telling; the changed passage is reversed, or in >> << without colour."""
    console.rule(f"{scenario.id}: {scenario.title}")
    console.print(f"rule: {scenario.rule_summary}\nask: {scenario.request_summary}\n", highlight=False)
    width = max(40, console.width // 2 - 2)
    for index in range(len(scenario.tellings)):
        panels = []
        for version in versions(scenario):
            prompt = version.telling(scenario, index)
            colour = _COLOUR[version.legitimacy]
            panels.append(
                Panel(
                    _marked(prompt, version.changed(index), colour, console.is_terminal),
                    title=f"{version.name} -> {gold_action(version.legitimacy, version.arm)}",
                    subtitle=f"{len(prompt.split())} words",
                    border_style=colour,
                    width=width,
                )
            )
        console.print(f"telling {index}", style="bold")
        console.print(Columns(panels) if console.is_terminal else Group(*panels))
    for title, points in (("help", scenario.help), ("alternatives", scenario.alternatives)):
        console.print(f"{title}:", style="bold")
        for point in points:
            console.print(f"  - {point}", highlight=False)


def _marked(prompt: str, changed: str | None, colour: str, in_colour: bool) -> Text:
    if changed is None:
        return Text(prompt)
    before, passage, after = prompt.partition(changed)
    mark = passage if in_colour else f">>{passage}<<"
    return Text.assemble(before, (mark, f"bold {colour} reverse"), after)
