"""A claim over HTTP, from the blank form to the batch result: bad input loses nothing, nothing happens twice."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from conftest import picture
from pypdf import PdfWriter
from sqlalchemy import select

from models import Batch, Claim, ClaimAttachment, LedgerEntry, Notice
from models.enums import ClaimStatus

NEW = "/admin/claim/new/?kind={}"
EXCHANGE = {
    "title": "全省护理学术年会",
    "credit_year": "2026",
    "subject": "public",
    "start_date": "2026-05-09",
    "end_date": "2026-05-11",
    "item_level": "national",
    "item_organizer": "中华护理学会",
    "item_place": "郑州",
    "item_reads_paper": "y",
    "item_paper_title": "夜班交接的一种做法",
    "item_paper_length": "2600",
    "content": "第一行\r\n第二行",
}
PROJECT = {
    "title": "县域分级诊疗研究",
    "credit_year": "2026",
    "subject": "specialty",
    "start_date": "2026-01-05",
    "end_date": "2026-10-30",
    "item_project_number": "2026-HN-017",
    "item_level": "provincial",
    "item_project_type": "main",
    "item_rank": "2",
}
PAPER = {
    "title": "一例罕见病的护理",
    "credit_year": "2026",
    "subject": "specialty",
    "start_date": "2026-02-01",
    "end_date": "2026-02-01",
    "item_journal": "护理学杂志",
    "item_issn_cn": "1001-4152",
    "item_level": "national",
    "item_published_on": "2026-02-01",
    "item_characters": "4200",
    "item_rank": "1",
    "item_author_count": "3",
}
FILED = {"academic_exchange": (EXCHANGE, "20"), "research_project": (PROJECT, "48"), "paper": (PAPER, "40")}


def pdf() -> bytes:
    stream = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.write(stream)
    return stream.getvalue()


def proof(name="证明.pdf", data=None):
    return (io.BytesIO(pdf() if data is None else data), name)


def file(client, kind="academic_exchange", command="submit", attachment=True, **changes):
    """Fill in a kind's form as a person does and send it."""
    page = client.get(NEW.format(kind))
    assert page.status == 200
    typed = {**FILED[kind][0], **changes, "command": command}
    if attachment:
        typed["attachments"] = attachment if isinstance(attachment, tuple) else proof()
    return client.send(page, typed)


def key_of(page):
    assert page.status == 302, page
    return int(page.location.rsplit("id=", maxsplit=1)[1])


def claims_of(site, person="doctor"):
    from models import Person

    return site.all(select(Claim.id).where(Claim.person_id == site.world.id(Person, person)))


def fire(client, grid, name, *keys, **form):
    """Choose rows of a grid and an action, and confirm its preview."""
    preview = client.post(f"/admin/{grid}/action/", {"action": name, "rowid": [str(key) for key in keys]})
    assert preview.status == 200, preview
    sent = {**preview.form(), **form, "confirmed": "1"}
    return preview, client.post(f"/admin/{grid}/action/", sent)


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


# ---------------------------------------------------------------- the employer
def test_a_returned_claim_comes_back_with_its_reason_and_is_resubmitted(site, client_of):
    client, employer = client_of("doctor"), client_of("hospital_admin")
    key = key_of(file(client))
    preview = employer.post("/admin/claim-public/action/", {"action": "return", "rowid": key})
    assert "原因" in preview.words()
    blank = employer.send_to("/admin/claim-public/action/", preview, {"confirmed": "1", "reason": " "})
    assert blank.status == 200
    assert "请填写原因" in blank.words()
    page = employer.send_to(
        "/admin/claim-public/action/", preview, {"confirmed": "1", "reason": "会议通知不清晰"}
    )
    assert "已退回" in employer.follow(page).messages()
    shown = client.get("/admin/claim/details/", id=key)
    assert "会议通知不清晰" in shown.words()
    assert "退回修改" in shown.words()
    assert site.all(select(Notice.id).where(Notice.title.contains(EXCHANGE["title"])))
    form = client.get("/admin/claim/edit/", id=key)
    assert form.form()["item_organizer"] == [EXCHANGE["item_organizer"]]
    form.url = f"/admin/claim/edit/?id={key}"
    old = site.all(select(ClaimAttachment.id).where(ClaimAttachment.claim_id == key))
    changes = {
        "command": "submit",
        "attachments": proof("清晰.pdf"),
        "remove_attachment": [str(item) for item in old],
    }
    assert client.send(form, changes).status == 302
    claim = site.get(Claim, key)
    assert (claim.status, claim.reason) == (ClaimStatus.SUBMITTED, None)
    names = site.all(select(ClaimAttachment.filename).where(ClaimAttachment.claim_id == key))
    assert names == ["清晰.pdf"]


