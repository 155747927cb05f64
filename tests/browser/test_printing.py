"""An employer issues and prints what he selected and opens the PDF; a professional prints his own certificate."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from pypdf import PdfReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Site
    from playwright.sync_api import Locator, Page


def test_the_selected_are_printed_and_a_person_prints_his_own(
    page: Page, demo_site: Site, log_in: Callable[..., None]
) -> None:
    log_in("employer")
    page.goto(f"{demo_site.url}/admin/certificate-printing/?state=issued")
    boxes = page.locator("tbody [name=rowid]")
    names = [_name(page, place) for place in (0, 1)]
    for place in (0, 1):
        boxes.nth(place).check()
    page.get_by_role("button", name="办理并打印").click()
    expect(page.get_by_text("已有有效证书")).to_be_visible()
    page.get_by_label("一个 PDF 文件").check()
    page.get_by_role("button", name="确认办理并打印 2 条").click()
    button = page.get_by_role("button", name="打开 PDF 打印")
    expect(button).to_be_visible()
    text = _printed(page, demo_site, "certificate-run/file", page.locator("form").filter(has=button), "id")
    assert all(name in text for name in names), (names, text)

    page.context.clear_cookies()
    log_in("person")
    page.goto(f"{demo_site.url}/admin/certificate/")
    number = page.locator("tbody :is(th, td)").filter(has_text="豫继教").first.inner_text().strip()
    page.locator("tbody [name=rowid]").first.check()
    form = page.locator("form[data-actions]")
    expect(form.locator("button[name=action][value=print]")).to_be_enabled()
    assert number in _printed(page, demo_site, "certificate/action", form, "rowid", action="print")


def _name(page: Page, place: int) -> str:
    return page.locator("tbody tr").nth(place).locator("th a").inner_text().strip()


def _printed(page: Page, site: Site, path: str, form: Locator, field: str, **more: str) -> str:
    """Send a form as its button would and return the text of the PDF: without a window Chromium shows none."""
    fields = {name: form.locator(f"[name={name}]").first.input_value() for name in ("csrf_token", field)}
    answer = page.request.post(f"{site.url}/admin/{path}/", form={**fields, **more})
    assert answer.headers["content-type"] == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.body())).pages)
