"""Exceptions first, over HTTP: parts of a queue, one decision for what is clean, findings beside what is not."""

from __future__ import annotations

import io
from urllib.parse import quote

import pytest
from claim_story import BOOK, EXCHANGE, PAPER, file, key_of, proof
from factories import YEAR
from PIL import Image
from sqlalchemy import select
from test_cockpit import declared
from test_verify_page import issued
from workbooks import cells

from models import Claim, ClaimAttachment, Person
from models.base import today
from models.enums import ClaimStatus
from services import findings

DECIDING = "/admin/claim-decision/"


def photograph(**options):
    """Return a picture with the place it was taken at written into it."""
    exif = Image.Exif()
    exif[0x010F] = "一部手机"
    out = io.BytesIO()
    Image.radial_gradient("L").resize((300, 200)).save(out, "JPEG", exif=exif, **options)
    return out.getvalue()


def check(site):
    findings.check_waiting(site.session, today(), only_new=True)


# ---------------------------------------------------------------- the split
def test_clean_claims_go_with_one_decision_and_the_others_stay(site, client_of):
    bureau = client_of("jinshui_admin")
    clean = declared(site, *(f"无误{number}" for number in range(30)))
    doubtful = declared(site, "缺材料", "也缺材料", proof=False)
    check(site)
    whole = bureau.get(DECIDING)
    parts = whole.tree.xpath("//nav[@aria-label='核查结果']/a")
    assert ["".join(part.itertext()).strip() for part in parts] == ["全部", "无异常30", "需关注3"]
    page = bureau.get(DECIDING, check_result="clean")
    assert "缺材料" not in page.words()
    [everything] = page.tree.xpath("//input[@name='all_matching']/@value")
    preview = bureau.post(f"{DECIDING}action/", {"action": "approve", "all_matching": everything})
    assert "可以通过" in preview.words()
    bureau.post(f"{DECIDING}action/", {**preview.form(), "confirmed": "1"})
    assert {site.get(Claim, key).status for key in clean} == {ClaimStatus.APPROVED}
    assert {site.get(Claim, key).status for key in doubtful} == {ClaimStatus.DECLARED}
    left = bureau.get(f"{DECIDING}cockpit/", check_result="attention")
    assert "第 1 / 3 条" in left.words()
    assert "没有证明材料" in left.tree.xpath("string(//*[contains(@class, 'cockpit-findings')])")


def test_the_preview_says_how_many_of_those_that_pass_need_attention(site, client_of):
    bureau = client_of("jinshui_admin")
    clean, doubtful = declared(site, "甲", "乙"), declared(site, "缺材料", "也缺材料", proof=False)
    check(site)
    preview = bureau.post(f"{DECIDING}action/", {"action": "approve", "rowid": [*clean, *doubtful]})
    assert "其中 2 条需关注" in preview.words()
    assert "缺材料" in bureau.get(preview.link("其中 2 条需关注")).words()
    preview = bureau.post(f"{DECIDING}action/", {"action": "approve", "rowid": clean})
    assert "可以通过" in preview.words()
    assert "需关注" not in preview.words()


def test_the_part_keeps_what_else_narrows_the_queue(client_of):
    page = client_of("hospital_admin").get(
        "/admin/claim-public/", credit_year=str(YEAR), check_result="clean"
    )
    links = page.tree.xpath("//nav[@aria-label='核查结果']/a/@href")
    assert all(f"credit_year={YEAR}" in link for link in links)
    assert ["check_result" in link for link in links[:3]] == [False, True, True]
    assert page.tree.xpath("string(//nav[@aria-label='核查结果']/a[@aria-current])").startswith("无异常")


def test_what_was_found_is_for_reviewers_only(site, client_of):
    key = site.world.id(Claim, "doctor-declared")
    assert "核查发现" in client_of("hospital_admin").get("/admin/claim/details/", id=key).words()
    assert "核查发现" in client_of("jinshui_admin").get("/admin/claim/details/", id=key).words()
    person = client_of("doctor")
    assert "核查" not in person.get("/admin/claim/details/", id=key).words()
    assert "核查" not in person.get("/admin/claim/").words()
    assert person.get("/admin/claim/", check_result="attention").tree.xpath("//tbody/tr")


