"""The review cockpit in a real browser: by keyboard alone, on a phone, at 200 % zoom, and without script."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Site
    from playwright.sync_api import Browser, Page


PHONE = {"width": 375, "height": 720}
HALF = {"width": 683, "height": 400}  # 1366 × 800 at 200 % zoom
DESK = {"width": 1366, "height": 800}
TARGET = 24  # CSS pixels


@pytest.fixture(scope="module")
def pictured(demo_site: Site) -> Site:
    """The demo world, its waiting claims with pictures."""
    subprocess.run([sys.executable, "tests/browser/pictures.py"], env=demo_site.environment, check=True)
    return demo_site


@pytest.fixture
def cockpit(pictured: Site, page: Page, log_in: Any) -> Callable[..., Page]:
    """Open the cockpit of a queue as its role."""

    def open_as(role: str, grid: str, query: str = "") -> Page:
        log_in(role)
        page.goto(f"{pictured.url}/admin/{grid}/cockpit/{query}")
        return page

    return open_as


def number(page: Page) -> str:
    return page.locator(".cockpit-steps .num").inner_text()


def key_of(page: Page) -> str:
    return page.locator("[data-decide] [name=id]").input_value()


def percent(page: Page) -> int:
    return int(page.locator("[data-figure]:visible [data-percent]").inner_text().rstrip("%"))


def turn_to(page: Page, key: str) -> None:
    """Press a key that opens another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def hidden_focus(page: Page) -> list[str]:
    """Walk through the whole page with Tab and return what had the focus behind the bar of decisions."""
    found, seen = [], 0
    while seen < 120:
        page.keyboard.press("Tab")
        seen += 1
        about = page.evaluate(
            """() => {
              const at = document.activeElement, bar = document.querySelector("[data-decide]");
              const [a, b] = [at.getBoundingClientRect(), bar.getBoundingClientRect()];
              const large = at.matches("body, iframe, [data-stage]") || at.closest("aside");
              const behind = !bar.contains(at) && !large && a.bottom > b.top + 1 && a.top < b.bottom;
              return [at.outerHTML.slice(0, 80), behind, at.matches("[data-decide] a:last-child")];
            }"""
        )
        if about[1]:
            found.append(about[0])
        if about[2]:
            return found
    pytest.fail("Tab never comes to the end of the page")


def into_document(page: Page) -> None:
    """Click into the PDF until it has the keys; a viewer still loading does not take them."""
    for _ in range(20):
        page.locator("iframe").first.click()
        if page.evaluate("document.activeElement.tagName") == "IFRAME":
            return
        page.wait_for_timeout(250)
    pytest.fail("a click into the PDF does not give it the keys")


def test_a_queue_is_worked_through_by_keyboard_alone(cockpit: Any) -> None:
    page = cockpit("bureau", "claim-decision")
    press, first = page.keyboard.press, key_of(page)
    total = int(number(page).split("/")[1].strip(" 条"))
    for key, place in (("j", 2), ("s", 3), ("k", 2), ("k", 1)):
        turn_to(page, key)
        assert number(page) == f"第 {place} / {total} 条"
    assert key_of(page) == first

    into_document(page)
    page.locator("#claim-title").hover()  # the PDF viewer gives the keys back
    press("]")
    expect(page.locator("[data-figure=image]").first).to_be_visible()
    assert not page.locator("iframe").first.is_visible()
    page.wait_for_function("() => document.querySelector('[data-figure]:not([hidden]) [data-percent]').value")
    whole = percent(page)
    press("+")
    press("+")
    assert percent(page) > whole
    stage = page.locator("[data-stage]:visible")
    stage.focus()
    press("ArrowDown")
    assert stage.evaluate("box => box.scrollTop") > 0
    press("o")
    press("0")
    sheet = page.locator("[data-figure]:visible .cockpit-sheet").bounding_box()
    assert sheet
    assert sheet["width"] > sheet["height"]  # an upright page lies on its side

    press("r")
    expect(page.locator("#reason")).to_be_focused()
    expect(page.locator("[data-send-hint]")).to_have_text("写好后按 Ctrl + Enter 不通过")
    page.keyboard.type("asjk?")  # letters are text here
    assert key_of(page) == first
    page.locator("#reason").fill("")
    press("Escape")
    press("2")
    assert page.locator("#reason").input_value() == "附件不清晰或缺页，请重新扫描后上传。"
    turn_to(page, "r")
    expect(page.locator(".cockpit-last")).to_contain_text("不通过")
    second = key_of(page)
    assert number(page) == f"第 1 / {total - 1} 条"
    turn_to(page, "a")
    expect(page.locator(".cockpit-last")).to_contain_text("通过")
    assert key_of(page) not in {first, second}
    assert number(page) == f"第 1 / {total - 2} 条"


