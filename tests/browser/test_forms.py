"""Forms in a real browser: choosing without a mouse, and what was typed survives a reload and a login that ran out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from page_rules import AXE, PHONE, axe
from PIL import Image
from playwright.sync_api import expect
from visiting import pick

from models.identifiers import make_organization_code

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site
    from playwright.sync_api import Locator, Page


HOSPITAL = "郑州市金水区人民医院"
CITIZEN_ID = "410105199001011234"
PASSWORD = "Nie-im-Entwurf-1"


def field(page: Page, label: str) -> Locator:
    """Return what a field with a dialog is opened by."""
    return page.get_by_role("combobox", name=label)


def has_focus(page: Page) -> Locator:
    return page.locator(":focus")


def focused(page: Page, text: str) -> None:
    expect(has_focus(page)).to_contain_text(text)


def kept(page: Page) -> str:
    """Return everything this tab keeps of what was typed, once typing has rested."""
    page.wait_for_timeout(600)
    return str(page.evaluate("JSON.stringify(Object.entries(sessionStorage))"))


# ---------------------------------------------------------------- choosing
def test_employer_and_department_are_chosen_by_keyboard_alone(demo_site: Site, page: Page) -> None:
    page.add_init_script(path=AXE)
    page.goto(f"{demo_site.url}/register/person")
    place = field(page, "所属单位和部门")
    place.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="选择所属单位和部门")).to_be_visible()
    expect(page.get_by_role("searchbox", name="按名称查找")).to_be_focused()
    expect(page.get_by_role("treeitem", name="驻马店市")).to_be_attached()
    page.keyboard.press("ArrowDown")
    focused(page, "郑州市")
    page.keyboard.press("ArrowRight")
    county = page.get_by_role("treeitem", name="金水区")
    expect(county).to_be_visible()
    while not county.evaluate("(item) => item === document.activeElement"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("treeitem", name=HOSPITAL)).to_be_visible()
    page.keyboard.press("ArrowRight")
    focused(page, HOSPITAL)
    page.keyboard.press("ArrowRight")
    inside = page.get_by_role("treeitem", name="内科")
    expect(inside).to_have_attribute("aria-level", "4")
    assert axe(page, include="#picker-dialog") == []
    page.keyboard.press("ArrowLeft")
    expect(inside).to_be_hidden()
    page.keyboard.press("Home")
    focused(page, "郑州市")
    page.keyboard.press("End")
    focused(page, "省直辖县级行政区划")

    page.keyboard.type("人民医院")  # typing leads to the search box
    [found] = [page.get_by_role("treeitem", name=HOSPITAL)]
    expect(found).to_contain_text("郑州市 › 金水区")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(inside).to_be_visible()
    page.keyboard.press("ArrowDown")
    focused(page, "不选部门")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#picker-dialog")).to_be_hidden()
    expect(place).to_be_focused()
    expect(place).to_have_text(f"郑州市 › 金水区 › {HOSPITAL} › 内科")
    assert page.locator("[name=region_county]").input_value() == "410105"

    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(place).to_be_focused()
    expect(place).to_contain_text("内科")


def test_a_choice_that_is_missing_is_said_at_its_field_and_an_optional_one_can_be_taken_back(
    demo_site: Site, page: Page
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{demo_site.url}/register/person")
    major = field(page, "所学专业")
    major.click()
    page.get_by_role("searchbox").fill("数学")
    page.get_by_role("treeitem", name="数学类").click()
    expect(major).to_have_text("理学 › 数学类")
    page.get_by_role("button", name="清除“所学专业”").click()
    expect(major).to_have_text("请选择")
    expect(major).to_be_focused()

    for name, typed in {
        "citizen_id": CITIZEN_ID, "password": PASSWORD, "password_confirm": PASSWORD, "real_name": "赵",
        "mobile": "13900001234", "email": "a@example.com",
    }.items():  # fmt: skip
        page.fill(f"[name={name}]", typed)
    page.get_by_role("button", name="提交注册").click()
    expect(page.get_by_text("请选择“所属单位和部门”")).to_be_visible()
    assert page.url.endswith("/register/person")
    told = kept(page)
    assert "赵" in told
    for secret in (CITIZEN_ID, PASSWORD):
        assert secret not in told


# ---------------------------------------------------------------- drafts
def log_in_here(site: Site, page: Page, role: str) -> None:
    """Log in on the login page shown."""
    accounts = json.loads(site.command("accounts", "demo", "--json").stdout)
    account = next(account for account in accounts if account["user_type"] == role)
    page.select_option("[name=user_type]", role)
    for name in ("organization_code", "citizen_id", "password"):
        if account[name]:
            page.fill(f"[name={name}]", account[name])
    page.click("main button[type=submit]")


def test_what_was_typed_survives_a_reload_and_a_login_that_ran_out(
    demo_site: Site, page: Page, log_in: Any
) -> None:
    log_in("employer")
    page.goto(f"{demo_site.url}/admin/claim/new/?kind=degree_study")
    person = field(page, "专业技术人员")
    person.click()
    page.get_by_role("treeitem", name="内科").click()
    expect(page.get_by_role("treeitem").nth(1)).to_contain_text("**********")
    page.get_by_role("treeitem").nth(1).click()
    chosen = person.inner_text()
    assert "（内科）" in chosen
    page.fill("[name=title]", "在职研究生")
    kept(page)
    page.once("dialog", lambda dialog: dialog.accept())  # the browser warns before typed text is left
    page.reload()

    bar = page.get_by_role("region", name="没有保存的内容")
    expect(bar).to_be_visible()
    assert page.locator("[name=title]").input_value() == ""
    bar.get_by_role("button", name="恢复").click()
    expect(person).to_have_text(chosen)
    assert page.locator("[name=title]").input_value() == "在职研究生"
    page.select_option("[name=credit_year]", index=1)
    for name in ("start_date", "end_date"):
        page.fill(f"[name={name}]", "2025-03-01")

    demo_site.sql("UPDATE login_session SET last_seen_at = '2020-01-01 00:00:00.000000'")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("没有保存").first).to_be_visible()
    log_in_here(demo_site, page, "employer")
    page.wait_for_url("**/admin/claim/new/?kind=degree_study")
    bar.get_by_role("button", name="恢复").click()
    assert page.locator("[name=title]").input_value() == "在职研究生"
    expect(person).to_have_text(chosen)
    page.get_by_role("button", name="登记").click()
    summary = page.locator("[data-errors]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="所学专业").click()
    expect(field(page, "所学专业")).to_be_focused()
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    assert kept(page) == "[]"


def test_leaving_a_refused_form_is_asked_about_and_leaving_an_untouched_one_is_not(
    demo_site: Site, page: Page, log_in: Any
) -> None:
    log_in("person")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    form, home = f"{demo_site.url}/admin/claim/new/?kind=paper", f"{demo_site.url}/admin/"
    page.goto(form)
    page.locator("h1").click()  # browsers ask nothing where nobody did anything
    page.goto(home)
    assert asked == []
    page.goto(form)
    with page.expect_navigation():
        page.get_by_role("button", name="提交").evaluate(
            "button => { button.form.noValidate = true; button.click(); }"
        )
    assert asked == []
    expect(page.locator("[data-errors]")).to_be_focused()
    page.locator("h1").click()
    page.goto(home)
    assert asked == ["beforeunload"]


def test_a_step_of_a_registration_forgets_its_draft_when_it_was_taken(
    demo_site: Site, page: Page, tmp_path: Path
) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"MZ")
    page.goto(f"{demo_site.url}/register/employer")
    code = make_organization_code(87123)
    page.fill("[name=code]", code)
    assert code in kept(page)
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("[name=scan]")).to_be_focused()  # the browser asks for the certificate
    page.locator("[name=scan]").set_input_files(scan)
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("[data-errors]")).to_be_focused()  # it is none
    assert code in kept(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(f"{demo_site.url}/register/employer")
    expect(page.get_by_role("region", name="没有保存的内容")).to_have_count(0)  # the server kept it too


def test_the_first_missing_field_has_the_focus_though_it_is_a_picker(
    demo_site: Site, page: Page, tmp_path: Path
) -> None:
    scan = tmp_path / "scan.png"
    Image.new("RGB", (8, 8), "navy").save(scan)
    page.goto(f"{demo_site.url}/register/institution")
    page.fill("[name=code]", make_organization_code(87124))
    page.locator("[name=scan]").set_input_files(scan)
    page.get_by_role("button", name="下一步").click()
    page.fill("[name=name]", "测试培训中心")
    pick(page, "所属区域", "金水区")
    page.get_by_role("button", name="下一步").click()
    expect(field(page, "同级人社部门")).to_be_focused()
    expect(page.get_by_text("请选择“同级人社部门”")).to_be_visible()
    pick(page, "同级人社部门", "金水区人力资源和社会保障局")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_label("培训机构级别")).to_be_focused()
