"""Every role registers, is approved by the office above it, reads of it in a mail and logs in for the first time."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import ROOT
from mail_server import Mailbox, running
from offices import PASSWORD
from page_rules import DESK, OVERFLOW, PHONE
from PIL import Image
from playwright.sync_api import expect
from visiting import fill_account, pick, set_password, try_login
from visiting import log_in as enter

from models.identifiers import make_citizen_id, make_organization_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Site
    from playwright.sync_api import Browser, Page


NAME = "王到任"
REASON = "扫描件看不清，请重新上传"
APPROVED, REJECTED = "您的账户已审核通过", "您的账户未通过审核"


class Newcomer(NamedTuple):
    """Who registers: its code, and its first administrator with his address."""

    kind: str
    code: str
    citizen_id: str
    email: str


def newcomers(number: int) -> dict[str, Newcomer]:
    """Return one of each kind, different ones for each number."""
    kinds = ("bureau", "authority", "institution", "employer", "person")
    return {
        kind: Newcomer(
            kind,
            "" if kind == "person" else make_organization_code(9200 + 10 * number + place),
            make_citizen_id("410105", date(1980, 1, 1 + place), 101 + 2 * number),
            f"{kind}{number}@example.com",
        )
        for place, kind in enumerate(kinds)
    }


@pytest.fixture(scope="module")
def mailbox(demo_site: Site) -> Iterator[Mailbox]:
    """What the mail server is given, while a worker sends what waits."""
    box = Mailbox()
    port = int(demo_site.environment["BACKOFFICE_MAIL_URL"].rsplit(":", maxsplit=1)[1])
    with running(box, port), subprocess.Popen(
        [sys.executable, "-m", "backoffice", "worker"],
        cwd=ROOT, env=demo_site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as worker:  # fmt: skip
        try:
            yield box
        finally:
            worker.terminate()
            worker.wait(timeout=30)


class Walk(NamedTuple):
    """One walk through all registrations, in windows of one size."""

    site: Site
    mailbox: Mailbox
    browser: Browser
    size: dict[str, int]
    scan: Path
    city: str
    who: dict[str, Newcomer]
    pages: list[Page]

    def opened(self) -> Page:
        page = self.browser.new_context(viewport=self.size, locale="zh-CN").new_page()  # type: ignore[arg-type]
        page.set_default_timeout(15_000)
        self.pages.append(page)
        return page

    def first_login(self, kind: str) -> Page:
        page, newcomer = self.opened(), self.who[kind]
        enter(page, self.site, kind, newcomer.code, newcomer.citizen_id)
        return page

    def approved(self, office: Page, kind: str) -> Page:
        """Let the office approve; return the first login of who read of it in a mail."""
        _decide(office, self.site, "通过")
        _mailed(self.mailbox, self.who[kind], APPROVED)
        return self.first_login(kind)


@pytest.mark.parametrize(
    ("number", "size", "city"), [(0, DESK, "开封市"), (1, PHONE, "新乡市")], ids=["desk", "phone"]
)
def test_every_role_arrives(
    demo_site: Site, log_in: Callable[..., None], mailbox: Mailbox, browser: Browser, tmp_path: Path, number: int,
    size: dict[str, int], city: str,
) -> None:  # fmt: skip
    scan = tmp_path / "代码证.png"
    Image.new("RGB", (400, 300), "white").save(scan)
    walk = Walk(demo_site, mailbox, browser, size, scan, city, newcomers(number), [])
    visitor, province = walk.opened(), walk.opened()
    log_in("province", province)
    office = _bureau(walk, visitor, province)
    _authority(walk, visitor, office)
    _institution(walk, visitor, office)
    employer = _employer(walk, visitor, office)
    _person(walk, visitor, employer)
    for page in walk.pages:
        page.context.close()


def _bureau(walk: Walk, visitor: Page, province: Page) -> Page:
    who = walk.who["bureau"]
    _first_steps(visitor, walk, who, "人社局名称", f"{walk.city}人社局")
    pick(visitor, "所属区域", walk.city)
    pick(visitor, "上级人社部门", "河南省人力资源和社会保障厅")
    _finish(visitor, who, "您已完成人社局注册，请耐心等待上级人社部门审批")
    assert "此帐号还未被审核" in try_login(visitor, walk.site, "bureau", who.code, who.citizen_id)
    return walk.approved(province, "bureau")


def _authority(walk: Walk, visitor: Page, office: Page) -> None:
    _first_steps(visitor, walk, walk.who["authority"], "行业主管部门名称", f"{walk.city}教育局")
    pick(visitor, "同级人社部门", f"{walk.city}人社局")
    pick(visitor, "主管行业", "教育")
    _finish(visitor, walk.who["authority"], "您已完成行业主管部门注册，请耐心等待所属人社部门审批")
    walk.approved(office, "authority")


def _institution(walk: Walk, visitor: Page, office: Page) -> None:
    """The institution is refused once, reads why, and corrects its data."""
    who = walk.who["institution"]
    _first_steps(visitor, walk, who, "施教机构名称", f"{walk.city}教师培训学院")
    pick(visitor, "所属区域", walk.city)
    pick(visitor, "同级人社部门", f"{walk.city}人社局")
    visitor.get_by_label("行业主管部门").select_option(label=f"{walk.city}教育局")
    visitor.get_by_label("培训机构级别").select_option(label="市级")
    assert visitor.evaluate(OVERFLOW) == ""
    _finish(visitor, who, "您已完成施教机构注册，请耐心等待所属人社部门审批")
    _decide(office, walk.site, "不通过", REASON)
    assert REASON in _mailed(walk.mailbox, who, REJECTED)
    _correct(visitor, walk.site, who, f"{walk.city}教师发展学院")
    walk.approved(office, "institution")


def _employer(walk: Walk, visitor: Page, office: Page) -> Page:
    _first_steps(visitor, walk, walk.who["employer"], "单位名称", f"{walk.city}第一中学")
    pick(visitor, "所属区域", walk.city)
    pick(visitor, "同级人社部门", f"{walk.city}人社局")
    _finish(visitor, walk.who["employer"], "您已完成单位注册，请耐心等待所属人社部门审批")
    return walk.approved(office, "employer")


def _person(walk: Walk, visitor: Page, employer: Page) -> None:
    who = walk.who["person"]
    visitor.goto(f"{walk.site.url}/register/person")
    fill_account(visitor, who.citizen_id, NAME, who.email)
    pick(visitor, "所属单位和部门", f"{walk.city}第一中学")
    visitor.get_by_label("性别").select_option(label="男")
    visitor.get_by_label("出生年月").fill("1980-01-05")
    visitor.get_by_role("button", name="提交注册").click()
    expect(visitor.get_by_text("您已完成专技人员注册，请耐心等待所属单位审批")).to_be_visible()
    walk.approved(employer, "person")


def _first_steps(page: Page, walk: Walk, who: Newcomer, label: str, name: str) -> None:
    page.goto(f"{walk.site.url}/register/{who.kind}")
    page.get_by_label("组织机构代码").fill(who.code)
    page.locator("[name=scan]").set_input_files(walk.scan)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label(label).fill(name)


def _finish(page: Page, who: Newcomer, done: str) -> None:
    page.get_by_role("button", name="下一步").click()
    fill_account(page, who.citizen_id, NAME, who.email)
    page.get_by_role("button", name="提交注册").click()
    expect(page.get_by_text(done)).to_be_visible()


def _decide(page: Page, site: Site, action: str, reason: str = "") -> None:
    """Open the registration that waits, decide on it, confirm."""
    page.goto(f"{site.url}/admin/account-review/?status=pending&search={NAME}")
    page.get_by_role("link", name="查看").first.click()
    page.get_by_role("button", name=action, exact=True).click()
    if reason:
        page.locator("[name=reason]").fill(reason)
    page.get_by_role("button", name=f"确认{action}").click()
    expect(page.get_by_text(f"已{action}").first).to_be_visible()


def _correct(page: Page, site: Site, who: Newcomer, name: str) -> None:
    """Ask why it was refused, change the name and send everything again."""
    page.goto(f"{site.url}/registration-status")
    page.locator("[name=user_type]").select_option(who.kind)
    for field, typed in (("organization_code", who.code), ("citizen_id", who.citizen_id)):
        page.locator(f"[name={field}]").fill(typed)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.get_by_text(REASON)).to_be_visible()
    assert page.evaluate(OVERFLOW) == ""
    page.get_by_role("button", name="修改后重新提交").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("施教机构名称").fill(name)
    page.get_by_role("button", name="下一步").click()
    set_password(page)
    assert page.evaluate(OVERFLOW) == ""
    page.get_by_role("button", name="提交注册").click()
    expect(page.get_by_text("您已完成施教机构注册")).to_be_visible()


def _mailed(mailbox: Mailbox, who: Newcomer, subject: str) -> str:
    """Wait for the mail with this subject to its applicant; return its text."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for mail, to in zip(list(mailbox.mails), list(mailbox.recipients), strict=False):
            if to == who.email and subject in mail["Subject"]:
                return str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        time.sleep(0.1)
    raise AssertionError(f"no mail “{subject}” to {who.email}; there are {mailbox.recipients}")
