"""The grid contract in a real browser, on the claims grid and on the grid of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Site
    from playwright.sync_api import Locator, Page


PHONE = {"width": 375, "height": 800}
HALF = {"width": 683, "height": 400}  # 1366 × 800 at 200 % zoom
GRIDS = [("bureau", "claim-decision", "状态时间"), ("employer", "person", "手机")]


@pytest.fixture(params=GRIDS, ids=lambda grid: grid[1])
def grid(request: pytest.FixtureRequest, demo_site: Site, page: Page, log_in: Any) -> Any:
    """A role logged in and standing on one of its lists: (url of the list, a column of it)."""
    role, endpoint, column = request.param
    log_in(role)
    url = f"{demo_site.url}/admin/{endpoint}/"
    page.goto(f"{url}?view=0")
    return url, column


def rows(page: Page) -> Locator:
    return page.locator("tbody tr")


def top_of(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box
    return float(box["y"])


def left_of(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box
    return float(box["x"])


def test_head_and_first_column_stay_in_view(grid: Any, page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 600})
    head, name = page.locator("thead th:not(.pick)").first, page.locator("tbody th").first
    before = (top_of(head), left_of(name))
    page.locator(".grid-scroll").evaluate("box => box.scrollTo(200, 150)")
    assert (top_of(head), left_of(name)) == before
    assert page.locator(".grid-scroll").evaluate("box => box.scrollTop") > 0


def test_selecting_counts_in_the_buttons(demo_site: Site, page: Page, log_in: Any) -> None:
    log_in("bureau")
    page.goto(f"{demo_site.url}/admin/claim-decision/?view=0")
    button = page.get_by_role("button", name="通过").first
    assert button.is_disabled()
    rows(page).nth(1).locator("input").check()
    assert "1" in button.inner_text()
    page.get_by_label("选择本页全部").check()
    assert str(rows(page).count()) in button.inner_text()
    rows(page).nth(0).locator("input").uncheck()
    assert str(rows(page).count() - 1) in button.inner_text()


def test_on_a_phone_the_page_is_selected_and_sorted_without_the_head(
    demo_site: Site, page: Page, log_in: Any
) -> None:
    log_in("bureau")
    page.set_viewport_size(PHONE)
    page.goto(f"{demo_site.url}/admin/claim-decision/?view=0")
    page.get_by_label("全选本页").check()
    assert str(rows(page).count()) in page.get_by_role("button", name="通过").first.inner_text()
    rows(page).nth(0).locator("input").uncheck()
    assert not page.get_by_label("全选本页").is_checked()
    page.get_by_label("排序", exact=True).select_option(label="名称降序")
    page.get_by_role("button", name="排序", exact=True).click()
    page.wait_for_url("**sort=-title**")
    assert page.get_by_label("排序", exact=True).input_value() == "-title"


def test_the_whole_list_is_worked_by_keyboard(grid: Any, page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert rows(page).nth(0).get_attribute("class") == "is-current"
    box = rows(page).nth(0).locator("input[name=rowid]")
    if box.count():
        page.keyboard.press("x")
        assert box.is_checked()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "search"
    page.keyboard.type("jk?")
    assert page.locator("[data-search]").input_value() == "jk?"
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    assert page.get_by_role("dialog").get_by_text("下一行 / 上一行").is_visible()
    page.keyboard.press("Escape")
    name = rows(page).nth(1).locator("th").inner_text()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/details/**")
    assert name in page.locator("main").inner_text()


def test_shortcuts_can_be_switched_off(grid: Any, page: Page) -> None:
    page.get_by_role("button", name="键盘快捷键").click()
    page.get_by_label("在这台电脑上停用快捷键").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.locator("tr.is-current").count() == 0


def test_columns_are_chosen_and_remembered(grid: Any, page: Page) -> None:
    url, column = grid
    page.get_by_text("显示设置").click()
    page.get_by_label(column, exact=True).uncheck()
    second = page.locator("[data-column-list] li").nth(2)
    label = second.locator("label").inner_text()
    second.get_by_label("前移").click()
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("显示设置已保存").wait_for()
    heads = page.locator("thead th").all_inner_texts()
    assert not any(column in head for head in heads)
    names = [head.strip() for head in heads if head.strip()]
    assert names[1].startswith(label)
    page.goto(url)
    assert page.locator("thead th").all_inner_texts() == heads
    page.get_by_text("显示设置").click()
    page.get_by_role("button", name="恢复默认").click()
    page.get_by_text("显示设置已恢复默认").wait_for()
    assert any(column in head for head in page.locator("thead th").all_inner_texts())


def test_shift_adds_a_sort_word(grid: Any, page: Page) -> None:
    links = page.locator("thead .sort-link")
    links.nth(0).click()
    page.wait_for_url("**sort=**")
    page.locator("thead .sort-link").nth(1).click(modifiers=["Shift"])
    page.wait_for_url("**%2C**")
    assert page.locator("thead th[aria-sort=ascending]").count() == 2


CUT_OFF = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.getAttribute('aria-label'))"


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (
            "bureau",
            ("statistics/?year=2025", "statistics/hours/", "statistics/waiting/", "training-statistics/"),
        ),
        ("employer", ("",)),
        ("person", ("",)),
    ],
)
def test_every_column_of_figures_is_in_view_on_a_phone(
    demo_site: Site, page: Page, log_in: Any, role: str, pages: tuple[str, ...]
) -> None:
    log_in(role)
    page.set_viewport_size(PHONE)
    for path in pages:
        page.goto(f"{demo_site.url}/admin/{path}")
        tables = page.locator(".table-responsive:has(> .figures)")
        assert tables.count(), path
        assert tables.evaluate_all(CUT_OFF) == [], path


def test_no_column_of_one_s_plans_hides_behind_the_buttons_on_a_laptop(
    demo_site: Site, page: Page, log_in: Any
) -> None:
    log_in("institution")
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{demo_site.url}/admin/training-plan/?view=0")
    assert page.get_by_role("link", name="删除").count()
    assert page.locator(".grid-scroll").evaluate_all(CUT_OFF) == []


@pytest.mark.parametrize("size", [PHONE, HALF], ids=["phone", "200 %"])
def test_a_small_window_shows_everything(grid: Any, page: Page, size: Any) -> None:
    page.set_viewport_size(size)
    page.reload()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    name = page.locator("tbody th a").first
    name.scroll_into_view_if_needed()
    assert name.is_visible()
    if size is PHONE:
        assert not page.locator("thead").is_visible()
        assert left_of(page.locator("tbody td[data-label]").first) < PHONE["width"] / 4
    name.focus()
    covered = page.evaluate(
        """() => { const link = document.activeElement, box = link.getBoundingClientRect();
                   const top = document.elementFromPoint(box.x + 5, box.y + box.height / 2);
                   return !(link === top || link.contains(top)); }"""
    )
    assert not covered
