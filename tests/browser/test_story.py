"""The main job, told in a real browser by everybody who takes part in it."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote

import zxingcpp
from offices import ADMINISTRATORS, AUTHORITY, BUREAU
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfReader
from reportlab.pdfgen import canvas
from visiting import fill_account, log_in, pick, set_password, try_login

from models.identifiers import make_citizen_id, make_organization_code

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site
    from playwright.sync_api import Page


EMPLOYER = make_organization_code(9100)
EMPLOYER_ADMINISTRATOR = make_citizen_id("410105", date(1975, 5, 5), 7)
PERSON = make_citizen_id("410105", date(1990, 6, 15), 22)
YEAR = "2025"


def test_one_claim_lives_its_whole_life(site: Site, page: Page, tmp_path: Path) -> None:
    offices = subprocess.run(
        [sys.executable, "tests/browser/offices.py"],
        env=site.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert offices.returncode == 0, offices.stderr
    scan = tmp_path / "代码证.png"
    Image.new("RGB", (400, 300), "white").save(scan)

    _register_employer(page, site, scan)
    log_in(page, site, "bureau", BUREAU, ADMINISTRATORS[BUREAU])
    _decide(page, "审核账户", "通过")
    _logout(page)

    _register_person(page, site)
    assert "此帐号还未被审核" in try_login(page, site, "person", "", PERSON)
    assert "账户或密码错误" in try_login(page, site, "person", "", PERSON, "Wrong-password-1")
    log_in(page, site, "employer", EMPLOYER, EMPLOYER_ADMINISTRATOR)
    _decide(page, "审核注册账号", "通过")
    _logout(page)

    log_in(page, site, "person", "", PERSON)
    _file_everything(page, tmp_path)
    _logout(page)

    log_in(page, site, "employer", EMPLOYER, EMPLOYER_ADMINISTRATOR)
    _decide(page, "其它继续教育形式申报（公需）", "审核通过")
    _decide(page, "其它继续教育形式申报（公需）", "申报")
    _decide(page, "其它继续教育形式申报（专业）", "申报", route="行业主管部门")
    _logout(page)

    log_in(page, site, "bureau", BUREAU, ADMINISTRATORS[BUREAU])
    _decide(page, "审核专业技术人员继续教育申报信息", "通过")
    _logout(page)
    log_in(page, site, "authority", AUTHORITY, ADMINISTRATORS[AUTHORITY])
    _decide(page, "审核继续教育人员信息", "通过")
    _logout(page)

    log_in(page, site, "person", "", PERSON)
    _open(page, "查看学时完成情况")
    row = page.get_by_role("row").filter(has_text=YEAR)
    assert "齐全" in row.inner_text()
    _logout(page)

    number, printed = _print_certificate(page, site)
    scanned = _scan(printed, tmp_path)
    assert unquote(scanned) == f"{site.url}/verify/{number}"
    saved = _verify(page, scanned)
    page.goto(f"{site.url}/verify/{number[:-1]}{'0' if number[-1] != '0' else '1'}")
    expect(page.get_by_text("无效", exact=True)).to_be_visible()
    log_in(page, site, "bureau", BUREAU, ADMINISTRATORS[BUREAU])
    _revoke(page, "公需科目网络课程", "经复核，证明材料不实")
    _logout(page)
    _find_revoked(page, scanned, saved)

    for command in ("ledger", "audit"):
        proven = site.command(command, "verify")
        assert proven.returncode == 0, proven.stderr
    site.sql("UPDATE ledger_entry SET hours = hours + 1 WHERE id = (SELECT min(id) FROM ledger_entry)")
    assert site.command("ledger", "verify").returncode != 0
    site.sql("UPDATE journal_entry SET reason = '改过' WHERE id = (SELECT min(id) FROM journal_entry)")
    assert site.command("audit", "verify").returncode != 0


def _register_employer(page: Page, site: Site, scan: Path) -> None:
    page.goto(f"{site.url}/register/employer")
    page.get_by_label("组织机构代码").fill(EMPLOYER)
    page.locator("[name=scan]").set_input_files(scan)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("单位名称").fill("郑州市金水区第一人民医院")
    pick(page, "所属区域", "金水区")
    pick(page, "同级人社部门", "金水区人力资源和社会保障局")
    page.get_by_label("行业主管部门").select_option(label="河南省卫生健康委员会")
    page.get_by_role("button", name="下一步").click()
    fill_account(page, EMPLOYER_ADMINISTRATOR, "王管理")
    page.get_by_role("button", name="提交注册").click()
    expect(page.get_by_text("您已完成单位注册，请耐心等待所属人社部门审批")).to_be_visible()


def _register_person(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/register/person")
    fill_account(page, PERSON, "李䶮")
    pick(page, "所属单位和部门", "郑州市金水区第一人民医院")
    page.get_by_label("性别").select_option(label="男")  # the id says otherwise
    page.get_by_label("出生年月").fill("1990-06-15")
    page.get_by_role("button", name="提交注册").click()
    expect(page.get_by_text("“性别”与身份证号不一致").first).to_be_visible()
    assert page.get_by_label("姓名").input_value() == "李䶮"  # nothing typed is lost
    page.get_by_label("性别").select_option(label="女")
    set_password(page)
    page.get_by_role("button", name="提交注册").click()
    expect(page.get_by_text("您已完成专技人员注册，请耐心等待所属单位审批")).to_be_visible()


def _logout(page: Page) -> None:
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/")


def _open(page: Page, entry: str) -> None:
    """Follow an entry of the side menu."""
    page.locator("#sidebar .nav-link").filter(has=page.get_by_text(entry, exact=True)).first.click()


def _decide(page: Page, menu: str, action: str, route: str | None = None) -> None:
    """Select the whole page of a queue, look at the preview, confirm."""
    _open(page, menu)
    page.get_by_label("选择本页全部").check()
    page.get_by_role("button", name=re.compile(f"^{action}")).click()  # the number of rows stands behind it
    expect(page.get_by_text(f"可以{action}")).to_be_visible()
    if route:
        page.get_by_label(route).check()
    page.get_by_role("button", name=f"确认{action}").click()
    expect(page.get_by_text("已").first).to_be_visible()


def _file_everything(page: Page, folder: Path) -> None:
    """File claims of four kinds, each with a proof of its own: a file proves one thing only."""
    _start(page, "学术交流", "全国呼吸病学学术年会")
    page.get_by_label("科目类型").select_option(label="专业")
    page.locator("[name=item_level]").select_option("national")
    page.locator("[name=item_organizer]").fill("中华医学会")
    page.locator("[name=item_place]").fill("郑州")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("请上传证明材料").first).to_be_visible()
    assert page.locator("[name=item_place]").input_value() == "郑州"
    _submit(page, _pdf(folder / "notice.pdf"))

    _start(page, "课题研究", "国家级呼吸康复课题")
    page.locator("[name=item_project_number]").fill("GJ-2025-001")
    page.locator("[name=item_level]").select_option("national")
    page.locator("[name=item_project_type]").select_option(index=1)
    page.locator("[name=item_rank]").fill("1")
    _submit(page, _pdf(folder / "project.pdf"))

    _start(page, "发表论文", "呼吸康复护理的临床研究")
    page.locator("[name=item_journal]").fill("中华护理杂志")
    page.locator("[name=item_issn_cn]").fill("0254-1769")
    page.locator("[name=item_level]").select_option("national")
    page.locator("[name=item_published_on]").fill("2025-05-01")
    page.locator("[name=item_characters]").fill("6000")
    page.locator("[name=item_rank]").fill("1")
    page.locator("[name=item_author_count]").fill("2")
    _submit(page, _pdf(folder / "paper.pdf"))

    _start(page, "课程进修", "公需科目网络课程")
    page.get_by_label("科目类型").select_option(label="公需")
    page.locator("[name=item_host]").fill("河南省继续教育网")
    page.locator("[name=item_courses]").fill("2")
    _submit(page, _pdf(folder / "course.pdf"))


def _start(page: Page, kind: str, title: str) -> None:
    _open(page, "申报继续教育信息")
    page.get_by_role("link", name=kind).first.click()
    page.locator("[name=title]").fill(title)
    page.get_by_label("计入年度").select_option(YEAR)
    page.get_by_label("开始日期").fill("2025-03-01")
    page.get_by_label("结束日期").fill("2025-03-05")


def _submit(page: Page, proof: Path) -> None:
    page.locator("[name=attachments]").set_input_files(proof)
    page.get_by_role("button", name="提交").click()
    page.get_by_text("已提交").wait_for()


def _scan(document: bytes, folder: Path) -> str:
    """Render the certificate as a picture and read its QR code, as the camera of a phone does."""
    (folder / "certificate.pdf").write_bytes(document)
    command = ["pdftoppm", "-png", "-singlefile", "-r", "100", "certificate.pdf", "certificate"]
    subprocess.run(command, cwd=folder, check=True)
    with Image.open(folder / "certificate.png") as picture:
        [code] = zxingcpp.read_barcodes(picture)
    return code.text


def _verify(page: Page, scanned: str) -> str:
    """Open what was scanned, compare the name, and return the check code of the answer."""
    page.goto(scanned)
    expect(page.get_by_text("真实有效", exact=True)).to_be_visible()
    assert "李䶮" not in page.content()
    page.get_by_label("姓名").fill("李䶮")
    page.get_by_role("button", name="查验", exact=True).click()
    expect(page.get_by_text("编号与姓名相符")).to_be_visible()
    expect(page.get_by_text("真实有效", exact=True)).to_be_visible()
    assert PERSON not in page.content()
    assert page.url.endswith("/verify/")
    return page.locator(".verify-code-text").inner_text()


def _revoke(page: Page, title: str, reason: str) -> None:
    """Take back an approval, from the page of the claim."""
    _open(page, "管理专业技术人员继续教育信息")
    page.get_by_role("link", name=title).first.click()
    page.get_by_role("button", name="撤销认定").click()
    page.locator("[name=reason]").fill(reason)
    page.get_by_role("button", name="确认撤销认定").click()
    expect(page.get_by_text("已撤销").first).to_be_visible()


def _find_revoked(page: Page, scanned: str, saved: str) -> None:
    """Scan the paper once more, then enter the check code of a page kept of the time before."""
    page.goto(scanned)
    expect(page.get_by_text("已撤销", exact=True)).to_be_visible()
    expect(page.get_by_text("所依据的学时认定已被撤销")).to_be_visible()
    expect(page.get_by_text("经复核，证明材料不实")).to_have_count(
        0
    )  # which names may stand in it is not known
    page.get_by_role("link", name="输入查验码").click()
    page.get_by_label("查验码").fill(saved)
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_text("真实有效，已核对姓名")).to_be_visible()
    expect(page.get_by_text("现在的结论已经不同")).to_be_visible()
    expect(page.get_by_text("已撤销", exact=True)).to_be_visible()


def _print_certificate(page: Page, site: Site) -> tuple[str, bytes]:
    log_in(page, site, "employer", EMPLOYER, EMPLOYER_ADMINISTRATOR)
    _open(page, "证书打印")
    page.get_by_label("选择本页全部").check()
    page.get_by_role("button", name="办理并打印").click()
    page.get_by_role("button", name="确认办理并打印 1 条").click()
    button = page.get_by_role("button", name="打开 PDF 打印")
    expect(button).to_be_visible()
    form = page.locator("form").filter(has=button)
    fields = {name: form.locator(f"[name={name}]").input_value() for name in ("csrf_token", "id")}
    answer = page.request.post(f"{site.url}/admin/certificate-run/file/", form=fields)
    assert answer.headers["content-type"] == "application/pdf"
    text = PdfReader(io.BytesIO(answer.body())).pages[0].extract_text()
    assert "李䶮" in text
    _open(page, "已发证书")
    number = page.locator("tbody :is(th, td)").filter(has_text="豫继教").first.inner_text()
    _logout(page)
    return unquote(number.strip()), answer.body()


def _pdf(path: Path) -> Path:
    document = canvas.Canvas(str(path))
    document.drawString(72, 720, f"Certificate: {path.stem}")
    document.save()
    return path
