"""A claim from the blank form to its submission: bad input loses nothing, nothing happens twice."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest
from claim_story import EXCHANGE, FILED, NEW, claims_of, file, key_of, proof
from site_client import picture
from sqlalchemy import select

from models import Claim, ClaimAttachment, ClaimItem
from models.enums import ClaimStatus, ItemType


# ---------------------------------------------------------------- filing
def test_the_first_step_offers_every_kind_with_what_proves_it(client_of):
    page = client_of("doctor").get("/admin/claim/new/")
    assert len(page.tree.xpath("//a[contains(@href, 'kind=')]")) == 15
    for name in ("学术交流", "课题研究", "发表论文", "会议通知、单位证明、宣读证明"):
        assert name in page.words()


@pytest.mark.parametrize("kind", FILED)
def test_a_person_files_a_claim_of_each_kind(site, client_of, kind):
    client = client_of("doctor")
    page = file(client, kind)
    claim = site.get(Claim, key_of(page))
    typed, hours = FILED[kind]
    assert claim.status is ClaimStatus.SUBMITTED
    assert claim.title == typed["title"]
    assert claim.computed_hours == Decimal(hours)
    shown = client.follow(page)
    for word in (typed["title"], "待单位审核", "证明.pdf", "核算学时"):
        assert word in shown.words()


def test_an_exchange_names_its_level_in_chinese_and_keeps_its_lines(site, client_of):
    client = client_of("doctor")
    page = file(client)
    assert site.get(Claim, key_of(page)).content == "第一行\n第二行"
    for word in ("国家部委级", "中华护理学会", "是", "夜班交接的一种做法"):
        assert word in client.follow(page).words()


@pytest.mark.parametrize("kind", ["nothing", "", "x" * 300])
def test_an_unknown_kind_leads_back_to_the_choice(client_of, kind):
    page = client_of("doctor").get("/admin/claim/new/", kind=kind)
    assert page.status == 200
    assert "选择继续教育类型" in page.words()


# ---------------------------------------------------------------- bad input
BAD = [
    ("title", "", "请填写“会议名称”"),
    ("title", "  ", "请填写“会议名称”"),
    ("title", "长" * 201, "最多 200 个字"),
    ("start_date", "2026-02-30", "请填写有效的“开始日期”"),
    ("start_date", "去年", "请填写有效的“开始日期”"),
    ("end_date", "", "请填写有效的“结束日期”"),
    ("end_date", "2026-11-25", "不能晚于今天"),
    ("end_date", "2026-05-08", "不能早于“开始日期”"),
    ("credit_year", "1999", "请选择当前开放申报的年度"),
    ("credit_year", "2100", "请选择当前开放申报的年度"),
    ("credit_year", "", "请选择当前开放申报的年度"),
    ("subject", "both", "科目类型"),
    ("item_level", "galactic", "“级别”不在可选范围内"),
    ("item_level", "", "请填写“级别”"),
    ("item_organizer", "", "请填写“主办单位”"),
    ("item_organizer", "长" * 201, "最多 200 个字"),
    ("item_paper_length", "0", "“论文字数”不能小于 1"),
    ("item_paper_length", "1000001", "不能大于 1,000,000"),
    ("item_paper_length", "1.5", "必须是整数"),
    ("item_paper_length", "很多", "不是数字"),
    ("item_paper_length", "NaN", "不是数字"),
    ("item_paper_length", "9" * 5000, "有 5000 个字符，最多 40 个"),
    ("content", "字" * 1001, "有 1001 个字，最多 1000 个字"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), BAD, ids=[f"{line[0]}-{line[2]}" for line in BAD])
def test_bad_input_is_named_at_its_field_and_nothing_typed_is_lost(site, client_of, field, value, sentence):
    client = client_of("doctor")
    before = claims_of(site)
    page = file(client, **{field: value})
    assert page.status == 200
    assert set(page.errors()) == {field}
    assert sentence in page.errors()[field]
    assert sentence in page.messages()
    assert claims_of(site) == before
    again = page.form()
    for name, typed in {**EXCHANGE, field: value}.items():
        if name == field and name in {"item_level", "credit_year", "subject"}:
            continue  # what is no choice cannot be shown as one
        assert [text.replace("\r\n", "\n") for text in again[name]] == [typed.replace("\r\n", "\n")], name
    assert "证明.pdf" in page.words()  # the good file was kept


@pytest.mark.parametrize("sort", [ItemType.INTEGER, ItemType.DECIMAL])
@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("1e9999", "不能大于 1,000,000,000"),
        ("-1e9999", "不能小于 -1,000,000,000"),
        ("9" * 5000, "有 5000 个字符，最多 40 个"),
        ("1e-9999", "最多 4 位小数|必须是整数"),
    ],
)
def test_a_figure_without_limits_of_its_own_is_still_one(site, client_of, sort, value, sentence):
    client = client_of("doctor")
    [item] = site.all(select(ClaimItem.id).where(ClaimItem.code == "paper_length"))
    site.put(ClaimItem, item, type=sort, minimum=None, maximum=None)
    page = file(client, item_paper_length=value)
    assert re.search(sentence, page.errors()["item_paper_length"])
    assert page.form()["item_paper_length"] == [value]
    key_of(file(client, item_paper_length="2600"))


def test_a_claim_of_exactly_a_thousand_characters_is_taken(client_of):
    assert file(client_of("doctor"), content="字" * 1000).status == 302


BAD_FILES = [
    (proof("论文.pdf", picture()), "内容不是 PDF，而是 PNG 图片"),
    (proof("证明.exe", b"MZ" * 40), "的类型不能上传"),
    (proof("空.pdf", b""), "是空的"),
    (proof("坏.pdf", b"%PDF-1.7 and no more"), "已损坏"),
]


@pytest.mark.parametrize("number", range(len(BAD_FILES)), ids=[line[1] for line in BAD_FILES])
def test_a_disguised_or_broken_file_is_refused_at_its_field(site, client_of, number):
    (stream, name), sentence = BAD_FILES[number]
    before = site.all(select(ClaimAttachment.id))
    page = file(client_of("doctor"), attachment=(io.BytesIO(stream.getvalue()), name))
    assert page.status == 200
    assert sentence in page.errors()["attachments"]
    assert page.form()["title"] == [EXCHANGE["title"]]
    assert site.all(select(ClaimAttachment.id)) == before


def test_an_oversize_file_is_refused_with_the_way_out(client_of):
    page = file(client_of("doctor"), attachment=proof("大.pdf", b"%PDF-" + bytes(20 * 1024 * 1024)))
    assert page.status == 200
    assert "超过 20 MB 的上限，请压缩或拆分后再上传" in page.errors()["attachments"]
    assert page.form()["title"] == [EXCHANGE["title"]]


def test_a_submission_without_proof_is_refused_and_a_draft_is_not(client_of):
    client = client_of("doctor")
    page = file(client, attachment=False)
    assert page.errors() == {"attachments": "请上传证明材料：会议通知、单位证明、宣读证明"}
    assert file(client, attachment=False, command="draft").status == 302


def test_a_good_file_of_a_bad_form_is_attached_after_the_correction_without_a_second_upload(site, client_of):
    client = client_of("doctor")
    refused = file(client, title="")
    [waiting] = refused.form()["waiting"]
    assert client.get(f"/files/attachments/{waiting}").status == 200
    page = client.send(refused, {"title": "改好了", "command": "submit"})
    key = key_of(page)
    assert site.get(ClaimAttachment, int(waiting)).claim_id == key
    assert site.all(select(ClaimAttachment.id).where(ClaimAttachment.claim_id == key)) == [int(waiting)]


def test_a_good_file_beside_a_bad_one_is_kept_once(site, client_of):
    client = client_of("doctor")
    refused = file(client, attachment=proof("论文.pdf", picture()))
    page = client.send(refused, {"attachments": proof("好.pdf"), "title": "", "command": "submit"})
    page = client.send(page, {"title": "改好了", "command": "submit"})
    key = key_of(page)
    names = site.all(select(ClaimAttachment.filename).where(ClaimAttachment.claim_id == key))
    assert names == ["好.pdf"]


def test_a_waiting_file_can_be_dropped_again(site, client_of):
    client = client_of("doctor")
    refused = file(client, title="")
    [waiting] = refused.form()["waiting"]
    page = client.send(refused, {"title": "改好了", "remove_attachment": waiting, "command": "submit"})
    assert "请上传证明材料" in page.errors()["attachments"]


# ---------------------------------------------------------------- twice, back, and away
def test_sending_the_same_form_twice_files_one_claim(site, client_of):
    client = client_of("doctor")
    before = claims_of(site)
    blank = client.get(NEW.format("academic_exchange"))
    typed = {**EXCHANGE, "command": "submit"}
    first = client.send(blank, {**typed, "attachments": proof()})
    second = client.send(blank, {**typed, "attachments": proof()})
    assert first.location == second.location
    assert len(claims_of(site)) == len(before) + 1


def test_the_back_button_after_submitting_changes_nothing(site, client_of):
    client = client_of("doctor")
    key = key_of(file(client, command="draft"))
    form = client.get("/admin/claim/edit/", id=key)
    form.url = f"/admin/claim/edit/?id={key}"
    assert client.send(form, {"command": "submit"}).status == 302
    before = site.snapshot()
    page = client.send(form, {"title": "回头再改", "command": "submit"})
    assert page.status == 403
    assert "没有权限" in page.words()
    assert site.snapshot() == before


def test_a_draft_is_seen_by_nobody_else_until_it_is_submitted(site, client_of):
    client, employer = client_of("doctor"), client_of("hospital_admin")
    key = key_of(file(client, command="draft"))
    assert employer.get("/admin/claim/details/", id=key).status == 404
    page = client.post("/admin/claim/action/", {"action": "submit", "rowid": key, "confirmed": "1"})
    assert "已提交" in client.follow(page).messages()
    assert employer.get("/admin/claim/details/", id=key).status == 200


def test_a_draft_with_gaps_is_kept_and_cannot_be_submitted(site, client_of):
    client = client_of("doctor")
    key = key_of(file(client, command="draft", item_organizer=""))
    preview = client.post("/admin/claim/action/", {"action": "submit", "rowid": key})
    assert "尚有必填项未填写" in preview.words()
    assert site.get(Claim, key).status is ClaimStatus.DRAFT


def test_a_draft_can_be_deleted_and_is_gone(site, client_of):
    client = client_of("doctor")
    key = key_of(file(client, command="draft"))
    page = client.post("/admin/claim/delete/", {"id": key})
    assert "已删除" in client.follow(page).messages()
    assert client.get("/admin/claim/details/", id=key).status == 404
    assert site.all(select(ClaimAttachment.id).where(ClaimAttachment.claim_id == key)) == []
    assert client.post("/admin/claim/delete/", {"id": key}).status == 404


def test_a_submitted_claim_can_be_withdrawn_and_changed(site, client_of):
    client = client_of("doctor")
    key = key_of(file(client))
    page = client.post("/admin/claim/action/", {"action": "withdraw", "rowid": key, "confirmed": "1"})
    assert "已撤回" in client.follow(page).messages()
    assert client.get("/admin/claim/edit/", id=key).status == 200


def test_the_preview_of_hours_says_how_it_was_computed(client_of):
    client = client_of("doctor")
    answer = client.post("/admin/claim/hours/?kind=academic_exchange", EXCHANGE).json
    assert answer["hours"] == "20"
    assert "国家部委级学术交流" in answer["explanation"]
    assert set(answer) == {"hours", "explanation", "warnings"}
    nothing = client.post("/admin/claim/hours/?kind=academic_exchange", {"title": "刚开始填"}).json
    assert nothing["hours"] == "0"
    assert client.post("/admin/claim/hours/?kind=none", EXCHANGE).status == 404