def test_a_refusal_and_a_stray_letter_lose_nothing(cockpit: Any) -> None:
    page = cockpit("bureau", "claim-decision")
    key = key_of(page)
    page.locator("#awarded_hours").fill("5000")
    page.keyboard.press("Enter")  # decides nothing
    page.keyboard.press("Escape")
    turn_to(page, "a")
    expect(page.locator("[data-problem]")).to_be_focused()
    expect(page.locator("[data-problem]")).to_contain_text("认定学时须在 0 与核算学时之间")
    assert (key_of(page), page.locator("#awarded_hours").input_value()) == (key, "5000")

    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(page.url.replace("/decide/", "/cockpit/"))
    page.locator("#reason").fill("写了一半")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#reason")).to_have_value("写了一半")
    assert asked == ["beforeunload"]
    page.locator("[data-decide]").evaluate("form => form.removeAttribute('data-dirty')")

    page.keyboard.press("?")
    page.keyboard.press("j")  # nothing fires behind the map
    page.locator("[data-shortcuts-off]").check()
    page.keyboard.press("Escape")
    before = page.url
    for letter in ("j", "a", "?", "1"):
        page.keyboard.press(letter)
    assert page.url == before
    assert page.locator("#reason").input_value() == "写了一半"
    assert not page.locator("#cockpit-map").is_visible()
    assert page.evaluate("localStorage.getItem('shortcuts')") == "off"
    page.reload()
    expect(page.locator(".cockpit-buttons kbd").first).not_to_be_visible()


def test_the_bar_never_hides_the_focus_and_nothing_runs_out_of_the_page(cockpit: Any) -> None:
    page = cockpit("bureau", "claim-decision", "?at=3")
    for size in (DESK, PHONE, HALF):
        page.set_viewport_size(size)
        page.reload(wait_until="networkidle")  # evidence that arrives later moves what has the focus
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        assert hidden_focus(page) == [], size


def test_long_names_stay_within_a_phone(cockpit: Any) -> None:
    page = cockpit("bureau", "claim-decision")
    page.set_viewport_size(PHONE)
    page.reload(wait_until="networkidle")
    page.locator("figcaption .cockpit-clip").evaluate_all(
        "links => links.forEach(link => { link.firstChild.textContent = '证明材料'.repeat(60); })"
    )
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.goto(page.url.split("cockpit/")[0], wait_until="networkidle")
    page.locator("h1.page-title").evaluate("title => { title.textContent = 'W'.repeat(200); }")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_buttons_of_a_queue_cover_no_column_on_a_laptop(cockpit: Any) -> None:
    page = cockpit("bureau", "claim-decision")
    page.set_viewport_size(DESK)
    page.goto(page.url.split("cockpit/")[0], wait_until="networkidle")
    page.locator("tbody .clip, tbody th a").evaluate_all(
        "cells => cells.forEach(cell => { if (/[\\u4e00-\\u9fff]{4}/.test(cell.textContent)) cell.textContent = '郑州市'.repeat(20); })"
    )
    assert page.locator(".grid-scroll").evaluate("list => list.scrollWidth - list.clientWidth") <= 0


def test_an_employer_declares_on_a_phone(cockpit: Any) -> None:
    page = cockpit("employer", "claim-specialty")
    page.set_viewport_size(PHONE)
    page.reload()
    assert not page.locator(".cockpit-list").is_visible()
    assert page.locator(".cockpit-steps .num").is_visible()
    facts, evidence, year = (
        page.locator(part).bounding_box()
        for part in (".cockpit-facts", ".cockpit-evidence", ".cockpit-aside")
    )
    assert facts["y"] < evidence["y"] < year["y"]
    for target in page.locator(
        ".cockpit-bar button:visible, .cockpit-bar a, .cockpit-steps a, .cockpit-tools button:visible"
    ).all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= TARGET
    key = key_of(page)
    page.get_by_label("行业主管部门").check()
    page.get_by_role("button", name="申报").click()
    expect(page.locator(".cockpit-last")).to_contain_text("待审批")
    assert key_of(page) != key


def test_a_claim_is_decided_without_script(pictured: Site, browser: Browser, log_in: Any) -> None:
    context = browser.new_context(viewport=DESK, java_script_enabled=False)
    page = context.new_page()
    log_in("bureau", page)
    page.goto(f"{pictured.url}/admin/claim-decision/cockpit/")
    assert page.locator("[data-figure]:visible").count() == page.locator("[data-figure]").count() > 1
    assert not page.locator("[data-zoom]").first.is_visible()
    key = key_of(page)
    page.locator("#canned").select_option(index=3)
    page.get_by_role("button", name="不通过").click()
    expect(page.locator(".cockpit-last")).to_contain_text("不通过")
    assert key_of(page) != key
    context.close()


def test_the_canned_reasons_are_read_on_a_phone(cockpit: Any) -> None:
    page = cockpit("bureau", "claim-decision")
    page.set_viewport_size(PHONE)
    canned, reason = (page.locator(part).bounding_box() for part in ("#canned", "#reason"))
    assert canned["width"] == reason["width"]
    assert canned["y"] + canned["height"] <= reason["y"]