def test_a_claim_out_of_sight_is_told_without_its_name(site, client_of):
    [key] = declared(site, "甲", evidence_key="no:1")
    with site.session() as session:
        row = session.scalars(select(Claim).where(Claim.title == "teacher-approved")).one()
        row.evidence_key = "no:1"
        row.person_id = site.world.id(Person, "doctor")
    check(site)
    page = client_of("jinshui_admin").get("/admin/claim/details/", id=key)
    assert "申报过学时：其他单位的申报" in page.words()
    assert "teacher-approved" not in page.text


# ---------------------------------------------------------------- used before
@pytest.mark.parametrize("title", ["全省护理学术年会", " 全省 护理学术年会。", "全省护理－学术年会"])
def test_the_same_evidence_is_refused_by_the_claim_it_was_used_for(client_of, title):
    client = client_of("doctor")
    key_of(file(client))
    page = file(client, title=title)
    assert (
        f"“会议名称”与已有的申报“{EXCHANGE['title']}”（2026 年度，待单位审核）相同" in page.errors()["title"]
    )
    assert page.form()["title"] == [title]
    assert file(client, title=title, command="draft").status == 302, "a draft may be kept, and mended"


def test_a_number_is_the_same_in_any_width_case_and_with_any_dashes(client_of):
    client = client_of("doctor")
    key_of(file(client, "paper", item_doi="10.1000/AB-12"))
    page = file(client, "paper", title="另一篇", item_doi="１０．1000 / ab—12")
    assert PAPER["title"] in page.errors()["item_doi"]
    key_of(file(client, "paper", title="另一篇", item_doi="10.1000/AB-13"))


@pytest.mark.parametrize(
    "written",
    [
        "https://doi.org/10.1000/AB-12",
        "http://dx.doi.org/10.1000/ab-12",
        "DOI: 10.1000/ab-12",
        "doi.org/10.1000/ab-12",
    ],
)
def test_a_doi_is_the_same_with_whatever_stands_before_it(client_of, written):
    client = client_of("doctor")
    key_of(file(client, "paper", item_doi="10.1000/ab-12"))
    page = file(client, "paper", title="另一篇", item_doi=written)
    assert PAPER["title"] in page.errors()["item_doi"]


@pytest.mark.parametrize(("first", "second"), [("10.1000/1", ""), ("", "10.1000/1"), ("", "")])
def test_a_paper_of_which_one_claim_lacks_the_number_is_told_by_its_title(client_of, first, second):
    client, year = client_of("doctor"), {"start_date": "2026-03-01", "end_date": "2026-03-01"}
    key_of(file(client, "paper", item_doi=first))
    page = file(client, "paper", title="一例 罕见病的护理。", item_doi=second, **year)
    assert f"“题目”与已有的申报“{PAPER['title']}”" in page.errors()["title"]
    key_of(file(client, "paper", title="另一篇", item_doi=second, **year))


def test_two_papers_of_one_title_with_two_numbers_are_two(client_of):
    client = client_of("doctor")
    key_of(file(client, "paper", item_doi="10.1000/1"))
    key_of(file(client, "paper", item_doi="10.1000/2"))


def test_a_key_stored_in_another_way_of_writing_is_not_asked(site, client_of):
    client = client_of("doctor")
    key = key_of(file(client, "paper", item_doi="10.1000/ab-12"))
    site.put(
        Claim, key, evidence_key="formerly", items={**site.get(Claim, key).items, "doi": "doi:10.1000/AB-12"}
    )
    assert (
        PAPER["title"] in file(client, "paper", title="另一篇", item_doi="10.1000/ab-12").errors()["item_doi"]
    )


