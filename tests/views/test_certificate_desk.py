"""证书打印: what the desk shows, what an order would do, its result and file; and who prints what besides."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from factories import make_certificate
from sqlalchemy import select

from models import Account, Certificate, CertificateRun, JournalEntry, Person, YearSummary
from models.enums import BatchState
from services import certificate_runs, certificate_work
from views.extensions import system_session

DESK, RUNS = "/admin/certificate-printing/", "/admin/certificate-run/"
FULL = {
    "complete": True, "public_hours": 30, "specialty_hours": 60, "required_public": 30, "required_specialty": 60,
    "required_total": 90,
}  # fmt: skip
YEARS = ("doctor-2026", "nurse-2025")
LACKING = {**FULL, "complete": False, "public_hours": 24}


@pytest.fixture
def desk(site, client_of):
    """The hospital's administrator, with two complete years of which one has a certificate of another making."""
    for name in YEARS:
        site.put(YearSummary, name, **FULL)
    site.put(Certificate, "nurse-valid", status="revoked", revoked_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
             revoked_reason="学时被撤销")  # fmt: skip
    return client_of("hospital_admin")


def keys(site, *names):
    return [site.world.id(YearSummary, name) for name in names or YEARS]


def ordered(client, site, action, *names, **more):
    """Preview an order, confirm it, and return the page of its result."""
    page = client.post(f"{DESK}action/", {"action": action, "rowid": keys(site, *names)})
    assert page.status == 200, page
    answer = client.send_to(f"{DESK}action/", page, {"confirmed": "1", **more})
    assert answer.status == 303, answer
    return client.follow(answer)


