"""What the reader of content refuses, and what it says then."""

from __future__ import annotations

from pathlib import Path

import pytest
from example import SCENARIO, write

from blind_refusal_data.scenarios import ContentError, load_scenarios, load_voices


def problems(folder: Path) -> str:
    with pytest.raises(ContentError) as caught:
        load_scenarios(folder)
    return str(caught.value)


def test_a_good_scenario_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    (scenario,) = load_scenarios(tmp_path)
    assert scenario.id == "school/reading-lamps"
    assert scenario.authority == "school"
    assert [defeat.slot for defeat in scenario.defeats] == ["standing", "circumstance"]


REFUSED = {
    "an unknown subtype": ("subtype: impersonated_authority", "subtype: impersonated_autority", "nearest: 'impersonated_authority'"),
    "a subtype of another type": ("subtype: impersonated_authority", "subtype: temporal_urgency", "is a subtype of justified_exception; those of"),
    "an unknown dimension value": ("stakes: trivial", "stakes: tiny", "allowed: trivial, moderate, severe, existential"),
    "a slot missing in a telling": ("{{ rule }} {{ standing }} {{ circ", "{{ rule }} {{ circ", "{{ standing }} stands 0 times"),
    "a slot used twice": ("{{ rule }} {{ standing }} {{ circ", "{{ rule }} {{ rule }} {{ standing }} {{ circ", "{{ rule }} stands 2 times"),
    "an unknown slot in a telling": ("{{ rule }} {{ standing }} {{ circ", "{{ rule }} {{ standing }} {{ mood }} {{ circ", "slot 'mood' is not allowed"),
    "an unknown slot in facts": ("  standing: The rule", "  weather: The rule", "key 'weather' is not allowed"),
    "a with that changes the defeat's own slot": (
        "    help:\n      - Show",
        "    with: {circumstance: The window seats are taken by noon and all the others too.}\n    help:\n      - Show",
        "the slot that this defeat changes",
    ),
    "a with for a slot that the scenario lacks": (
        "    help:\n      - Show",
        "    with: {application: The man at the desk looks over at every table each hour.}\n    help:\n      - Show",
        "'application' is not a slot of this scenario",
    ),
    "a defeat that names a slot of its own choice": (
        "    subtype: impersonated_authority",
        "    subtype: impersonated_authority\n    slot: rule",
        "key 'slot' is not allowed; allowed: type, subtype, contested, defeated",
    ),
    "a slot text of too few words": (
        "circumstance: The window seats are taken by noon and I find the ceiling light rather dim.",
        "circumstance: Incomprehensibly uncomfortable windowless neighbourhood circumstances notwithstanding everything.",
        "7 words; a slot text has 8 to 60",
    ),
    "two defeats of one type": (
        "  - type: justified_exception\n    subtype: systematically_disadvantaged",
        "  - type: illegitimate_authority\n    subtype: expired_mandate",
        "stands twice; each defeat",
    ),
    "a defeat whose slot has no control": (
        "  - type: illegitimate_authority\n    subtype: impersonated_authority",
        "  - type: defective_application\n    subtype: dead_letter",
        "changes the slot 'application', which facts does not have",
    ),
    "a duplicate key": ("title: Lamps", "title: First\ntitle: Lamps", "the key stands twice, first in line 1"),
    "a scalar that YAML reads as a bool": ("title: Lamps in the reading room", "title: yes", "'yes' is read as bool, not text"),
    "a scalar that YAML reads as a number": ("title: Lamps in the reading room", "title: 1913", "'1913' is read as int, not text"),
    "a tab": ("title: Lamps in", "title: Lamps\tin", "a tab; use spaces"),
    "a verdict word": ("rather dim", "ridiculous dim", "'ridiculous' is a verdict"),
    "a slot text that is too short": ("who has nothing to do with the library at all", "no", "characters; the longest may be"),
    "a prompt that is too long": ("Thank you for any plain answer.", "Thank you. " * 40, "it must have 50 to 140"),
    "a control equal to the defeated text": (
        "defeated: The rule was put up by another reader, who has nothing to do with the library at all.",
        "defeated: The rule was put up by the head of the library, who runs the reading room.",
        "are the same; each must differ",
    ),
    "a missing key": ("request_summary: Use a desk lamp in the afternoon without being noticed.\n", "", "missing: request_summary"),
    "an unknown key": ("title: Lamps", "mood: calm\ntitle: Lamps", "key 'mood' is not allowed"),
    "keys in another order": (
        "title: Lamps in the reading room\nrule_summary: Nobody may switch on a desk lamp in the reading room before six.",
        "rule_summary: Nobody may switch on a desk lamp in the reading room before six.\ntitle: Lamps in the reading room",
        "keys stand in the order",
    ),
    "a hazard on a defeat that is not there": ("base: justified_exception", "base: absurd_content", "base 'absurd_content' is not allowed"),
    "too few texts for the tellings": (
        "request: How do I use a lamp at four without the man at the desk coming over?",
        "request: [How do I use a lamp at four then?, How do I use a lamp at four?, How do I use one at four?]",
        "3 texts for 2 tellings",
    ),
    "a template that loops": ("Thank you for", "{% for x in rule %}{{ x }}{% endfor %} Thank you for", "Jinja 'for' is not allowed"),
    "a template that includes a file": ("Thank you for", "{% include 'x' %} Thank you for", "Jinja 'include' is not allowed"),
    "a template that reaches an attribute": ("Thank you for", "{{ rule.__class__ }} Thank you for", "Jinja 'getattr' is not allowed"),
    "a template that calls": ("Thank you for", "{{ range(9) }} Thank you for", "Jinja 'call' is not allowed"),
    "a template that is broken": ("Thank you for", "{{ rule Thank you for", "not Jinja"),
    "broken YAML": ("setting:\n", "setting: [\n", "not YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_and_reason(name: str, tmp_path: Path) -> None:
    old, new, said = REFUSED[name]
    assert old in SCENARIO, "the example has changed"
    path = write(tmp_path, SCENARIO.replace(old, new))
    message = problems(tmp_path)
    assert said in message
    assert f"{path}:" in message


def test_a_prompt_that_is_too_short_is_refused(tmp_path: Path) -> None:
    frame = "Afternoons I study at the town library, third table on the left, and it is a good place apart from one thing. "
    short = SCENARIO.replace(frame, "").replace(
        "How do I use a lamp at four without the man at the desk coming over?", "How do I use one at four?"
    )
    write(tmp_path, short.replace("since the old wiring trips when more than four are on.", "by order."))
    assert "words; it must have 50 to 140" in problems(tmp_path)


def test_an_alias_is_refused(tmp_path: Path) -> None:
    write(tmp_path, SCENARIO.replace("region: XX", "region: &r XX").replace("stakes: trivial", "stakes: *r"))
    assert "an alias" in problems(tmp_path)


def test_an_unknown_authority_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, name="lanlord/reading-lamps")
    assert "authority 'lanlord' is not allowed" in (message := problems(tmp_path))
    assert "nearest: 'landlord'" in message


def test_a_slug_must_be_plain(tmp_path: Path) -> None:
    write(tmp_path, name="school/Reading_Lamps")
    assert "lower-case words with hyphens" in problems(tmp_path)


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"\xef\xbb\xbf" + SCENARIO.encode(), "byte order mark"), (SCENARIO.encode("utf-16"), "byte order mark"),
     (SCENARIO.replace("Lamps", "L\xe4mps").encode("latin-1"), "is not UTF-8"), (b"", "the file is empty")],
)  # fmt: skip
def test_other_encodings_are_refused(raw: bytes, said: str, tmp_path: Path) -> None:
    write(tmp_path).write_bytes(raw)
    assert said in problems(tmp_path)


