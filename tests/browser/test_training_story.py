"""From a new plan to hours in the ledger of every student, in a real browser, by everybody who takes part in it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import xlsxwriter
from playwright.sync_api import expect
from visiting import try_login

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site
    from playwright.sync_api import Page

    Accounts = list[dict[str, str]]

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
PLAN, CLASS = "现代服务业数字化公需科目培训", "冬季班"
BASE, BUREAU = "郑州市专业技术人员继续教育基地", "郑州市人力资源和社会保障局"
SCHOOL = "郑州市第四十七实验中学"


def test_a_plan_ends_as_hours_of_every_student(
    demo_site: Site, demo_accounts: Accounts, page: Page, tmp_path: Path
) -> None:
    people = [
        one for one in demo_accounts if one["user_type"] == "person" and one["organization_name"] == SCHOOL
    ]
    picked, brought = people[-2:]

    enter(page, demo_site, named(demo_accounts, BASE))
    file_plan(page)
    leave(page)
    enter(page, demo_site, named(demo_accounts, BUREAU))
    decide(page, "审批培训计划", PLAN, "通过")
    leave(page)

    enter(page, demo_site, named(demo_accounts, BASE))
    open_class(page)
    enrol_by_picker(page, picked["citizen_id"])
    enrol_by_workbook(page, brought["citizen_id"], tmp_path / "名单.xlsx")
    take(page, "结业")
    grade_by_keyboard(page)
    declare(page)
    leave(page)

    enter(page, demo_site, named(demo_accounts, BUREAU))
    decide(page, "审核成绩单", CLASS, "整单通过")
    leave(page)

    for person, result, hours in ((picked, "优秀", "36"), (brought, "合格", "30")):
        enter(page, demo_site, person)
        follow(page, "我的培训")
        row = page.get_by_role("row").filter(has_text=CLASS)
        expect(row).to_contain_text(result)
        follow(page, "学时台账")
        entry = page.get_by_role("row").filter(has_text="培训成绩").first
        expect(entry).to_contain_text(hours)
        leave(page)
    proven = demo_site.command("ledger", "verify")
    assert proven.returncode == 0, proven.stderr


# ---------------------------------------------------------------- everybody
def named(accounts: Accounts, organization: str) -> dict[str, str]:
    """Return the administrator of an organisation."""
    return next(
        one for one in accounts if one["organization_name"] == organization and one["user_type"] != "person"
    )


def enter(page: Page, site: Site, account: dict[str, str]) -> None:
    """Log in."""
    try_login(
        page,
        site,
        account["user_type"],
        account["organization_code"],
        account["citizen_id"],
        account["password"],
    )
    expect(page).to_have_url(re.compile("/admin/"))


def leave(page: Page) -> None:
    """Log out."""
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/")


def follow(page: Page, entry: str) -> None:
    """Follow an entry of the side menu."""
    page.locator("#sidebar .nav-link").filter(has=page.get_by_text(entry, exact=True)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(entry)


def decide(page: Page, queue: str, name: str, action: str) -> None:
    """Choose one row of a queue, look at the preview, confirm."""
    follow(page, queue)
    page.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile(f"^{action}")).click()
    expect(page.get_by_text(f"可以{action}")).to_be_visible()
    page.get_by_role("button", name=f"确认{action}").click()
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_contain_text("已")


def take(page: Page, action: str) -> None:
    """Take a transition of the row whose page is shown."""
    page.get_by_role("button", name=action, exact=True).click()
    page.get_by_role("button", name=f"确认{action}").click()
    expect(page.get_by_role("button", name=action, exact=True)).to_have_count(0)


# ---------------------------------------------------------------- the institution
def file_plan(page: Page) -> None:
    """File a plan; a sum that is wrong comes back with everything typed, and put right it is submitted."""
    follow(page, "培训计划管理")
    page.get_by_role("link", name="新建培训计划").click()
    page.locator("[name=name]").fill(PLAN)
    page.locator("[name=credit_year]").select_option(str(TODAY.year))
    page.locator("[name=subject]").select_option("public")
    page.locator("[name=category_code]").select_option("public_course")
    page.locator("[name=mode_code]").select_option("mixed")
    for name in ("start_date", "end_date"):
        page.locator(f"[name={name}]").fill(TODAY.isoformat())
    for name, text in (("hours", "30"), ("excellent_hours", "36"), ("planned_people", "50"), ("leader", "师广学"),
                       ("phone", "0371-60000031"), ("audience", "服务业专业技术人员"), ("content", "数字化转型与实务")):  # fmt: skip
        page.locator(f"[name={name}]").fill(text)
    for place, (course, hours) in enumerate((("数字化概论", "18"), ("实务案例", "10"))):
        if page.locator("[name=course_name]").count() <= place:
            page.get_by_role("button", name="增加课程").click()
        page.locator("[name=course_name]").nth(place).fill(course)
        page.locator("[name=course_teacher]").nth(place).fill("陆文渊")
        page.locator("[name=course_hours]").nth(place).fill(hours)
    expect(page.get_by_text("还差 2 学时")).to_be_visible()
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value(PLAN)
    page.locator("[name=course_hours]").nth(1).fill("12")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(PLAN)
    expect(page.get_by_text("待审批").first).to_be_visible()


def open_class(page: Page) -> None:
    """Set a class up under the approved plan, publish and start it."""
    follow(page, "培训班管理")
    page.get_by_role("link", name="新建培训班").click()
    page.get_by_role("link", name=PLAN).click()
    for name, text in (("name", CLASS), ("place", "报告厅"), ("capacity", "50"), ("contact", "教务处"),
                       ("phone", "0371-60000033")):  # fmt: skip
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(CLASS)
    take(page, "发布")
    take(page, "开班")


def enrol_by_picker(page: Page, citizen_id: str) -> None:
    """Find somebody by his citizen id and enrol him."""
    follow(page, "学员管理")
    page.get_by_role("link", name="添加学员").click()
    page.get_by_label("培训班").select_option(label=f"{PLAN}：{CLASS}")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("身份证号").fill(citizen_id)
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name="登记 1 名学员").click()
    expect(page.get_by_role("status").or_(page.get_by_role("alert")).first).to_contain_text("已登记")


def enrol_by_workbook(page: Page, citizen_id: str, path: Path) -> None:
    """Bring somebody in by a workbook whose other row names nobody."""
    follow(page, "学员管理")
    page.get_by_role("link", name="添加学员").click()
    page.get_by_label("培训班").select_option(label=f"{PLAN}：{CLASS}")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("身份证号").fill(citizen_id)
    page.get_by_role("button", name="查找").click()
    name = page.locator("tbody th").first.inner_text()
    page.get_by_role("link", name="导入学员").click()
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(
            (("姓名", "身份证号"), (name, citizen_id), ("查无此人", "410105199001011234"))
        ):
            sheet.write_row(number, 0, row)
    page.locator("[name=file]").set_input_files(path)
    page.get_by_role("button", name="上传并校验").click()
    expect(page.get_by_text("B3").or_(page.get_by_text("第 3 行")).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^导入")).click()
    expect(page.get_by_text("导入的人员已是本班学员")).to_be_visible()
    follow(page, "培训班管理")
    page.get_by_role("link", name=CLASS, exact=True).first.click()
    expect(page.get_by_text("2 / 50")).to_be_visible()


def grade_by_keyboard(page: Page) -> None:
    """Type both results without touching the mouse."""
    follow(page, "学员成绩管理")
    page.get_by_role("link", name="按班填写成绩").click()
    with page.expect_navigation():  # keys are heard once the script of the page is there
        page.get_by_role("row").filter(has_text=CLASS).get_by_role("link").first.click()
    page.locator("[data-grades] select").first.focus()
    page.keyboard.press("1")
    page.keyboard.press("2")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.get_by_text("没有保存")).to_have_count(0)


def declare(page: Page) -> None:
    """Make the sheet and hand it in."""
    follow(page, "学员成绩申报")
    page.get_by_role("link", name="制作成绩单").click()
    page.get_by_role("row").filter(has_text=CLASS).get_by_role("button", name="制作成绩单").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(CLASS)
    take(page, "申报")