def cells(page):
    """Return the cells of each row of a list by its first one, blanks removed."""
    rows = page.tree.xpath("//table[contains(@class, 'data-grid')]/tbody/tr")
    texts = [["".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in rows]
    return {next(text for text in row if text): row for row in texts}


def offered(page):
    """Return what the buttons of a row's page do."""
    return page.tree.xpath("//main//button[@name='action']/@value")


def test_the_desk_shows_the_state_of_each_year_and_is_narrowed_by_it(site, desk):
    site.put(YearSummary, "doctor-2026", **LACKING)
    assert "公需差6学时" in cells(desk.get(DESK))["doctor"]
    assert "齐全" in cells(desk.get(DESK))["nurse"]  # complete again after its certificate was revoked
    ordered(desk, site, "issue", "nurse-2025")
    assert "已发" in cells(desk.get(DESK))["nurse"]
    names = {
        state: set(cells(desk.get(DESK, state=state))) for state in ("ready", "lacking", "issued", "revoked")
    }
    assert [state for state, found in names.items() if "nurse" in found] == ["issued"]
    assert [state for state, found in names.items() if "doctor" in found] == ["lacking"]
    with site.session() as session:
        make_certificate(
            session, session.get(Person, site.world.id(Person, "doctor")),
            session.get(Account, site.world.id(Account, "hospital_admin")), revoked=True,
        )  # fmt: skip
    row = cells(desk.get(DESK, state="revoked"))["doctor"]
    assert "已撤销" in row


def test_the_page_of_a_person_year_offers_what_can_be_ordered_for_it(site, desk):
    site.put(YearSummary, "doctor-2026", **LACKING)
    lacking, complete = keys(site)
    assert offered(desk.get(f"{DESK}details/", id=lacking)) == []
    assert offered(desk.get(f"{DESK}details/", id=complete)) == ["both"]
    ordered(desk, site, "issue", "nurse-2025")
    assert offered(desk.get(f"{DESK}details/", id=complete)) == ["print"]


def test_an_order_is_previewed_with_counts_and_reasons(site, desk):
    site.put(YearSummary, "doctor-2026", **LACKING)
    page = desk.post(f"{DESK}action/", {"action": "issue", "rowid": keys(site)})
    words = page.words()
    for sentence in (
        "学时齐全，可以制发",
        "nurse 2025 年度",
        "不能办理：学时未齐",
        "公需 差 6 学时",
        "确认办理 1 条",
    ):
        assert sentence in words, sentence
    assert site.all(select(CertificateRun.id).where(CertificateRun.wanted == "issue")) == []
    nothing = desk.post(f"{DESK}action/", {"action": "print", "rowid": keys(site)})
    assert "请选“办理并打印”" in nothing.words()
    assert "确认打印" not in nothing.words()


def test_both_at_once_then_the_file_and_the_counted_reprint(site, desk, client_of):
    page = ordered(desk, site, "both", form="zip")
    assert "下载 ZIP 包" in page.words()
    run = site.all(select(CertificateRun).order_by(CertificateRun.id.desc()))[0]
    sent = desk.http.post(f"{RUNS}file/", data={"id": run.id, "csrf_token": desk.token()})
    names = zipfile.ZipFile(io.BytesIO(sent.get_data())).namelist()
    found = site.all(select(Certificate).where(Certificate.status == "valid", Certificate.number.in_(
        [name.rpartition("-")[0] for name in names])))  # fmt: skip
    assert sorted(name.rpartition("-")[2] for name in names) == ["doctor.pdf", "nurse.pdf"]
    assert [row.print_count for row in found] == [1, 1]
    assert "attachment" in sent.headers["Content-Disposition"]
    sent.close()
    page = ordered(desk, site, "print", "doctor-2026", form="pdf")
    assert "打开 PDF 打印" in page.words()
    assert "2" in cells(desk.get(DESK))["doctor"]
    actions = site.all(select(JournalEntry.action).where(JournalEntry.object_type.startswith("certificate")).order_by(
        JournalEntry.id))  # fmt: skip
    assert actions == ["start", "issue", "issue", "print", "print", "download", "start", "reprint"]
    # The file is the employer's: nobody else sees the order or fetches it.
    for other in ("school_admin", "doctor", "jinshui_admin", "province_admin"):
        client = client_of(other)
        assert client.post(f"{RUNS}file/", {"id": run.id}).status in {403, 404}, other
        assert client.get(f"{RUNS}details/", id=run.id).status in {403, 404}, other
    site.put(CertificateRun, run.id, media_key=None, expires_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    page = desk.follow(desk.post(f"{RUNS}file/", {"id": run.id}))
    assert "文件已超过保留时间" in page.messages()


def test_a_file_says_when_one_of_it_was_revoked_since(site, desk):
    page = ordered(desk, site, "both")
    assert "被撤销" not in page.words()
    run = site.all(select(CertificateRun).order_by(CertificateRun.id.desc()))[0]
    [key] = site.all(select(Certificate.id).where(Certificate.status == "valid", Certificate.credit_year == 2026,
                                                  Certificate.number.startswith("豫继教")))  # fmt: skip
    site.put(
        Certificate,
        key,
        status="revoked",
        revoked_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        revoked_reason="测试",
    )
    page = desk.get(f"{RUNS}details/", id=run.id)
    assert "其中 1 份在打印之后被撤销，不要发放。下面排在最前的就是。" in page.words()
    fallen, *others = cells(page).values()
    assert fallen[2:] == [site.get(Certificate, key).number, "证书已撤销，不要发放"]
    assert [row[3] for row in others] == ["本次制发"]


def test_many_are_a_job_with_progress_that_can_be_cancelled(site, desk, monkeypatch):
    monkeypatch.setattr(certificate_runs, "AT_ONCE", 1)
    page = desk.post(f"{DESK}action/", {"action": "both", "rowid": keys(site)})
    assert "确认后在后台分批办理" in page.words()
    running = ordered(desk, site, "both")
    assert "正在后台办理" in running.words()
    run = site.all(select(CertificateRun).order_by(CertificateRun.id.desc()))[0]
    page = desk.follow(desk.post(f"{RUNS}cancel/", {"id": run.id}))
    assert "已取消其余的" in page.messages()
    assert site.get(CertificateRun, run.id).state is BatchState.CANCELLED
    ordered(desk, site, "both")
    run = site.all(select(CertificateRun).order_by(CertificateRun.id.desc()))[0]
    with site.app.app_context():
        certificate_work.carry_out(system_session, site.app.media, run.id, "http://localhost")
    link = desk.get("/admin/notice/").tree.xpath("//tbody//*[contains(text(), '证书文件已生成：2 份')]")
    assert link
    assert "打开 PDF 打印" in desk.get(f"{RUNS}details/", id=run.id).words()


def test_a_person_prints_his_own_and_offices_only_look(site, desk, client_of):
    ordered(desk, site, "issue", "doctor-2026")
    own = client_of("doctor")
    [key] = site.all(select(Certificate.id).where(Certificate.number.startswith("豫继教2026")))
    year = site.world.id(YearSummary, "doctor-2026")
    for url, row in (("/admin/certificate/action/", key), ("/admin/year-summary/action/", year)):
        sent = own.post(url, {"action": "print", "rowid": row})
        assert sent.data.startswith(b"%PDF-"), url
    assert site.get(Certificate, key).print_count == 2
    for url, row in (("/admin/certificate/", key), ("/admin/year-summary/", year)):
        assert "print" in offered(own.get(f"{url}details/", id=row)), url
        assert "print" not in offered(client_of("jinshui_admin").get(f"{url}details/", id=row)), url
    assert "已发" in own.get("/admin/year-summary/").words()
    page = client_of("nurse").post("/admin/certificate/action/", {"action": "print", "rowid": key})
    assert page.status == 302  # nothing of his own among them: back to the list, with a sentence
    for office in ("jinshui_admin", "zhengzhou_admin", "health_admin", "province_admin"):
        client = client_of(office)
        page = client.get("/admin/certificate/", number="豫继教2026")
        assert "doctor" in cells(page)[site.get(Certificate, key).number], office
        assert "打印" not in [
            button.text_content().strip() for button in page.tree.xpath("//form[@data-actions]//button")
        ]
        assert client.post("/admin/certificate/action/", {"action": "print", "rowid": key}).status == 403, (
            office
        )
    elsewhere = client_of("luoyang_admin").get("/admin/certificate/", number="豫继教2026").words()
    assert "没有符合条件的记录" in elsewhere
    assert site.get(Certificate, key).print_count == 2
