"""The explorer holds every row of the voice chat, and people can use it in a browser, from a file, without a network."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from blind_refusal_data.content import Content
from blind_refusal_data.contract import CANARY, vocabulary
from blind_refusal_data.dataset import build
from blind_refusal_data.explorer import embedded

NASTY = (
    "</script><script>document.title = 'broken'</script><img src=x onerror=\"document.title = 'broken'\"> & 🙂🙂 <!-- {{ x }} \u2028 'how'?"
)
DESKTOP, PHONE = {"width": 1360, "height": 900}, {"width": 375, "height": 740}


@pytest.fixture(scope="module")
def explored(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build whose first scenario has markup and characters beyond 16 bits in every telling."""
    first, *others = content.scenarios
    tellings = tuple(f"🙂 {telling}" for telling in first.tellings)
    nasty = replace(first, request=(NASTY, NASTY), help=(NASTY, *first.help), rule_summary=NASTY, tellings=tellings)
    return build(tmp_path_factory.mktemp("explored") / "blind-refusal", replace(content, scenarios=[nasty, *others])).folder


@pytest.fixture(scope="module")
def data(explored: Path) -> dict[str, Any]:
    """The three blocks of data in the page."""
    blocks = re.findall(r'<script type="application/json" id="(\w+)">(.*?)</script>', (explored / "explorer.html").read_text(), re.DOTALL)
    return {name: json.loads(text) for name, text in blocks}


def rows_of(folder: Path) -> list[dict[str, Any]]:
    paths = [path for config in ("core", "hazard") for path in sorted((folder / "data" / config).glob("*.parquet"))]
    return [row for path in paths for row in pq.read_table(path).to_pylist() if row["voice"] == "chat"]


def prompt(scenario: dict[str, Any], name: str, telling: int) -> str:
    version = scenario["versions"][name]
    text = version["texts"][telling]
    if version["control"] is None:
        return str(text)
    start, length, passage = text
    base = prompt(scenario, version["control"], telling)
    return base[:start] + passage + base[start + length :]


def test_every_prompt_of_the_voice_chat_is_in_the_page(explored: Path, data: dict[str, Any]) -> None:
    found = {
        f"{scenario['id']}/{name}/{telling}/chat": prompt(scenario, name, telling)
        for scenario in data["scenarios"]
        for name, version in scenario["versions"].items()
        for telling in range(len(version["texts"]))
    }
    assert found == {row["id"]: row["prompt"] for row in rows_of(explored)}


def test_every_reading_is_in_the_page(content: Content, data: dict[str, Any]) -> None:
    assert sum(map(len, data["readings"]["of"].values())) == len(content.readings)
    assert data["readings"]["of"]["school/lamp-0/none/legitimate"][0][:4] == [0, "r000", "yes", 4]


def test_text_of_the_data_cannot_end_its_script_element(explored: Path) -> None:
    text = (explored / "explorer.html").read_text()
    assert text.count("</script>") == text.count("<script") == 4
    assert json.loads(embedded({"text": NASTY})) == {"text": NASTY}


def test_the_page_needs_nothing_beside_it(explored: Path) -> None:
    text = (explored / "explorer.html").read_text()
    assert CANARY in text
    assert not re.findall(r"""(?:src|href)=["'](?!#)|url\(|@import|https?://""", text.split('id="terms"')[0])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, explored: Path) -> Iterator[Opened]:
    """Opens the page from its file; afterwards nothing may have been asked of a network, and no error met."""
    trouble: list[str] = []
    contexts = []

    def opener(hash: str = "", viewport: dict[str, int] = DESKTOP, **options: Any) -> Page:
        context = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda message: trouble.append(message.text))
        page.on("request", lambda request: None if request.url.startswith("file:") else trouble.append(request.url))
        page.goto((explored / "explorer.html").as_uri() + hash)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert trouble == []


def test_filters_and_search_narrow_the_list(opened: Opened) -> None:
    page = opened()
    expect(page.locator("#count")).to_have_text("30 of 30 scenarios")
    page.locator("[name=authority]").select_option("school")
    expect(page.locator("#count")).to_have_text("10 of 30 scenarios")
    page.locator("[name=q]").fill("LAMP-7")
    expect(page.locator("#count")).to_have_text("1 of 30 scenarios")
    page.locator("[name=type]").select_option("absurd_content")
    expect(page.locator("#count")).to_have_text("0 of 30 scenarios")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#count")).to_have_text("30 of 30 scenarios")
    page.locator("[name=legitimacy]").select_option("hazard")
    page.locator("[name=type]").select_option("illegitimate_authority")
    expect(page.locator("#count")).to_have_text("0 of 30 scenarios")


def test_versions_stand_side_by_side_with_the_changed_passage_marked(opened: Opened, explored: Path) -> None:
    page = opened("#scenario=school%2Flamp-3")
    rows = {row["id"]: row for row in rows_of(explored)}
    groups = page.locator(".defeat")
    expect(groups).to_have_count(2)
    assert [one.get_attribute("data-version") for one in groups.nth(1).locator(".version").all()] == [
        "none/legitimate",
        "systematically_disadvantaged/contested",
        "systematically_disadvantaged/defeated",
        "systematically_disadvantaged/hazard",
    ]
    for telling in (0, 1):
        page.get_by_label(str(telling + 1), exact=True).check()
        for group in groups.all():
            for version in group.locator(".version").all():
                row = rows[f"school/lamp-3/{version.get_attribute('data-version')}/{telling}/chat"]
                assert version.locator(".prompt").text_content() == row["prompt"]
                if row["changed_fact"]:
                    assert version.locator("mark").text_content() == row["changed_fact"]
        twin = groups.nth(1).locator(".legitimate mark").text_content()
        assert twin == "The window seats are taken by noon and I find the ceiling light rather dim."
    first, second = (groups.nth(1).locator(".version").nth(index).bounding_box() for index in (0, 1))
    assert first and second and first["y"] == second["y"] and first["x"] + first["width"] <= second["x"]