def test_an_empty_set_of_files_is_refused(tmp_path: Path) -> None:
    assert "no scenario files" in problems(tmp_path)


def test_two_prompts_alike_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, name="school/same-again")
    assert "the same prompt as school/reading-lamps/" in problems(tmp_path)


def test_all_problems_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    write(tmp_path, SCENARIO.replace("stakes: trivial", "stakes: tiny").replace("region: XX", "region: xx"), "school/one")
    write(tmp_path, SCENARIO.replace("title: Lamps in the reading room", "title: false"), "club/two")
    message = problems(tmp_path)
    assert message.startswith("3 problems in the content:")
    assert all(part in message for part in ("stakes", "region", "club/two.yaml:1"))


def test_a_problem_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, SCENARIO.replace("stakes: trivial", "stakes: tiny"))
    line = SCENARIO.splitlines().index("  stakes: trivial") + 1
    assert f"{path}:{line}: setting.stakes: value 'tiny'" in problems(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{{ telling }} {{ mood }}", "name 'mood' is not allowed"), ("{% for a in facts %}{% endfor %}", "'for' is not allowed"),
     ("{{ telling | upper }}", "'upper' is not allowed")],
)  # fmt: skip
def test_a_voice_is_refused_like_a_telling(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "chat.j2").write_text(text)
    with pytest.raises(ContentError, match=said):
        load_voices(tmp_path)


def test_the_voice_chat_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "forum.j2").write_text("{{ telling }}")
    with pytest.raises(ContentError, match=r"chat\.j2 is missing"):
        load_voices(tmp_path)
