"""Employers and approvers over HTTP: previews, batches and their results, each row decided once."""

from __future__ import annotations

from claim_story import EXCHANGE, NEW, PAPER, file, fire, key_of, proof
from factories import make_certificate
from sqlalchemy import select

from models import Account, Batch, Claim, ClaimAttachment, LedgerEntry, Notice, Person, YearSummary
from models.enums import ClaimStatus


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
    assert "已登记，待申报" in client.get("/admin/claim/details/", id=key).messages()
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
    page = doctor.get("/admin/claim/details/", id=key)
    assert "认定学时 12.5 审批时由核算的 20 学时减为 12.5 学时。核算说明：" in page.words()
    cells = doctor.get("/admin/claim/").tree.xpath(f"//tbody/tr[.//a[contains(@href, 'id={key}')]]/td")
    assert {"20", "12.5"} <= {"".join(cell.itertext()).strip() for cell in cells}


def test_a_revoked_claim_says_that_it_counts_nothing(site, client_of):
    doctor, key = client_of("doctor"), site.world.id(Claim, "doctor-approved")
    assert "认定学时 20" in doctor.get("/admin/claim/details/", id=key).words()
    fire(client_of("jinshui_admin"), "claim", "revoke", key, reason="材料不实")
    words = doctor.get("/admin/claim/details/", id=key).words()
    assert "已撤销，不计学时 0 曾认定 20 学时。" in words
    assert "认定学时 20" not in words


def test_the_same_evidence_is_counted_once(site, client_of):
    doctor, employer, bureau = client_of("doctor"), client_of("hospital_admin"), client_of("jinshui_admin")
    key = key_of(file(doctor))
    fire(employer, "claim-public", "declare", key)
    fire(bureau, "claim-decision", "approve", key)
    page = file(doctor)
    assert page.status == 200
    assert f"“会议名称”与已有的申报“{EXCHANGE['title']}”（2026 年度，通过）相同" in page.errors()["title"]
    assert page.form()["title"] == [EXCHANGE["title"]]


def test_hours_stand_in_ledger_and_year_after_the_approval(site, client_of):
    doctor, employer, bureau = client_of("nurse"), client_of("hospital_admin"), client_of("jinshui_admin")
    key = key_of(file(doctor))
    fire(employer, "claim-public", "declare", key)
    fire(bureau, "claim-decision", "approve", key)
    assert "入账" in doctor.get("/admin/ledger/").words()
    assert "20" in doctor.get("/admin/year-summary/", credit_year="2026").words()
    [notice] = site.all(select(Notice.id).where(Notice.title.contains("已认定通过")))
    assert "已认定通过" not in doctor.get("/admin/notice/").words()  # it can still be taken back
    site.put(Notice, notice, held_until=None)
    assert "已认定通过" in doctor.get("/admin/notice/").words()
    with site.session() as session:
        year = YearSummary.person_id == site.world.id(Person, "nurse"), YearSummary.credit_year == 2026
        [summary] = session.scalars(select(YearSummary).where(*year))
        summary.required_public = summary.required_specialty = summary.required_total = 1
        summary.specialty_hours, summary.complete = 1, True
        make_certificate(
            session, session.get(Person, site.world.id(Person, "nurse")),
            session.get(Account, site.world.id(Account, "hospital_admin")),
        )  # fmt: skip
    preview, page = fire(bureau, "claim", "revoke", key, reason="材料不实")
    assert "1 份有效证书随之撤销" in preview.words()
    assert "已撤销认定" in bureau.follow(page).messages()
    assert "冲销" in doctor.get("/admin/ledger/").words()


def test_who_approves_is_offered_what_agrees_and_who_refuses_what_does_not(site, client_of):
    admin, client, url = client_of("system_admin"), client_of("jinshui_admin"), "/admin/claim-decision/"
    page = admin.get("/admin/dictionary-item/new/?dictionary=review_comment")
    assert admin.send(page, {"label": "另见附件说明。"}).status == 303
    keys = client.get(url).tree.xpath("//input[@name='rowid']/@value")[:1]
    agreeing, refusing = (
        client.post(f"{url}action/", {"action": name, "rowid": keys}).options("canned")
        for name in ("approve", "reject")
    )
    assert "材料齐全、内容属实，同意认定。" in agreeing
    assert "证明材料不全，请按材料清单补齐后重新提交。" in refusing
    assert set(agreeing) & set(refusing) == {"另见附件说明。"}  # what an administrator put below neither
    assert not {"通过时可选", "不通过、退回时可选"} & {*agreeing, *refusing}
    assert set(client.get(f"{url}cockpit/").options("canned")) == {*agreeing, *refusing}
