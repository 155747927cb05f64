"""What a browser does on the pages of visitors: choosing in pickers, filling in the account block, logging in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offices import PASSWORD

if TYPE_CHECKING:
    from conftest import Site
    from playwright.sync_api import Page


def pick(page: Page, field: str, name: str) -> None:
    """Search in the dialog of a field and choose the first that is found."""
    # The button and not the field of the plain page, which the script is about to hide.
    page.locator("button").and_(page.get_by_role("combobox", name=field)).click()
    page.get_by_role("searchbox", name="按名称查找").fill(name)
    page.get_by_text(re.compile(r"^找到 \d+ 项")).wait_for(state="attached")
    page.get_by_role("treeitem", name=name).first.click()


def fill_account(page: Page, citizen_id: str, name: str, email: str = "someone@example.com") -> None:
    """Fill in the account block of a registration."""
    page.locator("[name=citizen_id]").fill(citizen_id)
    set_password(page)
    page.locator("[name=real_name]").fill(name)
    page.locator("[name=mobile]").fill("13900000000")
    page.locator("[name=email]").fill(email)


def set_password(page: Page) -> None:
    """Fill in a new password, twice."""
    for field in ("password", "password_confirm"):
        page.locator(f"[name={field}]").fill(PASSWORD)


def try_login(page: Page, site: Site, kind: str, code: str, citizen_id: str, password: str = PASSWORD) -> str:
    """Send the login form; return the page it leads to."""
    page.goto(f"{site.url}/login")
    page.locator("[name=user_type]").select_option(kind)
    if code:
        page.locator("[name=organization_code]").fill(code)
    page.locator("[name=citizen_id]").fill(citizen_id)
    page.locator("[name=password]").fill(password)
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("button", name="登录").click()
    return page.content()


def log_in(page: Page, site: Site, kind: str, code: str, citizen_id: str) -> None:
    """Log in."""
    try_login(page, site, kind, code, citizen_id)
    assert page.url.startswith(f"{site.url}/admin/")