def test_an_employer_registers_a_claim_for_one_of_its_people(site, client_of):
    from models import Person

    client = client_of("hospital_admin")
    page = client.get(NEW.format("paper"))
    assert set(page.options("person_id")) == {
        str(site.world.id(Person, name)) for name in ("doctor", "nurse")
    }
    typed = {
        **PAPER,
        "person_id": str(site.world.id(Person, "nurse")),
        "attachments": proof(),
        "command": "register",
    }
    key = key_of(client.send(page, typed))
    assert site.get(Claim, key).status is ClaimStatus.ACCEPTED
    assert client_of("nurse").get("/admin/claim/details/", id=key).status == 200


def test_a_batch_shows_its_counts_and_reasons_first_and_happens_once(site, client_of):
    doctor, employer = client_of("doctor"), client_of("hospital_admin")
    fresh = [key_of(file(doctor, title=f"年会{number}", content="")) for number in range(3)]
    accepted, gone = site.world.id(Claim, "doctor-accepted"), site.world.id(Claim, "doctor-approved")
    foreign = site.world.id(Claim, "teacher-submitted")
    keys = [*fresh, accepted, gone, foreign]
    preview, page = fire(employer, "claim-public", "declare", *keys)
    for words in (
        "可以申报 4 条",
        "记录不存在 1 条",
        "当前状态不能进行此操作，可能已被他人处理 1 条",
        "确认申报 4 条",
    ):
        assert words in preview.words()
    assert "teacher" not in preview.text
    statuses = {key: site.get(Claim, key).status for key in keys}
    assert statuses == dict.fromkeys([*fresh, accepted], ClaimStatus.DECLARED) | {
        gone: ClaimStatus.APPROVED,
        foreign: ClaimStatus.SUBMITTED,
    }
    result = employer.follow(page)
    assert "已办理 4" in result.words()
    assert "未办理 2" in result.words()
    assert f"第 {foreign} 号记录" in result.words()
    assert "teacher" not in result.text
    assert result.words().count("记录不存在") == 1

    before = site.snapshot()
    again = employer.post("/admin/claim-public/action/", {**preview.form(), "confirmed": "1"})
    assert again.location == page.location
    assert employer.follow(again).words() == result.words()
    assert site.snapshot() == before


def test_nothing_chosen_is_said_and_done_nothing(site, client_of):
    client, before = client_of("hospital_admin"), site.snapshot()
    page = client.post("/admin/claim-public/action/", {"action": "declare"})
    assert "请先勾选要申报的记录" in client.follow(page).messages()
    assert site.snapshot() == before


def test_a_forged_batch_key_is_not_somebody_elses(site, client_of):
    """The key of another's batch would answer with that batch's counts; nothing of it may be shown."""
    employer = client_of("hospital_admin")
    key = "0123456789abcdef" * 2
    with site.session() as session:
        from models import Account

        session.add(Batch(key=key, workflow="claim", transition="declare", done_count=7,
                          actor_id=site.world.id(Account, "school_admin")))  # fmt: skip
    form = {"action": "declare", "rowid": site.world.id(Claim, "doctor-accepted"), "confirmed": "1",
            "route": "bureau", "batch_key": key}  # fmt: skip
    page = employer.post("/admin/claim-public/action/", form)
    assert page.status in {302, 400, 404}
    if page.status == 302:
        assert employer.follow(page).status in {200, 404}
        assert "已办理 7" not in employer.follow(page).words()


