"""A new year is opened, its requirement and an hour rule are changed, rehearsed and published: in the browser alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Site
    from playwright.sync_api import Page

YEAR = "2028"


def test_the_system_administrator_readies_a_year(
    page: Page, demo_site: Site, log_in: Callable[..., None]
) -> None:
    log_in("system")
    page.goto(f"{demo_site.url}/admin/credit-year/")
    page.get_by_role("button", name=f"开设 {YEAR} 年度").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_role("heading", name=f"{YEAR} 年度", exact=True)).to_be_visible()
    expect(page.get_by_text("还没有发布学时要求")).to_be_visible()

    page.locator("main").get_by_role("link", name="修改").click()
    page.get_by_label("总学时").fill("96")
    page.get_by_role("button", name="保存草稿").click()
    rehearsed(page)
    by_employer = [int(text) for text in page.locator("main tbody td:nth-child(3)").all_inner_texts()]
    assert sum(by_employer) > 0  # many have 90 hours, and 96 are more
    expect(page.get_by_text("由完成变为未完成")).to_contain_text(str(sum(by_employer)))
    page.go_back()
    page.go_back()
    published(page)
    expect(page.get_by_text("96", exact=True)).to_be_visible()
    page.goto(f"{demo_site.url}/admin/requirement/")
    expect(page.get_by_role("row", name=YEAR)).to_contain_text("96")

    page.goto(f"{demo_site.url}/admin/hour-rule/")
    page.locator("main tbody").get_by_role("link", name="查看").first.click()
    page.get_by_role("button", name="修改").click()
    page.get_by_label("起始年度").fill(YEAR)
    page.get_by_role("button", name="保存草稿").click()
    rehearsed(page)
    page.go_back()
    page.go_back()
    published(page)


def rehearsed(page: Page) -> None:
    """Try a draft out on a year that is over, and wait for its figures."""
    page.get_by_role("link", name="试算", exact=True).click()
    page.get_by_label("试算年度").select_option("2025")
    page.get_by_role("button", name="开始试算").click()
    expect(page.get_by_text("已算 77 人")).to_be_visible()


def published(page: Page) -> None:
    """Publish the draft whose page is shown."""
    page.get_by_role("button", name="发布").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已发布为第")).to_be_visible()
