"""A claim of each of the fifteen kinds through its form, filled in so that a rule of the kind applies; one without script."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Site
    from playwright.sync_api import Browser, Page

REFERENCE = Path(__file__).parents[2] / "seed" / "reference"
KINDS, RULES = (
    json.loads((REFERENCE / name).read_text(encoding="utf-8"))
    for name in ("claim_kinds.json", "hour_rules.json")
)
DAY = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()


def rule_of(kind: dict[str, Any]) -> dict[str, Any]:
    """Return the first rule of a kind that gives hours."""
    return next(
        rule for rule in RULES if rule["kind"] == kind["code"]
        and (rule["by_rank"] or rule["unit_item"] or rule["base_hours"] not in (None, "0"))
    )  # fmt: skip


def answers(kind: dict[str, Any]) -> dict[str, Any]:
    """Return an answer to every required item, and to those the first rule that gives hours speaks of."""
    rule = rule_of(kind)
    wanted = dict(rule["conditions"]) | {
        rule["rank_item"]: 1,
        rule["unit_item"]: {"min": int(rule["unit_size"])},
    }
    given: dict[str, Any] = {}
    for item in kind["items"]:
        wish = wanted.get(item["code"])
        if not item["required"] and wish is None:
            continue
        if isinstance(wish, list):
            wish = wish[0]
        if isinstance(wish, dict):
            wish = (
                max(wish.get("min", 1), item["minimum"] or 1) if item["type"] != "multiple_choice" else True
            )
        given[item["code"]] = wish if wish is not None else NUMBERS.get(item["code"]) or plain_answer(item)
    return given


NUMBERS = {"isbn": "978-7-111-00000-6", "doi": "10.5555/12345678"}
"""Items whose form is looked at."""


def plain_answer(item: dict[str, Any]) -> Any:
    plain = {"text": f"{item['label']}一", "textarea": "说明", "date": DAY, "boolean": False}
    return plain.get(item["type"], item["minimum"] or 1 if item["type"] in ("integer", "decimal") else None)


def fill(page: Page, kind: dict[str, Any], title: str, proof: Path) -> None:
    """Fill in the form of a kind: a choice nothing is said about takes the first line."""
    page.fill("[name=title]", title)
    page.select_option("[name=credit_year]", index=1)
    if subject := rule_of(kind)["subject"]:
        page.select_option("[name=subject]", subject)
    for name in ("start_date", "end_date"):
        page.fill(f"[name={name}]", DAY)
    given = answers(kind)
    for item in kind["items"]:
        if item["code"] not in given:
            continue
        box, value = page.locator(f"[name=item_{item['code']}]"), given[item["code"]]
        if (
            item["type"] == "choice"
        ):  # behind a dialog where it is long; choosing in dialogs has tests of its own
            chosen = {"value": str(value)} if value else {"index": 1}
            box.select_option(**chosen, force=True)
        elif item["type"] == "multiple_choice":
            box.first.check()
        elif item["type"] == "boolean":
            box.set_checked(bool(value))
        else:
            box.fill(str(value))
    page.fill("[name=content]", f"{kind['name']}的说明")
    page.set_input_files("[name=attachments]", proof)


def proofs(folder: Path) -> list[Path]:
    """Return a picture for every claim: the same file twice would be the same evidence."""
    files = []
    for number in range(len(KINDS) + 1):
        files.append(folder / f"证明{number}.png")
        Image.new("RGB", (40 + number, 30), (number * 15, 90, 120)).save(files[-1])
    return files


def test_a_claim_of_each_of_the_fifteen_kinds_is_filed(
    demo_site: Site, page: Page, log_in: Callable[..., None], tmp_path: Path
) -> None:
    log_in("person")
    files = proofs(tmp_path)
    assert len(KINDS) == 15
    for kind, proof in zip(KINDS, files, strict=False):
        page.goto(f"{demo_site.url}/admin/claim/new/", wait_until="domcontentloaded")
        page.locator(f"main a[href*='kind={kind['code']}']").click()
        expect(page.locator("main h1, h1").first).to_contain_text(kind["name"])
        assert {f"item_{item['code']}" for item in kind["items"]} == set(
            page.eval_on_selector_all("[name^=item_]", "fields => fields.map(field => field.name)")
        )
        fill(page, kind, f"浏览器申报：{kind['name']}", proof)
        expect(page.locator("[data-preview-hours]")).not_to_have_text("—")
        page.get_by_role("button", name="提交", exact=True).click()
        expect(page.locator("main")).to_contain_text("待单位审核")
        expect(page.locator("main")).to_contain_text(f"浏览器申报：{kind['name']}")


def test_a_claim_is_filed_without_script(
    demo_site: Site, browser: Browser, log_in: Callable[..., None], tmp_path: Path
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    log_in("person", page)
    kind = next(kind for kind in KINDS if kind["code"] == "patent")
    page.goto(f"{demo_site.url}/admin/claim/new/")
    page.locator("main a[href*='kind=patent']").click()
    fill(page, kind, "没有脚本的专利", proofs(tmp_path)[-1])
    page.fill("[name=item_patent_number]", "ZL 2026 无脚本")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main")).to_contain_text("待单位审核")
    context.close()