# ---------------------------------------------------------------- the approvers
def test_of_two_approvers_with_the_same_selection_the_second_is_told(site, client_of):
    doctor, employer = client_of("doctor"), client_of("hospital_admin")
    keys = [key_of(file(doctor, title=f"年会{number}", content="")) for number in range(2)]
    fire(employer, "claim-public", "declare", *keys)
    first, second = client_of("jinshui_admin"), client_of("jinshui_admin")
    chosen = {"action": "approve", "rowid": [str(key) for key in keys]}
    previews = [client.post("/admin/claim-decision/action/", chosen) for client in (first, second)]
    assert all("可以通过 2 条" in preview.words() for preview in previews)
    done = first.send_to("/admin/claim-decision/action/", previews[0], {"confirmed": "1"})
    assert "已办理 2" in first.follow(done).words()
    lost = second.send_to("/admin/claim-decision/action/", previews[1], {"confirmed": "1"})
    told = second.follow(lost).words()
    assert "已办理 0" in told
    assert "未办理 2" in told
    assert "当前状态不能进行此操作，可能已被他人处理" in told
    posted = site.all(select(LedgerEntry.source_id).where(LedgerEntry.source_id.in_(keys)))
    assert sorted(posted) == sorted(keys)
    assert client_of("doctor").get("/admin/claim/details/", id=keys[0]).words().count("认定学时") == 1


def test_an_approver_awards_fewer_hours_and_never_more_than_the_rule(site, client_of):
    doctor, employer, bureau = client_of("doctor"), client_of("hospital_admin"), client_of("jinshui_admin")
    key = key_of(file(doctor))
    fire(employer, "claim-public", "declare", key)
    _preview, page = fire(bureau, "claim-decision", "approve", key, awarded_hours="20.1")
    assert "认定学时须在 0 与核算学时之间" in bureau.follow(page).words()
    _preview, page = fire(bureau, "claim-decision", "approve", key, awarded_hours="12.5")
    assert "认定学时少于核算学时，须填写意见" in bureau.follow(page).words()
    assert site.get(Claim, key).status is ClaimStatus.DECLARED
    for wrong in ("-1", "很多", "NaN", "Infinity", "1e30"):
        _preview, page = fire(bureau, "claim-decision", "approve", key, awarded_hours=wrong)
        assert page.status == 200, (wrong, page)
        assert page.errors()["awarded_hours"]
    fire(bureau, "claim-decision", "approve", key, awarded_hours="12.5", reason="未宣读论文")
    claim = site.get(Claim, key)
    assert (claim.status, str(claim.awarded_hours)) == (ClaimStatus.APPROVED, "12.5")


def test_the_same_evidence_is_counted_once(site, client_of):
    doctor, employer, bureau = client_of("doctor"), client_of("hospital_admin"), client_of("jinshui_admin")
    key = key_of(file(doctor))
    fire(employer, "claim-public", "declare", key)
    fire(bureau, "claim-decision", "approve", key)
    page = file(doctor)
    assert page.status == 200
    assert "该人员已用同一证明材料申报过学时" in page.messages()
    assert page.form()["title"] == [EXCHANGE["title"]]


def test_hours_stand_in_ledger_and_year_after_the_approval(site, client_of):
    doctor, employer, bureau = client_of("nurse"), client_of("hospital_admin"), client_of("jinshui_admin")
    key = key_of(file(doctor))
    fire(employer, "claim-public", "declare", key)
    fire(bureau, "claim-decision", "approve", key)
    assert "入账" in doctor.get("/admin/ledger/").words()
    assert "20" in doctor.get("/admin/year-summary/", credit_year="2026").words()
    assert "已认定通过" in doctor.get("/admin/notice/").words()
    _preview, page = fire(bureau, "claim", "revoke", key, reason="材料不实")
    assert "已撤销认定" in bureau.follow(page).messages()
    assert "冲销" in doctor.get("/admin/ledger/").words()
