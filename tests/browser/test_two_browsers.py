"""Two browsers decide the same selection at the same moment: each claim once, and the slower one is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from conftest import Site
    from playwright.sync_api import Browser, Page

ROWS = 3
ALL_AT_ONCE = """time => setTimeout(() => {
    const button = document.querySelector("button[name=confirmed]");
    button.form.requestSubmit(button);
}, time - Date.now())"""


def confirmation(page: Page, site: Site, log_in: Any) -> Page:
    """Choose the first rows of the bureau's queue and go as far as the last question."""
    log_in("bureau", page)
    page.goto(f"{site.url}/admin/claim-decision/")
    boxes = page.locator("tbody [name=rowid]")
    for place in range(ROWS):
        boxes.nth(place).check()
    page.locator("button[name=action][value=approve]").first.click()
    expect(page.locator("button[name=confirmed]")).to_contain_text(f"{ROWS} 条")
    return page


def counts(page: Page) -> tuple[int, int]:
    """Return how many rows a result page calls done and not done."""
    words = " ".join(page.locator("main").inner_text().split())
    return int(re.search(r"已办理 (\d+)", words)[1]), int(re.search(r"未办理 (\d+)", words)[1])


def test_two_browsers_approve_the_same_selection_at_once(
    demo_site: Site, browser: Browser, page: Page, log_in: Any
) -> None:
    other = browser.new_context(locale="zh-CN").new_page()
    pages = [confirmation(page, demo_site, log_in), confirmation(other, demo_site, log_in)]
    keys = [box.get_attribute("value") for box in pages[0].locator("form [name=rowid]").all()]
    assert keys == [box.get_attribute("value") for box in pages[1].locator("form [name=rowid]").all()]
    moment = pages[0].evaluate("Date.now() + 1000")
    for shown in pages:
        shown.evaluate(ALL_AT_ONCE, moment)
    for shown in pages:
        shown.wait_for_url("**/admin/batch/details/**")
    results = [counts(shown) for shown in pages]
    assert sum(done for done, _not in results) == ROWS
    assert all(sum(result) == ROWS for result in results)
    engine = create_engine(demo_site.database_url)
    with engine.connect() as connection:
        asked = f"SELECT source_id, count(*) FROM ledger_entry WHERE source_id IN ({','.join(keys)}) GROUP BY source_id"
        assert dict(connection.execute(text(asked)).all()) == {int(key): 1 for key in keys}
    engine.dispose()
    loser = pages[results.index(min(results))]
    expect(loser.locator("main")).to_contain_text("可能已被他人处理")

    # What was done is taken back, so that the demo world is as it was.
    for shown, (done, _not) in zip(pages, results, strict=True):
        if not done:
            expect(shown.get_by_text("撤回本次办理")).to_have_count(0)
            continue
        shown.get_by_role("button", name="撤回本次办理").click()
        shown.get_by_role("button", name=f"确认撤回通过 {done} 条").click()
        expect(shown.locator("h1, .page-title").first).to_contain_text("撤回通过：办理结果")
    assert demo_site.command("ledger", "verify").returncode == 0
    other.context.close()