def test_a_book_is_the_same_by_either_of_its_numbers(client_of):
    client = client_of("doctor")
    key_of(file(client, "book", item_isbn="7-302-51161-6"))
    page = file(client, "book", title="另一本书", item_isbn="978-7-302-51161-8")
    assert BOOK["title"] in page.errors()["item_isbn"]
    page = file(client, "book", title="另一本书", item_isbn="随便写")
    assert "“ISBN”不是有效的书号" in page.errors()["item_isbn"]
    assert page.form()["item_isbn"] == ["随便写"]


def test_the_same_file_is_refused_by_the_claim_it_was_used_for(client_of):
    client, data = client_of("doctor"), photograph()
    key_of(file(client, attachment=proof("通知.jpg", data)))
    page = file(client, "paper", attachment=proof("首页.jpg", data))
    assert f"文件“首页.jpg”已用于证明另一条申报“{EXCHANGE['title']}”" in page.errors()["attachments"]
    key_of(file(client_of("nurse"), "paper", attachment=proof("首页.jpg", data)))


# ---------------------------------------------------------------- pictures
def test_a_picture_is_looked_at_as_its_preview_and_taken_along_as_it_was(site, client_of):
    client, data = client_of("doctor"), photograph()
    key = key_of(file(client, attachment=proof("照片.jpg", data)))
    [row] = site.all(select(ClaimAttachment).where(ClaimAttachment.claim_id == key))
    assert row.image_hash is not None
    shown = client_of("hospital_admin").http.get(f"/files/attachments/{row.id}/preview", buffered=True)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(shown.data)) as picture:
        assert not picture.getexif()
    original = client_of("hospital_admin").http.get(f"/files/attachments/{row.id}", buffered=True)
    assert original.data == data
    assert original.headers["Content-Disposition"].startswith("attachment")
    for stranger in ("nurse", "school_admin", "jinshui_admin", "visitor"):
        assert client_of(stranger).http.get(f"/files/attachments/{row.id}/preview").status_code == 404
    page = client_of("hospital_admin").get("/admin/claim/details/", id=key)
    assert page.tree.xpath("//img/@src") == [f"/files/attachments/{row.id}/preview"]


def test_a_pdf_has_no_preview(site, client_of):
    [key] = site.all(
        select(ClaimAttachment.id).where(ClaimAttachment.claim_id == site.world.id(Claim, "doctor-declared"))
    )
    assert client_of("doctor").http.get(f"/files/attachments/{key}/preview").status_code == 404


# ---------------------------------------------------------------- taken along, taken back
@pytest.mark.parametrize(
    ("who", "expected"), [("hospital_admin", 200), ("health_admin", 200), ("doctor", 403)]
)
def test_claims_are_taken_along_by_those_who_review(client_of, who, expected):
    client = client_of(who)
    page = client.get("/admin/claim/export/", status="declared")
    assert page.status == expected
    if expected == 200:
        assert "完整号码" not in page.words()
        head, *lines = cells(client.post("/admin/claim/export/?status=declared", {"columns": "every"}).data)
        assert {"名称", "姓名", "核查结果", "核算学时"} <= set(head)
        assert {line[head.index("认定结果")] for line in lines} == {"待审批"}


@pytest.mark.parametrize(
    ("who", "may"), [("jinshui_admin", True), ("zhengzhou_admin", True), ("luoyang_admin", False)]
)
def test_a_revocation_reaches_the_certificate_whoever_verifies_it(site, client_of, visitor, who, may):
    """The office that approved takes it back, or its superior; the year then falls below what is required."""
    certificate, key = issued(site, client_of), site.world.id(Claim, "doctor-approved")
    client = client_of(who)
    page = client.post("/admin/claim/action/", {"action": "revoke", "rowid": key})
    client.post("/admin/claim/action/", {**page.form(), "confirmed": "1", "reason": "材料不实"})
    words = visitor.get(f"/verify/{quote(certificate.number)}").words()
    assert (site.get(Claim, key).status is ClaimStatus.REVOKED) is may
    assert ("已撤销" in words, "所依据的学时认定已被撤销" in words, "真实有效" in words) == (
        may,
        may,
        not may,
    )
    assert "材料不实" not in words  # what the office wrote stays inside