def test_a_filter_leaves_the_versions_and_defeats_that_were_asked_for(opened: Opened) -> None:
    page = opened("#scenario=school%2Flamp-3&type=justified_exception&legitimacy=defeated")
    assert [one.get_attribute("data-version") for one in page.locator(".version").all()] == ["systematically_disadvantaged/defeated"]
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".version")).to_have_count(2)


def test_the_matrix_counts_defeats_and_a_cell_lists_its_scenarios(opened: Opened) -> None:
    page = opened()
    cells = page.locator(".matrix button")
    assert cells.count() == len(vocabulary("authority")) * len(vocabulary("defeat_type"))
    expect(page.get_by_role("button", name="Club, Unjust content: 0")).to_be_visible()
    page.get_by_role("button", name="Club, Justified exception: 10").click()
    expect(page.locator("#count")).to_have_text("10 of 30 scenarios")
    expect(page.locator("#count")).to_be_focused()
    expect(page.locator("[name=authority]")).to_have_value("club")
    assert page.locator("[aria-pressed=true]").count() == 1


def test_readings_stand_with_their_version(opened: Opened) -> None:
    page = opened("#scenario=school%2Flamp-0")
    reading = page.locator("[data-version='none/legitimate'] details").first
    assert reading.locator("summary").text_content() == "Readings: 0 of 0 agree, 2 of an earlier wording"
    reading.locator("summary").click()
    expect(reading.locator("li").first).to_contain_text("has a claim (certainty 4, realism 4, telling 1, r000, earlier wording)")
    expect(page.locator("[data-version='impersonated_authority/defeated']")).to_contain_text("Not read.")


def test_everything_can_be_done_from_the_keyboard(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("/")
    expect(page.locator("[name=q]")).to_be_focused()
    page.keyboard.type("landlord")
    expect(page.locator("#count")).to_have_text("10 of 30 scenarios")
    for _ in range(5):  # authority, type, legitimacy, clear, first scenario
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    heading = page.locator("main h2")
    expect(heading).to_be_focused()
    assert "landlord%2Flamp-0" in page.url
    page.keyboard.press("j")
    expect(page.locator("nav [aria-current]")).to_have_attribute("href", re.compile("landlord%2Flamp-1"))
    page.keyboard.press("k")
    expect(page.locator("nav [aria-current]")).to_have_attribute("href", re.compile("landlord%2Flamp-0"))
    page.get_by_label("1", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("2", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".matrix")).to_be_visible()
    cell = page.locator(".matrix [tabindex='0']")
    expect(cell).to_have_count(1)
    cell.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".matrix button").nth(len(vocabulary("defeat_type")) + 1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("0 of 30 scenarios")


def test_the_address_holds_the_state_and_back_works(opened: Opened) -> None:
    page = opened("#authority=club&q=lamp-2")
    expect(page.locator("[name=authority]")).to_have_value("club")
    page.locator("nav a").click()
    expect(page.locator(".version").first).to_be_visible()
    page.go_back()
    expect(page.locator(".matrix")).to_be_visible()
    expect(page.locator("[name=q]")).to_have_value("lamp-2")


def test_markup_in_the_data_is_shown_as_text(opened: Opened) -> None:
    page = opened("#scenario=club%2Flamp-0")
    expect(page.locator("main h2")).to_have_text(NASTY.replace("\u2028", " "))
    expect(page).to_have_title(re.compile("explorer"))
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("hash", ["", "#scenario=school%2Flamp-3", "#scenario=club%2Flamp-0"])
def test_a_phone_needs_no_sideways_scrolling_and_small_type(hash: str, opened: Opened) -> None:
    page = opened(hash, viewport=PHONE, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.textContent.trim()).map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 14
    targets = page.evaluate(
        "[...document.querySelectorAll('button, select, nav a, input[type=search]')].filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height)"
    )
    assert all(height >= 32 for height in targets)


CONTRAST = """() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => numbers(colour).slice(0, 3).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = element => { for (; element; element = element.parentElement) { const colour = getComputedStyle(element).backgroundColor; if (numbers(colour)[3] !== 0) return colour; } return "rgb(255, 255, 255)"; };
  return [...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.outerHTML.slice(0, 80)];
  }).sort((a, b) => a[0] - b[0])[0];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("hash", ["", "#scenario=school%2Flamp-3"])
def test_all_text_has_the_contrast_that_wcag_asks_for(scheme: str, hash: str, opened: Opened) -> None:
    page = opened(hash, color_scheme=scheme)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    worst, where = page.evaluate(CONTRAST)
    assert worst >= 4.5, where


@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
@pytest.mark.parametrize("hash", ["", "#scenario=school%2Flamp-0"])
def test_pictures_of_the_page_can_be_taken(
    width: str, viewport: dict[str, int], hash: str, opened: Opened, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = Path(request.config.getoption("--screenshots") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"explorer-{width}-{'scenario' if hash else 'overview'}.png"
    opened(hash, viewport=viewport).screenshot(path=picture)
    assert picture.stat().st_size > 10_000
